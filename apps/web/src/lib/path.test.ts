import { expect, test } from 'vitest';
import { pathTo, valueAt } from './path.ts';

const entry = { request: { headers: { 'X-Id': ['a', 'b'], 'odd "name"': 1 } }, status: 0 };

test.each<[string, unknown]>([
  ['status', 0],
  ['request.headers["X-Id"][1]', 'b'],
  [pathTo('request.headers', 'odd "name"'), 1],
  ['request.body.text', undefined],
  ['status.more', undefined],
  ['constructor', undefined],
  ['request..headers!', undefined],
])('%s is %o', (path, value) => {
  expect(valueAt(entry, path)).toBe(value);
});
