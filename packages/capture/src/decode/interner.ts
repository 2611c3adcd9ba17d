/**
 * Values of byte ranges that come again and again (methods, request lines, media types): each is made once. Keys are compared
 * and hashed four bytes at once: this is asked several times of every call.
 */

import { wordsOf } from './words.ts';

export interface InternerLimits {
  /** A power of two, twice what is kept. Full, it starts again: a flood of new values costs time, never memory. */
  readonly capacity: number;
  /** Longer values are unlikely to come again: they are made each time. */
  readonly maxLength: number;
}
const defaultLimits: InternerLimits = { capacity: 8192, maxLength: 256 };

/** Of each slot: the hash of its key, where the key stands, and its length plus one; 0 is a free slot. */
const WORDS = 3;
/** Far more than keys need that nobody chose: where they were chosen to have one hash, the rest are made each time. */
export const MAX_PROBES = 64;
/** Most know a handful of values: they begin small, start quickly and lie close together. */
const FIRST_CAPACITY = 64;
const FIRST_KEY_BYTES = 1024;

export class ByteInterner<Value> {
  private readonly make: (bytes: Uint8Array, start: number, end: number) => Value;
  /** One array, and one for all keys: a look-up touches few places of memory. */
  private slots: Int32Array;
  private keys = new Uint8Array(FIRST_KEY_BYTES);
  private keyWords = new DataView(this.keys.buffer);
  private keyBytes = 0;
  private values: (Value | undefined)[];
  private mask: number;
  private readonly capacity: number;
  private readonly maxLength: number;
  private size = 0;
  /** What was asked for last: often asked for again. */
  private last = 0;

  /** `make` turns a range into the value that is kept for it. */
  constructor(
    make: (bytes: Uint8Array, start: number, end: number) => Value,
    { capacity, maxLength }: InternerLimits = defaultLimits,
  ) {
    this.make = make;
    this.capacity = capacity;
    this.maxLength = maxLength;
    const first = Math.min(FIRST_CAPACITY, capacity);
    this.slots = new Int32Array(first * WORDS);
    this.values = emptySlots<Value>(first);
    this.mask = first - 1;
  }

  /** The value of `bytes[start, end)`. */
  of(bytes: Uint8Array, start: number, end: number): Value {
    const length = end - start;
    const { slots, last } = this;
    // A key is only there with its value.
    if (slots[last * WORDS + 2] === length + 1 && this.isKey(last, bytes, start)) return this.values[last] as Value;
    if (length > this.maxLength) return this.make(bytes, start, end);
    const hash = hashOf(bytes, start, end);
    let slot = hash & this.mask;
    let probes = 0;
    for (let known = slots[slot * WORDS + 2]; known !== 0; known = slots[slot * WORDS + 2]) {
      if (slots[slot * WORDS] === hash && known === length + 1 && this.isKey(slot, bytes, start)) {
        this.last = slot;
        return this.values[slot] as Value;
      }
      if (++probes === MAX_PROBES) return this.make(bytes, start, end);
      slot = (slot + 1) & this.mask;
    }
    const value = this.make(bytes, start, end);
    this.keep({ bytes, start, end, hash }, value);
    return value;
  }

  /** Whether the key of a slot stands at `start`. */
  private isKey(slot: number, bytes: Uint8Array, start: number): boolean {
    const { keys, keyWords, slots } = this;
    const from = slots[slot * WORDS + 1] ?? 0;
    const length = (slots[slot * WORDS + 2] ?? 0) - 1;
    if (length < 4) {
      for (let i = 0; i < length; i++) if (keys[from + i] !== bytes[start + i]) return false;
      return true;
    }
    const words = wordsOf(bytes);
    // The last word covers some of the one before.
    const last = length - 4;
    if (keyWords.getInt32(from + last) !== words.getInt32(start + last)) return false;
    for (let i = 0; i < last; i += 4) if (keyWords.getInt32(from + i) !== words.getInt32(start + i)) return false;
    return true;
  }

  private keep(key: Key, value: Value): void {
    const { bytes, start, end, hash } = key;
    const length = end - start;
    if (2 * this.size > this.mask) this.makeRoom();
    if (this.keyBytes + length > this.keys.length) {
      const grown = new Uint8Array(2 * (this.keyBytes + length));
      grown.set(this.keys.subarray(0, this.keyBytes));
      this.keys = grown;
      this.keyWords = new DataView(grown.buffer);
    }
    this.keys.set(bytes.subarray(start, end), this.keyBytes);
    const slot = freeSlot(this.slots, hash);
    this.slots[slot * WORDS] = hash;
    this.slots[slot * WORDS + 1] = this.keyBytes;
    this.slots[slot * WORDS + 2] = length + 1;
    this.values[slot] = value;
    this.keyBytes += length;
    this.size++;
  }

  /** Grows up to its capacity; then it forgets everything. */
  private makeRoom(): void {
    const { slots, values } = this;
    this.last = 0;
    if (values.length >= this.capacity) {
      slots.fill(0);
      values.fill(undefined);
      this.keyBytes = 0;
      this.size = 0;
      return;
    }
    this.slots = new Int32Array(2 * slots.length);
    this.values = emptySlots<Value>(2 * values.length);
    this.mask = this.values.length - 1;
    for (let old = 0; old < values.length; old++) {
      if (slots[old * WORDS + 2] === 0) continue;
      const slot = freeSlot(this.slots, slots[old * WORDS] ?? 0);
      this.slots.set(slots.subarray(old * WORDS, (old + 1) * WORDS), slot * WORDS);
      this.values[slot] = values[old];
    }
  }
}

function emptySlots<Value>(capacity: number): (Value | undefined)[] {
  return new Array<Value | undefined>(capacity).fill(undefined);
}

/** Where a key of this hash goes. */
function freeSlot(slots: Int32Array, hash: number): number {
  const mask = slots.length / WORDS - 1;
  let slot = hash & mask;
  while (slots[slot * WORDS + 2] !== 0) slot = (slot + 1) & mask;
  return slot;
}

/** A range with its hash. */
interface Key {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  readonly hash: number;
}

export class Interner<Value = string> extends ByteInterner<Value> {
  /** `make` is given the text of a range, read as latin1. */
  constructor(make: (text: string) => Value, limits: InternerLimits = defaultLimits) {
    super((bytes, start, end) => make(latin1(bytes, start, end)), limits);
  }
}

/** Four bytes a step: one multiplication waits for the one before. */
export function hashOf(bytes: Uint8Array, start: number, end: number): number {
  const words = wordsOf(bytes);
  let hash = end - start;
  let at = start;
  for (; at + 4 <= end; at += 4) {
    hash = Math.imul(hash ^ words.getInt32(at, true), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  for (; at < end; at++) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x9e3779b1);
  return hash ^ (hash >>> 13);
}

/** Text of bytes as latin1, which is what head sections are read as (RFC 9110 §5.5). */
export function latin1(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.prototype.latin1Slice.call(bytes, start, end);
}
