import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteReader } from './byte-reader.ts';

const numbers = Uint8Array.from([0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x88]);

test.each([
  ['u8', 0x01],
  ['u16', 0x0102],
  ['u16le', 0x0201],
  ['u24le', 0x030201],
  ['u32', 0x01020304],
  ['u32le', 0x04030201],
  ['i8', 0x01],
  ['i16', 0x0102],
  ['i32', 0x01020304],
  ['i32le', 0x04030201],
  ['u64', 0x0102030405060788n],
  ['u64le', 0x8807060504030201n],
  ['i64le', -0x77f8f9fafbfcfdffn],
] as const)('reads %s', (name, expected) => {
  const reader = new ByteReader(numbers);
  expect(reader[name]()).toBe(expected);
  expect(reader.isShort).toBe(false);
});

test('numbers of any width, and with the highest bit set', () => {
  const high = Uint8Array.from([0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8]);
  const at = () => new ByteReader(high);
  expect([1, 2, 3, 4].map((width) => at().number(width as 1 | 2 | 3 | 4))).toEqual([
    0xf1, 0xf1f2, 0xf1f2f3, 0xf1f2f3f4,
  ]);
  expect([at().i8(), at().i16(), at().i32()]).toEqual([-0x0f, -0x0e0e, -0x0e0d0c0c]);
  expect([at().u16le(), at().u24le(), at().u32le()]).toEqual([0xf2f1, 0xf3f2f1, 0xf4f3f2f1]);
  expect([at().u32(), at().i32le()]).toEqual([0xf1f2f3f4, -0x0b0c0d0f]);
});

test('a view of a larger buffer is read at its own place', () => {
  expect(new ByteReader(numbers.subarray(2), 1, 3).u16()).toBe(0x0405);
});

test('a read past the end gives nothing, marks the reader and stays at the end', () => {
  const reader = new ByteReader(numbers, 0, 3);
  reader.skip(2);
  expect(reader.u16()).toBe(0);
  expect(reader.isShort).toBe(true);
  expect(reader.left).toBe(0);
  expect(reader.view(1)).toHaveLength(0);
});

test('strings end at their zero; without one the reader is short', () => {
  const reader = new ByteReader(Buffer.from('héllo\0rest'));
  expect(reader.cstring()).toBe('héllo');
  expect(reader.cstring()).toBe('');
  expect(reader.isShort).toBe(true);
});

test('no sequence of reads throws or leaves the bytes', () => {
  const names = ['u8', 'u16', 'u32', 'u64', 'i64le', 'f64le', 'cstring', 'rest', 'u24le'] as const;
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 40 }),
      fc.array(fc.constantFrom(...names)),
      fc.integer(),
      (bytes, reads, length) => {
        const reader = new ByteReader(bytes);
        for (const read of reads) reader[read]();
        reader.view(length);
        expect(reader.at).toBeLessThanOrEqual(bytes.length);
      },
    ),
  );
});
