import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatRange, parseRange, type TimeRange, windowOf } from './time-range.ts';

test.each<[string | undefined, TimeRange]>([
  [undefined, { kind: 'live' }],
  ['', { kind: 'live' }],
  ['live', { kind: 'live' }],
  ['all', { kind: 'all' }],
  ['15m', { kind: 'last', seconds: 900 }],
  ['24h', { kind: 'last', seconds: 86_400 }],
  ['0m', { kind: 'live' }],
  ['99999999999m', { kind: 'live' }],
  ['200-100', { kind: 'live' }],
  ['100-200', { kind: 'between', from: 100, to: 200 }],
  ["5m'; drop", { kind: 'live' }],
])('%s reads as %o', (text, range) => {
  expect(parseRange(text)).toEqual(range);
});

test('what is written is read back', () => {
  const ranges = fc.oneof(
    fc.constant<TimeRange>({ kind: 'live' }),
    fc.integer({ min: 1, max: 86_400 }).map<TimeRange>((seconds) => ({ kind: 'last', seconds })),
    fc
      .tuple(fc.integer({ min: 0, max: 2 ** 50 }), fc.integer({ min: 1, max: 2 ** 40 }))
      .map<TimeRange>(([from, length]) => ({ kind: 'between', from, to: from + length })),
  );
  fc.assert(
    fc.property(ranges, (range) => {
      expect(parseRange(formatRange(range))).toEqual(range);
    }),
  );
});

test('a range ends now unless it names its end', () => {
  expect(windowOf({ kind: 'last', seconds: 60 }, 100e6)).toEqual({ from: 40e6, to: 100e6 });
  expect(windowOf({ kind: 'between', from: 1, to: 2 }, 100e6)).toEqual({ from: 1, to: 2 });
});
