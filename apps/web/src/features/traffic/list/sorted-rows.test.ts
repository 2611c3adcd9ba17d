import { expect, test } from 'vitest';
import { readSort, type Sort, writeSort } from './sorted-rows.ts';

test.each<[string | undefined, Sort | null]>([
  [undefined, null],
  ['latency', { column: 'latency', descending: false }],
  ['-latency', { column: 'latency', descending: true }],
])('%o in a link is the order %o, and is written so', (text, sort) => {
  expect(readSort(text)).toEqual(sort);
  expect(writeSort(sort)).toBe(text);
});

test.each(['gone', '-', '--latency', 'constructor'])('%o is no order', (text) => {
  expect(readSort(text)).toBeNull();
});
