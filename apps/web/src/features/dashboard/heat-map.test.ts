import type { Latencies } from '@kubeshark/contract';
import { expect, test } from 'vitest';
import { cellAt, describeLatency } from './heat-map.tsx';

const data: Latencies = {
  since: 0,
  until: 20,
  complete: true,
  bucketMicros: 10,
  rows: [0.1, 1, 10],
  columns: [
    { at: 0, counts: [1, 2, 3] },
    { at: 10, counts: [4, 5, 6] },
  ],
};

test.each<[string, number, number, number, string]>([
  ['the bottom is the shortest', 0, 0.99, 1, 'under 1.00 ms'],
  ['the middle', 0.49, 0.5, 2, '1.00 ms to 10.0 ms'],
  ['the top is the longest', 0.5, 0, 6, '10.0 ms and more'],
])('%s', (_, x, y, count, words) => {
  const cell = cellAt(data, x, y);
  expect(cell).toMatchObject({ count, from: x < 0.5 ? 0 : 10, to: x < 0.5 ? 10 : 20 });
  expect(describeLatency(cell!)).toBe(words);
});

test.each([
  [1, 0.5],
  [-0.1, 0.5],
  [0.5, 1],
  [0.5, -0.1],
])('outside there is no cell: %d, %d', (x, y) => {
  expect(cellAt(data, x, y)).toBeNull();
});
