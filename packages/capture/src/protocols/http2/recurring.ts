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

export class Recurring<Value> {
  private readonly maxBytes: number;
  private readonly mask: number;
  private readonly values: (Value | undefined)[];
  private readonly keys: (DataView | undefined)[];
  private readonly marks: Float64Array;
  /** Hashes of what is kept, and of what was asked for last. */
  private readonly kept: Int32Array;
  private readonly asked: Int32Array;
  private slot = 0;
  private hash = 0;
  /** The octets asked for last are not known but came before: what they are decoded to is worth keeping. */
  isAgain = false;

  constructor({ slots, maxBytes }: RecurringLimits) {
    this.maxBytes = maxBytes;
    this.mask = slots - 1;
    this.values = new Array<Value | undefined>(slots).fill(undefined);
    this.keys = new Array<DataView | undefined>(slots).fill(undefined);
    this.marks = new Float64Array(slots);
    this.kept = new Int32Array(slots);
    this.asked = new Int32Array(slots);
  }

  /** The value of these octets; `mark` tells apart what means another thing in another place. */
  find(octets: Octets, mark: number): Value | undefined {
    this.isAgain = false;
    if (octets.end - octets.start > this.maxBytes) return undefined;
    const hash = endsHash(octets) ^ Math.imul(mark, 0x9e3779b1);
    const slot = (hash ^ (hash >>> 15)) & this.mask;
    if (this.kept[slot] === hash && this.marks[slot] === mark && this.isKey(slot, octets)) return this.values[slot];
    this.slot = slot;
    this.hash = hash;
    this.isAgain = this.asked[slot] === hash;
    this.asked[slot] = hash;
    return undefined;
  }

  /** Keeps what the octets asked for last were decoded to, if they came before. */
  keep({ bytes, start, end }: Octets, mark: number, value: Value): void {
    if (!this.isAgain) return;
    const { slot } = this;
    const key = new Uint8Array(bytes.subarray(start, end));
    this.values[slot] = value;
    this.keys[slot] = new DataView(key.buffer);
    this.marks[slot] = mark;
    this.kept[slot] = this.hash;
  }

  private isKey(slot: number, { bytes, start, end }: Octets): boolean {
    const key = this.keys[slot];
    const length = end - start;
    if (key === undefined || key.byteLength !== length) return false;
    if (length < 4) {
      for (let i = 0; i < length; i++) if (key.getUint8(i) !== bytes[start + i]) return false;
      return true;
    }
    const words = wordsOf(bytes);
    // The last word covers some of the one before.
    const last = length - 4;
    if (key.getInt32(last) !== words.getInt32(start + last)) return false;
    for (let i = 0; i < last; i += 4) if (key.getInt32(i) !== words.getInt32(start + i)) return false;
    return true;
  }
}

function endsHash({ bytes, start, end }: Octets): number {
  if (end - start <= 2 * HASHED_BYTES) return hashOf(bytes, start, end);
  const front = hashOf(bytes, start, start + HASHED_BYTES);
  return Math.imul(front, 31) + hashOf(bytes, end - HASHED_BYTES, end) + (end - start);
}
