/** Generated queries and the entries they are asked of: few words, so that both often meet. */

import fc from 'fast-check';
import { anEntry } from './entry.ts';

/** Texts of entries. */
const words = [
  'a',
  'A',
  'ab',
  'b',
  '5',
  '05',
  '-3',
  '80',
  '500',
  'GET',
  'get',
  'ü',
  '😀',
  '%_',
  "x'y",
  'c\\d',
  'a\nb',
  '/api/users',
  '10.0.0.1',
  '42P01',
  '{p0:String}',
  'null',
  'true',
];
const word = fc.constantFrom(...words);
const text = fc.oneof(
  { weight: 5, arbitrary: word },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 }) },
);
const numbers = [0, 1, 2, 5, -3, 80, 200, 404, 500, 1.5, 1000, 12.25, 2 ** 53 + 2];
const number = fc.constantFrom(...numbers);
const count = fc.constantFrom(0, 1, 2, 5, 80, 500, 1000);
const address = fc.constantFrom('10.0.0.1', '10.1.2.3', '192.168.0.7', '::1', 'fd00::5', '2001:db8::1');
const json = fc.oneof(
  text,
  number,
  fc.boolean(),
  fc.constant(null),
  fc.array(fc.oneof(text, number), { maxLength: 3 }),
);

const usually = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 3 });
const texts = fc.array(text, { maxLength: 3 });

/** Values by path, as far as an entry of the contract may have them. */
const values = fc.record({
  protocols: fc.subarray(['http', 'redis', 'dns', 'graphql', 'postgres', 'grpc'], { minLength: 1 }),
  'src.ip': address,
  'src.name': usually(text),
  'src.namespace': usually(text),
  'dst.namespace': usually(text),
  'dst.name': usually(text),
  'dst.port': fc.constantFrom(80, 443, 5),
  'src.labels': usually(fc.dictionary(fc.constantFrom('app', 'tier'), word, { noNullPrototype: true })),
  error: fc.boolean(),
  errorText: usually(text),
  summary: fc.oneof(text, fc.constant('')),
  node: text,
  endpoint: text,
  'connection.index': fc.nat({ max: 5 }),
  'request.method': usually(fc.constantFrom('GET', 'POST', 'get')),
  'request.path': usually(text),
  'request.query': usually(
    fc.oneof(text, fc.dictionary(fc.constantFrom('page', 'q'), fc.oneof(text, texts), { noNullPrototype: true })),
  ),
  'request.headers': usually(
    fc.dictionary(
      fc.constantFrom('Host', 'X-Token', 'x-token2'),
      fc.oneof(text, fc.constant(''), fc.array(text, { minLength: 2, maxLength: 3 })),
      { noNullPrototype: true },
    ),
  ),
  'request.body': usually(fc.record({ size: count, text: text }, { requiredKeys: ['size'], noNullPrototype: true })),
  'response.status': usually(fc.oneof(fc.constantFrom(0, 200, 404, 500), fc.constantFrom('42P01', '00000', '5'))),
  'response.latency': usually(fc.constantFrom(0, 0.5, 12.25, 1000, 2500)),
  'redis.command': usually(fc.constantFrom('GET', 'get', 'SET')),
  'redis.hit': usually(fc.boolean()),
  'redis.response': usually(json),
  'dns.questions': usually(texts),
  'kafka.apiKey': usually(number),
  'postgres.query': usually(text),
  'custom.a': usually(fc.oneof(json, fc.record({ b: json }), fc.array(fc.record({ b: json }), { maxLength: 2 }))),
});

/** An entry within its contract. */
export const anyEntry = fc.tuple(values, fc.nat({ max: 1000 })).map(([chosen, index]) => {
  const there = Object.entries(chosen).filter(([, value]) => value !== undefined);
  return anEntry(index, { ...Object.fromEntries(there), protocol: chosen.protocols[0] });
});

const quoted = (value: string) => JSON.stringify(value);
const aText = fc.oneof(text, fc.constant('')).map(quoted);
const aNumber = fc.oneof(number.map(String), fc.constantFrom('9007199254740993', '1e999', '10KB'));
const scalar = fc.oneof(aText, aNumber, fc.constantFrom('true', 'false', 'null'));
const comparison = fc.constantFrom('==', '!=', '<', '<=', '>', '>=');
const part = fc.constantFrom('contains', 'startsWith', 'endsWith');
const glob = fc.constantFrom('*', 'a*', '*b', '?', '*a*', '5?', '%_', '').map(quoted);
const pattern = fc
  .constantFrom('a', '^a', 'b$', '[0-9]+', 'a.b', '(?i)get', '^$', 'x*', String.raw`\d`, 'ü|😀')
  .map(quoted);

const textField = fc.constantFrom(
  'src.name',
  'dst.name',
  'errorText',
  'summary',
  'node',
  'endpoint',
  'request.path',
  'request.method',
  'redis.command',
  'redis_command',
  'postgres.query',
  'request.body',
  'id',
  'protocol',
  'request.headers["x-token"]',
  'request.headers["HOST"]',
  'src.labels["app"]',
  'src.name.lower()',
  'request.path.upper()',
  'map_get(src.labels, "app", "a")',
);
const numberField = fc.constantFrom(
  'dst.port',
  'connection.index',
  'request.body.size',
  'request.size',
  'kafka.apiKey',
  'response.latency',
  'elapsed_time',
  'timestamp',
  'request.path.size()',
  'dns.questions.size()',
  'request.size + connection.index',
  'response.latency * 2',
  'request.size / connection.index',
  'dst.port - 1',
  '-connection.index',
  'grpc.status',
);
const anyField = fc.constantFrom(
  'response.status',
  'redis.response',
  'request.query',
  'request.query["page"]',
  'custom.a',
  'custom.a.b',
  'response.errors',
);
const boolField = fc.constantFrom('error', 'redis.hit');
const listField = fc.constantFrom('dns.questions', 'namespaces', 'protocols');
const holder = fc.constantFrom(
  'request',
  'response',
  'request.headers',
  'src',
  'request.body',
  'src.labels',
  'dns_response',
  'response == null',
);
const field = fc.oneof(textField, numberField, anyField, boolField, listField);

const join = (...parts: readonly fc.Arbitrary<string>[]) => fc.tuple(...parts).map((chosen) => chosen.join(' '));
const word2 = (value: string) => fc.constant(value);
const listed = (item: fc.Arbitrary<string>) =>
  fc.array(item, { minLength: 1, maxLength: 4 }).map((items) => `[${items.join(', ')}]`);

const term = fc.oneof(
  fc.constantFrom('http', 'redis', 'not graphql', 'dns', 'true', 'false'),
  join(textField, comparison, aText),
  join(textField, part, aText),
  join(textField, word2('like'), glob),
  join(textField, word2('matches'), pattern),
  join(textField, word2('in'), listed(aText)),
  join(textField, fc.constantFrom('==', '<', '>='), number.map(String)),
  join(numberField, comparison, aNumber),
  join(numberField, word2('in'), fc.constantFrom('0..5', '[1, 2, 80..500]', '[5, 500]', '-3..1.5')),
  join(numberField, comparison, numberField),
  join(textField, fc.constantFrom('==', '!=', '<'), textField),
  join(anyField, fc.constantFrom('==', '!='), scalar),
  join(anyField, comparison, fc.oneof(aText, aNumber)),
  join(anyField, part, aText),
  join(anyField, word2('in'), listed(scalar)),
  join(anyField, fc.constantFrom('like', 'matches'), fc.constantFrom('"a"', '"42P01"', '"5"')),
  join(boolField, fc.constantFrom('==', '!='), fc.constantFrom('true', 'false')),
  join(listField, comparison, aText),
  join(listField, word2('contains'), aText),
  join(aText, word2('in'), fc.oneof(listField, anyField, fc.constant('request.headers'), textField)),
  join(word2('src.ip'), fc.constantFrom('==', '!='), address.map(quoted)),
  join(
    word2('src.ip in'),
    fc.constantFrom('"10.0.0.0/8"', '["192.168.0.0/16", "::1"]', '"fd00::/8"', '"0.0.0.0/0"', '"10.0.0.1"'),
  ),
  join(fc.oneof(field, holder), word2('exists')),
  join(fc.oneof(field, fc.constantFrom('request', 'response', 'src')), fc.constantFrom('== null', '!= null')),
  field,
  holder,
  join(word2('timestamp'), comparison, fc.constantFrom('"2026-11-23T10:05:00Z"', 'now() - 5m', '"2026-11-23"')),
  join(word2('response.latency'), comparison, fc.constantFrom('1s', '500us', '12.25ms', '0.5')),
  fc.constantFrom(
    'request.body.json().a == 1',
    'dns.questions.exists(q, q contains "a")',
    'namespaces.all(n, n == "a")',
    'error ? http : redis',
    'request.headers.* == "a"',
    'request.query.* contains "a"',
    'custom..b == "a"',
    'request.path.split("/")[1] == "api"',
  ),
);

/** Conditions that are well typed (warnings aside), in the house spelling and others. */
export const anyCondition: fc.Arbitrary<string> = fc.letrec<{ condition: string }>((tie) => ({
  condition: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    term,
    fc
      .tuple(tie('condition'), fc.constantFrom(' and ', ' or ', ' && ', ' || '), tie('condition'))
      .map(([a, op, b]) => `(${a})${op}(${b})`),
    tie('condition').map((inner) => `not (${inner})`),
    fc.tuple(term, fc.constantFrom(' and ', ' or '), term).map((parts) => parts.join('')),
  ),
})).condition;
