import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Places } from './places.ts';

test('places come back in the order they were given, however many wait', () => {
  const steps = fc.array(fc.oneof(fc.nat(3000), fc.constant(null)), { maxLength: 40 });
  fc.assert(
    fc.property(steps, (list) => {
      const places = new Places();
      const expected: number[] = [];
      let next = 0;
      for (const step of list) {
        // So many are given, or half of those that wait are taken.
        for (let i = 0; i < (step ?? 0); i++) {
          places.give(next);
          expected.push(next++);
        }
        for (let i = expected.length >> 1; step === null && i > 0; i--) expect(places.take()).toBe(expected.shift());
        expect(places.length).toBe(expected.length);
      }
      places.clear();
      expect(places.take()).toBeUndefined();
    }),
  );
});
