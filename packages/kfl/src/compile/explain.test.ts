import { kflSchema, sqlMapping } from '@kubeshark/model';
import { expect, test } from 'vitest';
import { compile } from './compile.ts';
import { explain } from './explain.ts';

const explained = (query: string) => explain(compile(query, kflSchema, { now: 0 }), sqlMapping);

test.each<[string, readonly string[] | undefined, boolean, boolean]>([
  // Query, protocols, exact in SQL, from list columns alone.
  ['http and response.status >= 500', ['http'], true, true],
  ['response.status >= 500', undefined, true, true],
  ['redis or dns', ['redis', 'dns'], true, true],
  ['redis or src.name == "a"', undefined, true, true],
  ['redis.command == "GET"', ['redis'], true, false],
  ['not redis', undefined, true, true],
  ['request.body contains "x"', undefined, true, false],
  ['request.headers["X"] exists', undefined, true, false],
  ['http and request.body.json().a == 1', ['http'], false, false],
  ['', undefined, true, true],
  ['http and (', undefined, true, true],
])('%s', (query, protocols, isExact, isSummaryOnly) => {
  const found = explained(query);
  expect(found).toMatchObject({ isExact, isSummaryOnly });
  if (query !== 'http and (') expect(found.protocols).toEqual(protocols);
});

test('names the fields that are read, and the part that SQL cannot do', () => {
  const query = 'http and request.body.json().a == 1 | count by dst.name';
  expect(explained(query)).toMatchObject({
    normal: query,
    fields: ['protocols', 'request.body', 'dst.name'],
    sql: '(has(protocols, {p0:String}))',
    parameters: { p0: 'http' },
    residual: [{ text: 'request.body.json().a == 1' }],
  });
});

test('a query that is wrong matches nothing', () => {
  expect(explained('http and (')).toMatchObject({ sql: '0', isExact: true });
});
