/**
 * Reads numbers and strings out of bytes that may lie about their lengths: a read past the end gives zero or nothing and
 * marks the reader as short, so a parser checks once, at the end, instead of before every field.
 */

import { u16, u32 } from '../packet/big-endian.ts';

const utf8 = new TextDecoder('utf-8');

export class ByteReader {
  readonly bytes: Uint8Array;
  readonly #end: number;
  /** Made when a number of more than four bytes is read. */
  #view: DataView | null = null;
  #at: number;
  #isShort = false;

  /** Reads `bytes` from `start` up to `end` (exclusive). */
  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.bytes = bytes;
    this.#at = start;
    this.#end = Math.min(end, bytes.length);
  }

  /** Offset of the next byte. */
  get at(): number {
    return this.#at;
  }
  get left(): number {
    return this.#end - this.#at;
  }
  /** True once a read wanted more than there was: what was read since is not to be believed. */
  get isShort(): boolean {
    return this.#isShort;
  }

  /** Moves on by `length` bytes and answers where they began, or -1. */
  #claim(length: number): number {
    if (length < 0 || length > this.left) {
      this.#isShort = true;
      this.#at = this.#end;
      return -1;
    }
    const start = this.#at;
    this.#at += length;
    return start;
  }

  /** For numbers that are dearer to put together than a view is to make. */
  get #wide(): DataView {
    this.#view ??= new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.byteLength);
    return this.#view;
  }

  /** An unsigned number of so many bytes, big endian. */
  number(width: 1 | 2 | 3 | 4): number {
    const start = this.#claim(width);
    if (start < 0) return 0;
    let value = 0;
    for (let at = start; at < start + width; at++) value = value * 256 + (this.bytes[at] ?? 0);
    return value;
  }
  u8(): number {
    const start = this.#claim(1);
    return start < 0 ? 0 : (this.bytes[start] ?? 0);
  }
  /** Big endian, as in most protocols; the names with `le` are little endian. */
  u16(): number {
    const start = this.#claim(2);
    return start < 0 ? 0 : u16(this.bytes, start);
  }
  u32(): number {
    const start = this.#claim(4);
    return start < 0 ? 0 : u32(this.bytes, start);
  }
  u64(): bigint {
    const start = this.#claim(8);
    return start < 0 ? 0n : this.#wide.getBigUint64(start);
  }
  i8(): number {
    return (this.u8() << 24) >> 24;
  }
  i16(): number {
    return (this.u16() << 16) >> 16;
  }
  i32(): number {
    return this.u32() | 0;
  }
  i64(): bigint {
    const start = this.#claim(8);
    return start < 0 ? 0n : this.#wide.getBigInt64(start);
  }
  f32(): number {
    const start = this.#claim(4);
    return start < 0 ? 0 : this.#wide.getFloat32(start);
  }
  f64(): number {
    const start = this.#claim(8);
    return start < 0 ? 0 : this.#wide.getFloat64(start);
  }
  u16le(): number {
    const value = this.u16();
    return (value >> 8) | ((value & 0xff) << 8);
  }
  u24le(): number {
    const low = this.u16le();
    return low | (this.u8() << 16);
  }
  u32le(): number {
    return this.i32le() >>> 0;
  }
  i32le(): number {
    const start = this.#claim(4);
    if (start < 0) return 0;
    const value = u32(this.bytes, start);
    return (value >>> 24) | ((value >>> 8) & 0xff00) | ((value & 0xff00) << 8) | (value << 24);
  }
  u64le(): bigint {
    const start = this.#claim(8);
    return start < 0 ? 0n : this.#wide.getBigUint64(start, true);
  }
  i64le(): bigint {
    const start = this.#claim(8);
    return start < 0 ? 0n : this.#wide.getBigInt64(start, true);
  }
  f32le(): number {
    const start = this.#claim(4);
    return start < 0 ? 0 : this.#wide.getFloat32(start, true);
  }
  f64le(): number {
    const start = this.#claim(8);
    return start < 0 ? 0 : this.#wide.getFloat64(start, true);
  }

  /** A view of the next bytes; empty when there are not so many. */
  view(length: number): Uint8Array {
    const start = this.#claim(length);
    return start < 0 ? this.bytes.subarray(0, 0) : this.bytes.subarray(start, start + length);
  }
  skip(length: number): void {
    this.#claim(length);
  }
  /** The next bytes as UTF-8, bad sequences replaced. */
  text(length: number): string {
    return utf8.decode(this.view(length));
  }
  /** Text up to a zero byte, which is read over; short when there is none. */
  cstring(): string {
    const zero = this.bytes.indexOf(0, this.#at);
    if (zero < 0 || zero >= this.#end) {
      this.#claim(this.left + 1);
      return '';
    }
    const text = utf8.decode(this.bytes.subarray(this.#at, zero));
    this.#at = zero + 1;
    return text;
  }
  /** What is left. */
  rest(): Uint8Array {
    return this.view(this.left);
  }
}
