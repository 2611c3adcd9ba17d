/** What a call writes of itself is held against its description by `dissectAll`. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { client, dissectAll, server, type Turn } from '../../dissect/testing/conversation.ts';
import { MAX_MEMBERS } from '../../json/members.ts';
import { MAX_VENDOR_FACTS } from './attributes-json.ts';
import { RadiusCall } from './call.ts';
import { radius } from './index.ts';
import { type Attribute, packet, user, vendor } from './testing/packets.ts';

const said = (id: number, [ask, asked]: Half, [say, answered]: Half): Turn[] => [
  client(packet(ask, id, asked)),
  server(packet(say, id, answered)),
];
type Half = readonly [code: number, attributes: readonly Attribute[]];
const udp = (turns: readonly Turn[]) => dissectAll(radius, turns, { transport: 'udp' });
const written = (asked: readonly Attribute[], answered: readonly Attribute[], code = 1) =>
  udp(said(1, [code, asked], [code === 4 ? 5 : 2, answered]))[0];

/** Of every type, those that are told of a call, secrets, what is left out, and some that no table has. */
const types = [
  1, 2, 3, 4, 8, 18, 24, 25, 30, 31, 32, 40, 42, 44, 46, 49, 52, 55, 64, 79, 80, 81, 95, 97, 101, 124, 200,
];
const value = fc.oneof(
  fc
    .string({ unit: fc.constantFrom(...Array.from('ab"\\\n\u0001äß€😀,=*')), maxLength: 10 })
    .map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 20 }),
  fc
    .constantFrom('00000001', '00000003', '0a010203', 'ffffffff', '01303132', '', '0201000a01616c')
    .map((hex) => Buffer.from(hex, 'hex')),
  fc
    .constantFrom('shell:priv-lvl=15', 'tunnel-password=x', 'PSK*a\nb', 'x'.repeat(150))
    .map((text) => Buffer.from(text)),
);
const attribute = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.constantFrom(...types), value) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom(9, 311, 4711), fc.constantFrom(1, 2), value)
      .map(([number, type, bytes]): Attribute => vendor(number, type, bytes)),
  },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 12 }).map((bytes): Attribute => [26, bytes]) },
);
const attributes = fc.array(attribute, { maxLength: 8 });
const asks = fc.tuple(fc.constantFrom(1, 4, 12, 40, 43), attributes);
const says = fc.tuple(fc.constantFrom(2, 3, 5, 11, 42, 45), attributes);

test('calls are written as they are described, whatever attributes they have', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(asks, says, fc.boolean()), { minLength: 1, maxLength: 4 }), (calls) => {
      const first = said(99, [1, [user]], [2, [user]]);
      const rest = calls.flatMap(([asked, says, isAnswered], i) => said(i, asked, says).slice(0, isAnswered ? 2 : 1));
      expect(udp([...first, ...rest])).toHaveLength(1 + calls.length);
    }),
    { numRuns: 200 },
  );
});

test('attributes that come again are lists, and EAP stands last', () => {
  const eap: Attribute = [79, Uint8Array.of(2, 1, 0, 6, 25, 0)];
  const call = written([user, eap, [25, 'one'], [8, Uint8Array.of(10, 0, 0, 1)], [25, 'two'], eap], [[18, 'yes']]);
  expect(JSON.stringify(call?.request?.['attributes'])).toBe(
    '{"User-Name":"alice","Class":["one","two"],"Framed-IP-Address":"10.0.0.1","EAP-Message":"Response PEAP"}',
  );
});

test('numbers that come again, or are none, are not told of the call', () => {
  const four = Uint8Array.of(0, 0, 0, 4);
  const status: Attribute = [40, Uint8Array.of(0, 0, 0, 2)];
  expect(written([status, [46, four], [42, four], [52, four]], [], 4)?.data?.['radius']).toMatchObject({
    sessionSeconds: 4,
    inputBytes: 4 + 4 * 2 ** 32,
  });
  expect(written([status, [46, four], [46, four], [42, 'x']], [], 4)?.data?.['radius']).not.toHaveProperty(
    'sessionSeconds',
  );
});

test('a summary that is too long is cut', () => {
  expect(written([[1, 'x'.repeat(250)]], [user])?.summary).toHaveLength(201);
  expect(written([[1, 'ä'.repeat(120)]], [user])?.summary).toContain('→ Access-Accept');
});

test('more attributes than are written are described', () => {
  const many = Array.from({ length: MAX_MEMBERS + 1 }, (): Attribute => [25, 'c']);
  expect(written(many, [user])?.request).toMatchObject({ attributes: { Class: many.slice(1).map(() => 'c') } });
  const inside = Buffer.alloc(200, Buffer.from([1, 2]));
  const vendors = Array.from({ length: 4 }, (): Attribute => [26, Buffer.concat([Uint8Array.of(0, 0, 0, 9), inside])]);
  expect(written([...vendors, ...many.slice(0, 20)], [user])?.request).not.toBeNull();
});

test('a flood of vendors makes the memory start afresh', () => {
  const each = 50;
  const calls = Array.from({ length: (2 * MAX_VENDOR_FACTS) / each }, (_, i) =>
    Array.from({ length: each }, (_value, j) => vendor(1000 + i, j + 1, 'v')),
  );
  expect(udp(calls.flatMap((list, i) => said(i % 200, [1, list], [2, [user]])))).toHaveLength(calls.length);
});

test('calls without an answer are written', () => {
  const ask = { ...client(packet(1, 1, [user])), at: 0 };
  const late = said(2, [1, [user]], [2, [user]]).map((turn, i) => ({ ...turn, at: 60_000_000 + i }));
  expect(udp([ask, ...late])[0]).toMatchObject({ errorText: 'no answer', response: null });
  const call = new RadiusCall();
  call.asks({ code: 1, id: 1, bytes: ask.bytes, start: 0, end: ask.bytes.length }, { first: 0, last: 0 });
  expect(call.written()).not.toBeNull();
});

test('what waits longer than its chunk is kept, and answered in any order', () => {
  const turns = Array.from({ length: 20 }, (_, i) => said(i, [1, [[1, `u${i}`]]], [2, [user]]));
  const answers = turns.flatMap(([, say = []]) => say);
  const calls = udp([...turns.flatMap(([ask = []]) => ask), ...answers.toReversed()]);
  expect(calls.map(({ summary }) => summary)).toEqual(
    turns.map((_, i) => `Access-Request u${i} → Access-Accept`).toReversed(),
  );
});
