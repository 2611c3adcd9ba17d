/**
 * Whether a text may hold a secret, told from its bytes in one pass and without making a string of it. May say yes where there is
 * none, never no where there is one: `Rules.text` decides (a test holds the two together).
 */

import { ByteInterner } from '@kubeshark/capture';

/** What a byte can be part of: all of a text together, `|`, are its signs. */
const PAIR = 1;
/** Only with quotes is a colon a member's. */
export const MEMBER = 2;
const TOKEN = 4;
export const DIGIT = 8;
/** Characters before `=` in a query string or form: `[\w.[\]-]`, so many of them at most. */
const NAME = 1;
const LETTER = 2;
const MAX_NAME = 64;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SPACE = 0x20;
const DASH = 0x2d;
const CASE = 0x20;
const LOWER_E = 0x65;
const LOWER_Y = 0x79;
/** Numbers of cards have 13 digits at least, and begin with one of these (`detectors.ts`). */
export const CARD_DIGITS = 13;
const FIRST_OF_CARD = 0x32;
const LAST_OF_CARD = 0x36;

/** The sign of each byte. */
export const kinds = new Uint8Array(256);
const names = new Uint8Array(256);
for (const letter of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789')
  names[letter.charCodeAt(0)] = LETTER;
for (const other of '_.[]-') names[other.charCodeAt(0)] = NAME;
for (let digit = 0x30; digit <= 0x39; digit++) kinds[digit] = DIGIT;
kinds['='.charCodeAt(0)] = PAIR;
kinds[':'.charCodeAt(0)] = MEMBER;
// The last letter of `eyJ`, with which every JSON Web Token begins.
kinds['J'.charCodeAt(0)] = TOKEN;

const isSpace = (byte: number | undefined) => byte === SPACE || byte === 0x09 || byte === 0x0a || byte === 0x0d;
const isDigit = (byte: number | undefined) => kinds[byte ?? 0] === DIGIT;

/** Two bytes as an index, letters of either case the same. */
const pairOf = (before: number, last: number) => ((before | CASE) << 8) | last | CASE;

/** Where the next byte with a sign stands. A loop that calls nothing runs three times as fast. */
function nextSign(bytes: Uint8Array, start: number, end: number): number {
  const signs = kinds;
  let at = start;
  while (at < end && signs[bytes[at] ?? 0] === 0) at++;
  return at;
}

export class SecretScan {
  /** Whether a secret key may end with two bytes: nearly all keys end otherwise, and are not looked up. */
  readonly #endings = new Uint8Array(0x10000);
  readonly #keys: ByteInterner<boolean>;
  readonly #withShapes: boolean;
  /** Behind the digits looked at last. */
  #afterDigits = 0;

  /** `endings`: how keys that `isSecretKey` end, in lower case and without what stands between words. */
  constructor(isSecretKey: (name: string) => boolean, endings: readonly string[], withShapes: boolean) {
    for (const ending of endings) {
      if (ending.length < 2) this.#endings.fill(1);
      else this.#endings[pairOf(ending.charCodeAt(ending.length - 2), ending.charCodeAt(ending.length - 1))] = 1;
    }
    this.#keys = new ByteInterner((bytes, start, end) => isSecretKey(utf8(bytes, start, end)));
    this.#withShapes = withShapes;
  }

  mayHold(bytes: Uint8Array, start: number, end: number): boolean {
    for (let at = nextSign(bytes, start, end); at < end; at = nextSign(bytes, at, end)) {
      const sign = kinds[bytes[at] ?? 0] ?? 0;
      if (sign === DIGIT) {
        if (this.#isLikeCard(bytes, at, end) && this.#withShapes) return true;
        at = this.#afterDigits;
      } else {
        if (this.#isSecretAt(sign, bytes, start, at)) return true;
        at++;
      }
    }
    return false;
  }

  #isSecretAt(sign: number, bytes: Uint8Array, start: number, at: number): boolean {
    if (sign === PAIR) return this.#isSecretPair(bytes, start, at);
    if (sign === MEMBER) return this.#isSecretMember(bytes, start, at);
    return this.#withShapes && at - start >= 2 && bytes[at - 1] === LOWER_Y && bytes[at - 2] === LOWER_E;
  }

  /** Of `name=value`, with the `=` at `at`. */
  #isSecretPair(bytes: Uint8Array, start: number, at: number): boolean {
    let from = at;
    while (from > start && at - from < MAX_NAME && (names[bytes[from - 1] ?? 0] ?? 0) > 0) from--;
    return from < at && this.#isSecretKey(bytes, from, at);
  }

  /** Of `"key": value`, with the colon at `at`. A key with escapes is left to those who take time. */
  #isSecretMember(bytes: Uint8Array, start: number, at: number): boolean {
    let close = at - 1;
    while (close > start && isSpace(bytes[close])) close--;
    if (close <= start || bytes[close] !== QUOTE) return false;
    let open = close - 1;
    while (open > start && bytes[open] !== QUOTE && bytes[open] !== BACKSLASH) open--;
    return bytes[open] === BACKSLASH || this.#isSecretKey(bytes, bytes[open] === QUOTE ? open + 1 : open, close);
  }

  #isSecretKey(bytes: Uint8Array, start: number, end: number): boolean {
    const before = bytes[end - 2] ?? 0;
    const last = bytes[end - 1] ?? 0;
    const isUsual = end - start > 1 && names[before] === LETTER && names[last] === LETTER;
    return (!isUsual || this.#endings[pairOf(before, last)] === 1) && this.#keys.of(bytes, start, end);
  }

  /** Digits in groups or not, the first of them at `at`; finds their end. */
  #isLikeCard(bytes: Uint8Array, at: number, end: number): boolean {
    let digits = 0;
    let mayBegin = false;
    let isFirst = true;
    let next = at;
    for (; next < end; next++) {
      const byte = bytes[next] ?? 0;
      if (isDigit(byte)) {
        digits++;
        // A number may begin where a group does.
        if (isFirst && byte >= FIRST_OF_CARD && byte <= LAST_OF_CARD) mayBegin = true;
        isFirst = false;
      } else if ((byte === SPACE || byte === DASH) && next + 1 < end && isDigit(bytes[next + 1])) {
        isFirst = true;
      } else {
        break;
      }
    }
    this.#afterDigits = next;
    return mayBegin && digits >= CARD_DIGITS;
  }
}

function utf8(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.prototype.utf8Slice.call(bytes, start, end);
}
