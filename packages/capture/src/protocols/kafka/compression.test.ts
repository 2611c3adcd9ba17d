import { expect, test } from 'vitest';
import { MAX_KEPT_ROOM, unpackWhole } from './compression.ts';
import { i32 } from './testing/encode.ts';

const LZ4 = 3;
const NO_LIMIT = 1024 * 1024;
/** A frame of one block that is not compressed. */
const frame = (bytes: Uint8Array) =>
  Buffer.concat([Buffer.from('04224d18604082', 'hex'), i32(bytes.length | 0x8000_0000).swap32(), bytes, i32(0)]);
const unpack = (size: number, limit = NO_LIMIT) => {
  const bytes = frame(Buffer.alloc(size, 'x'));
  return unpackWhole({ bytes, start: 0, end: bytes.length }, LZ4, limit);
};

test(`room for more than ${MAX_KEPT_ROOM} bytes is let go when it was used`, () => {
  const large = unpack(MAX_KEPT_ROOM + 1);
  expect(large?.length).toBe(MAX_KEPT_ROOM + 1);
  expect(unpack(10)?.bytes.length).toBeLessThanOrEqual(MAX_KEPT_ROOM);
  expect(unpack(10)?.bytes).toBe(unpack(10)?.bytes);
});

test('what is longer than the limit is not unpacked in part', () => {
  expect(unpack(20, 19)).toBeNull();
  expect(unpack(20, 20)?.length).toBe(20);
});
