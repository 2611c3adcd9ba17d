import type { RedactionRule } from '@kubeshark/contract';
import type { Entry } from '@kubeshark/model';
import { anHttpEntry } from '@kubeshark/testkit';
import fc from 'fast-check';
import { Unpackr } from 'msgpackr';
import { expect, test } from 'vitest';
import { nobody } from '../enrich/process.ts';
import { EntryPacker } from '../ship/entry-packer.ts';
import { redactEntry } from '../testing/redact-entry.ts';
import { redactShapes } from './detectors.ts';
import { redactJsonText } from './json-text.ts';
import { createRules, type Rules } from './rules.ts';

/** The entry as it leaves the node, which is also what `redactEntry` says. */
function leaving(entry: Entry, rules: Rules): Entry {
  const packer = new EntryPacker(rules);
  const text = JSON.stringify(entry);
  packer.add(Buffer.from(text), nobody);
  const [packed] = new Unpackr({ useRecords: true }).unpack(packer.take()) as [Entry];
  const parsed = JSON.parse(text) as Entry;
  expect(packed).toEqual(
    JSON.parse(JSON.stringify(redactEntry(parsed, rules)).replaceAll('"__proto__":', '"__proto_":')),
  );
  return packed;
}

const redactWith = (entry: Partial<Entry>, rules: RedactionRule[] = [], defaults = true): Entry =>
  leaving(anHttpEntry(1, entry), createRules({ defaults, rules }).rules);
const bodyOf = (text: string) => ({ size: 9, body: { size: text.length, text } });

test('secret headers lose their value and keep their place, repeated ones each', () => {
  const headers = { Authorization: 'Bearer x', 'Set-Cookie': ['a=1', 'b=2'], 'X-API-KEY': 'k', Accept: '*/*' };
  const { request } = redactWith({ request: { size: 1, headers, cookies: { sid: 'abc' } } });
  expect(request).toMatchObject({
    headers: {
      Authorization: '[REDACTED]',
      'Set-Cookie': ['[REDACTED]', '[REDACTED]'],
      'X-API-KEY': '[REDACTED]',
      Accept: '*/*',
    },
    cookies: { sid: '[REDACTED]' },
  });
});

test.each([
  ['a text', '{"user":"ann","password":"s3\\"cret","n":1}', '{"user":"ann","password":"[REDACTED]","n":1}'],
  ['a number', '{"pwd": 1234, "n": 1}', '{"pwd": "[REDACTED]", "n": 1}'],
  ['an object', '{"secret":{"a":["}"]},"n":1}', '{"secret":"[REDACTED]","n":1}'],
  [
    'another spelling',
    '{"Access-Token":"x","userPassword":"y"}',
    '{"Access-Token":"[REDACTED]","userPassword":"[REDACTED]"}',
  ],
  ['a body cut inside the value', '{"a":1,"password":"s3cr', '{"a":1,"password":"[REDACTED]"'],
  ['a body cut before the value', '{"a":1,"password":', '{"a":1,"password":'],
  ['a value that names a key', '{"field":"password"}', '{"field":"password"}'],
  [
    'the name of a header, as connection_init of GraphQL over WebSocket has it',
    '{"type":"connection_init","payload":{"Authorization":"Bearer opaque","authToken":"y"}}',
    '{"type":"connection_init","payload":{"Authorization":"[REDACTED]","authToken":"[REDACTED]"}}',
  ],
  ['lines of JSON', '{"token":"a"}\n{"token":"b"}', '{"token":"[REDACTED]"}\n{"token":"[REDACTED]"}'],
])('a secret key of JSON with %s', (_name, text, expected) => {
  expect(redactWith({ request: bodyOf(text) }).request?.body?.text).toBe(expected);
});

test.each([
  ['a form', 'user=ann&password=s3cret&x=1', 'user=ann&password=[REDACTED]&x=1'],
  ['a JSON Web Token', 'id eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl end', 'id [REDACTED] end'],
  ['a card number', 'card 4111 1111 1111 1111, thanks', 'card [REDACTED], thanks'],
  ['a number that is no card', 'order 4111111111111112', 'order 4111111111111112'],
  ['a time in microseconds', 'at 1760000000000000', 'at 1760000000000000'],
])('%s in a text', (_name, text, expected) => {
  expect(redactWith({ response: bodyOf(text) }).response?.body?.text).toBe(expected);
});

test('query strings are redacted wherever they are shown', () => {
  const path = '/login?user=ann&access_token=abc';
  const entry = redactWith({ request: { size: 1, path, query: { access_token: 'abc' } }, summary: `GET ${path}` });
  expect(JSON.stringify(entry)).not.toContain('abc');
  expect(entry.summary).toBe('GET /login?user=ann&access_token=[REDACTED]');
});

test('own rules: a header, a key anywhere, a pattern', () => {
  const rules: RedactionRule[] = [
    { kind: 'header', name: 'x-tenant' },
    { kind: 'key', name: 'iban' },
    { kind: 'pattern', pattern: '[a-z]+@example\\.com' },
  ];
  const request = {
    size: 1,
    headers: { 'X-Tenant': 't1' },
    body: { size: 1, text: '{"iban":"DE1","to":"ann@example.com"}' },
  };
  expect(redactWith({ request, redis: { iban: 'DE2' } }, rules, false)).toMatchObject({
    request: { headers: { 'X-Tenant': '[REDACTED]' }, body: { text: '{"iban":"[REDACTED]","to":"[REDACTED]"}' } },
    redis: { iban: '[REDACTED]' },
  });
});

test('without rules nothing is changed; a pattern that cannot be is told', () => {
  const entry = anHttpEntry(1, { request: { size: 1, headers: { Authorization: 'x' } } });
  expect(leaving(entry, createRules({ defaults: false, rules: [] }).rules)).toEqual(JSON.parse(JSON.stringify(entry)));
  const { faults } = createRules({ defaults: true, rules: [{ kind: 'pattern', pattern: '(' }] });
  expect(faults).toHaveLength(1);
});

test('an entry without secrets comes out as it went in', () => {
  expect(redactWith({})).toEqual(JSON.parse(JSON.stringify(anHttpEntry(1))));
});

test('a header named like an object’s prototype keeps no secret', () => {
  const headers = Object.fromEntries([
    ['__proto__', 'token=s3cret'],
    ['Accept', '*/*'],
  ]);
  const { request } = redactWith({ request: { size: 1, headers } });
  expect(JSON.stringify(request)).toContain('token=[REDACTED]');
  expect(JSON.stringify(request)).not.toContain('s3cret');
});

test('names beyond what is remembered are asked for again', () => {
  const { rules } = createRules({ defaults: true, rules: [] });
  for (let n = 0; n < 6000; n++) expect(rules.isSecretHeader(`x-${n}`)).toBe(false);
  const headers = { Authorization: 'x', 'x-5999': 'v' };
  const { request } = leaving(anHttpEntry(1, { request: { size: 1, headers } }), rules);
  expect(request).toMatchObject({ headers: { Authorization: '[REDACTED]', 'x-5999': 'v' } });
});

test.each([
  ['quotes', '"'.repeat(500_000)],
  ['escaped quotes', '\\"'.repeat(250_000)],
  ['keys without values', '"password":'.repeat(50_000)],
  ['open brackets', `{"password":${'['.repeat(400_000)}`],
  ['beginnings of tokens', 'eyJ'.repeat(150_000)],
  ['digits', '4'.repeat(500_000)],
  ['pairs', 'a='.repeat(250_000)],
])('half a megabyte of %s is read in one pass', (_name, text) => {
  redactWith({ request: bodyOf(text) });
});

test('a secret of any value never survives, and the rest of the JSON does', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (secret, rest) => {
      const text = JSON.stringify({ rest, password: secret, end: 1 });
      const result = JSON.parse(redactJsonText(text, (key) => key === 'password')) as Record<string, unknown>;
      expect(result['password']).toBe('[REDACTED]');
      expect(result['end']).toBe(1);
    }),
  );
});

test('shapes are found in any surroundings', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(' ', 'a', '"', ',', ':') }), (around) => {
      expect(redactShapes(`${around} 5500000000000004 ${around}`)).not.toContain('5500000000000004');
    }),
  );
});
