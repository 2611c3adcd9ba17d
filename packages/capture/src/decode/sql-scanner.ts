/** Lexical forms of SQL: goes over a statement token by token. Linear in the text, whatever it is. */

import { isUuidText, UUID_LENGTH } from './uuid.ts';

/** Where databases write the same things differently. */
export interface SqlDialect {
  /** A backslash escapes inside every string, not only in `E'…'`. */
  readonly hasEscapes: boolean;
  /** `"…"` is a string; without it a name. */
  readonly hasDoubleQuotedStrings: boolean;
  /** `#` begins a comment, a comment that begins with `!` is none, `--` needs a space behind it. */
  readonly hasMysqlComments: boolean;
  /** Identifiers of 36 characters stand as they are: `0f8fad5b-d9cb-469f-a165-70867728950e`. */
  readonly hasUuids: boolean;
}
/** ISO 9075 with PostgreSQL's `$tag$…$tag$`, `$1` and `E'…'`. */
export const standardSql: SqlDialect = {
  hasEscapes: false,
  hasDoubleQuotedStrings: false,
  hasMysqlComments: false,
  hasUuids: false,
};
/** Cassandra's language: https://cassandra.apache.org/doc/latest/cassandra/developing/cql/definitions.html */
export const cql: SqlDialect = { ...standardSql, hasUuids: true };
/** MySQL and MariaDB with their default `sql_mode`. */
export const mysqlSql: SqlDialect = {
  hasEscapes: true,
  hasDoubleQuotedStrings: true,
  hasMysqlComments: true,
  hasUuids: false,
};

export type SqlTokenKind = 'space' | 'literal' | 'name' | 'word' | 'other';

/** Goes over a statement token by token; the kinds and ends of what it passes are its state. */
export class SqlScanner {
  readonly #text: string;
  readonly #dialect: SqlDialect;
  start = 0;
  end = 0;

  constructor(text: string, dialect: SqlDialect) {
    this.#text = text;
    this.#dialect = dialect;
  }

  /** The next token's kind, undefined at the end; it stands between `start` and `end`. */
  next(): SqlTokenKind | undefined {
    const text = this.#text;
    this.start = this.end;
    if (this.start >= text.length) return undefined;
    const char = text.charCodeAt(this.start);
    if (isSpace(char)) return this.#take(this.#runOf(isSpace), 'space');
    if (this.#dialect.hasUuids && isUuidText(text, this.start)) return this.#take(this.start + UUID_LENGTH, 'literal');
    if (isLetter(char)) return this.#word();
    if (isDigit(char) || (char === DOT && isDigit(text.charCodeAt(this.start + 1)))) return this.#number();
    switch (char) {
      case QUOTE:
        return this.#take(this.#quoted(this.start, this.#dialect.hasEscapes), 'literal');
      case DOUBLE_QUOTE:
        return this.#dialect.hasDoubleQuotedStrings
          ? this.#take(this.#quoted(this.start, true), 'literal')
          : this.#take(this.#quoted(this.start, false), 'name');
      case BACKTICK:
        return this.#take(this.#quoted(this.start, false), 'name');
      case QUESTION:
        return this.#take(this.start + 1, 'literal');
      case DOLLAR:
        return this.#dollar();
      case MINUS:
      case SLASH:
      case HASH:
      case STAR:
        return this.#comment(char);
      case COLON:
        // A cast is one sign.
        return this.#take(this.start + (text.charCodeAt(this.start + 1) === COLON ? 2 : 1), 'other');
      default:
        return this.#take(this.start + 1, 'other');
    }
  }

  #take(end: number, kind: SqlTokenKind): SqlTokenKind {
    this.end = end;
    return kind;
  }

  #runOf(belongs: (char: number) => boolean): number {
    let end = this.start + 1;
    while (end < this.#text.length && belongs(this.#text.charCodeAt(end))) end++;
    return end;
  }

  /** Where the quoted text that begins at `from` ends; at the end of everything when it is never closed. */
  #quoted(from: number, hasEscapes: boolean): number {
    const text = this.#text;
    const quote = text.charCodeAt(from);
    for (let at = from + 1; at < text.length; at++) {
      const char = text.charCodeAt(at);
      if (char === BACKSLASH && hasEscapes) at++;
      else if (char === quote) {
        if (text.charCodeAt(at + 1) !== quote) return at + 1;
        at++;
      }
    }
    return text.length;
  }

  #word(): SqlTokenKind {
    const end = this.#runOf(isWordPart);
    if (this.#text.charCodeAt(end) === QUOTE) {
      const prefix = this.#text.slice(this.start, end).toUpperCase();
      // E'…' has escapes, B'…' and X'…' are bits, N'…' is national text, _utf8'…' names its characters.
      if (/^(?:[EBXN]|_[A-Z0-9]+)$/.test(prefix))
        return this.#take(this.#quoted(end, prefix === 'E' || this.#dialect.hasEscapes), 'literal');
    }
    return this.#take(end, 'word');
  }

  /** `7`, `.5`, `0x1f`, `1.5e-3`. */
  #number(): SqlTokenKind {
    const text = this.#text;
    let end = this.start + 1;
    for (; end < text.length; end++) {
      const char = text.charCodeAt(end);
      const isExponentSign =
        (char === PLUS || char === MINUS) && /e/i.test(text[end - 1] ?? '') && isDigit(text.charCodeAt(end + 1));
      if (!isWordPart(char) && char !== DOT && !isExponentSign) break;
    }
    return this.#take(end, 'literal');
  }

  /** `$1`, `$tag$…$tag$`, or a sign. */
  #dollar(): SqlTokenKind {
    const text = this.#text;
    let end = this.start + 1;
    if (isDigit(text.charCodeAt(end))) return this.#take(this.#runOf(isDigit), 'literal');
    while (end < text.length && isWordPart(text.charCodeAt(end)) && text.charCodeAt(end) !== DOLLAR) end++;
    if (text.charCodeAt(end) !== DOLLAR) return this.#take(this.start + 1, 'other');
    const tag = text.slice(this.start, end + 1);
    const close = text.indexOf(tag, end + 1);
    return this.#take(close < 0 ? text.length : close + tag.length, 'literal');
  }

  #comment(char: number): SqlTokenKind {
    const text = this.#text;
    const next = text.charCodeAt(this.start + 1);
    const { hasMysqlComments } = this.#dialect;
    const isLine =
      char === HASH
        ? hasMysqlComments
        : char === MINUS && next === MINUS && (!hasMysqlComments || !(text.charCodeAt(this.start + 2) > 0x20));
    if (isLine) return this.#take(endAfter(text, '\n', this.start), 'space');
    if (char === SLASH && next === STAR) {
      const isCode = hasMysqlComments && text[this.start + 2] === '!';
      return this.#take(isCode ? this.#afterVersion() : endAfter(text, '*/', this.start + 2), 'space');
    }
    // The end of a comment whose text is run.
    if (char === STAR && next === SLASH && hasMysqlComments) return this.#take(this.start + 2, 'space');
    return this.#take(this.start + 1, 'other');
  }

  /** Behind the version number that may follow the mark of a comment whose text is run. */
  #afterVersion(): number {
    let end = this.start + 3;
    while (isDigit(this.#text.charCodeAt(end))) end++;
    return end;
  }
}

const QUOTE = 0x27;
const DOUBLE_QUOTE = 0x22;
const BACKTICK = 0x60;
const BACKSLASH = 0x5c;
const QUESTION = 0x3f;
const DOLLAR = 0x24;
const PLUS = 0x2b;
const MINUS = 0x2d;
const SLASH = 0x2f;
const STAR = 0x2a;
const HASH = 0x23;
const COLON = 0x3a;
const DOT = 0x2e;

const isSpace = (char: number): boolean => char <= 0x20 || char === 0xa0;
const isDigit = (char: number): boolean => char >= 0x30 && char <= 0x39;
const isLetter = (char: number): boolean =>
  (char >= 0x61 && char <= 0x7a) || (char >= 0x41 && char <= 0x5a) || char === 0x5f || char > 0xa0;
const isWordPart = (char: number): boolean => isLetter(char) || isDigit(char) || char === DOLLAR;

/** The offset behind the next `mark` at or after `from`; the end without one. */
function endAfter(text: string, mark: string, from: number): number {
  const at = text.indexOf(mark, from);
  return at < 0 ? text.length : at + mark.length;
}
