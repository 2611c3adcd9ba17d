import { kflSchema } from '@kubeshark/model';
import { expect, test } from 'vitest';
import { compile } from './compile/compile.ts';
import { runQuery } from './compile/pipeline.ts';
import { redact } from './compile/redact.ts';
import * as limits from './limits.ts';
import { wholeNumber } from './values/compare.ts';
import { compilePattern } from './values/pattern.ts';
import { parseXml } from './values/xml.ts';

const codes = (text: string) => compile(text, kflSchema).diagnostics.map(({ code }) => code);
const counting = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ id: String(index), connection: { index } }));

/** At the limit nothing is said, past it the finding. */
test.each<[string, string, string, string]>([
  ['MAX_QUERY_LENGTH', ' '.repeat(limits.MAX_QUERY_LENGTH - 4), 'http', 'KFL3001'],
  ['MAX_DEPTH', '('.repeat(limits.MAX_DEPTH - 1), `http${')'.repeat(limits.MAX_DEPTH - 1)}`, 'KFL3002'],
  ['MAX_TERMS', 'http or '.repeat(limits.MAX_TERMS - 1), 'dns', 'KFL3003'],
])('%s', (_, head, tail, code) => {
  expect(codes(head + tail)).toEqual([]);
  const more = code === 'KFL3001' ? ' ' : code === 'KFL3002' ? '(' : 'http or ';
  expect(codes(more + head + tail)).toContain(code);
});

test('MAX_DIAGNOSTICS findings are kept and the rest counted', () => {
  const found = compile('@ '.repeat(limits.MAX_DIAGNOSTICS + 5), kflSchema).diagnostics;
  expect(found).toHaveLength(limits.MAX_DIAGNOSTICS + 1);
  expect(found.at(-1)).toMatchObject({ code: 'KFL3004' });
});

test('MAX_PATTERN_LENGTH', () => {
  expect('pattern' in compilePattern('a|'.repeat(limits.MAX_PATTERN_LENGTH / 2))).toBe(true);
  expect('fault' in compilePattern('a'.repeat(limits.MAX_PATTERN_LENGTH + 1))).toBe(true);
});

test('MAX_MATCHED_LENGTH characters of a value are looked at', () => {
  const { predicate } = compile('summary matches "b$"', kflSchema);
  expect(predicate({ summary: `${'a'.repeat(limits.MAX_MATCHED_LENGTH - 1)}b` })).toBe(true);
  expect(predicate({ summary: `${'a'.repeat(limits.MAX_MATCHED_LENGTH)}b` })).toBe(false);
});

test('MAX_WHOLE_DIGITS', () => {
  expect(wholeNumber('9'.repeat(limits.MAX_WHOLE_DIGITS))).toBe(BigInt('9'.repeat(limits.MAX_WHOLE_DIGITS)));
  expect(wholeNumber('9'.repeat(limits.MAX_WHOLE_DIGITS + 1))).toBeUndefined();
});

test('MAX_DOCUMENT_DEPTH', () => {
  const nested = (depth: number) => `${'{"a":'.repeat(depth)}{"x":1}${'}'.repeat(depth)}`;
  const { predicate } = compile('request.body.json()..x == 1', kflSchema);
  expect(predicate({ request: { body: nested(limits.MAX_DOCUMENT_DEPTH) } })).toBe(true);
  expect(predicate({ request: { body: nested(limits.MAX_DOCUMENT_DEPTH + 1) } })).toBe(false);
  const elements = (depth: number) => '<a>'.repeat(depth) + '</a>'.repeat(depth);
  expect(parseXml(elements(limits.MAX_DOCUMENT_DEPTH))).not.toBeNull();
  expect(parseXml(elements(limits.MAX_DOCUMENT_DEPTH + 1))).toBeNull();
});

test('MAX_FOUND_VALUES and MAX_VISITED_VALUES: searches in a row do not multiply', () => {
  const nested: unknown = JSON.parse(`${'{"a":'.repeat(150)}1${'}'.repeat(150)}`);
  const wide = Array.from({ length: 300_000 }, (_, index) => ({ a: index }));
  const sizeOf = (search: string, x: unknown) => runQuery(compile(`| fields x${search}.size()`, kflSchema), [{ x }]);
  expect(sizeOf('..a..a..a..a..a..a..a..a', nested)).toMatchObject({ rows: [[limits.MAX_FOUND_VALUES]] });
  expect(sizeOf('..a', wide)).toMatchObject({ rows: [[limits.MAX_FOUND_VALUES]] });
  const last = compile('x..b == 1', kflSchema).predicate;
  expect(last({ x: [...wide.slice(0, limits.MAX_VISITED_VALUES - 2), { b: 1 }] })).toBe(true);
  expect(last({ x: [...wide.slice(0, limits.MAX_VISITED_VALUES), { b: 1 }] })).toBe(false);
});

test('MAX_MACRO_STEPS elements are looked at for one entry, nested macros included, and anew for the next', () => {
  const x = Array.from({ length: 2_000 }, (_, index) => index);
  const { predicate } = compile('x.all(a, x.all(b, x.all(c, x.all(d, d >= 0))))', kflSchema);
  expect(predicate({ x })).toBe(true);
  const last = compile('x.exists(v, v == -1)', kflSchema).predicate;
  const long = (length: number) => ({ x: [...Array.from({ length: length - 1 }, () => 0), -1] });
  expect(last(long(limits.MAX_MACRO_STEPS))).toBe(true);
  expect(last(long(limits.MAX_MACRO_STEPS + 1))).toBe(false);
  expect(last(long(5))).toBe(true);
});

test('MAX_JOINED_LENGTH', () => {
  const half = 'a'.repeat(limits.MAX_JOINED_LENGTH / 2);
  const { predicate } = compile('string(x + x) exists', kflSchema);
  expect(predicate({ x: half })).toBe(true);
  expect(predicate({ x: `${half}a` })).toBe(false);
});

test('MAX_GROUPS, MAX_ROWS and MAX_VALUES bound what a run holds, and what is left out is counted', () => {
  const rows = counting(limits.MAX_ROWS + 5);
  expect(runQuery(compile('| count by id', kflSchema), rows).dropped).toBe(limits.MAX_ROWS + 5 - limits.MAX_GROUPS);
  expect(runQuery(compile('| sort id', kflSchema), rows).dropped).toBe(5);
  expect(runQuery(compile('| fields id', kflSchema), rows).dropped).toBe(5);
  const sums = Array.from({ length: 11 }, (_, at) => `quantile(0.${at}, connection.index) as q${at}`).join(', ');
  const { dropped } = runQuery(compile(`| stats ${sums}`, kflSchema), rows);
  expect(dropped).toBe(11 * rows.length - limits.MAX_VALUES);
});

test('a document nested a hundred thousand levels deep ends no query', () => {
  const depth = 100_000;
  const text = `${'['.repeat(depth)}"a"${']'.repeat(depth)}`;
  const deep: unknown = JSON.parse(text);
  const entry = {
    protocols: deep,
    request: { path: deep, method: deep, body: { size: 1, text } },
    redis: { response: deep },
  };
  for (const condition of [
    'redis.response == "a"',
    'redis.response > 5',
    '"a" in redis.response',
    'redis.response contains "a"',
    'request.method == "a"',
    'request.path matches "a"',
    'redis.response in ["a", 1..5]',
    'request.body.json()..x exists',
    'redis.response == request.path',
    'redis.response..b exists',
    'redis.response.*.* == 1',
    'request.body.json().exists(v, v == "a")',
    'request.path startsWith "a"',
  ]) {
    expect(typeof compile(condition, kflSchema).predicate(entry)).toBe('boolean');
  }
  expect(runQuery(compile('| count by redis.response', kflSchema), [entry])).toMatchObject({ kind: 'table' });
  const hiding = compile('redact("redis.response..x", "request.body.json()..x", "request.path[0][0]")', kflSchema);
  const shown = redact(hiding, entry) as typeof entry;
  expect(shown.request.body.text).toContain('[REDACTED]');
  expect(shown.request.body.text.length).toBeLessThan(1_000);
});
