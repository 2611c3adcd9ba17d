import { expect, test } from 'vitest';
import { operationOf } from './operation.ts';
import { errorsOf, requestOf } from './request.ts';

test.each([
  ['query Cart($id: ID!) { cart(id: $id) { total } }', undefined, { type: 'query', name: 'Cart', fields: ['cart'] }],
  ['{ me { name } cart { total } }', undefined, { type: 'query', name: undefined, fields: ['me', 'cart'] }],
  ['mutation { add }', undefined, { type: 'mutation', name: undefined, fields: ['add'] }],
  ['query A { a } query B { b }', 'B', { type: 'query', name: 'B', fields: ['b'] }],
  [
    'fragment F on X { y } subscription S { s { ...F } }',
    undefined,
    { type: 'subscription', name: 'S', fields: ['s'] },
  ],
  ['mutation Broken { add(', undefined, { type: 'mutation', name: 'Broken', fields: [] }],
  [`query Long { ${'a '.repeat(40_000)} }`, undefined, { type: 'query', name: 'Long', fields: [] }],
  ['not a document', undefined, undefined],
])('%.40s (%s)', (document, wanted, expected) => {
  expect(operationOf(document, wanted)).toEqual(expected);
});

test('nesting bombs are refused by the token limit, not by time', () => {
  expect(operationOf(`query Bomb ${'{a'.repeat(20_000)}`, undefined)).toMatchObject({ type: 'query' });
});

test.each([
  ['a document', { query: 'query A { a }', variables: { id: 7 } }, { query: 'query A { a }', variables: { id: 7 } }],
  [
    'a persisted query',
    { extensions: { persistedQuery: { sha256Hash: 'abc' } } },
    { persisted: 'abc', query: undefined },
  ],
  ['a search that has a query too', { query: 'shoes', size: 10 }, undefined],
  ['an object of a search engine', { query: { match_all: {} } }, undefined],
  ['a list', [], undefined],
  ['nothing', null, undefined],
])('%s', (_name, value, expected) => {
  const found = requestOf(value);
  if (expected === undefined) expect(found).toBeUndefined();
  else expect(found).toMatchObject(expected);
});

test.each([
  ['{"data":{}}', 0],
  ['{"errors":[{"message":"denied"}]}', 1],
  ['[{"errors":[{"message":"a"}]},{"errors":[{"message":"b"}]}]', 2],
  ['{"errors":"none"}', 0],
  ['{"errors":[', 0],
  ['', 0],
])('%s has %i errors', (text, count) => {
  expect(errorsOf(text)).toHaveLength(count);
});
