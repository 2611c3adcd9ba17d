/** Names with what differs from call to call folded, so that calls group: `user:42:cart` → `user:{id}:cart`. */

import { Interner } from './interner.ts';
import { printable } from './printable.ts';
import { Remembered } from './remembered.ts';

/** Longer names are cut: what stands behind does not group anything. */
const MAX_CHARACTERS = 200;
/** A uuid, a hash of at least twelve digits, a number: `0f8fad5b-d9cb-469f-a165-70867728950e`, `5f2b8c1d9e0a`, `42`. */
const ID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\b(?=[0-9a-f]*\d)[0-9a-f]{12,}\b|\d+/gi;
/** Some 3 MB. */
const folded = new Remembered((name) => name.slice(0, MAX_CHARACTERS).replace(ID, '{id}'), {
  texts: 16_384,
  characters: MAX_CHARACTERS,
});

export const foldIds = (name: string): string => folded.of(name);

/** How many hexadecimal digits in a row may be more than a number or a word: a uuid begins with so many. */
const TELLING_DIGITS = 8;
const DASH = 0x2d;
/** Room for a prefix and a name of which every other character becomes `{id}`. */
const room = new Uint8Array(1024);
const MAX_PREFIX = 200;
const ID_MARK = Array.from('{id}', (character) => character.charCodeAt(0));
const foldedBytes = new Interner((latin1) => latin1);

/** Of each byte: 1 a digit, 2 a letter that is a hexadecimal digit, 3 not ASCII, 0 anything else. */
const kinds = new Uint8Array(256).fill(1, 0x30, 0x3a).fill(2, 0x41, 0x47).fill(2, 0x61, 0x67).fill(3, 0x80);

/**
 * `prefix` and the folded name in `bytes[start, end)`: what calls are grouped by. Where only numbers are to be folded, as
 * nearly always, no string is made for a name whose like was seen before.
 */
export function foldedBehind(prefix: Uint8Array, bytes: Uint8Array, start: number, end: number): string {
  const length = prefix.length > MAX_PREFIX ? -1 : foldNumbers(bytes, start, end, prefix.length);
  if (length < 0) return Buffer.from(prefix).toString('latin1') + foldIds(printable(bytes.subarray(start, end)));
  for (let i = 0; i < prefix.length; i++) room[i] = prefix[i] ?? 0;
  return foldedBytes.of(room, 0, length);
}

/** Writes the name with its numbers folded into `room`, from `at`; returns where it ends, -1 when more may have to be folded. */
function foldNumbers(bytes: Uint8Array, start: number, end: number, at: number): number {
  if (end - start > MAX_CHARACTERS) return -1;
  let to = at;
  /** Hexadecimal digits in a row, and letters among them. */
  let run = 0;
  let letters = 0;
  for (let from = start; from < end; from++) {
    const byte = bytes[from] ?? 0;
    const kind = kinds[byte] ?? 0;
    if (kind === 0) {
      if (run >= TELLING_DIGITS && (letters > 0 || byte === DASH)) return -1;
      run = 0;
      letters = 0;
    } else if (kind === 3) {
      return -1;
    } else {
      run++;
      if (kind === 2) letters++;
      else if (from > start && kinds[bytes[from - 1] ?? 0] === 1) continue;
      else {
        for (let i = 0; i < ID_MARK.length; i++) room[to++] = ID_MARK[i] ?? 0;
        continue;
      }
    }
    room[to++] = byte;
  }
  return run >= TELLING_DIGITS && letters > 0 ? -1 : to;
}
