/** The bytes that JSON is written into, and what needs no escapes: pieces, numbers and times. */

import { Buffer } from 'node:buffer';
import { QUOTE } from './escapes.ts';

const FIRST_CAPACITY = 64 * 1024;
/** Below this a loop is faster than a view and the call into the engine's copy. */
const LOOP_BYTES = 48;
const ZERO = 48;
const OPEN = 123;
const SPACE = 32;
const DOT = 46;
/** Integers below it have room in 32 bits: larger ones are written in two parts. */
const SMALL = 1_000_000_000;
const SMALL_DIGITS = 9;
/** Whole microseconds below it are milliseconds with at most three decimals, exactly as a double prints them. */
const EXACT_MICROS = 1e15;

/** A whole number that is written from 32 bits. */
const isSmall = (value: number): boolean => (value | 0) === value && value >= 0 && value < SMALL;

export class JsonBytes {
  protected bytes = Buffer.allocUnsafe(FIRST_CAPACITY);
  /** The same, four bytes at once. */
  protected words = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length);
  length = 0;
  /** Something was met that only `value` can write: what stands since it was false is to be written again by that. */
  isRefused = false;

  /** What was written; a view until the next write. */
  written(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  /** What was written from there on, to be written again. */
  pieceFrom(start: number): Uint8Array {
    return Uint8Array.prototype.slice.call(this.bytes, start, this.length);
  }

  /** Does a string begin there? */
  isTextAt(start: number): boolean {
    return this.bytes[start] === QUOTE;
  }

  /** Writes what stands between two places once more. */
  again(start: number, end: number): void {
    this.reserve(end - start);
    const { bytes } = this;
    let at = this.length;
    if (end - start > LOOP_BYTES) bytes.copyWithin(at, start, end);
    else for (let i = start; i < end; i++) bytes[at++] = bytes[i] ?? 0;
    this.length += end - start;
  }

  /** JSON that is ASCII already: keys, punctuation. */
  raw(json: string): void {
    this.reserve(json.length);
    const { bytes } = this;
    let at = this.length;
    for (let i = 0; i < json.length; i++) bytes[at++] = json.charCodeAt(i);
    this.length = at;
  }

  /** JSON that was made before: see {@link piece}. */
  copyOf(json: Uint8Array): void {
    this.reserve(json.length);
    this.bytes.set(json, this.length);
    this.length += json.length;
  }

  /** JSON that was written aside: all of it, or a part. */
  copyFrom(other: JsonBytes, start = 0, end = other.length): void {
    this.reserve(end - start);
    const { bytes } = this;
    const from = other.bytes;
    if (end - start > LOOP_BYTES)
      bytes.set(new Uint8Array(from.buffer, from.byteOffset + start, end - start), this.length);
    else for (let at = start, to = this.length; at < end; at++, to++) bytes[to] = from[at] ?? 0;
    this.length += end - start;
  }

  number(value: number): void {
    if (isSmall(value)) this.digits(value, 0);
    else if (Number.isSafeInteger(value) && value >= 0) this.integer(value);
    else this.raw(Number.isFinite(value) ? String(value) : 'null');
  }

  /** Digits of a whole number below a billion, with zeros before them up to `width`. */
  padded(value: number, width: number): void {
    this.digits(value, width);
  }

  /** Milliseconds of a time in microseconds: `Math.round(micros) / 1000`. */
  millis(micros: number): void {
    if (isSmall(micros)) return this.smallMillis(micros);
    const whole = Math.round(micros);
    if (!(whole >= 0 && whole < EXACT_MICROS)) return this.number(whole / 1000);
    const millis = Math.floor(whole / 1000);
    this.number(millis);
    let rest = whole - millis * 1000;
    if (rest === 0) return;
    this.reserve(4);
    const { bytes } = this;
    bytes[this.length++] = DOT;
    for (let unit = 100; rest > 0; unit /= 10) {
      const digit = Math.floor(rest / unit);
      bytes[this.length++] = ZERO + digit;
      rest -= digit * unit;
    }
  }

  /** The same without a double: nearly all times. */
  private smallMillis(micros: number): void {
    const millis = (micros / 1000) | 0;
    const rest = micros - millis * 1000;
    this.digits(millis, 0);
    if (rest === 0) return;
    this.reserve(4);
    const { bytes } = this;
    const hundreds = (rest / 100) | 0;
    const tens = ((rest - hundreds * 100) / 10) | 0;
    const ones = rest - hundreds * 100 - tens * 10;
    let at = this.length;
    bytes[at++] = DOT;
    bytes[at++] = ZERO + hundreds;
    if (tens > 0 || ones > 0) bytes[at++] = ZERO + tens;
    if (ones > 0) bytes[at++] = ZERO + ones;
    this.length = at;
  }

  /** Milliseconds of a time in microseconds, all of it: `micros / 1000`. */
  thousandths(micros: number): void {
    if (isSmall(micros)) this.smallMillis(micros);
    else if (Number.isInteger(micros)) this.millis(micros);
    else this.number(micros / 1000);
  }

  /** Makes the comma there the brace that opens an object. */
  openAt(start: number): void {
    this.bytes[start] = OPEN;
  }

  /** Takes back the brace that closes an object: another key follows. */
  reopen(): void {
    this.length--;
  }

  /** Makes the string that begins there and ends here a part of another, a space before it; nothing of an empty one. Others refuse. */
  unquote(start: number): void {
    if (!this.isTextAt(start)) {
      this.isRefused = true;
      return;
    }
    this.length--;
    if (this.length === start + 1) this.length = start;
    else this.bytes[start] = SPACE;
  }

  private integer(value: number): void {
    if (value < SMALL) return this.digits(value, 0);
    const high = Math.floor(value / SMALL);
    this.digits(high, 0);
    this.digits(value - high * SMALL, SMALL_DIGITS);
  }

  /** Digits of a number below `SMALL`, with zeros before them up to `width`. */
  private digits(value: number, width: number): void {
    this.reserve(SMALL_DIGITS);
    const { bytes } = this;
    let digits = 1;
    for (let limit = 10; limit <= value; limit *= 10) digits++;
    if (digits < width) digits = width;
    let rest = value | 0;
    for (let at = this.length + digits - 1; at >= this.length; at--) {
      const tens = (rest / 10) | 0;
      bytes[at] = ZERO + rest - tens * 10;
      rest = tens;
    }
    this.length += digits;
  }

  /** Makes room. */
  protected reserve(length: number): void {
    if (this.length + length <= this.bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(2 * this.bytes.length, this.length + length));
    grown.set(this.written());
    this.bytes = grown;
    this.words = new DataView(grown.buffer, grown.byteOffset, grown.length);
  }
}
