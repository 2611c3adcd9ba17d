/**
 * Walks over Kafka's primitive types: https://kafka.apache.org/protocol#protocol_types
 *
 * A read past the end answers zeros and marks the walk as short: what was read since is not to be believed. One cursor may
 * walk over many messages; no view is made for numbers and lengths.
 */

import { Interner } from '../../decode/interner.ts';
import { wordsOf } from '../../decode/words.ts';
import type { Pattern } from './pattern.ts';

/** A varint of 32 bits has at most five bytes, one of 64 bits ten. */
export const MAX_VARINT_BYTES = 10;
const UUID_BYTES = 16;
const TWO_32 = 2 ** 32;
/** High halves beyond this are no safe integers. */
const MAX_SAFE_HIGH = 2 ** 21;

const float = new DataView(new ArrayBuffer(8));
const NOTHING = new Uint8Array(0);
/** Ids of topics come again and again. */
const ids = new Interner((text) => Buffer.from(text, 'latin1').toString('base64url'));

export class KafkaCursor {
  bytes: Uint8Array = NOTHING;
  /** Offset of the next byte. */
  at = 0;
  isShort = false;
  #end = 0;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.reset(bytes, start, end);
  }

  /** Begins another walk. */
  reset(bytes: Uint8Array, start = 0, end = bytes.length): this {
    this.bytes = bytes;
    this.at = start;
    this.#end = Math.min(end, bytes.length);
    this.isShort = false;
    return this;
  }

  get left(): number {
    return this.#end - this.at;
  }

  /** Marks the walk as short. */
  fail(): void {
    this.isShort = true;
    this.at = this.#end;
  }

  skip(length: number): void {
    if (length < 0 || length > this.#end - this.at) this.fail();
    else this.at += length;
  }

  /** Passes over these bytes, if they come next. */
  takes({ bytes: expected, words }: Pattern): boolean {
    const { bytes, at } = this;
    const { length } = expected;
    if (length > this.#end - at) return false;
    this.at = at + length;
    const last = words.length - 1;
    if (last < 0) {
      for (let i = 0; i < length; i++) if (bytes[at + i] !== expected[i]) return false;
      return true;
    }
    const view = wordsOf(bytes);
    for (let i = 0; i < last; i++) if (view.getInt32(at + i * 4) !== words[i]) return false;
    return view.getInt32(at + length - 4) === words[last];
  }

  u8(): number {
    if (this.at < this.#end) return this.bytes[this.at++] ?? 0;
    this.fail();
    return 0;
  }
  i8(): number {
    return (this.u8() << 24) >> 24;
  }
  u16(): number {
    const { bytes, at } = this;
    this.skip(2);
    return this.isShort ? 0 : ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  }
  i16(): number {
    return (this.u16() << 16) >> 16;
  }
  i32(): number {
    const { bytes, at } = this;
    this.skip(4);
    if (this.isShort) return 0;
    return ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
  }
  /** INT64 as the nearest number. */
  i64(): number {
    const high = this.i32();
    const low = this.i32();
    // Most are small: no double is made of them.
    return high === 0 && low >= 0 ? low : high * TWO_32 + (low >>> 0);
  }
  /** INT64 as a number while that is exact, else as text. */
  int64(): number | string {
    const high = this.i32();
    const low = this.i32();
    if (high === 0 && low >= 0) return low;
    if (high < MAX_SAFE_HIGH && high >= -MAX_SAFE_HIGH) return high * TWO_32 + (low >>> 0);
    return (BigInt(high) * BigInt(TWO_32) + BigInt(low >>> 0)).toString();
  }
  f64(): number {
    float.setInt32(0, this.i32());
    float.setInt32(4, this.i32());
    return float.getFloat64(0);
  }

  /** UNSIGNED_VARINT; exact up to 2^53. */
  uvarint(): number {
    const { at } = this;
    const first = at < this.#end ? (this.bytes[at] ?? 0) : 0x80;
    // Most are below 128.
    if (first >= 0x80) return this.#longUvarint();
    this.at = at + 1;
    return first;
  }
  #longUvarint(): number {
    let value = 0;
    let weight = 1;
    for (let count = 0; count < MAX_VARINT_BYTES; count++) {
      const byte = this.u8();
      value += (byte & 0x7f) * weight;
      if (byte < 0x80) return value;
      weight *= 128;
    }
    this.fail();
    return 0;
  }
  /** VARINT and VARLONG: zigzag. */
  varint(): number {
    const value = this.uvarint();
    if (value < 0x80) return (value >>> 1) ^ -(value & 1);
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** Length of a string; -1 for null. */
  stringLength(isCompact: boolean): number {
    return isCompact ? this.uvarint() - 1 : this.i16();
  }
  /** Length of bytes or of a list; -1 for null. */
  length(isCompact: boolean): number {
    return isCompact ? this.uvarint() - 1 : this.i32();
  }

  /** A view of the next bytes; empty when there are not so many. */
  view(length: number): Uint8Array {
    const { at } = this;
    this.skip(length);
    return this.isShort ? NOTHING : this.bytes.subarray(at, at + length);
  }
  /** A view of as many bytes as the length says; null for null. */
  sized(length: number): Uint8Array | null {
    return length < 0 ? null : this.view(length);
  }
  rest(): Uint8Array {
    return this.view(this.left);
  }

  /** UUID as Kafka writes it: URL-safe base64 without padding; null for the id of nothing. */
  uuid(): string | null {
    const { at, bytes } = this;
    this.skip(UUID_BYTES);
    if (this.isShort) return null;
    for (let index = at; index < at + UUID_BYTES; index++)
      if (bytes[index] !== 0) return ids.of(bytes, at, at + UUID_BYTES);
    return null;
  }
}

/** Passes over fields that newer versions add. */
export function skipTags(cursor: KafkaCursor): void {
  for (let left = cursor.uvarint(); left > 0 && !cursor.isShort; left--) {
    cursor.uvarint();
    cursor.skip(cursor.uvarint());
  }
}
