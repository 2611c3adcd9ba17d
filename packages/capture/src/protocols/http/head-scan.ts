/**
 * Finds the end of an HTTP/1 head section and the few things framing needs, in one pass and without making a string
 * (RFC 9112 §2–§6). Bare LF ends a line too (§2.2); folded lines (§5.2) are skipped here and joined when fields are read.
 */

import { lineFeed } from '../../decode/line-feed.ts';
import { wordsOf } from '../../decode/words.ts';
import { KnownName } from '../../http/known-name.ts';

const LF = 10;
const CR = 13;
const SPACE = 32;
const COMMA = 44;
const QUESTION_MARK = 63;
const TAB = 9;
const DASH = 45;

/** Envoy's default for the whole head, the largest of common servers (nginx 32 kB, Node 16 kB). */
export const MAX_HEAD_BYTES = 60 * 1024;
const MAX_METHOD_BYTES = 32;
const VERSION_BYTES = 8;

/** Makes an upper-case letter lower. */
const LOWER = 0x20;
const LOWER_C = 99;
const LOWER_E = 101;
const LOWER_L = 108;
const LOWER_T = 116;
const LOWER_U = 117;
const CONTENT = 'content';
const CONTENT_LENGTH = new KnownName('content-length');
const CONTENT_TYPE = new KnownName('content-type');
const CONTENT_ENCODING = new KnownName('content-encoding');
const TRANSFER_ENCODING = new KnownName('transfer-encoding');
const UPGRADE = new KnownName('upgrade');

/** What a scan found; one object is filled again and again. Offsets are into the bytes scanned. */
export class HeadScan {
  /** First byte of the start line, after empty lines. */
  start = 0;
  end = 0;
  /** Request: end of the method, the target's range. */
  methodEnd = 0;
  targetEnd = 0;
  /** Where the query of an origin-form target begins; its end without one. */
  pathEnd = 0;
  /** Where parameters are looked for: the query, all of a target that breaks the grammar. */
  queryStart = 0;
  /** Offset after the start line. */
  lineEnd = 0;
  /** Response: status and reason phrase's range. */
  status = 0;
  reasonStart = 0;
  reasonEnd = 0;
  /** The request line breaks the grammar, but can be told to be one. */
  malformed = false;
  /** Minor version: 0 or 1. */
  minor = 1;
  /** -1 without the field. */
  contentLength = -1;
  chunked = false;
  /** A transfer coding is there, chunked or not. */
  coded = false;
  upgrade = false;
  /** The content is encoded: it is not as it was meant to be read. */
  encoded = false;
  /** Range of what Content-Type says; empty without one. */
  typeStart = 0;
  typeEnd = 0;
  /** Oddity that does not keep from reading; empty when there is none. */
  anomaly = '';

  /** Forgets the fields of the head before. */
  clearFields(): void {
    this.contentLength = -1;
    this.chunked = false;
    this.coded = false;
    this.upgrade = false;
    this.encoded = false;
    this.typeStart = 0;
    this.typeEnd = 0;
    this.anomaly = '';
  }

  /** The head has been copied: it begins `by` bytes further on. */
  move(by: number): void {
    this.start += by;
    this.end += by;
    this.methodEnd += by;
    this.targetEnd += by;
    this.pathEnd += by;
    this.queryStart += by;
    this.lineEnd += by;
    this.typeStart += by;
    this.typeEnd += by;
  }

  /** Takes a line that may be a field framing needs; `end` is the offset of its LF. */
  takeField(bytes: Uint8Array, at: number, end: number): void {
    const letter = (bytes[at] ?? 0) | LOWER;
    if (letter === LOWER_C) {
      if (bytes[at + CONTENT.length] === DASH) this.takeContentField(bytes, at, end);
    } else if (letter === LOWER_T) {
      if (TRANSFER_ENCODING.isAt(bytes, at)) this.takeCoding(bytes, at + TRANSFER_ENCODING.length + 1, end);
    } else if (letter === LOWER_U && UPGRADE.isAt(bytes, at)) {
      this.upgrade = true;
    }
  }

  private takeContentField(bytes: Uint8Array, at: number, end: number): void {
    const letter = (bytes[at + CONTENT.length + 1] ?? 0) | LOWER;
    if (letter === LOWER_L) {
      if (CONTENT_LENGTH.isAt(bytes, at)) this.takeLength(bytes, at + CONTENT_LENGTH.length + 1, end);
    } else if (letter === LOWER_T) {
      if (CONTENT_TYPE.isAt(bytes, at)) this.takeType(bytes, at + CONTENT_TYPE.length + 1, end);
    } else if (letter === LOWER_E && CONTENT_ENCODING.isAt(bytes, at)) {
      this.encoded = true;
    }
  }

  private takeLength(bytes: Uint8Array, at: number, end: number): void {
    let length = -1;
    for (let i = at; i < end; i++) {
      const byte = bytes[i] ?? 0;
      if (byte >= 48 && byte <= 57) length = Math.max(0, length) * 10 + byte - 48;
      else if (byte === COMMA) break;
      else if (byte !== SPACE && byte !== CR && byte !== TAB) {
        this.anomaly = 'invalid content-length';
        return;
      }
    }
    if (length > Number.MAX_SAFE_INTEGER) this.anomaly = 'invalid content-length';
    else if (this.contentLength >= 0 && length !== this.contentLength) this.anomaly = 'conflicting content-length';
    else this.contentLength = length;
  }

  private takeType(bytes: Uint8Array, at: number, end: number): void {
    let start = at;
    while (bytes[start] === SPACE || bytes[start] === TAB) start++;
    this.typeStart = Math.min(start, end);
    this.typeEnd = Math.max(this.typeStart, bytes[end - 1] === CR ? end - 1 : end);
  }

  private takeCoding(bytes: Uint8Array, at: number, end: number): void {
    let stop = end;
    while (stop > at && (bytes[stop - 1] === CR || bytes[stop - 1] === SPACE)) stop--;
    this.coded = true;
    // Chunked must be the last coding (RFC 9112 §6.1).
    this.chunked = stop - at >= 7 && endsInChunked(bytes, stop - 7);
  }
}

/** Where a head is looked for, `[offset, end)`, and what takes the findings; the object may be reused. */
export interface HeadRange {
  readonly offset: number;
  readonly end: number;
  readonly scan: HeadScan;
}

/** Scans the fields after a start line that was scanned before. `done`: the scan holds the head; else why not. */
export function scanHead(
  bytes: Uint8Array,
  { offset, end: available, scan }: HeadRange,
): 'done' | 'more' | 'head too long' {
  const limit = Math.min(available, offset + MAX_HEAD_BYTES);
  let at = scan.lineEnd;
  scan.clearFields();
  while (at < limit) {
    const first = bytes[at];
    if (first === CR && at + 1 === limit) break;
    if (first === LF || (first === CR && bytes[at + 1] === LF)) {
      scan.end = at + (first === LF ? 1 : 2);
      return 'done';
    }
    const end = lineFeed(bytes, at, limit);
    if (end === limit) break;
    scan.takeField(bytes, at, end);
    at = end + 1;
  }
  return limit - offset >= MAX_HEAD_BYTES ? 'head too long' : 'more';
}

/** Reads `GET /path HTTP/1.1`; false when it cannot be (or become) one. Undefined while the line is not whole. */
export function scanRequestLine(bytes: Uint8Array, range: HeadRange): boolean | undefined {
  const { offset, end: limit, scan } = range;
  let at = offset;
  while (at < limit && (bytes[at] === CR || bytes[at] === LF)) at++;
  const start = at;
  while (at < limit && isMethodByte(bytes[at] ?? 0)) at++;
  if (at === limit) return at - start > MAX_METHOD_BYTES ? false : undefined;
  if (bytes[at] !== SPACE || at === start || at - start > MAX_METHOD_BYTES) return false;
  scan.methodEnd = at;
  let end = lineFeed(bytes, at + 1, limit);
  if (end === limit) return end - offset > MAX_HEAD_BYTES ? false : undefined;
  scan.start = start;
  scan.lineEnd = end + 1;
  if (bytes[end - 1] === CR) end--;
  while (end > at + 1 && bytes[end - 1] === SPACE) end--;
  const version = end - VERSION_BYTES;
  scan.malformed = version - 1 <= at || bytes[version - 1] !== SPACE || !isVersion(bytes, version, end);
  if (scan.malformed) return scanMalformed(bytes, { at, end, scan });
  scan.minor = (bytes[version + 7] ?? 0) - 48;
  scan.targetEnd = version - 1;
  scan.pathEnd = questionMark(bytes, at + 1, scan.targetEnd);
  scan.queryStart = scan.pathEnd;
  return true;
}

/** A line that ends in something like a version is a request, if a wrong one: `GET /HTTP/1.1`, `GET / HTTP/1.`. */
function scanMalformed(bytes: Uint8Array, line: { at: number; end: number; scan: HeadScan }): boolean {
  const { at, end, scan } = line;
  const from = Math.max(at + 1, end - VERSION_BYTES);
  for (let i = from; i + 6 <= end; i++) {
    if (!isVersion(bytes, i, end)) continue;
    scan.minor = 1;
    scan.targetEnd = i > at + 1 && bytes[i - 1] === SPACE ? i - 1 : end;
    scan.pathEnd = questionMark(bytes, at + 1, scan.targetEnd);
    scan.queryStart = at + 1;
    return true;
  }
  return false;
}

/** Reads `HTTP/1.1 200 OK`; false when it cannot be (or become) one, undefined while the line is not whole. */
export function scanStatusLine(bytes: Uint8Array, { offset, end: limit, scan }: HeadRange): boolean | undefined {
  let at = offset;
  while (at < limit && (bytes[at] === CR || bytes[at] === LF)) at++;
  if (!isVersion(bytes, at, limit)) return false;
  if (limit - at < VERSION_BYTES + 5) return undefined;
  scan.minor = (bytes[at + 7] ?? 0) - 48;
  const code = at + VERSION_BYTES + 1;
  if (bytes[code - 1] !== SPACE) return false;
  let status = 0;
  for (let i = code; i < code + 3; i++) {
    const digit = (bytes[i] ?? 0) - 48;
    if (digit < 0 || digit > 9) return false;
    status = status * 10 + digit;
  }
  const after = bytes[code + 3];
  if (status < 100 || (after !== SPACE && after !== CR && after !== LF)) return false;
  let end = lineFeed(bytes, code + 3, limit);
  if (end === limit) return undefined;
  scan.start = at;
  scan.lineEnd = end + 1;
  if (bytes[end - 1] === CR) end--;
  scan.status = status;
  scan.reasonStart = Math.min(code + 4, end);
  scan.reasonEnd = end;
  return true;
}

/** Offset of the first question mark in `bytes[start, end)`; `end` without one. */
function questionMark(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] !== QUESTION_MARK) at++;
  return at;
}

/** Could `HTTP/1.x` begin here, as far as there are bytes? */
function isVersion(bytes: Uint8Array, at: number, limit: number): boolean {
  if (limit - at >= VERSION_BYTES) {
    const words = wordsOf(bytes);
    // The last bit tells 1.1 from 1.0.
    return words.getInt32(at) === HTTP && (words.getInt32(at + 4) | 1) === SLASH_1_1;
  }
  const length = Math.min(VERSION_BYTES, limit - at);
  for (let i = 0; i < length; i++) {
    const byte = bytes[at + i] ?? 0;
    if (i < 7 ? byte !== HTTP_1.charCodeAt(i) : byte !== 48 && byte !== 49) return false;
  }
  return true;
}
const HTTP_1 = 'HTTP/1.';
/** `HTTP` and `/1.1` as words. */
const HTTP = 0x48545450;
const SLASH_1_1 = 0x2f312e31;

/** Upper-case letters, `-` and `_`: every registered method and those seen in the wild. */
function isMethodByte(byte: number): boolean {
  return (byte >= 65 && byte <= 90) || byte === 45 || byte === 95;
}

function endsInChunked(bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < 7; i++) if (((bytes[at + i] ?? 0) | 0x20) !== 'chunked'.charCodeAt(i)) return false;
  return true;
}
