/**
 * JSON straight into bytes. Printing an entry by way of objects, strings and `JSON.stringify` costs several times the
 * dissection; what is written here is the same text, character for character.
 */

import { Buffer } from 'node:buffer';
import { asBuffer } from '../decode/content.ts';
import { Remembered } from '../decode/remembered.ts';
import { keptBytes } from '../decode/slab.ts';
import { isBinary } from '../decode/text.ts';
import { characterBytes } from '../decode/utf8.ts';
import { wordsOf } from '../decode/words.ts';

const FIRST_CAPACITY = 64 * 1024;
/** `\u001f` is the longest that one byte becomes. */
const LONGEST_ESCAPE = 6;
/** Values deeper or wider than that are left to `JSON.stringify`. */
const DEEPEST = 8;
const MOST_MEMBERS = 64;
/** Below this a loop is faster than a view and the call into the engine's copy. */
const LOOP_BYTES = 48;
/** So many bytes are looked at one by one: of a short string, and from one on that is escaped, as those seldom stand alone. */
const NEAR_BYTES = 16;
/** What finds, in the four bytes of a word, one that is not ASCII, a control character, a quote or a backslash. */
const HIGH_BITS = 0x80808080 | 0;
const ONES = 0x01010101;
const SPACES = 0x20202020;
const QUOTES = 0x22222222;
const BACKSLASHES = 0x5c5c5c5c;
const QUOTE = 34;
const BACKSLASH = 92;
const LOWER_B = 98;
const LOWER_U = 117;
const ZERO = 48;
const OPEN = 123;
const DOT = 46;
const BOM_LEAD = 0xef;
/** Below it a loop is faster than the call into the engine and the string it makes. */
const SHORT_BASE64 = 256;
const BASE64 = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/');
const EQUALS = 61;
const HEX = '0123456789abcdef';
const HEX_DIGITS = Uint8Array.from(HEX, (digit) => digit.charCodeAt(0));
/** Integers below it have room in 32 bits: larger ones are written in two parts. */
const SMALL = 1_000_000_000;
const SMALL_DIGITS = 9;
/** Whole microseconds below it are milliseconds with at most three decimals, exactly as a double prints them. */
const EXACT_MICROS = 1e15;

/** For each byte: 0 as it is, 1 not ASCII, 117 `\u00..`, else the letter behind the backslash (RFC 8259 §7). */
const escapes = new Uint8Array(256).fill(LOWER_U, 0, 0x20).fill(1, 0x80);
for (const [character, letter] of ['\b', '\t', '\n', '\f', '\r'].map((c, i) => [c, 'btnfr'[i] ?? ''] as const)) {
  escapes[character.charCodeAt(0)] = letter.charCodeAt(0);
}
escapes[QUOTE] = QUOTE;
escapes[BACKSLASH] = BACKSLASH;

/** A whole number that is written from 32 bits. */
const isSmall = (value: number): boolean => (value | 0) === value && value >= 0 && value < SMALL;

/** JSON that is written again and again: copying bytes takes half as long as `raw` of a text. */
export const piece = (json: string): Uint8Array => keptBytes(json);

/** Some 2 MB when full. */
const names = new Remembered((text) => piece(JSON.stringify(text)), { texts: 8192, characters: 256 });

export class JsonWriter {
  private bytes = Buffer.allocUnsafe(FIRST_CAPACITY);
  /** The same, four bytes at once. */
  private words = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length);
  length = 0;
  /** Something was met that only `value` can write: what stands since it was false is to be written again by that. */
  isRefused = false;
  /** Control characters were copied, perhaps such as no text has. */
  private hasControls = false;

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
  copyFrom(other: JsonWriter, start = 0, end = other.length): void {
    this.reserve(end - start);
    const { bytes } = this;
    const from = other.bytes;
    if (end - start > LOOP_BYTES)
      bytes.set(new Uint8Array(from.buffer, from.byteOffset + start, end - start), this.length);
    else for (let at = start, to = this.length; at < end; at++, to++) bytes[to] = from[at] ?? 0;
    this.length += end - start;
  }

  /** Any value, as `JSON.stringify` writes it; nothing for undefined. */
  value(value: unknown): void {
    if (!this.small(value, 0)) this.stringified(value);
  }

  /** The same for values that are seldom small: what protocols tell of a call. */
  stringified(value: unknown): void {
    const json: string | undefined = JSON.stringify(value);
    if (json !== undefined) this.utf8(json);
  }

  /** Writes what can be written without `JSON.stringify`, which costs more than a small value; else answers false. */
  private small(value: unknown, depth: number): boolean {
    if (typeof value === 'string') this.text(value);
    else if (typeof value === 'number') this.number(value);
    else if (value === null) this.raw('null');
    else if (typeof value === 'boolean') this.raw(value ? 'true' : 'false');
    else if (typeof value !== 'object' || depth > DEEPEST) return false;
    else return Array.isArray(value) ? this.list(value, depth) : this.object(value, depth);
    return true;
  }

  private list(values: readonly unknown[], depth: number): boolean {
    if (values.length > MOST_MEMBERS) return false;
    const start = this.length;
    this.raw('[');
    for (let i = 0; i < values.length; i++) {
      if (i > 0) this.raw(',');
      if (!this.small(values[i], depth + 1)) return this.takeBack(start);
    }
    this.raw(']');
    return true;
  }

  private object(value: object, depth: number): boolean {
    const prototype: unknown = Object.getPrototypeOf(value);
    if ((prototype !== Object.prototype && prototype !== null) || 'toJSON' in value) return false;
    const start = this.length;
    let separator = '{';
    for (const [key, member] of Object.entries(value)) {
      if (member === undefined) continue;
      this.raw(separator);
      separator = ',';
      this.text(key);
      this.raw(':');
      if (!this.small(member, depth + 1)) return this.takeBack(start);
    }
    this.raw(separator === '{' ? '{}' : '}');
    return true;
  }

  private takeBack(start: number): false {
    this.length = start;
    return false;
  }

  /** JSON text, ASCII or not. */
  utf8(json: string): void {
    this.reserve(json.length * 3);
    this.length += this.bytes.write(json, this.length, 'utf8');
  }

  /** A string. */
  text(text: string): void {
    this.reserve(text.length + 2);
    const { bytes } = this;
    const start = this.length;
    let at = start;
    bytes[at++] = QUOTE;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code >= 0x80 || escapes[code] !== 0) {
        this.length = start;
        this.stringified(text);
        return;
      }
      bytes[at++] = code;
    }
    bytes[at++] = QUOTE;
    this.length = at;
  }

  /** A string that comes again and again: an address, a method, an endpoint. Copied, it costs a third. */
  name(text: string): void {
    this.copyOf(names.of(text));
  }

  /** A string out of ASCII bytes; false where others are among them. */
  ascii(from: Uint8Array, start: number, end: number): boolean {
    this.reserve((end - start) * LONGEST_ESCAPE + 2);
    this.bytes[this.length++] = QUOTE;
    const isAscii = this.copy(from, start, end);
    this.bytes[this.length++] = QUOTE;
    return isAscii;
  }

  /** A string out of UTF-8 that begins with no mark of its byte order; false where the bytes are something else. */
  utf8Text(from: Uint8Array, start: number, end: number): boolean {
    if (from[start] === BOM_LEAD && from[start + 1] === 0xbb && from[start + 2] === 0xbf) return false;
    this.reserve((end - start) * LONGEST_ESCAPE + 2);
    const { bytes } = this;
    bytes[this.length++] = QUOTE;
    for (let at = start; at < end; ) {
      let next = at;
      while (next < end && (from[next] ?? 0) < 0x80) next++;
      this.copy(from, at, next);
      at = next;
      if (at === end) break;
      next += characterBytes(from, at, end);
      if (next === at) return false;
      while (at < next) bytes[this.length++] = from[at++] ?? 0;
    }
    bytes[this.length++] = QUOTE;
    return true;
  }

  /** A string out of ASCII bytes that are text as far as `textOf` looks; false where they are something else. */
  plainText(from: Uint8Array, start: number, end: number, isDeclared: boolean): boolean {
    this.hasControls = false;
    if (!this.ascii(from, start, end)) return false;
    return isDeclared || !this.hasControls || !isBinary(from.subarray(start, end));
  }

  /** A string of bytes in base64. */
  base64(from: Uint8Array): void {
    if (from.length <= SHORT_BASE64) return this.shortBase64(from);
    const text = asBuffer(from).toString('base64');
    this.reserve(text.length + 2);
    this.bytes[this.length++] = QUOTE;
    this.length += this.bytes.write(text, this.length, 'latin1');
    this.bytes[this.length++] = QUOTE;
  }

  private shortBase64(from: Uint8Array): void {
    this.reserve(Math.ceil(from.length / 3) * 4 + 2);
    const { bytes } = this;
    const { length } = from;
    let at = this.length;
    bytes[at++] = QUOTE;
    for (let i = 0; i < length; i += 3) {
      const group = ((from[i] ?? 0) << 16) | ((from[i + 1] ?? 0) << 8) | (from[i + 2] ?? 0);
      bytes[at++] = BASE64[group >> 18] ?? 0;
      bytes[at++] = BASE64[(group >> 12) & 63] ?? 0;
      bytes[at++] = i + 1 < length ? (BASE64[(group >> 6) & 63] ?? 0) : EQUALS;
      bytes[at++] = i + 2 < length ? (BASE64[group & 63] ?? 0) : EQUALS;
    }
    bytes[at++] = QUOTE;
    this.length = at;
  }

  /** Bytes as pairs of hexadecimal digits, without quotes. */
  hex(from: Uint8Array, start: number, end: number): void {
    this.reserve(2 * (end - start));
    const { bytes } = this;
    let to = this.length;
    for (let at = start; at < end; at++) {
      const byte = from[at] ?? 0;
      bytes[to++] = HEX_DIGITS[byte >> 4] ?? 0;
      bytes[to++] = HEX_DIGITS[byte & 15] ?? 0;
    }
    this.length = to;
  }

  /** Part of a string, without its quotes, out of ASCII bytes; others refuse. */
  asciiPart(from: Uint8Array, start: number, end: number): void {
    this.reserve((end - start) * LONGEST_ESCAPE);
    if (!this.copy(from, start, end)) this.isRefused = true;
  }

  /** Copies bytes as they are up to the first that `kinds` does not have as 0; returns where that stands. */
  plainPart(from: Uint8Array, start: number, end: number, kinds: Uint8Array): number {
    this.reserve(end - start);
    const { bytes } = this;
    const shift = this.length - start;
    let at = start;
    for (; at < end; at++) {
      const byte = from[at] ?? 0;
      if (kinds[byte] !== 0) break;
      bytes[at + shift] = byte;
    }
    this.length = at + shift;
    return at;
  }

  /** Part of a string out of JSON that was written aside, of which there is room for so many bytes; false for what is not ASCII. */
  insideText(other: JsonWriter, start: number, end: number, room: number): boolean {
    const last = Math.min(end, start + room);
    this.reserve((last - start) * LONGEST_ESCAPE);
    return this.copy(other.bytes, start, last);
  }

  /** Part of a string, without its quotes, out of a text that needs no escapes; others refuse. */
  textPart(text: string): void {
    this.reserve(text.length);
    const { bytes } = this;
    let at = this.length;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code >= 0x80 || escapes[code] !== 0) {
        this.isRefused = true;
        return;
      }
      bytes[at++] = code;
    }
    this.length = at;
  }

  /** Copies and escapes; the room is there. */
  private copy(from: Uint8Array, start: number, end: number): boolean {
    const { bytes, words } = this;
    const source = wordsOf(from);
    let at = this.length;
    for (let i = start; i < end; ) {
      for (; i <= end - 4; i += 4, at += 4) {
        const word = source.getInt32(i, true);
        const quotes = word ^ QUOTES;
        const backslashes = word ^ BACKSLASHES;
        const special = (word - SPACES) | ((quotes - ONES) & ~quotes) | ((backslashes - ONES) & ~backslashes) | word;
        if ((special & HIGH_BITS) !== 0) break;
        words.setInt32(at, word, true);
      }
      for (const near = Math.min(end, i + NEAR_BYTES); i < near; i++) {
        const byte = from[i] ?? 0;
        const code = escapes[byte] ?? 0;
        if (code === 0) {
          bytes[at++] = byte;
        } else if (code === 1) {
          return false;
        } else {
          bytes[at++] = BACKSLASH;
          bytes[at++] = code;
          if (code === LOWER_B) this.hasControls = true;
          if (code !== LOWER_U) continue;
          this.hasControls = true;
          bytes[at++] = ZERO;
          bytes[at++] = ZERO;
          bytes[at++] = HEX.charCodeAt(byte >> 4);
          bytes[at++] = HEX.charCodeAt(byte & 15);
        }
      }
    }
    this.length = at;
    return true;
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

  private reserve(length: number): void {
    if (this.length + length <= this.bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(2 * this.bytes.length, this.length + length));
    grown.set(this.written());
    this.bytes = grown;
    this.words = new DataView(grown.buffer, grown.byteOffset, grown.length);
  }
}
