import { expect, test } from 'vitest';
import { stepsOf } from './values.ts';

test.each([
  ['dst.name', ['dst', 'name']],
  ['request.headers["Content-Type"]', ['request', 'headers', 'Content-Type']],
  [`dst.labels['a.b\\'c']`, ['dst', 'labels', "a.b'c"]],
  ['traceId', ['traceId']],
  ['', undefined],
  ['a b', undefined],
  ["x'); DROP TABLE entries", undefined],
  ['a[0]', undefined],
])('the steps of %s', (path, steps) => {
  expect(stepsOf(path)).toEqual(steps);
});
