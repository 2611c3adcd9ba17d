/** Names with what differs from call to call folded, so that calls group: `user:42:cart` → `user:{id}:cart`. */

import { Interner } from './interner.ts';
import { printable } from './printable.ts';
import { Remembered } from './remembered.ts';
import { isUuid, UUID_LENGTH } from './uuid.ts';

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

/** Room for a prefix and a name of which every other character becomes `{id}`. */
const room = new Uint8Array(1024);
const MAX_PREFIX = 200;
const ID_MARK = Array.from('{id}', (character) => character.charCodeAt(0));
/** Kept of names that are not folded as bytes. */
const OTHERS = { texts: 1024, characters: MAX_PREFIX + MAX_CHARACTERS } as const;

/** What a byte may be in a name. */
const DIGIT = 1;
/** A letter that is a hexadecimal digit. */
const HEX_LETTER = 2;
const LETTER = 3;
const NOT_ASCII = 4;
const kinds = new Uint8Array(256).fill(NOT_ASCII, 0x80);
kinds.fill(LETTER, 0x41, 0x5b).fill(LETTER, 0x61, 0x7b).fill(LETTER, 0x5f, 0x60);
kinds.fill(DIGIT, 0x30, 0x3a).fill(HEX_LETTER, 0x41, 0x47).fill(HEX_LETTER, 0x61, 0x67);
const UUID_FIRST = 8;
const MIN_HASH = 12;

/**
 * What calls are grouped by, a prefix and the folded name in `bytes[start, end)`: no string is made for a name whose like was
 * seen before.
 */
export class FoldedBehind<Value> {
  private readonly known: Interner<Value>;
  private readonly others: Remembered<Value>;

  /** `make` is given the whole name. */
  constructor(make: (name: string) => Value) {
    this.known = new Interner(make);
    this.others = new Remembered(make, OTHERS);
  }

  of(prefix: Uint8Array, bytes: Uint8Array, start: number, end: number): Value {
    const length = prefix.length > MAX_PREFIX ? -1 : foldInto(bytes, start, end, prefix.length);
    if (length < 0) {
      return this.others.of(Buffer.from(prefix).toString('latin1') + foldIds(printable(bytes.subarray(start, end))));
    }
    for (let i = 0; i < prefix.length; i++) room[i] = prefix[i] ?? 0;
    return this.known.of(room, 0, length);
  }
}

/** Writes the folded name into `room`, from `at`; returns where it ends, -1 for one that is not ASCII or is to be cut. */
function foldInto(bytes: Uint8Array, start: number, end: number, at: number): number {
  if (end - start > MAX_CHARACTERS) return -1;
  let to = at;
  /** Where the hexadecimal digits in a row end that `from` stands in. */
  let runEnd = start;
  for (let from = start; from < end; ) {
    const byte = bytes[from] ?? 0;
    const kind = kinds[byte] ?? 0;
    if (kind === NOT_ASCII) return -1;
    let next = from;
    if (kind === DIGIT || kind === HEX_LETTER) {
      if (from >= runEnd) {
        runEnd = endOfHex(bytes, from, end);
        if (runEnd - from >= MIN_HASH && isHash(bytes, { from, to: runEnd, start, end })) next = runEnd;
      }
      if (runEnd - from === UUID_FIRST && isUuid(bytes, from, end)) next = from + UUID_LENGTH;
      if (next === from && kind === DIGIT) {
        do next++;
        while (next < end && kinds[bytes[next] ?? 0] === DIGIT);
      }
    }
    if (next === from) {
      room[to++] = byte;
      from++;
    } else {
      for (let i = 0; i < ID_MARK.length; i++) room[to++] = ID_MARK[i] ?? 0;
      from = next;
    }
  }
  return to;
}

function endOfHex(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  for (; at < end; at++) {
    const kind = kinds[bytes[at] ?? 0];
    if (kind !== DIGIT && kind !== HEX_LETTER) break;
  }
  return at;
}

/** Hexadecimal digits in a name. */
interface Run {
  readonly from: number;
  readonly to: number;
  readonly start: number;
  readonly end: number;
}

/** Are they a word of their own, with a digit among them? */
function isHash(bytes: Uint8Array, { from, to, start, end }: Run): boolean {
  if (from > start && isWordPart(bytes[from - 1])) return false;
  if (to < end && isWordPart(bytes[to])) return false;
  for (let at = from; at < to; at++) if (kinds[bytes[at] ?? 0] === DIGIT) return true;
  return false;
}

const isWordPart = (byte = 0): boolean => (kinds[byte] ?? 0) >= DIGIT && (kinds[byte] ?? 0) <= LETTER;
