import fc from 'fast-check';
import { expect, test } from 'vitest';
import { diff, MAX_DIFF_LINES } from './diff.ts';

const lines = (left: unknown, right: unknown) => diff(left, right).map(({ path, kind }) => `${kind} ${path}`);

test.each<[unknown, unknown, string[]]>([
  [
    { a: 1, b: { c: [1, 2] } },
    { a: 2, b: { c: [1, 3, 4] }, d: 1 },
    ['changed a', 'changed b.c[1]', 'added b.c[2]', 'added d'],
  ],
  [{ text: '{"id":1,"x":[1]}' }, { text: '{"id":2,"x":[1]}' }, ['changed text.id']],
  [{ a: [] }, { a: {} }, ['changed a']],
  [{ a: null }, {}, ['removed a']],
])('%o and %o differ in %o', (left, right, wanted) => {
  expect(lines(left, right)).toEqual(wanted);
});

test('nothing differs from itself', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(diff(value, structuredClone(value))).toEqual([]);
    }),
  );
});

test('unrelated giants do not make a giant answer', () => {
  const many = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`k${index}`, 1]));
  expect(diff(many, {})).toHaveLength(MAX_DIFF_LINES);
});
