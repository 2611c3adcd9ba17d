import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KafkaCursor, MAX_VARINT_BYTES } from './cursor.ts';
import { patternOf } from './pattern.ts';
import { i64, uvarint, varint } from './testing/encode.ts';

test.each([
  ['0', 0],
  ['4294967296', 2 ** 32],
  ['2147483648', 2 ** 31],
  ['-1', -1],
  ['9007199254740991', Number.MAX_SAFE_INTEGER],
  ['-9007199254740992', -(2 ** 53)],
  ['9007199254740992', '9007199254740992'],
  ['-9223372036854775808', '-9223372036854775808'],
])('%s is told exactly, as a text where a number would round it', (value, told) => {
  expect(new KafkaCursor(i64(value)).int64()).toBe(told);
});

test(`a number of more than ${MAX_VARINT_BYTES} bytes is none`, () => {
  const longest = new KafkaCursor(Buffer.from([...Array<number>(MAX_VARINT_BYTES - 1).fill(0x80), 1]));
  expect([longest.uvarint() > 0, longest.isShort, longest.left]).toEqual([true, false, 0]);
  const longer = new KafkaCursor(Buffer.from([...Array<number>(MAX_VARINT_BYTES).fill(0x80), 1]));
  expect([longer.uvarint(), longer.isShort]).toEqual([0, true]);
});

test('numbers of any length are what they were written as', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.integer({ min: -(2 ** 51), max: 2 ** 51 }), (count, value) => {
      const cursor = new KafkaCursor(Buffer.concat([uvarint(count), varint(value)]));
      expect([cursor.uvarint(), cursor.varint(), cursor.isShort, cursor.left]).toEqual([count, value, false, 0]);
    }),
  );
});

test('bytes are compared with all of a pattern, wherever they differ', () => {
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 23 });
  fc.assert(
    fc.property(bytes, fc.nat(), fc.nat(3), (expected, place, before) => {
      const pattern = patternOf([expected.subarray(0, 1), expected.subarray(1)]);
      const message = Buffer.concat([Buffer.alloc(before), expected]);
      const cursor = new KafkaCursor(message, before);
      expect([cursor.takes(pattern), cursor.left]).toEqual([true, 0]);
      expect(cursor.reset(message, before, message.length - 1).takes(pattern)).toBe(false);
      const at = before + (place % expected.length);
      message[at] = (message[at] ?? 0) ^ 1;
      expect(cursor.reset(message, before).takes(pattern)).toBe(false);
    }),
  );
});
