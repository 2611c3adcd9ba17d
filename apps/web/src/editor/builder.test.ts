import { parse, print } from '@kubeshark/kfl';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { quotes, readBuilder, writeBuilder } from './builder.ts';

const normal = (text: string) => print(parse(text).tree).trim();

test.each([
  '',
  'http',
  'http and response.status >= 500',
  'not http',
  '(http or dns) and not (dst.name == "a b" or src.ip in "10.0.0.0/8")',
  'request.headers["Authorization"] exists',
  'http and not request.headers["Authorization"]',
  'response.status in [500, 503] and response.latency > 1.5s',
  'response.status in 400..499',
  'size(request.path) > 10 and redis.hit == null',
  'http | stats p95(response.latency) by endpoint | limit 5',
  '| count by protocol',
])('%s survives the builder', (query) => {
  expect(writeBuilder(readBuilder(query)!)).toBe(normal(query));
});

test('any tree of conditions survives the builder', () => {
  const terms = fc.constantFrom(
    'http',
    'gql',
    'response.status == 200',
    'dst.name contains "x\\"y"',
    'a.b exists',
    'size(a) > 1',
  );
  const { query } = fc.letrec<{ query: string }>((tie) => ({
    query: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      terms,
      fc.tuple(tie('query'), fc.constantFrom('and', 'or'), tie('query')).map(([a, join, b]) => `(${a}) ${join} (${b})`),
      tie('query').map((inner) => `not (${inner})`),
    ),
  }));
  fc.assert(
    fc.property(query, (text) => {
      const once = writeBuilder(readBuilder(text)!);
      // Aliases of protocols become their ids, and double negation goes: the second time nothing changes any more.
      expect(writeBuilder(readBuilder(once)!)).toBe(once);
    }),
  );
});

test('what does not parse has no tree', () => {
  expect(readBuilder('response.status >=')).toBeNull();
});

test.each([
  ['response.status', '200', false],
  ['response.latency', '500ms', false],
  ['dst.name', '200', true],
  ['dst.name', '["a", "b"]', false],
  ['response.status', 'ERR', true],
])('%s with %s stands in quotes: %s', (field, value, isQuoted) => {
  expect(quotes(field, value)).toBe(isQuoted);
});
