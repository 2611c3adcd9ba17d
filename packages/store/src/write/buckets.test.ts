import { expect, test } from 'vitest';
import { Buckets, bucketSeconds } from './buckets.ts';

const day = 86_400;

test.each([
  ['no age', undefined, 3600],
  ['an hour', 3600, 120],
  ['a day', day, 1800],
  ['a week', 7 * day, 12_600],
  ['a year', 365 * day, day],
  ['a second', 1, 60],
])('data kept for %s is cut into spans of readable length', (_name, age, seconds) => {
  expect(bucketSeconds(age)).toBe(seconds);
});

test('a bucket begins on its span, ends with it, and can be cut short', () => {
  const buckets = new Buckets();
  expect(buckets.at(7201)).toBe(7200);
  expect(buckets.at(10_799)).toBe(7200);
  buckets.cut(9000.5);
  expect(buckets.at(9001)).toBe(9000);
  expect(buckets.at(10_799)).toBe(9000);
  expect(buckets.at(10_800)).toBe(10_800);
  buckets.cut(10_800.9);
  expect(buckets.at(10_801)).toBe(10_800);
});
