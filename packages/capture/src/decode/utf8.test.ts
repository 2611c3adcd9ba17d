import { isUtf8 } from 'node:buffer';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { characterBytes } from './utf8.ts';

const byte = fc.oneof(
  fc.constantFrom(
    0x80,
    0x8f,
    0x90,
    0x9f,
    0xa0,
    0xbf,
    0xc0,
    0xc1,
    0xc2,
    0xdf,
    0xe0,
    0xe1,
    0xec,
    0xed,
    0xef,
    0xf0,
    0xf4,
    0xf5,
  ),
  fc.integer({ min: 0, max: 255 }),
);

test('characters are those of the runtime, one by one', () => {
  fc.assert(
    fc.property(fc.array(byte, { minLength: 1, maxLength: 5 }), (list) => {
      const bytes = Uint8Array.from([0x80 | (list[0] ?? 0), ...list.slice(1)]);
      const ends = [1, 2, 3, 4].filter((end) => end <= bytes.length);
      const whole = ends.find((end) => isUtf8(bytes.subarray(0, end)));
      expect(characterBytes(bytes, 0, bytes.length)).toBe(whole ?? 0);
    }),
    { numRuns: 5000 },
  );
});
