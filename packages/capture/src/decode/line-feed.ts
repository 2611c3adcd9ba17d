/** Finds line ends eight bytes at a time: heads are scanned for nothing else, and a byte at a time it was their largest cost. */

import { wordsOf } from './words.ts';

const LF = 10;
/** A line feed in each byte of a word, and what finds a byte that is zero in one. */
const FOUR_LINE_FEEDS = 0x0a0a0a0a;
const ONES = 0x01010101;
const HIGH_BITS = 0x80808080 | 0;

/** Offset of the first line feed in `bytes[start, end)`; `end` when there is none. */
export function lineFeed(bytes: Uint8Array, start: number, end: number): number {
  const words = wordsOf(bytes);
  let at = start;
  for (const last = end - 8; at <= last; at += 8) {
    const first = words.getInt32(at, true) ^ FOUR_LINE_FEEDS;
    const found = (first - ONES) & ~first & HIGH_BITS;
    if (found !== 0) return at + placeOf(found);
    const second = words.getInt32(at + 4, true) ^ FOUR_LINE_FEEDS;
    const foundThere = (second - ONES) & ~second & HIGH_BITS;
    if (foundThere !== 0) return at + 4 + placeOf(foundThere);
  }
  while (at < end && bytes[at] !== LF) at++;
  return at;
}

/**
 * The same, of a line that is to be copied: whether all before it is ASCII is then `isAscii`. One object, filled again and
 * again.
 */
export const line = {
  isAscii: true,

  end(bytes: Uint8Array, start: number, end: number): number {
    const words = wordsOf(bytes);
    let at = start;
    let seen = 0;
    for (; at <= end - 4; at += 4) {
      const word = words.getInt32(at, true);
      const difference = word ^ FOUR_LINE_FEEDS;
      const found = (difference - ONES) & ~difference & HIGH_BITS;
      if (found === 0) {
        seen |= word;
        continue;
      }
      const place = placeOf(found);
      seen |= word & ((1 << (8 * place)) - 1);
      this.isAscii = (seen & HIGH_BITS) === 0;
      return at + place;
    }
    for (; at < end && bytes[at] !== LF; at++) seen |= bytes[at] ?? 0;
    this.isAscii = (seen & HIGH_BITS) === 0;
    return at;
  },
};

/** Which byte of a word, the lowest first, has its high bit set first. */
function placeOf(bits: number): number {
  return (31 - Math.clz32(bits & -bits)) >> 3;
}
