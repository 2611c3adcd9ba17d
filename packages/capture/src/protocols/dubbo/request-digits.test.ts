import fc from 'fast-check';
import { expect, test } from 'vitest';
import { JsonWriter } from '../../json/json-writer.ts';
import { requestIdOf } from './describe.ts';
import { RequestDigits } from './request-digits.ts';

test('digits are those of the number, whatever was written before', () => {
  const digits = new RequestDigits();
  const half = fc.oneof(fc.integer(), fc.constantFrom(0, -1, 1, 0x7fffffff), fc.nat(20));
  fc.assert(
    fc.property(fc.array(fc.tuple(half, half, fc.nat(3)), { maxLength: 8 }), (numbers) => {
      for (const [high, low, more] of numbers) {
        for (let i = 0; i <= more; i++) {
          const json = new JsonWriter();
          digits.write(json, high, (low + i) | 0);
          expect(Buffer.from(json.written()).toString()).toBe(requestIdOf(high, (low + i) | 0));
        }
      }
    }),
  );
});
