import { expect, test } from 'vitest';
import { tapSummary } from './tap-summary.ts';

test.each([
  [{ calls: 0, failed: 0, seconds: 4.2 }, '0 calls in 0:04.'],
  [{ calls: 1, failed: 0, seconds: 59.6 }, '1 call in 1:00, none failed.'],
  [{ calls: 1200, failed: 3, seconds: 3_601 }, '1200 calls in 60:01, 3 failed.'],
])('%j is told as %s', (tapped, text) => {
  expect(tapSummary(tapped)).toBe(text);
});
