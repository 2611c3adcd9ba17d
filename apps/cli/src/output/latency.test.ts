import { expect, test } from 'vitest';
import { durationText, latencyText } from './latency.ts';

test.each([
  [null, ''],
  [0.04, '0.0 ms'],
  [12.54, '12.5 ms'],
  [345.6, '346 ms'],
  [3080.2, '3.08 s'],
])('a latency of %s ms is %j', (millis, text) => {
  expect(latencyText(millis)).toBe(text);
});

test.each([
  [0, '0.0 s'],
  [119.94, '119.9 s'],
  [725, '12 min 5 s'],
  [3600 * 3 + 1200, '3 h 20 min'],
  [78_361_744, '906 d'],
])('%s seconds are %j', (seconds, text) => {
  expect(durationText(seconds)).toBe(text);
});
