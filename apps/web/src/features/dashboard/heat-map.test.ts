import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sharesOf } from './heat-map.tsx';

test('every call is somewhere: the shares of a column add up to one', () => {
  const latencies = fc.array(fc.double({ min: 0.001, max: 1e6, noNaN: true }), { minLength: 3, maxLength: 3 });
  fc.assert(
    fc.property(latencies, (values) => {
      const [p50, p95, p99] = values.toSorted((a, b) => a - b) as [number, number, number];
      const sum = sharesOf({ at: 0, count: 1, p50, p95, p99 }).reduce((total, share) => total + share, 0);
      expect(sum).toBeCloseTo(1, 9);
    }),
  );
});

test('a moment without calls is blank', () => {
  expect(sharesOf({ at: 0, count: 0, p50: null, p95: null, p99: null }).every((share) => share === 0)).toBe(true);
});
