/** SQL text and parameters; that they mean the same as the predicate is proved on the engine (packages/store). */

import { kflSchema, sqlMapping } from '@kubeshark/model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyCondition } from '../testing/arbitrary.ts';
import { compile } from './compile.ts';
import { compileSql } from './sql.ts';
import { compileSqlPipeline } from './sql-pipeline.ts';

const sqlOf = (query: string) => compileSql(compile(query, kflSchema, { now: 0 }), sqlMapping);

test.each<[string, string, Record<string, string | number>]>([
  ['', '1', {}],
  ['http', 'has(protocols, {p0:String})', { p0: 'http' }],
  ['not http', 'NOT (has(protocols, {p0:String}))', { p0: 'http' }],
  ['dst.name == "cart"', 'dst_name = {p0:String}', { p0: 'cart' }],
  ['dst.name != "cart"', 'NOT (dst_name = {p0:String})', { p0: 'cart' }],
  ['dst.port == 80', 'dst_port != 0 AND dst_port = {p0:Float64}', { p0: 80 }],
  ['src.name exists', "src_name != ''", {}],
  ['error', 'error != 0', {}],
  ['id == 7', 'id = {p0:UInt64}', { p0: '7' }],
  ['request.path contains "x"', 'position(request_path, {p0:String}) > 0', { p0: 'x' }],
  ['request.path like "a*_"', 'request_path LIKE {p0:String}', { p0: String.raw`a%\_` }],
  ['request.path matches "a.b"', 'match(request_path, {p0:String})', { p0: '(?-s)a.b' }],
  ['response.latency > 1s', 'bitTest(repeats, 2) AND (ifNull(latency > {p0:Float64}, 0))', { p0: 1000 }],
  [
    'dst.port in 80..90',
    '((dst_port != 0 AND dst_port >= {p0:Float64}) AND (dst_port != 0 AND dst_port <= {p1:Float64}))',
    { p0: 80, p1: 90 },
  ],
])('%s', (query, sql, parameters) => {
  expect(sqlOf(query)).toMatchObject({ sql, parameters, isExact: true, residual: [] });
});

test.each<[string, string]>([
  ['http and request.body.json().a == 1', '(has(protocols, {p0:String}))'],
  ['http or request.body.json().a == 1', '1'],
  ['not (http and request.body.json().a == 1)', '1'],
  ['src.name == ""', '1'],
])('%s is finished by the predicate', (query, sql) => {
  expect(sqlOf(query)).toMatchObject({ sql, isExact: false });
});

test('two clauses in one statement keep their parameters apart', () => {
  const compiled = compile('http and dst.name == "a"', kflSchema);
  expect(Object.keys(compileSql(compiled, sqlMapping, { prefix: 'role_' }).parameters)).toEqual(['role_0', 'role_1']);
});

describe('nothing a person writes becomes part of the SQL', () => {
  const hostile = ["'; DROP TABLE entries; --", "' OR 1=1 --", '{p0:String}', '`) OR (1', '\\', '\0', '😀'];
  test.each(hostile)('%j as a value, a key, a path and a pattern', (text) => {
    const word = JSON.stringify(text);
    for (const query of [
      `dst.name == ${word}`,
      `request.headers[${word}] == ${word}`,
      `custom[${word}] == 1`,
      `request.path contains ${word}`,
      `src.labels[${word}] exists`,
      `redis.response == ${word}`,
      `dst.name in [${word}]`,
      `id > ${word}`,
      `timestamp > 0 and summary like ${word}`,
    ]) {
      const { sql } = sqlOf(query);
      if (text !== '{p0:String}') expect(sql).not.toContain(text);
      expect(sql.replace(/\{p\d+:(?:String|Float64|UInt64)\}/g, '?')).toMatch(SHAPE);
    }
  });

  test('whatever the query, the text is made of known words, columns and placeholders', () => {
    fc.assert(
      fc.property(anyCondition, (query) => {
        const { sql, parameters } = sqlOf(query);
        const named = [...sql.matchAll(/\{(p\d+):\w+\}/g)].map(([, name]) => name);
        expect(new Set(named)).toEqual(new Set(Object.keys(parameters)));
        expect(sql.replace(/\{p\d+:(?:String|Float64|UInt64)\}/g, '?')).toMatch(SHAPE);
      }),
      { numRuns: 1_000 },
    );
  });

  test('a pipeline names its columns itself', () => {
    const query = `http | stats count() as drop, p95(latency) by request.headers["'; --"], dst.name | sort -drop | limit 3`;
    const pipeline = compileSqlPipeline(compile(query, kflSchema), sqlMapping, {
      source: { table: 'entries', where: 'id > 5' },
    });
    expect(pipeline?.sql).toMatch(
      /^SELECT c1_0, c1_1, c1_2, c1_3 FROM \(SELECT .* FROM entries WHERE \(id > 5\) AND \(has\(protocols, \{p0:String\}\)\) GROUP BY c1_0, c1_1\) ORDER BY c1_2 DESC NULLS LAST LIMIT 3$/,
    );
    expect(pipeline?.sql).not.toContain('drop');
    expect(pipeline?.columns.map(({ name }) => name)).toEqual([`request.headers["'; --"]`, 'dst.name', 'drop', 'p95']);
  });
});

/** Words, numbers, brackets and operators, the few texts the compiler itself writes, and `?` for what is bound. */
const SHAPE =
  /^(?:[A-Za-z_][A-Za-z0-9_]*|\d+(?:\.\d+)?|[()[\],.=<>!+\-*/? ]|->|'(?:String|Bool|Null|Array|Object|Int64|UInt64|Double|Array\(String\)|\^-\?\[0-9\]\{1,38\}\$|0\.0\.0\.0)?')*$/;
