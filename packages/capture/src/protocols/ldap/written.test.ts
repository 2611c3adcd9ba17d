/** What an operation writes of itself is held against its description by `dissectAll`. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { element, equals, message, search, simpleBind } from '../../../fixtures/ldap/messages.ts';
import { client, dissectAll, server, type Turn } from '../../dissect/testing/conversation.ts';
import { ldap } from './index.ts';

/** One element of BER. */
function ber(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const inside = Buffer.concat(content);
  const { length } = inside;
  return Buffer.concat([Uint8Array.of(tag, ...(length < 128 ? [length] : [0x82, length >> 8, length & 255])), inside]);
}
const octets = (value: string | Uint8Array): Buffer => ber(0x04, Buffer.from(value));
const attribute = ([name, values]: readonly [string, readonly (string | Uint8Array)[]]): Buffer =>
  ber(0x30, octets(name), ber(0x31, ...values.map(octets)));
const entry = (dn: string, attributes: readonly (readonly [string, readonly (string | Uint8Array)[]])[]): Buffer =>
  ber(0x64, octets(dn), ber(0x30, ...attributes.map(attribute)));
const result = (tag: number, code: number, matched: string, text: string): Buffer =>
  ber(tag, ber(0x0a, Uint8Array.of(code)), octets(matched), octets(text));

const value = fc.oneof(
  fc.string({ unit: fc.constantFrom(...Array.from('ab"\\\n\u0001äß€😀,=')), maxLength: 10 }),
  fc.uint8Array({ maxLength: 6 }),
  fc.constantFrom('x'.repeat(1024), 'x'.repeat(1025)),
);
const name = fc.oneof(
  fc.constantFrom(
    'cn',
    'mail',
    'cn;lang-de',
    'userPassword',
    'USERPASSWORD;x',
    'dn',
    '1',
    '__proto__',
    'ä',
    '',
    'toString',
  ),
  fc.stringMatching(/^[a-z]{1,3}$/),
);
const entries = fc.array(
  fc.tuple(fc.string({ maxLength: 12 }), fc.array(fc.tuple(name, fc.array(value, { maxLength: 3 })), { maxLength: 5 })),
  { maxLength: 3 },
);
const results = fc.tuple(
  fc.constantFrom(0, 4, 10, 32, 49),
  fc.constantFrom('', 'dc=a'),
  fc.constantFrom('', 'no "such"', 'nö'),
);
const asked = fc.oneof(
  fc
    .tuple(fc.string({ maxLength: 20 }), fc.string({ maxLength: 8 }))
    .map(([base, uid]) =>
      search(base, element(0xa0, equals('objectClass', 'person'), equals('uid', uid)), ['cn', 'mail']),
    ),
  fc.string({ maxLength: 8 }).map((uid) => search('dc=a', equals('uid', uid), [])),
);

test('searches are written as they are described, whatever entries and results hold', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(asked, entries, results), { minLength: 1, maxLength: 4 }), (searches) => {
      const turns = searches.flatMap(([request, found, done], i): Turn[] => [
        client(message(i + 1, request)),
        ...found.map(([dn, attributes]) => server(message(i + 1, entry(dn, attributes)))),
        server(message(i + 1, result(0x65, ...done))),
      ]);
      expect(dissectAll(ldap, turns)).toHaveLength(searches.length);
    }),
    { numRuns: 300 },
  );
});

test('binds are written as they are described, without their password', () => {
  const turns = ['cn=admin', '', 'cn="ä"'].flatMap((dn, i) => [
    client(message(i + 1, simpleBind(dn, i === 1 ? '' : 'hunter2'))),
    server(message(i + 1, result(0x61, i === 2 ? 49 : 0, '', ''))),
  ]);
  const calls = dissectAll(ldap, turns);
  expect(calls.map(({ summary, status }) => [summary, status])).toEqual([
    ['bind cn=admin', 0],
    ['bind anonymous', 0],
    ['bind cn="ä"', 49],
  ]);
  expect(JSON.stringify(calls)).not.toContain('hunter2');
});

test('an entry with more attributes than are compared, and one name twice, is described', () => {
  const many = Array.from({ length: 30 }, (_, i) => [`a${i}`, ['x']] as const);
  const turns = [
    client(message(1, search('dc=a', equals('uid', 'b'), []))),
    server(message(1, entry('dc=a', many))),
    server(
      message(
        1,
        entry('dc=a', [
          ['cn', ['x']],
          ['sn', ['y']],
          ['cn', ['z', 'w']],
        ]),
      ),
    ),
    server(message(1, result(0x65, 0, '', ''))),
  ];
  expect(dissectAll(ldap, turns)[0]?.response).toMatchObject({ rows: [{ a29: 'x' }, { cn: ['z', 'w'], sn: 'y' }] });
});

test('what waits longer than its chunk is kept', () => {
  const turns = Array.from({ length: 20 }, (_, i) =>
    client(message(i + 1, search('dc=a', equals('uid', `u${i}`), []))),
  );
  const answers = turns.flatMap((_, i) => [
    server(message(i + 1, entry(`uid=u${i}`, [['cn', [`U ${i}`]]]))),
    server(message(i + 1, result(0x65, 0, '', ''))),
  ]);
  const calls = dissectAll(ldap, [...turns, ...answers]);
  expect(calls.map(({ summary, response }) => [summary, response?.['rows']])).toEqual(
    turns.map((_, i) => [`search dc=a (uid=u${i})`, [{ dn: `uid=u${i}`, cn: `U ${i}` }]]),
  );
});
