/** Snappy's block format: https://github.com/google/snappy/blob/main/format_description.txt */

import type { Inflated } from './lz4.ts';

/** Undoes one block; what does not fit in `limit` bytes is left out. Null when it is not Snappy. */
export function unsnappy(block: Uint8Array, limit: number): Inflated | null {
  let at = 0;
  let length = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = block[at++];
    // The length is below 2^32: five bytes at most.
    if (byte === undefined || shift > 28) return null;
    length += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) break;
  }
  const out = new Uint8Array(Math.min(length, limit));
  let written = 0;
  while (at < block.length && written < out.length) {
    const tag = block[at++] ?? 0;
    let size = (tag >> 2) + 1;
    let distance = 0;
    switch (tag & 3) {
      case 0: {
        // A literal; long ones have their length in one to four bytes.
        const extra = Math.max(0, size - 60);
        if (extra > 0) {
          size = littleEndian(block, at, extra) + 1;
          at += extra;
        }
        const end = Math.min(at + size, at + out.length - written);
        if (end > block.length) return null;
        out.set(block.subarray(at, end), written);
        written += end - at;
        at += size;
        continue;
      }
      case 1:
        size = ((tag >> 2) & 7) + 4;
        distance = ((tag >> 5) << 8) | (block[at++] ?? 0);
        break;
      case 2:
        distance = littleEndian(block, at, 2);
        at += 2;
        break;
      default:
        distance = littleEndian(block, at, 4);
        at += 4;
    }
    if (distance === 0 || distance > written) return null;
    const end = Math.min(written + size, out.length);
    for (; written < end; written++) out[written] = out[written - distance] ?? 0;
  }
  if (written < out.length) return null;
  return { bytes: out, isWhole: length <= limit };
}

function littleEndian(bytes: Uint8Array, at: number, width: number): number {
  let value = 0;
  for (let index = width - 1; index >= 0; index--) value = value * 256 + (bytes[at + index] ?? 0);
  return value;
}
