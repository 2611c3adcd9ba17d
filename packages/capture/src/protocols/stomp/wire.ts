/**
 * STOMP 1.0 to 1.2 (https://stomp.github.io/stomp-specification-1.2.html): a command, headers, an empty line, a body, a zero.
 *
 *   SEND\n
 *   destination:/queue/orders\n
 *   content-length:5\n
 *   \n
 *   hello\0
 *
 * A body without `content-length` ends at the first zero. Line ends between frames are heart-beats.
 */

import { Interner } from '../../decode/interner.ts';
import type { Parsed, Side } from '../../dissect/dissector.ts';

/** Heads of frames: ActiveMQ allows 10 KiB a line and 1,000 lines, nobody comes near. */
export const MAX_HEAD_BYTES = 64 * 1024;
export const MAX_HEADERS = 256;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const LF = 10;
const CR = 13;

const fromClient = [
  ...['CONNECT', 'STOMP', 'SEND', 'SUBSCRIBE', 'UNSUBSCRIBE', 'ACK', 'NACK'],
  ...['BEGIN', 'COMMIT', 'ABORT', 'DISCONNECT'],
];
const fromServer = ['CONNECTED', 'MESSAGE', 'RECEIPT', 'ERROR'];
const commands: Readonly<Record<Side, readonly string[]>> = { client: fromClient, server: fromServer };
/** Their headers are taken as they are, for the sake of 1.0 (§"Value Encoding"). */
const unescaped = new Set(['CONNECT', 'STOMP', 'CONNECTED']);

/** What is known of the frame whose beginning was read. */
export interface OpenFrame {
  /** Bytes to its end, the zero included; undefined when only the zero tells. */
  readonly left: number | undefined;
}

export type StompMessage =
  | { readonly kind: 'heart-beat'; readonly size: number }
  | {
      readonly kind: 'frame';
      readonly command: string;
      readonly headers: readonly (readonly [name: string, value: string])[];
      /** Headers beyond the limit, and those that are none. */
      readonly isCut: boolean;
      readonly size: number;
      readonly open: OpenFrame;
    }
  | {
      readonly kind: 'body';
      readonly bytes: Uint8Array;
      readonly start: number;
      /** After the body's last byte; the zero is not part of it. */
      readonly end: number;
      readonly size: number;
      readonly isLast: boolean;
      readonly open: OpenFrame;
    };

export interface Expectation {
  /** The frame whose body comes, if any. */
  readonly open: OpenFrame | undefined;
  /** Where the bytes end; without it, all of them are meant. */
  readonly end?: number;
}

/** Reads the next piece: a frame's head, or as much of its body as is here. */
export function readStomp(
  side: Side,
  bytes: Uint8Array,
  offset: number,
  { open, end = bytes.length }: Expectation,
): Parsed<StompMessage> {
  if (offset >= end) return { kind: 'more', atLeast: 1 };
  if (open !== undefined) return readBody(bytes, offset, end, open);
  let at = offset;
  while (at < end && (bytes[at] === LF || bytes[at] === CR)) at++;
  if (at > offset) return { kind: 'done', value: { kind: 'heart-beat', size: at - offset }, end: at };
  return readHead(side, bytes, offset, end);
}

function readBody(bytes: Uint8Array, offset: number, end: number, { left }: OpenFrame): Parsed<StompMessage> {
  const available = end - offset;
  const zero = left !== undefined && left <= available ? offset + left - 1 : -1;
  // A length that lies: the frame ends with the next zero after all.
  if (left === undefined || (zero >= 0 && bytes[zero] !== 0)) return readToZero(bytes, offset, end);
  if (zero < 0) return { kind: 'done', value: piece(bytes, offset, end, left - available), end };
  return { kind: 'done', value: lastPiece(bytes, offset, zero), end: zero + 1 };
}

function readToZero(bytes: Uint8Array, offset: number, end: number): Parsed<StompMessage> {
  let zero = offset;
  while (zero < end && bytes[zero] !== 0) zero++;
  if (zero === end) return { kind: 'done', value: piece(bytes, offset, end, undefined), end };
  return { kind: 'done', value: lastPiece(bytes, offset, zero), end: zero + 1 };
}

const piece = (bytes: Uint8Array, start: number, end: number, left: number | undefined): StompMessage => ({
  kind: 'body',
  bytes,
  start,
  end,
  size: end - start,
  isLast: false,
  open: { left },
});

const lastPiece = (bytes: Uint8Array, start: number, end: number): StompMessage => ({
  kind: 'body',
  bytes,
  start,
  end,
  size: end + 1 - start,
  isLast: true,
  open: { left: 0 },
});

function readHead(side: Side, bytes: Uint8Array, offset: number, end: number): Parsed<StompMessage> {
  const headEnd = endOfHead(bytes, offset, end);
  if (headEnd === undefined) {
    if (end - offset >= MAX_HEAD_BYTES) return { kind: 'bad', fault: 'head too long', at: offset };
    if (startsWithFrame(bytes.subarray(offset, end), 0, side) === 'no')
      return { kind: 'bad', fault: 'no STOMP command', at: offset };
    return { kind: 'more', atLeast: 1 };
  }
  let lineEnd = endOfLine(bytes, offset, headEnd);
  const command = names.of(bytes, offset, withoutReturn(bytes, offset, lineEnd)).toUpperCase();
  if (!commands[side].includes(command)) return { kind: 'bad', fault: 'no STOMP command', at: offset };
  const isEscaped = !unescaped.has(command);
  const headers: (readonly [string, string])[] = [];
  let told = 0;
  for (let start = lineEnd + 1; start < headEnd; start = lineEnd + 1) {
    lineEnd = endOfLine(bytes, start, headEnd);
    const textEnd = withoutReturn(bytes, start, lineEnd);
    if (textEnd === start) continue;
    const header = told++ < MAX_HEADERS ? headerAt(bytes, start, textEnd, isEscaped) : undefined;
    if (header !== undefined) headers.push(header);
  }
  const value: StompMessage = {
    kind: 'frame',
    command,
    headers,
    isCut: headers.length < told,
    size: headEnd - offset,
    open: { left: lengthIn(headers) },
  };
  return { kind: 'done', value, end: headEnd };
}

/** Names and commands are few. */
const names = new Interner((latin1) => Buffer.from(latin1, 'latin1').toString('utf8'));

function endOfLine(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] !== LF) at++;
  return at;
}

const withoutReturn = (bytes: Uint8Array, start: number, end: number): number =>
  end > start && bytes[end - 1] === CR ? end - 1 : end;

/** After the empty line that ends the headers; undefined while it is not here. */
function endOfHead(bytes: Uint8Array, offset: number, end: number): number | undefined {
  const until = Math.min(end, offset + MAX_HEAD_BYTES);
  for (let at = offset; at + 1 < until; at++) {
    if (bytes[at] !== LF) continue;
    if (bytes[at + 1] === LF) return at + 2;
    if (bytes[at + 1] === CR && at + 2 < end && bytes[at + 2] === LF) return at + 3;
  }
  return undefined;
}

const escapes: Readonly<Record<string, string>> = { '\\n': '\n', '\\r': '\r', '\\c': ':', '\\\\': '\\' };

/** The header of one line; undefined where it is none. */
function headerAt(
  bytes: Uint8Array,
  start: number,
  end: number,
  isEscaped: boolean,
): readonly [string, string] | undefined {
  let colon = start;
  let hasEscape = false;
  while (colon < end && bytes[colon] !== COLON) colon++;
  if (colon === start || colon === end) return undefined;
  for (let at = start; isEscaped && at < end && !hasEscape; at++) hasEscape = bytes[at] === BACKSLASH;
  const name = names.of(bytes, start, colon);
  const value = Buffer.prototype.utf8Slice.call(bytes, colon + 1, end);
  if (!hasEscape) return [name, value];
  const plain = (text: string) => text.replaceAll(/\\[nrc\\]/g, (pair) => escapes[pair] ?? pair);
  return [plain(name), plain(value)];
}

/** Bytes of body and zero; undefined when the head does not tell. */
function lengthIn(headers: readonly (readonly [string, string])[]): number | undefined {
  const text = headers.find(([name]) => name === 'content-length')?.[1];
  // A length that is none is passed over: the zero still ends the frame.
  return text !== undefined && /^\d{1,10}$/.test(text.trim()) ? Number(text) + 1 : undefined;
}

/** Does a frame of this side begin here: a command on a line of its own, and a header or an empty line behind it? */
export function startsWithFrame(bytes: Uint8Array, offset: number, side: Side): 'yes' | 'no' | 'more' {
  let mayFollow = false;
  for (const command of commands[side]) {
    const verdict = beginsWith(bytes, offset, command);
    if (verdict === 'yes') return 'yes';
    mayFollow ||= verdict === 'more';
  }
  return mayFollow ? 'more' : 'no';
}

function beginsWith(bytes: Uint8Array, offset: number, command: string): 'yes' | 'no' | 'more' {
  for (let at = 0; at < command.length; at++) {
    if (offset + at >= bytes.length) return 'more';
    // Some servers write commands in small letters.
    if (((bytes[offset + at] ?? 0) & 0xdf) !== command.charCodeAt(at)) return 'no';
  }
  let at = offset + command.length;
  if (bytes[at] === CR) at++;
  if (at >= bytes.length) return 'more';
  if (bytes[at] !== LF) return 'no';
  for (at++; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === 0x3a) return bytes[at - 1] === LF ? 'no' : 'yes';
    // Only in 1.0 a frame may be without headers; a lone word on a line says too little.
    if (byte < 0x21 || byte > 0x7e) return 'no';
  }
  return 'more';
}
