/** Finds line ends four bytes at a time: heads are scanned for nothing else, and a byte at a time it was their largest cost. */

const LF = 10;
/** A line feed in each byte of a word, and what finds a byte that is zero in one. */
const FOUR_LINE_FEEDS = 0x0a0a0a0a;
const ONES = 0x01010101;
const HIGH_BITS = 0x80808080 | 0;

/** Of the bytes looked at last: nearly always the same chunk. */
let bytesOfView: Uint8Array = new Uint8Array(0);
let view = new DataView<ArrayBufferLike>(bytesOfView.buffer);

/** Offset of the first line feed in `bytes[start, end)`; `end` when there is none. */
export function lineFeed(bytes: Uint8Array, start: number, end: number): number {
  if (bytes !== bytesOfView) {
    bytesOfView = bytes;
    view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
  let at = start;
  for (const last = end - 4; at <= last; at += 4) {
    const word = view.getInt32(at, true) ^ FOUR_LINE_FEEDS;
    if (((word - ONES) & ~word & HIGH_BITS) !== 0) break;
  }
  while (at < end && bytes[at] !== LF) at++;
  return at;
}
