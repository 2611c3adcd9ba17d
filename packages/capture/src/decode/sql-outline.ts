/**
 * The outline of a statement: its bytes with each literal as `?`. Statements of one outline have one shape, so that the shape
 * of a text that was never seen before is found without scanning it as text. What would need more than a glance (comments,
 * escapes, names beyond ASCII) has no outline.
 */

import type { SqlDialect } from './sql-scanner.ts';
import { isUuid, UUID_LENGTH } from './uuid.ts';

/** Longer statements are seldom repeated, not even with other values. */
export const MAX_OUTLINED_BYTES = 2048;

/** What a byte may be; those of no kind stand for themselves. */
const SPACE = 1;
const LETTER = 2;
const DIGIT = 3;
/** Begins a string in every dialect. */
const STRING = 4;
/** Begins a name. */
const NAME = 5;
const DOT = 6;
const DOLLAR = 7;
/** May begin a comment with the byte behind it. */
const MARK = 8;
const REFUSED = 9;

const QUESTION = 0x3f;
const BACKSLASH = 0x5c;
const DOUBLE_QUOTE = 0x22;
const BLANK = 0x20;
const PLUS = 0x2b;
const MINUS = 0x2d;
/** Makes a capital letter small. */
const SMALL = 0x20;
const LETTER_E = 0x65;

/** White space as regular expressions and `trim` know it: a tab, ends of lines, and a blank. */
const isWhite = (byte: number): boolean => byte === BLANK || (byte >= 9 && byte <= 13);

function kindsOf({ hasDoubleQuotedStrings }: SqlDialect): Uint8Array {
  const kinds = new Uint8Array(256).fill(REFUSED, 0x80);
  const set = (characters: string, kind: number) => {
    for (const character of characters) kinds[character.charCodeAt(0)] = kind;
  };
  kinds.fill(SPACE, 0, BLANK + 1);
  set('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_', LETTER);
  set('0123456789', DIGIT);
  set("'", STRING);
  set('"', hasDoubleQuotedStrings ? STRING : NAME);
  set('`', NAME);
  set('.', DOT);
  set('$', DOLLAR);
  set('-/*', MARK);
  set('#', REFUSED);
  return kinds;
}

export class SqlOutliner {
  private readonly dialect: SqlDialect;
  private readonly kinds: Uint8Array;
  /** The outline. */
  readonly bytes = new Uint8Array(MAX_OUTLINED_BYTES);
  length = 0;
  /** Whether all bytes of the statement are ASCII: outside of strings they are. */
  isAscii = true;
  /** Whether the statement is one line with single blanks. */
  isOneLine = true;
  /** Whether the outline is the statement, to the letter. */
  isWhole = true;

  constructor(dialect: SqlDialect) {
    this.dialect = dialect;
    this.kinds = kindsOf(dialect);
  }

  /** Outlines `from[start, end)`; false when it has none. */
  read(from: Uint8Array, start: number, end: number): boolean {
    if (end - start > MAX_OUTLINED_BYTES) return false;
    const { kinds, bytes } = this;
    this.isAscii = true;
    this.isOneLine = end === start || !(isWhite(from[start] ?? 0) || isWhite(from[end - 1] ?? 0));
    let length = 0;
    let hasLiterals = false;
    let at = start;
    while (at < end) {
      const byte = from[at] ?? 0;
      switch (kinds[byte] ?? REFUSED) {
        case LETTER:
          if (this.dialect.hasUuids && isUuid(from, at, end)) {
            at += UUID_LENGTH;
            bytes[length++] = QUESTION;
            hasLiterals = true;
            continue;
          }
          do bytes[length++] = from[at++] ?? 0;
          while (at < end && isWordPart(kinds[from[at] ?? 0] ?? REFUSED));
          // `E'…'`, `_utf8'…'`: what the word means for the string is not for a glance.
          if (at < end && kinds[from[at] ?? 0] === STRING) return false;
          continue;
        case SPACE:
          if (byte !== BLANK ? isWhite(byte) : from[at + 1] === BLANK) this.isOneLine = false;
          break;
        case DIGIT:
          at = this.dialect.hasUuids && isUuid(from, at, end) ? at + UUID_LENGTH : this.afterNumber(from, at, end);
          if (at < 0) return false;
          bytes[length++] = QUESTION;
          hasLiterals = true;
          continue;
        case DOT:
          if (at + 1 >= end || kinds[from[at + 1] ?? 0] !== DIGIT) break;
          at = this.afterNumber(from, at, end);
          if (at < 0) return false;
          bytes[length++] = QUESTION;
          hasLiterals = true;
          continue;
        case DOLLAR:
          at++;
          if (at >= end || kinds[from[at] ?? 0] !== DIGIT) return false;
          while (at < end && kinds[from[at] ?? 0] === DIGIT) at++;
          bytes[length++] = QUESTION;
          hasLiterals = true;
          continue;
        case STRING:
          at = this.afterString(from, at, end);
          if (at < 0) return false;
          bytes[length++] = QUESTION;
          hasLiterals = true;
          continue;
        case NAME: {
          do {
            const part = from[at] ?? 0;
            if (part >= 0x80 || part === BACKSLASH) return false;
            if (isWhite(part) && (part !== BLANK || from[at + 1] === BLANK)) this.isOneLine = false;
            bytes[length++] = part;
            at++;
          } while (at < end && from[at] !== byte);
          if (at >= end) return false;
          break;
        }
        case MARK:
          // `--`, `/*`, `*/`; of two other marks in a row nobody is sure.
          if (at + 1 < end && kinds[from[at + 1] ?? 0] === MARK) return false;
          break;
        case REFUSED:
          return false;
      }
      bytes[length++] = byte;
      at++;
    }
    this.length = length;
    this.isWhole = !hasLiterals;
    return true;
  }

  /** Behind the number that begins at `start`; -1 where it may have an exponent's sign. */
  private afterNumber(from: Uint8Array, start: number, end: number): number {
    const { kinds } = this;
    let at = start + 1;
    for (; at < end; at++) {
      const kind = kinds[from[at] ?? 0] ?? REFUSED;
      if (kind !== DIGIT && kind !== LETTER && kind !== DOT && kind !== DOLLAR) break;
    }
    const next = at < end ? from[at] : 0;
    const hasExponentSign = (next === PLUS || next === MINUS) && ((from[at - 1] ?? 0) | SMALL) === LETTER_E;
    const isBeyondAscii = (next ?? 0) >= 0x80;
    return hasExponentSign || isBeyondAscii ? -1 : at;
  }

  /** Behind the string that begins at `start`; -1 for one with escapes or without an end. */
  private afterString(from: Uint8Array, start: number, end: number): number {
    const { hasEscapes } = this.dialect;
    const quote = from[start] ?? DOUBLE_QUOTE;
    // In MySQL both kinds of strings have escapes.
    for (let at = start + 1; at < end; at++) {
      const byte = from[at] ?? 0;
      if (byte === quote) {
        if (from[at + 1] !== quote || at + 1 >= end) return at + 1;
        at++;
      } else if (byte === BACKSLASH && hasEscapes) return -1;
      else if (byte >= 0x80) this.isAscii = false;
      else if (byte <= BLANK && isWhite(byte) && (byte !== BLANK || from[at + 1] === BLANK)) this.isOneLine = false;
    }
    return -1;
  }
}

const isWordPart = (kind: number): boolean => kind === LETTER || kind === DIGIT || kind === DOLLAR;
