/** Strings out of bytes as they came: escaped where JSON wants it, and not made into texts on the way. */

import { asBuffer } from '../decode/content.ts';
import { isBinary } from '../decode/text.ts';
import { characterBytes } from '../decode/utf8.ts';
import { wordsOf } from '../decode/words.ts';
import { BACKSLASH, escapes, LOWER_B, LOWER_U, QUOTE, STEP_BYTES, steps } from './escapes.ts';
import { JsonBytes } from './json-bytes.ts';

/** `\u001f` is the longest that one byte becomes. */
const LONGEST_ESCAPE = 6;
/** So many bytes from one on that is escaped are looked at one by one, as those seldom stand alone. */
const NEAR_BYTES = 16;
/** What finds, in the four bytes of a word, one that is not ASCII, a control character, a quote or a backslash. */
const HIGH_BITS = 0x80808080 | 0;
const ONES = 0x01010101;
const SPACES = 0x20202020;
const QUOTES = 0x22222222;
const BACKSLASHES = 0x5c5c5c5c;
const ZERO = 48;
/** No byte from here on is ASCII. */
const FIRST_HIGH = 0x80;
const BOM_LEAD = 0xef;
/** Below it a loop is faster than the call into the engine and the string it makes. */
const SHORT_BASE64 = 256;
const BASE64 = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/');
const EQUALS = 61;
const HEX_DIGITS = Buffer.from('0123456789abcdef');

export class JsonTexts extends JsonBytes {
  /** Control characters were copied, perhaps such as no text has. */
  private hasControls = false;

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
  insideText(other: JsonTexts, start: number, end: number, room: number): boolean {
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
    const { words } = this;
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
      const near = Math.min(end, i + NEAR_BYTES);
      for (; i < near; i++) {
        const step = steps[from[i] ?? 0] ?? 0;
        if (step === 0) break;
        words.setUint16(at, step, true);
        at += step >> STEP_BYTES;
      }
      if (i === near) continue;
      const byte = from[i++] ?? 0;
      if (byte >= FIRST_HIGH) return false;
      at = this.control(byte, at);
    }
    this.length = at;
    return true;
  }

  /** A control character that no single letter stands for, or one that texts do not have; returns where it ends. */
  private control(byte: number, start: number): number {
    const { bytes } = this;
    this.hasControls = true;
    let at = start;
    bytes[at++] = BACKSLASH;
    if (escapes[byte] === LOWER_B) {
      bytes[at++] = LOWER_B;
      return at;
    }
    bytes[at++] = LOWER_U;
    bytes[at++] = ZERO;
    bytes[at++] = ZERO;
    bytes[at++] = HEX_DIGITS[byte >> 4] ?? 0;
    bytes[at++] = HEX_DIGITS[byte & 15] ?? 0;
    return at;
  }
}
