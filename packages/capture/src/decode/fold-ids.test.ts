import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FoldedBehind, foldIds } from './fold-ids.ts';

const names = new FoldedBehind((name) => name);

test.each([
  ['user:42:cart', 'user:{id}:cart'],
  ['session.0f8fad5b-d9cb-469f-a165-70867728950e', 'session.{id}'],
  ['blob/5f2b8c1d9e0a', 'blob/{id}'],
  ['orders.created', 'orders.created'],
  ['', ''],
  ['x'.repeat(300), 'x'.repeat(200)],
])('%s is grouped as %s', (name, folded) => {
  expect(foldIds(name)).toBe(folded);
  expect(foldIds(name)).toBe(folded);
});

const name = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'0123456789abcdefABxyz_-: é'.split('')), maxLength: 60 }),
  fc.uuid(),
  fc.stringMatching(/^[a-z]{1,4}:[0-9a-f]{6,16}(-[0-9a-f]{4})?$/),
  fc.stringMatching(/^[a-gA-G0-9_]{0,3}[0-9a-f]{8}(-[0-9a-fg]{4}){3}-[0-9a-f]{10,14}[-:_g7]?$/),
);

test('names of bytes are folded as their text is', () => {
  fc.assert(
    fc.property(name, (text) => {
      const bytes = Buffer.from(`..${text}..`);
      expect(names.of(Buffer.from('GET '), bytes, 2, bytes.length - 2)).toBe(`GET ${foldIds(text)}`);
    }),
    { numRuns: 2000 },
  );
});

test('a name too long, or behind a long prefix, is folded all the same', () => {
  const [prefix, long] = ['p'.repeat(300), '7x'.repeat(150)];
  const bytes = Buffer.from(long);
  expect(names.of(Buffer.from(prefix), bytes, 0, bytes.length)).toBe(prefix + foldIds(long));
});
