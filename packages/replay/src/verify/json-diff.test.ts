import fc from 'fast-check';
import { expect, test } from 'vitest';
import { diffJson, MAX_DIFFERENCES } from './json-diff.ts';
import { generalPath, matchesPath, parsePath, pathText, readPath, type Step } from './json-path.ts';

const plain = { isSet: () => false, isIgnored: () => false };
const sets = { ...plain, isSet: () => true };
const shown = (expected: unknown, actual: unknown, options = plain) =>
  diffJson(expected, actual, options).map(({ steps, kind }) => `${kind} ${pathText(steps)}`);

test.each<[string, unknown, unknown, string[]]>([
  ['nothing', { a: [1, { b: null }] }, { a: [1, { b: null }] }, []],
  ['a value', { a: { b: 1 } }, { a: { b: 2 } }, ['changed $.a.b']],
  ['a type', { a: 1 }, { a: '1' }, ['changed $.a']],
  ['a name that went and one that came', { a: 1 }, { b: 1 }, ['missing $.a', 'added $.b']],
  ['a longer list', [1], [1, 2], ['added $[1]']],
  ['an odd name', { 'a b': 1 }, { 'a b': 2 }, ['changed $["a b"]']],
])('%s', (_name, expected, actual, differences) => {
  expect(shown(expected, actual)).toEqual(differences);
});

test('a value equals itself, and order means nothing in a set', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(shown(value, JSON.parse(JSON.stringify(value)))).toEqual([]);
    }),
  );
  fc.assert(
    fc.property(fc.array(fc.jsonValue(), { maxLength: 8 }), (list) => {
      expect(shown(list, JSON.parse(JSON.stringify(list.toReversed())), sets)).toEqual([]);
    }),
  );
});

test('in a set what is missing and what is new are told', () => {
  expect(shown([{ id: 1 }, { id: 2 }], [{ id: 3 }, { id: 1 }], sets)).toEqual(['missing $[1]', 'added $[0]']);
});

test('differences are told up to their limit, and depth ends somewhere', () => {
  const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, n) => [`k${n}`, n]));
  expect(shown(many, {})).toHaveLength(MAX_DIFFERENCES);
  const deep = (leaf: number) => JSON.parse(`${'['.repeat(5_000)}${leaf}${']'.repeat(5_000)}`) as unknown;
  expect(shown(deep(1), deep(2))).toHaveLength(1);
});

test('any path is read back', () => {
  const step = fc.oneof(fc.nat(99), fc.string());
  fc.assert(
    fc.property(fc.array(step, { maxLength: 6 }), (steps: Step[]) => {
      expect(parsePath(pathText(steps))).toEqual(steps);
    }),
  );
});

test.each<[pattern: string, place: Step[], expected: boolean]>([
  ['$.items[*].id', ['items', 3, 'id'], true],
  ['$.items[*]', ['items', 3, 'id', 'x'], true],
  ['$.*.id', ['order', 'id'], true],
  ['$["*"]', ['a'], false],
  ['$.items[0]', ['items', 1], false],
  ['$.items', ['item'], false],
])('%s speaks of %s: %s', (pattern, place, expected) => {
  expect(matchesPath(parsePath(pattern) ?? [], place)).toBe(expected);
  expect(generalPath(['items', 3, 'id'])).toBe('$.items[*].id');
});

test('what is no path has no value', () => {
  expect([parsePath('a.b'), parsePath('$..'), readPath({ a: 1 }, '$.a.b.c'), readPath({}, '$.__proto__')]).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});
