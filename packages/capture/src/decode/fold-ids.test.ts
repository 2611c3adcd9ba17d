import { expect, test } from 'vitest';
import { foldIds } from './fold-ids.ts';

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
