import fc from 'fast-check';
import { expect, test } from 'vitest';
import { line, lineFeed } from './line-feed.ts';

/** Many line feeds, and bytes that differ from them by one bit or a carry. */
const byte = fc.constantFrom(0, 9, 10, 11, 13, 0x0b, 0x8a, 0x0a ^ 0x80, 0xff, 65);

test('the first line feed of any range is found, and none where there is none', () => {
  fc.assert(
    fc.property(fc.array(byte, { maxLength: 40 }), fc.nat(40), fc.nat(40), fc.nat(3), (list, a, b, offset) => {
      const bytes = new Uint8Array(list.length + offset).subarray(offset);
      bytes.set(list);
      const start = Math.min(a, b, list.length);
      const end = Math.min(Math.max(a, b), list.length);
      const found = list.slice(start, end).indexOf(10);
      const expected = found < 0 ? end : start + found;
      expect(lineFeed(bytes, start, end)).toBe(expected);
      expect(line.end(bytes, start, end)).toBe(expected);
      expect(line.isAscii).toBe(list.slice(start, expected).every((one) => one < 0x80));
    }),
  );
});
