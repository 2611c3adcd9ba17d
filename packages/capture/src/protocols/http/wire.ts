/** Bytes to parts of HTTP/1 messages (RFC 9112): heads, pieces of content, chunk framing. Pure: the state is passed in. */

import type { Parsed } from '../../dissect/dissector.ts';
import { HeadScan, MAX_HEAD_BYTES, scanHead, scanRequestLine, scanStatusLine } from './head-scan.ts';

/**
 * Where one side of a connection is. `length`, `chunk-data`: `left` bytes of content follow; `until-close`: everything
 * that follows is content; `held`: what follows belongs to whatever a pending upgrade leads to.
 */
export type Phase = 'head' | 'length' | 'chunk-size' | 'chunk-data' | 'chunk-end' | 'trailers' | 'until-close' | 'held';

/** One part; the object is reused. `bytes` are valid until the message is taken. */
export interface Part {
  kind: 'request' | 'response' | 'content' | 'chunk-size' | 'chunk-end' | 'trailer' | 'end';
  bytes: Uint8Array;
  /** Range of the part, framing included. */
  start: number;
  end: number;
  /** Length a chunk-size line announces. */
  length: number;
  head: HeadScan;
  /** Of a head: its message ends with the part, whose end is that of the content. */
  isWhole: boolean;
}

/** Chunk extensions are nowhere in use; this leaves room for signed chunks of object stores. */
const MAX_CHUNK_LINE_BYTES = 1024;
const MAX_TRAILER_LINE_BYTES = 16 * 1024;
const LF = 10;
const CR = 13;

const MORE: Parsed<Part> = { kind: 'more', atLeast: 1 };

/** Reads parts of `bytes[offset, end)` into one reused result. */
export class PartReader {
  /** Of the heads that nobody else takes. */
  private readonly scan = new HeadScan();
  private readonly part: Part = {
    kind: 'end',
    bytes: new Uint8Array(0),
    start: 0,
    end: 0,
    length: 0,
    head: this.scan,
    isWhole: false,
  };
  private readonly result = { kind: 'done' as const, value: this.part, end: 0 };
  /** Where the next part is read from, and the scan of its head. */
  private readonly range = { offset: 0, end: 0, scan: this.scan };

  /** Moves to the bytes that the next part is read from. */
  at(offset: number, end: number): this {
    this.range.offset = offset;
    this.range.end = end;
    return this;
  }

  /** A head, and the content with it where all of it is there; `scan` takes what is found. */
  request(bytes: Uint8Array, scan: HeadScan): Parsed<Part> {
    const { part, range } = this;
    range.scan = scan;
    const parsed = this.head('request', bytes, scanRequestLine(bytes, range));
    const { coded, contentLength } = scan;
    part.isWhole = parsed === this.result && !coded && this.takesContent(bytes, Math.max(0, contentLength));
    return parsed;
  }

  /** `answersOrdinary`: to a request whose response has a content where its head says so; then that is taken with it. */
  response(bytes: Uint8Array, answersOrdinary: boolean): Parsed<Part> {
    const { part, range } = this;
    range.scan = this.scan;
    const parsed = this.head('response', bytes, scanStatusLine(bytes, range));
    const length = answersOrdinary && parsed === this.result ? lengthOfAnswer(part.head) : -1;
    part.isWhole = length >= 0 && this.takesContent(bytes, length);
    return parsed;
  }

  /** Content of known length, as far as it is there. */
  content(bytes: Uint8Array, left: number): Parsed<Part> {
    const { offset, end } = this.range;
    return this.done('content', bytes, Math.min(end, offset + left));
  }

  /** RFC 9112 §7.1: hexadecimal length, extensions ignored. */
  chunkSize(bytes: Uint8Array): Parsed<Part> {
    const { offset } = this.range;
    const line = lineEnd(bytes, this.range, MAX_CHUNK_LINE_BYTES);
    if (line === -1) return MORE;
    let length = 0;
    let at = offset;
    for (; at < line; at++) {
      const digit = hexDigit(bytes[at] ?? 0);
      if (digit < 0) break;
      length = length * 16 + digit;
    }
    const after = bytes[at];
    const isSize = at > offset && (after === LF || after === CR || after === 59 || after === 32 || after === 9);
    if (line === -2 || !isSize || length > Number.MAX_SAFE_INTEGER) {
      return { kind: 'bad', fault: 'invalid chunk size', at: offset };
    }
    this.part.length = length;
    return this.done('chunk-size', bytes, line + 1);
  }

  /** The line end after a chunk's data. */
  chunkEnd(bytes: Uint8Array): Parsed<Part> {
    const { offset, end } = this.range;
    if (bytes[offset] === LF) return this.done('chunk-end', bytes, offset + 1);
    if (bytes[offset] !== CR) return { kind: 'bad', fault: 'chunk longer than its size', at: offset };
    if (offset + 1 === end) return MORE;
    if (bytes[offset + 1] !== LF) return { kind: 'bad', fault: 'chunk longer than its size', at: offset };
    return this.done('chunk-end', bytes, offset + 2);
  }

  /** One line of the trailer section; the empty one ends the message. */
  trailer(bytes: Uint8Array): Parsed<Part> {
    const { offset } = this.range;
    const line = lineEnd(bytes, this.range, MAX_TRAILER_LINE_BYTES);
    if (line === -1) return MORE;
    if (line === -2) return { kind: 'bad', fault: 'trailer too long', at: offset };
    const isEmpty = line === offset || (line === offset + 1 && bytes[offset] === CR);
    return this.done(isEmpty ? 'end' : 'trailer', bytes, line + 1);
  }

  /** Adds the content to the head just read; false where it is not all there. */
  private takesContent(bytes: Uint8Array, length: number): boolean {
    const { part, range } = this;
    const end = part.head.end + length;
    if (end > range.end) return false;
    this.done(part.kind, bytes, end);
    return true;
  }

  private head(kind: 'request' | 'response', bytes: Uint8Array, line: boolean | undefined): Parsed<Part> {
    const { range } = this;
    const { offset, end } = range;
    this.part.head = range.scan;
    if (line === false) return { kind: 'bad', fault: `no ${kind} line`, at: offset };
    const isLong = end - offset >= MAX_HEAD_BYTES;
    if (line === undefined) return isLong ? { kind: 'bad', fault: 'head too long', at: offset } : MORE;
    const found = scanHead(bytes, range);
    if (found === 'more') return MORE;
    if (found !== 'done') return { kind: 'bad', fault: found, at: offset };
    return this.done(kind, bytes, this.part.head.end);
  }

  private done(kind: Part['kind'], bytes: Uint8Array, end: number): Parsed<Part> {
    const { part, result } = this;
    part.kind = kind;
    // A write costs more than a look, and it is nearly always the same chunk.
    if (part.bytes !== bytes) part.bytes = bytes;
    part.start = this.range.offset;
    part.end = end;
    result.end = end;
    return result;
  }
}

/** RFC 9112 §6.3, of a final response to anything but HEAD and CONNECT; -1 where its head does not say. */
function lengthOfAnswer({ status, coded, contentLength }: HeadScan): number {
  if (status < 200) return -1;
  if (isWithoutContent(status)) return 0;
  return coded ? -1 : contentLength;
}

const isWithoutContent = (status: number): boolean => status === 204 || status === 304;

/** Offset of the line feed; -1 while it is not there, -2 when the line is too long. */
function lineEnd(bytes: Uint8Array, { offset, end }: { readonly offset: number; readonly end: number }, limit: number) {
  const stop = Math.min(end, offset + limit);
  for (let at = offset; at < stop; at++) if (bytes[at] === LF) return at;
  return stop - offset >= limit ? -2 : -1;
}

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const lower = byte | 0x20;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}
