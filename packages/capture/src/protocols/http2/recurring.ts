/**
 * Values of octets that came before: what header blocks and field values were decoded to. A value is kept when it is asked
 * for twice, so what comes once (paths, ids) takes the place of nothing.
 */

import { hashOf } from '../../decode/interner.ts';
import { wordsOf } from '../../decode/words.ts';
import type { Octets } from './huffman.ts';

export interface RecurringLimits {
  /** A power of two. A value takes the place of another that falls on the same slot: a flood costs time, never memory. */
  readonly slots: number;
  /** Longer octets are never kept. */
  readonly maxBytes: number;
}

/** Longer octets are found by so many at each end. */
const HASHED_BYTES = 32;
/** Longer keys have an array each; nearly all lie side by side. */
export const SHORT_BYTES = 64;
/** Of each slot: the hash of what is kept there and its length plus one, 0 without it, and the hash of what was asked for last. */
const KEPT = 0;
const LENGTH = 1;
const ASKED = 2;
const NUMBERS = 4;

export class Recurring<Value> {
  private readonly maxBytes: number;
  private readonly mask: number;
  private readonly numbers: Int32Array;
  private readonly marks: Float64Array;
  private readonly values: (Value | undefined)[];
  private readonly shortKeys: Uint8Array;
  private readonly shortWords: DataView;
  private readonly longKeys: (DataView | undefined)[];
  /** Of what was asked for last. */
  slot = 0;
  private hash = 0;
  /** The octets asked for last are not known but came before: what they are decoded to is worth keeping. */
  isAgain = false;

  constructor({ slots, maxBytes }: RecurringLimits) {
    this.maxBytes = maxBytes;
    this.mask = slots - 1;
    this.numbers = new Int32Array(slots * NUMBERS);
    this.marks = new Float64Array(slots);
    this.values = new Array<Value | undefined>(slots).fill(undefined);
    this.shortKeys = new Uint8Array(slots * SHORT_BYTES);
    this.shortWords = new DataView(this.shortKeys.buffer);
    this.longKeys = new Array<DataView | undefined>(slots).fill(undefined);
  }

  /** The value of these octets if they stand in a slot where they are likely to. */
  at(slot: number, octets: Octets, mark: number): Value | undefined {
    const isThere = this.numbers[slot * NUMBERS + LENGTH] === octets.end - octets.start + 1;
    return isThere && this.isKey(slot, mark, octets) ? this.values[slot] : undefined;
  }

  /** The value of these octets; `mark` tells apart what means another thing in another place. */
  find(octets: Octets, mark: number): Value | undefined {
    this.isAgain = false;
    const length = octets.end - octets.start;
    if (length > this.maxBytes) return undefined;
    const { numbers } = this;
    const hash = endsHash(octets) ^ Math.imul(mark, 0x9e3779b1);
    const slot = (hash ^ (hash >>> 15)) & this.mask;
    const at = slot * NUMBERS;
    this.slot = slot;
    if (numbers[at + KEPT] === hash && numbers[at + LENGTH] === length + 1 && this.isKey(slot, mark, octets)) {
      return this.values[slot];
    }
    this.hash = hash;
    this.isAgain = numbers[at + ASKED] === hash;
    numbers[at + ASKED] = hash;
    return undefined;
  }

  /** Keeps what the octets asked for last were decoded to, if they came before. */
  keep({ bytes, start, end }: Octets, mark: number, value: Value): void {
    if (!this.isAgain) return;
    const { slot, shortKeys } = this;
    const length = end - start;
    this.values[slot] = value;
    this.marks[slot] = mark;
    this.numbers[slot * NUMBERS + KEPT] = this.hash;
    this.numbers[slot * NUMBERS + LENGTH] = length + 1;
    const isLong = length > SHORT_BYTES;
    this.longKeys[slot] = isLong ? new DataView(new Uint8Array(bytes.subarray(start, end)).buffer) : undefined;
    const to = slot * SHORT_BYTES;
    if (!isLong) for (let i = 0; i < length; i++) shortKeys[to + i] = bytes[start + i] ?? 0;
  }

  private isKey(slot: number, mark: number, { bytes, start, end }: Octets): boolean {
    if (this.marks[slot] !== mark) return false;
    const length = end - start;
    const keys = length > SHORT_BYTES ? this.longKeys[slot] : this.shortWords;
    const from = length > SHORT_BYTES ? 0 : slot * SHORT_BYTES;
    if (keys === undefined) return false;
    if (length < 4) {
      for (let i = 0; i < length; i++) if (keys.getUint8(from + i) !== bytes[start + i]) return false;
      return true;
    }
    const words = wordsOf(bytes);
    // The last word covers some of the one before.
    const last = length - 4;
    if (keys.getInt32(from + last) !== words.getInt32(start + last)) return false;
    for (let i = 0; i < last; i += 4) if (keys.getInt32(from + i) !== words.getInt32(start + i)) return false;
    return true;
  }
}

function endsHash({ bytes, start, end }: Octets): number {
  if (end - start <= 2 * HASHED_BYTES) return hashOf(bytes, start, end);
  const front = hashOf(bytes, start, start + HASHED_BYTES);
  return Math.imul(front, 31) + hashOf(bytes, end - HASHED_BYTES, end) + (end - start);
}
