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
  ['i32le', 0x04030201],
  ['u64', 0x0102030405060788n],
  ['u64le', 0x8807060504030201n],
  ['i64le', -0x77f8f9fafbfcfdffn],
] as const)('reads %s', (name, expected) => {
  const reader = new ByteReader(numbers);
  expect(reader[name]()).toBe(expected);
  expect(reader.isShort).toBe(false);
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
