/** Where texts of Hessian 2 lie; those in pieces, which are very long, are left to hessian.ts. */

import { wordsOf } from '../../decode/words.ts';
import { u16 } from '../../packet/big-endian.ts';

const LAST_SHORT = 0x1f;
const MIDDLE = 0x30;
const LAST_MIDDLE = 0x33;
const LONG_TEXT = 0x53;
/** Of four bytes. */
const HIGH_BITS = 0x80808080 | 0;

export const isText = (code: number): boolean =>
  code <= LAST_SHORT || (code >= MIDDLE && code <= LAST_MIDDLE) || code === LONG_TEXT;

/** Where the characters of the text at `at` begin. */
export function textStart(code: number, at: number): number {
  if (code <= LAST_SHORT) return at + 1;
  return code === LONG_TEXT ? at + 3 : at + 2;
}

/** Length of the text at `at`, in the units of UTF-16. */
function textUnits(bytes: Uint8Array, at: number): number {
  const code = bytes[at] ?? 0;
  if (code <= LAST_SHORT) return code;
  return code === LONG_TEXT ? u16(bytes, at + 1) : ((code - MIDDLE) << 8) + (bytes[at + 1] ?? 0);
}

/** Where the text at `at` ends; -1 where none stands that is whole. */
export function textEnd(bytes: Uint8Array, at: number, limit: number): number {
  const code = bytes[at] ?? 0;
  if (at >= limit || !isText(code)) return -1;
  const units = textUnits(bytes, at);
  let end = textStart(code, at);
  let left = units;
  // Four characters of ASCII at once: most are.
  if (left >= 4) {
    const words = wordsOf(bytes);
    for (; left >= 4 && end + 4 <= limit && (words.getInt32(end) & HIGH_BITS) === 0; left -= 4) end += 4;
  }
  // Java writes each half of a pair by itself, three bytes long; others write both as one, which counts twice.
  while (left > 0) {
    if (end >= limit) return -1;
    const byte = bytes[end] ?? 0;
    const width = byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    left -= width === 4 ? 2 : 1;
    end += width;
  }
  return end <= limit ? end : -1;
}
