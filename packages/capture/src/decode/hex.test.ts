import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hexBytes, hexText } from './hex.ts';

test('text and bytes are inverses', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(hexBytes(hexText(bytes))).toEqual(bytes);
    }),
  );
});

test.each([['0'], ['0g'], ['00 ']])('%j is not hexadecimal', (text) => {
  expect(hexBytes(text)).toBeNull();
});

test('upper case is read', () => {
  expect(hexBytes('0aFF')).toEqual(Uint8Array.of(10, 255));
});
