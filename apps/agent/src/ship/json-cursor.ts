/** Reads JSON without white space, as `JsonWriter` and `JSON.stringify` write it, value by value out of its bytes. */

import { CARD_DIGITS, DIGIT, kinds, MEMBER } from '../redact/secret-scan.ts';

const QUOTE = 0x22;
const PLUS = 0x2b;
const MINUS = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const UPPER_E = 0x45;
const LOWER_E = 0x65;
const LOWER_U = 0x75;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Powers of ten up to here are exact, as whole numbers up to 2^53 are, so that their quotient is the decimal as it was written. */
const EXACT_POWER = 22;
const powers = Array.from({ length: EXACT_POWER + 1 }, (_, exponent) => 10 ** exponent);

/** What stands for a letter behind a backslash (RFC 8259 §7); 0 for none. */
const escaped = new Uint8Array(256);
for (const [at, letter] of ['"', '\\', '/', 'b', 'f', 'n', 'r', 't'].entries()) {
  escaped[letter.charCodeAt(0)] = '"\\/\b\f\n\r\t'.charCodeAt(at);
}

/** What ends a text or part of one, beside the signs of secrets. */
const END = 64;
const ESCAPE = 65;
const marks = kinds.slice();
marks[QUOTE] = END;
marks[BACKSLASH] = ESCAPE;

const NO_BYTES = new Uint8Array(0);
const FIRST_CAPACITY = 64 * 1024;

export class JsonCursor {
  #json: Uint8Array = NO_BYTES;
  at = 0;
  /** The text read last, its escapes undone: `bytes[start, end)`, valid until the next. */
  bytes: Uint8Array = NO_BYTES;
  start = 0;
  end = 0;
  /** No byte of it is a sign of a secret (`SecretScan`). */
  isPlain = false;
  #unescaped = new Uint8Array(FIRST_CAPACITY);

  begin(json: Uint8Array): void {
    this.#json = json;
    this.at = 0;
  }

  /** The byte here; 0 behind the end. */
  get byte(): number {
    return this.#json[this.at] ?? 0;
  }

  get isAtEnd(): boolean {
    return this.at === this.#json.length;
  }

  get isEmptyText(): boolean {
    return this.byte === QUOTE && this.#json[this.at + 1] === QUOTE;
  }

  /** Goes behind these bytes, if they stand here. */
  skip(expected: Uint8Array): boolean {
    const json = this.#json;
    const { at } = this;
    const { length } = expected;
    for (let i = 0; i < length; i++) if (json[at + i] !== expected[i]) return false;
    this.at = at + length;
    return true;
  }

  word(expected: string): boolean {
    for (let i = 0; i < expected.length; i++) if (this.#json[this.at + i] !== expected.charCodeAt(i)) return false;
    this.at += expected.length;
    return true;
  }

  /** Goes behind a key; answers it as it stands here, quotes and colon included, or null where there is none. */
  key(): string | null {
    const start = this.at;
    const end = this.#afterText();
    if (end === 0 || this.#json[end] !== COLON) return null;
    this.at = end + 1;
    return Buffer.prototype.utf8Slice.call(this.#json, start, this.at);
  }

  /** Goes behind a text, which then is in `bytes`; false where there is none. */
  text(): boolean {
    const json = this.#json;
    const { length } = json;
    const start = this.at + 1;
    if (json[start - 1] !== QUOTE) return false;
    const table = marks;
    let signs = 0;
    let digits = 0;
    for (let at = start; at < length; at++) {
      const mark = table[json[at] ?? 0] ?? 0;
      if (mark === 0) continue;
      if (mark === DIGIT) digits++;
      else if (mark < END) signs |= mark;
      else if (mark === ESCAPE) return this.#escapedText();
      else {
        this.bytes = json;
        this.start = start;
        this.end = at;
        this.at = at + 1;
        // Without a quote in it, it has no members.
        this.isPlain = (signs & ~MEMBER) === 0 && digits < CARD_DIGITS;
        return true;
      }
    }
    return false;
  }

  #escapedText(): boolean {
    const json = this.#json;
    const start = this.at + 1;
    const after = this.#afterText();
    if (after === 0) return false;
    // An escape is never shorter than what it stands for.
    if (this.#unescaped.length < after - start) this.#unescaped = new Uint8Array(2 * (after - start));
    const out = this.#unescaped;
    const end = after - 1;
    let length = 0;
    for (let at = start; ; at++) {
      for (let byte = json[at]; at < end && byte !== BACKSLASH; byte = json[++at]) out[length++] = byte ?? 0;
      if (at === end) break;
      at++;
      const letter = json[at] ?? 0;
      const character = escaped[letter] ?? 0;
      if (character !== 0) {
        out[length++] = character;
        continue;
      }
      const code = letter === LOWER_U ? this.#hexAt(at + 1) : -1;
      if (code < 0) return false;
      // What is beyond ASCII comes in pairs and halves of pairs.
      if (code >= 0x80) return this.#parsedText(start - 1, after);
      out[length++] = code;
      at += 4;
    }
    this.bytes = out;
    this.start = 0;
    this.end = length;
    this.at = after;
    this.isPlain = false;
    return true;
  }

  #parsedText(start: number, after: number): boolean {
    try {
      this.bytes = Buffer.from(JSON.parse(Buffer.prototype.utf8Slice.call(this.#json, start, after)) as string);
    } catch {
      return false;
    }
    this.start = 0;
    this.end = this.bytes.length;
    this.at = after;
    this.isPlain = false;
    return true;
  }

  #hexAt(at: number): number {
    let code = 0;
    for (let i = at; i < at + 4; i++) {
      const byte = this.#json[i] ?? 0;
      const digit =
        byte >= 0x61 && byte <= 0x66 ? byte - 0x57 : byte >= 0x41 && byte <= 0x46 ? byte - 0x37 : byte - ZERO;
      if (digit < 0 || digit > 15) return -1;
      code = code * 16 + digit;
    }
    return code;
  }

  /** Offset behind the text that begins here; 0 where there is none. */
  #afterText(): number {
    const json = this.#json;
    if (this.byte !== QUOTE) return 0;
    for (let at = this.at + 1; at < json.length; at++) {
      const byte = json[at];
      if (byte === QUOTE) return at + 1;
      if (byte === BACKSLASH) at++;
    }
    return 0;
  }

  /** Goes behind a number; null where there is none. */
  number(): number | null {
    const json = this.#json;
    const start = this.at;
    let at = start;
    const isNegative = json[at] === MINUS;
    if (isNegative) at++;
    let whole = 0;
    let digits = 0;
    let decimals = -1;
    for (; ; at++) {
      const digit = (json[at] ?? 0) - ZERO;
      if (digit >= 0 && digit <= 9) {
        whole = whole * 10 + digit;
        digits++;
        if (decimals >= 0) decimals++;
      } else if (json[at] === DOT && decimals < 0) decimals = 0;
      else break;
    }
    if (digits === 0) return null;
    const isExact = whole <= Number.MAX_SAFE_INTEGER && decimals <= EXACT_POWER;
    if (!isExact || json[at] === LOWER_E || json[at] === UPPER_E) return this.#longNumber(at);
    this.at = at;
    const value = decimals > 0 ? whole / (powers[decimals] ?? 1) : whole;
    return isNegative ? -value : value;
  }

  /** A number with more digits, or an exponent, which begins at `from`. */
  #longNumber(from: number): number | null {
    let at = from;
    for (; at < this.#json.length; at++) {
      const byte = this.#json[at] ?? 0;
      const isDigit = byte >= ZERO && byte <= ZERO + 9;
      if (!isDigit && byte !== PLUS && byte !== MINUS && byte !== LOWER_E && byte !== UPPER_E) break;
    }
    const value = Number(Buffer.prototype.latin1Slice.call(this.#json, this.at, at));
    if (Number.isNaN(value)) return null;
    this.at = at;
    return value;
  }

  /** Goes behind a value of any kind, however deep; false where it has no end. */
  skipValue(): boolean {
    const json = this.#json;
    for (let depth = 0; this.at < json.length; ) {
      const { byte } = this;
      if (byte === QUOTE) {
        this.at = this.#afterText();
        if (this.at === 0) return false;
      } else {
        if (byte === OPEN_OBJECT || byte === OPEN_LIST) depth++;
        else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) depth--;
        this.at++;
      }
      if (depth < 0) return false;
      if (depth === 0 && (byte === QUOTE || byte === CLOSE_OBJECT || byte === CLOSE_LIST || this.#isDelimiter()))
        return true;
    }
    return false;
  }

  /** What may follow a number or word inside an object or list. */
  #isDelimiter(): boolean {
    const { byte } = this;
    return byte === 0x2c || byte === CLOSE_OBJECT || byte === CLOSE_LIST;
  }
}
