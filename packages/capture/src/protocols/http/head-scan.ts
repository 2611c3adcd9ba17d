/**
 * Finds the end of an HTTP/1 head section and the few things framing needs, in one pass and without making a string
 * (RFC 9112 §2–§6). Bare LF ends a line too (§2.2); folded lines (§5.2) are skipped here and joined when fields are read.
 */

import { lineFeed } from '../../decode/line-feed.ts';

const LF = 10;
const CR = 13;
const SPACE = 32;
const COLON = 58;
const COMMA = 44;
const QUESTION_MARK = 63;

/** Envoy's default for the whole head, the largest of common servers (nginx 32 kB, Node 16 kB). */
export const MAX_HEAD_BYTES = 60 * 1024;
const MAX_METHOD_BYTES = 32;
const VERSION_BYTES = 8;

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
  /** Media type's range; empty without one. */
  mimeStart = 0;
  mimeEnd = 0;
  /** Oddity that does not keep from reading; empty when there is none. */
  anomaly = '';
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
  scan.contentLength = -1;
  scan.chunked = false;
  scan.coded = false;
  scan.upgrade = false;
  scan.mimeStart = 0;
  scan.mimeEnd = 0;
  scan.anomaly = '';
  while (at < limit) {
    const first = bytes[at];
    if (first === CR && at + 1 === limit) break;
    if (first === LF || (first === CR && bytes[at + 1] === LF)) {
      scan.end = at + (first === LF ? 1 : 2);
      return 'done';
    }
    const end = lineFeed(bytes, at, limit);
    if (end === limit) break;
    const lower = (first ?? 0) | 0x20;
    // Content-Length, Content-Type, Transfer-Encoding, Upgrade: c, t, u.
    if (lower === 0x63 || lower === 0x74 || lower === 0x75) scanField(bytes, at, { end, scan });
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
  let end = at + 1;
  let query = 0;
  for (; end < limit; end++) {
    const byte = bytes[end];
    if (byte === LF) break;
    if (byte === QUESTION_MARK && query === 0) query = end;
  }
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
  scan.pathEnd = query === 0 ? scan.targetEnd : query;
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
    scan.pathEnd = scan.targetEnd;
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

/** Could `HTTP/1.x` begin here, as far as there are bytes? */
function isVersion(bytes: Uint8Array, at: number, limit: number): boolean {
  const length = Math.min(VERSION_BYTES, limit - at);
  for (let i = 0; i < length; i++) {
    const byte = bytes[at + i] ?? 0;
    if (i < 7 ? byte !== HTTP_1.charCodeAt(i) : byte !== 48 && byte !== 49) return false;
  }
  return true;
}
const HTTP_1 = 'HTTP/1.';

/** Upper-case letters, `-` and `_`: every registered method and those seen in the wild. */
function isMethodByte(byte: number): boolean {
  return (byte >= 65 && byte <= 90) || byte === 45 || byte === 95;
}

interface Line {
  /** Offset of the LF. */
  readonly end: number;
  readonly scan: HeadScan;
}

function scanField(bytes: Uint8Array, at: number, { end, scan }: Line): void {
  if (isName(bytes, at, 'content-length')) scanLength(bytes, at + 15, { end, scan });
  else if (isName(bytes, at, 'content-type')) scanMime(bytes, at + 13, { end, scan });
  else if (isName(bytes, at, 'transfer-encoding')) scanCoding(bytes, at + 18, { end, scan });
  else if (isName(bytes, at, 'upgrade')) scan.upgrade = true;
}

function isName(bytes: Uint8Array, at: number, lower: string): boolean {
  if (bytes[at + lower.length] !== COLON) return false;
  for (let i = 0; i < lower.length; i++) {
    const byte = bytes[at + i] ?? 0;
    if ((byte >= 65 && byte <= 90 ? byte | 0x20 : byte) !== lower.charCodeAt(i)) return false;
  }
  return true;
}

function scanLength(bytes: Uint8Array, at: number, { end, scan }: Line): void {
  let length = -1;
  for (let i = at; i < end; i++) {
    const byte = bytes[i] ?? 0;
    if (byte >= 48 && byte <= 57) length = Math.max(0, length) * 10 + byte - 48;
    else if (byte === COMMA) break;
    else if (byte !== SPACE && byte !== CR && byte !== 9) {
      scan.anomaly = 'invalid content-length';
      return;
    }
  }
  if (length > Number.MAX_SAFE_INTEGER) scan.anomaly = 'invalid content-length';
  else if (scan.contentLength >= 0 && length !== scan.contentLength) scan.anomaly = 'conflicting content-length';
  else scan.contentLength = length;
}

function scanMime(bytes: Uint8Array, at: number, { end, scan }: Line): void {
  let start = at;
  while (bytes[start] === SPACE || bytes[start] === 9) start++;
  let stop = start;
  while (stop < end && bytes[stop] !== 59 && bytes[stop] !== SPACE && bytes[stop] !== CR) stop++;
  scan.mimeStart = start;
  scan.mimeEnd = stop;
}

function scanCoding(bytes: Uint8Array, at: number, { end, scan }: Line): void {
  let stop = end;
  while (stop > at && (bytes[stop - 1] === CR || bytes[stop - 1] === SPACE)) stop--;
  scan.coded = true;
  // Chunked must be the last coding (RFC 9112 §6.1).
  scan.chunked = stop - at >= 7 && endsInChunked(bytes, stop - 7);
}

function endsInChunked(bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < 7; i++) if (((bytes[at + i] ?? 0) | 0x20) !== 'chunked'.charCodeAt(i)) return false;
  return true;
}
