/**
 * RESP2 and RESP3 on the wire, token by token: https://redis.io/docs/latest/develop/reference/protocol-spec/
 *
 *   $3 CRLF GET CRLF     a string that is wholly here comes as one token; a longer one as a header and parts,
 *   *2 CRLF …            an aggregate as its header; what stands in it follows as tokens of its own.
 *
 * So no value, however large or deep, waits in a buffer, and nothing is read twice.
 */

import type { Parsed } from '../../dissect/dissector.ts';

/** Longest line without a length: simple strings, errors, numbers, inline commands (the server's own inline limit). */
export const MAX_LINE_BYTES = 64 * 1024;
/** The server's default `proto-max-bulk-len`; more is a lie or another protocol. */
const MAX_BULK_BYTES = 512 * 1024 * 1024;
/** The server refuses aggregates of more elements than this from clients. */
const MAX_COUNT = 2 ** 31 - 1;

export type LineType = '+' | '-' | ':' | '_' | ',' | '#' | '(';
export type BulkType = '$' | '!' | '=';
export type AggregateType = '*' | '%' | '~' | '>' | '|';

export type RespToken =
  | { readonly kind: 'line'; readonly type: LineType; readonly bytes: Uint8Array }
  /** A string that is wholly here. */
  | { readonly kind: 'string'; readonly type: BulkType; readonly bytes: Uint8Array }
  /** Head of a string whose bytes follow as parts; `null`: the nil of RESP2; `streamed`: chunks follow until an empty one. */
  | { readonly kind: 'bulk'; readonly type: BulkType; readonly length: number | 'null' | 'streamed' }
  | { readonly kind: 'part'; readonly bytes: Uint8Array; readonly isLast: boolean }
  /** Head of a chunk of a streamed string; 0 ends the string. */
  | { readonly kind: 'chunk'; readonly length: number }
  | { readonly kind: 'aggregate'; readonly type: AggregateType; readonly count: number | 'null' | 'streamed' }
  /** End of a streamed aggregate. */
  | { readonly kind: 'end' }
  | { readonly kind: 'inline'; readonly bytes: Uint8Array };

const CR = 13;
const LF = 10;
const bad = (fault: string, at: number): Parsed<RespToken> => ({ kind: 'bad', fault, at });
const done = (value: RespToken, end: number): Parsed<RespToken> => ({ kind: 'done', value, end });

/** Offset of the CR of the line's CRLF, -1 when it is not here yet, -2 when the line is too long or not RESP. */
function findLineEnd(bytes: Uint8Array, start: number): number {
  const limit = Math.min(bytes.length, start + MAX_LINE_BYTES);
  for (let index = start; index < limit; index += 1) {
    if (bytes[index] === LF) return -2;
    if (bytes[index] === CR) {
      if (index + 1 >= bytes.length) return -1;
      return bytes[index + 1] === LF ? index : -2;
    }
  }
  return limit - start >= MAX_LINE_BYTES ? -2 : -1;
}

/** A length or count: digits, `-1` for null, `?` for streamed; undefined when it is none of these. */
function lengthIn(bytes: Uint8Array, start: number, end: number): number | 'null' | 'streamed' | undefined {
  if (end - start === 1 && bytes[start] === 0x3f) return 'streamed';
  if (end - start === 2 && bytes[start] === 0x2d && bytes[start + 1] === 0x31) return 'null';
  if (end === start || end - start > 10) return undefined;
  let value = 0;
  for (let index = start; index < end; index += 1) {
    const digit = (bytes[index] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  return value;
}

/**
 * Reads the token at `offset`. `remaining` is what is left of the string whose parts are being read, its CRLF included;
 * 0 when a new value begins.
 */
export function readToken(bytes: Uint8Array, offset: number, remaining: number): Parsed<RespToken> {
  if (remaining > 0) return readPart(bytes, offset, remaining);
  if (offset >= bytes.length) return { kind: 'more', atLeast: 1 };
  const type = String.fromCharCode(bytes[offset] ?? 0);
  switch (type) {
    case '+':
    case '-':
    case ':':
    case '_':
    case ',':
    case '#':
    case '(':
    case '$':
    case '!':
    case '=':
    case '*':
    case '%':
    case '~':
    case '>':
    case '|':
    case ';':
    case '.':
      break;
    default:
      return readInline(bytes, offset);
  }
  const end = findLineEnd(bytes, offset + 1);
  if (end === -1) return { kind: 'more', atLeast: 1 };
  if (end === -2) return bad('line without CRLF', offset);
  const after = end + 2;
  switch (type) {
    case '$':
    case '!':
    case '=':
      return readBulk(bytes, type, { start: offset + 1, end });
    case '*':
    case '%':
    case '~':
    case '>':
    case '|': {
      const count = lengthIn(bytes, offset + 1, end);
      if (count === undefined || (typeof count === 'number' && count > MAX_COUNT))
        return bad('invalid element count', offset);
      return done({ kind: 'aggregate', type, count }, after);
    }
    case ';': {
      const length = lengthIn(bytes, offset + 1, end);
      if (typeof length !== 'number' || length > MAX_BULK_BYTES) return bad('invalid chunk length', offset);
      return done({ kind: 'chunk', length }, after);
    }
    case '.':
      return end === offset + 1 ? done({ kind: 'end' }, after) : bad('text after the end of an aggregate', offset);
    default:
      return done({ kind: 'line', type, bytes: bytes.subarray(offset + 1, end) }, after);
  }
}

function readBulk(bytes: Uint8Array, type: BulkType, line: { start: number; end: number }): Parsed<RespToken> {
  const length = lengthIn(bytes, line.start, line.end);
  if (length === undefined || (typeof length === 'number' && length > MAX_BULK_BYTES)) {
    return bad('invalid bulk length', line.start);
  }
  const after = line.end + 2;
  if (typeof length !== 'number') return done({ kind: 'bulk', type, length }, after);
  const end = after + length;
  if (end + 2 > bytes.length) return done({ kind: 'bulk', type, length }, after);
  if (bytes[end] !== CR || bytes[end + 1] !== LF) return bad('bulk string without CRLF', end);
  return done({ kind: 'string', type, bytes: bytes.subarray(after, end) }, end + 2);
}

function readPart(bytes: Uint8Array, offset: number, remaining: number): Parsed<RespToken> {
  const available = bytes.length - offset;
  if (available <= 0) return { kind: 'more', atLeast: 1 };
  if (available >= remaining) {
    const end = offset + remaining;
    if (bytes[end - 2] !== CR && remaining >= 2) return bad('bulk string without CRLF', end - 2);
    return done({ kind: 'part', bytes: bytes.subarray(offset, Math.max(offset, end - 2)), isLast: true }, end);
  }
  // The CRLF itself is never cut: its two bytes come together, so that the last part can check them.
  const end = Math.min(bytes.length, offset + remaining - 2);
  if (end <= offset) return { kind: 'more', atLeast: remaining - available };
  return done({ kind: 'part', bytes: bytes.subarray(offset, end), isLast: false }, end);
}

/** Inline commands: words up to a line end, which may be a bare LF. */
function readInline(bytes: Uint8Array, offset: number): Parsed<RespToken> {
  const limit = Math.min(bytes.length, offset + MAX_LINE_BYTES);
  for (let index = offset; index < limit; index += 1) {
    const byte = bytes[index] ?? 0;
    if (byte === LF) {
      const end = index > offset && bytes[index - 1] === CR ? index - 1 : index;
      return done({ kind: 'inline', bytes: bytes.subarray(offset, end) }, index + 1);
    }
    if (byte < 0x09 || (byte > 0x0d && byte < 0x20)) return bad('control byte in an inline command', index);
  }
  if (limit - offset >= MAX_LINE_BYTES) return bad('inline command too long', offset);
  return { kind: 'more', atLeast: 1 };
}

/** Do these bytes begin with the head of a RESP value? `more` while that cannot be said. */
export function startsLikeResp(bytes: Uint8Array, offset: number, types: string): 'yes' | 'no' | 'more' {
  if (offset >= bytes.length) return 'more';
  if (!types.includes(String.fromCharCode(bytes[offset] ?? 0))) return 'no';
  const end = findLineEnd(bytes, offset + 1);
  if (end === -1) {
    for (let index = offset + 1; index < bytes.length; index += 1) {
      const byte = bytes[index] ?? 0;
      if (byte !== CR && byte !== 0x2d && byte !== 0x3f && (byte < 0x30 || byte > 0x39)) return 'no';
    }
    return bytes.length - offset > 16 ? 'no' : 'more';
  }
  return end === -2 || lengthIn(bytes, offset + 1, end) === undefined ? 'no' : 'yes';
}

/** What the line of each type looks like: `+OK`, `-ERR no`, `:7`, `,1.5`, `#t`, `(123`, and nothing for `_`. */
const lineForms: Readonly<Record<LineType, RegExp>> = {
  '+': /^[ -~]+$/,
  '-': /^[ -~]+$/,
  ':': /^[+-]?\d+$/,
  ',': /^[+-]?(?:\d[\d.]*(?:[eE][+-]?\d+)?|inf|nan)$/,
  '#': /^[tf]$/,
  '(': /^[+-]?\d+$/,
  _: /^$/,
};

/**
 * Does a reply begin here, believably? Every type counts: a reply that is passed over gives each later one to the wrong
 * command.
 */
export function startsLikeReply(bytes: Uint8Array, offset: number): boolean {
  const parsed = readToken(bytes, offset, 0);
  if (parsed.kind !== 'done') return false;
  const { value } = parsed;
  if (value.kind === 'line') return lineForms[value.type].test(new TextDecoder('latin1').decode(value.bytes));
  return value.kind === 'string' || value.kind === 'bulk' || value.kind === 'aggregate';
}
