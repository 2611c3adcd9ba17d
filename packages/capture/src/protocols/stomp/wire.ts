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

import type { Parsed, Side } from '../../dissect/dissector.ts';

/** Heads of frames: ActiveMQ allows 10 KiB a line and 1,000 lines, nobody comes near. */
export const MAX_HEAD_BYTES = 64 * 1024;
export const MAX_HEADERS = 256;
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

/** Reads the next piece: a frame's head, or as much of its body as is here. */
export function readStomp(
  side: Side,
  bytes: Uint8Array,
  offset: number,
  open: OpenFrame | undefined,
): Parsed<StompMessage> {
  if (offset >= bytes.length) return { kind: 'more', atLeast: 1 };
  if (open !== undefined) return readBody(bytes, offset, open);
  let at = offset;
  while (bytes[at] === LF || bytes[at] === CR) at++;
  if (at > offset) return { kind: 'done', value: { kind: 'heart-beat', size: at - offset }, end: at };
  return readHead(side, bytes, offset);
}

function readBody(bytes: Uint8Array, offset: number, { left }: OpenFrame): Parsed<StompMessage> {
  const available = bytes.length - offset;
  const zero = left !== undefined && left <= available ? offset + left - 1 : -1;
  // A length that lies: the frame ends with the next zero after all.
  if (left === undefined || (zero >= 0 && bytes[zero] !== 0)) return readToZero(bytes, offset);
  if (zero < 0) return { kind: 'done', value: piece(bytes, offset, bytes.length, left - available), end: bytes.length };
  return { kind: 'done', value: lastPiece(bytes, offset, zero), end: zero + 1 };
}

function readToZero(bytes: Uint8Array, offset: number): Parsed<StompMessage> {
  const zero = bytes.indexOf(0, offset);
  if (zero < 0) return { kind: 'done', value: piece(bytes, offset, bytes.length, undefined), end: bytes.length };
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

function readHead(side: Side, bytes: Uint8Array, offset: number): Parsed<StompMessage> {
  const headEnd = endOfHead(bytes, offset);
  if (headEnd === undefined) {
    if (bytes.length - offset >= MAX_HEAD_BYTES) return { kind: 'bad', fault: 'head too long', at: offset };
    if (startsWithFrame(bytes, offset, side) === 'no') return { kind: 'bad', fault: 'no STOMP command', at: offset };
    return { kind: 'more', atLeast: 1 };
  }
  const [first = '', ...lines] = utf8
    .decode(bytes.subarray(offset, headEnd))
    .split('\n')
    .map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
  const command = first.toUpperCase();
  if (!commands[side].includes(command)) return { kind: 'bad', fault: 'no STOMP command', at: offset };
  const told = lines.filter((line) => line !== '');
  const headers = told.slice(0, MAX_HEADERS).map((line) => headerOf(line, !unescaped.has(command)));
  const kept = headers.filter((header) => header !== undefined);
  const value: StompMessage = {
    kind: 'frame',
    command,
    headers: kept,
    isCut: kept.length < told.length,
    size: headEnd - offset,
    open: { left: lengthIn(kept) },
  };
  return { kind: 'done', value, end: headEnd };
}

const utf8 = new TextDecoder();

/** After the empty line that ends the headers; undefined while it is not here. */
function endOfHead(bytes: Uint8Array, offset: number): number | undefined {
  const until = Math.min(bytes.length, offset + MAX_HEAD_BYTES);
  for (let at = bytes.indexOf(LF, offset); at >= 0 && at + 1 < until; at = bytes.indexOf(LF, at + 1)) {
    if (bytes[at + 1] === LF) return at + 2;
    if (bytes[at + 1] === CR && bytes[at + 2] === LF) return at + 3;
  }
  return undefined;
}

const escapes: Readonly<Record<string, string>> = { '\\n': '\n', '\\r': '\r', '\\c': ':', '\\\\': '\\' };

function headerOf(line: string, isEscaped: boolean): readonly [string, string] | undefined {
  const colon = line.indexOf(':');
  if (colon <= 0) return undefined;
  const [name, value] = [line.slice(0, colon), line.slice(colon + 1)];
  if (!isEscaped || !line.includes('\\')) return [name, value];
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
