import { expect, test } from 'vitest';
import {
  formatAddress,
  formatAge,
  formatBytes,
  formatCalls,
  formatCount,
  formatMillis,
  formatSecond,
  formatShare,
  formatShort,
} from './format.ts';

test.each<[(value: number) => string, number, string]>([
  [formatCount, 1_234_567, '1,234,567'],
  [formatCount, Number.NaN, '–'],
  [formatCalls, 1, '1 call'],
  [formatCalls, 1234, '1,234 calls'],
  [formatShort, 0, '0'],
  [formatShort, 0.04, '<0.1'],
  [formatShort, 0.4, '0.4'],
  [formatShort, 999, '999'],
  [formatShort, 1234, '1.23k'],
  [formatShort, 12_345_678, '12.3M'],
  [formatMillis, 0, '0.00 ms'],
  [formatMillis, 0.421, '0.42 ms'],
  [formatMillis, 123.4, '123 ms'],
  [formatMillis, 1204, '1.20 s'],
  [formatMillis, 125_000, '2 m 05 s'],
  [formatBytes, 0, '0 B'],
  [formatBytes, 999, '999 B'],
  [formatBytes, 1204, '1.20 kB'],
  [formatBytes, 34_512_000, '34.5 MB'],
  [formatShare, 0, '0 %'],
  [formatShare, 0.000_1, '<0.1 %'],
  [formatShare, 0.042, '4.2 %'],
  [formatShare, 1, '100 %'],
])('%o of %d is %s', (format, value, text) => {
  expect(format(value)).toBe(text);
});

test.each<[number, string]>([
  [0, 'now'],
  [12.9, '12 s'],
  [185, '3 m'],
  [7300, '2 h'],
  [200_000, '2 d'],
])('%d seconds ago is %s', (seconds, text) => {
  expect(formatAge(1e15, 1e15 + seconds * 1e6)).toBe(text);
});

test('an IPv6 address is told from its port', () => {
  expect(formatAddress({ ip: '::1', port: 80 })).toBe('[::1]:80');
  expect(formatAddress({ ip: '10.0.0.1', port: 80 })).toBe('10.0.0.1:80');
});

test('a moment to the second has neither fraction nor a second line', () => {
  expect(formatSecond(Date.parse('2026-11-23T14:03:22.481Z') * 1000)).toMatch(/2026, \d\d:\d\d:22$/);
});
