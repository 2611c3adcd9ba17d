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
import { commandAt, commandNames } from './commands.ts';
import type { Frame } from './frame.ts';
import { nameAt, Role } from './headers.ts';

/** Heads of frames: ActiveMQ allows 10 KiB a line and 1,000 lines, nobody comes near. */
export const MAX_HEAD_BYTES = 64 * 1024;
export const MAX_HEADERS = 256;
/** Names of headers that are guessed by their place. */
const MAX_USUAL = 32;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const LF = 10;
const CR = 13;
const DIGIT_ZERO = 0x30;
const DIGIT_NINE = 0x39;
const MAX_LENGTH_DIGITS = 10;

/** What is known of the frame whose beginning was read. */
export interface OpenFrame {
  /** Bytes to its end, the zero included; undefined when only the zero tells. */
  readonly left: number | undefined;
}

/** Bytes of a body; where the frame was read whole, all of them. */
export interface BodyPiece {
  readonly bytes: Uint8Array;
  readonly start: number;
  /** After the body's last byte; the zero is not part of it. */
  readonly end: number;
  /** Bytes on the wire. */
  readonly size: number;
}

export type StompMessage =
  | { readonly kind: 'heart-beat'; readonly size: number }
  /** The frame that was asked to be filled, with its body. */
  | ({ readonly kind: 'whole' } & BodyPiece)
  /** The same without. */
  | { readonly kind: 'head'; readonly size: number; readonly open: OpenFrame }
  | ({ readonly kind: 'body'; readonly isLast: boolean; readonly open: OpenFrame } & BodyPiece);

export interface Expectation {
  /** The frame whose body comes, if any. */
  readonly open: OpenFrame | undefined;
  /** Where the bytes end; without it, all of them are meant. */
  readonly end?: number;
  /** Is filled with the frame that begins. */
  readonly frame: Frame;
}

const NOTHING: Uint8Array = new Uint8Array(0);
/** One object for all frames that are here whole: a session takes what it needs before it reads on. */
const whole = { kind: 'whole' as const, bytes: NOTHING, start: 0, end: 0, size: 0 };
const done = { kind: 'done' as const, value: whole, end: 0 };
const more = { kind: 'more', atLeast: 1 } as const;

/** Reads the next piece: a frame, its head, or as much of its body as is here. */
export function readStomp(side: Side, bytes: Uint8Array, offset: number, expected: Expectation): Parsed<StompMessage> {
  const { open, end = bytes.length } = expected;
  if (offset >= end) return more;
  if (open !== undefined) return readBody(bytes, offset, end, open);
  let at = offset;
  while (at < end && (bytes[at] === LF || bytes[at] === CR)) at++;
  if (at > offset) return { kind: 'done', value: { kind: 'heart-beat', size: at - offset }, end: at };
  return readFrame(side, { bytes, start: offset, end }, expected.frame);
}

function readBody(bytes: Uint8Array, offset: number, end: number, { left }: OpenFrame): Parsed<StompMessage> {
  const zero = zeroOf(bytes, offset, end, left);
  const isLast = zero < end;
  const size = (isLast ? zero + 1 : end) - offset;
  // Where a length lies, only the zero still tells.
  const open = { left: isLast ? 0 : left !== undefined && left > size ? left - size : undefined };
  const value = { kind: 'body' as const, bytes, start: offset, end: Math.min(zero, end), size, isLast, open };
  return { kind: 'done', value, end: offset + size };
}

/** Where the zero behind a body stands; `end` when it is not here. */
function zeroOf(bytes: Uint8Array, start: number, end: number, left: number | undefined): number {
  if (left !== undefined) {
    const zero = start + left - 1;
    if (zero >= end) return end;
    if (bytes[zero] === 0) return zero;
    // A length that lies: the frame ends with the next zero after all.
  }
  let at = start;
  while (at < end && bytes[at] !== 0) at++;
  return at;
}

interface Part {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

function readFrame(side: Side, { bytes, start, end }: Part, frame: Frame): Parsed<StompMessage> {
  const until = Math.min(end, start + MAX_HEAD_BYTES);
  const lineEnd = endOfLine(bytes, start, until);
  const command = commandAt(side, bytes, start, withoutReturn(bytes, start, lineEnd));
  if (command === undefined && lineEnd < until) return { kind: 'bad', fault: 'no STOMP command', at: start };
  if (command !== undefined) frame.begin(command, bytes);
  const headEnd = command === undefined ? -1 : readHeaders(bytes, lineEnd + 1, until, frame);
  if (headEnd < 0) {
    if (end - start >= MAX_HEAD_BYTES) return { kind: 'bad', fault: 'head too long', at: start };
    if (startsWithFrame(bytes.subarray(start, end), 0, side) === 'no')
      return { kind: 'bad', fault: 'no STOMP command', at: start };
    return more;
  }
  const left = lengthIn(frame, bytes);
  const zero = zeroOf(bytes, headEnd, end, left);
  if (zero === end) {
    const value: StompMessage = { kind: 'head', size: headEnd - start, open: { left } };
    return { kind: 'done', value, end: headEnd };
  }
  whole.bytes = bytes;
  whole.start = headEnd;
  whole.end = zero;
  whole.size = zero + 1 - start;
  done.end = zero + 1;
  return done;
}

/** Where the empty line ends that ends the headers; -1 while it is not here. */
function readHeaders(bytes: Uint8Array, from: number, until: number, frame: Frame): number {
  const { isEscaped, usual } = frame.command;
  let told = 0;
  for (let start = from; start < until; ) {
    const guess = told < usual.length ? usual[told] : undefined;
    const guessed = guess === undefined ? -1 : guess.valueAt(bytes, start, until);
    let colon = guessed - 1;
    let hasEscape = false;
    let lineEnd = guessed < 0 ? start : guessed;
    for (; lineEnd < until; lineEnd++) {
      const byte = bytes[lineEnd];
      if (byte === LF) break;
      if (byte === COLON && colon < 0) colon = lineEnd;
      else if (byte === BACKSLASH) hasEscape = isEscaped;
    }
    if (lineEnd === until) return -1;
    const end = withoutReturn(bytes, start, lineEnd);
    if (end === start) return lineEnd + 1;
    if (told < MAX_HEADERS && colon > start) {
      const name = guessed < 0 || guess === undefined ? nameAt(bytes, start, colon) : guess;
      if (guessed < 0 && told < MAX_USUAL) usual[told] = name;
      frame.add(name, colon + 1, end, hasEscape);
    } else {
      // A line without a name, or without a colon, is no header.
      frame.isCut = true;
    }
    told++;
    start = lineEnd + 1;
  }
  return -1;
}

function endOfLine(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] !== LF) at++;
  return at;
}

const withoutReturn = (bytes: Uint8Array, start: number, end: number): number =>
  end > start && bytes[end - 1] === CR ? end - 1 : end;

/** Bytes of body and zero; undefined when the head does not tell. */
function lengthIn(frame: Frame, bytes: Uint8Array): number | undefined {
  const at = frame.find(Role.CONTENT_LENGTH);
  if (at < 0) return undefined;
  const start = frame.startOf(at);
  const end = frame.endOf(at);
  let value = 0;
  for (let from = start; from < end; from++) {
    const byte = bytes[from] ?? 0;
    if (byte < DIGIT_ZERO || byte > DIGIT_NINE || end - start > MAX_LENGTH_DIGITS) return oddLength(frame.textAt(at));
    value = value * 10 + byte - DIGIT_ZERO;
  }
  return end === start ? undefined : value + 1;
}

/** A length that is none is passed over: the zero still ends the frame. */
const oddLength = (text: string): number | undefined => (/^\d{1,10}$/.test(text.trim()) ? Number(text) + 1 : undefined);

/** Does a frame of this side begin here: a command on a line of its own, and a header or an empty line behind it? */
export function startsWithFrame(bytes: Uint8Array, offset: number, side: Side): 'yes' | 'no' | 'more' {
  let mayFollow = false;
  for (const command of commandNames[side]) {
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
