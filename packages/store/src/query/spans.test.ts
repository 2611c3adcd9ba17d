import { expect, test } from 'vitest';
import { cut } from './spans.ts';

const second = 1_000_000;

test.each([
  ['a minute', 0, 60 * second, 60, { since: 0, until: 60 * second, bucketMicros: second, buckets: 60 }],
  [
    'not on a bucket',
    1.5 * second,
    9.2 * second,
    10,
    { since: second, until: 10 * second, bucketMicros: second, buckets: 9 },
  ],
  [
    'one moment',
    5 * second,
    5 * second + 1,
    100,
    { since: 5 * second, until: 5 * second + 1000, bucketMicros: 1000, buckets: 1 },
  ],
  ['one bucket', 0, 90 * second, 1, { since: 0, until: 120 * second, bucketMicros: 120 * second, buckets: 1 }],
])('cuts %s into readable buckets', (_name, since, until, buckets, span) => {
  expect(cut(since, until, buckets)).toEqual(span);
});

test('a hostile range of centuries is still a bounded number of buckets', () => {
  expect(cut(0, 4e15 * 60, 100).buckets).toBeLessThanOrEqual(101);
});
