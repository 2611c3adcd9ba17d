/**
 * Values that are wholly here, found without making tokens of them: where they end, and what stands where. Only RESP2's
 * types; whatever is odd in the least is left to the tokens of wire.ts.
 *
 *   *2 CRLF $3 CRLF GET CRLF $1 CRLF a CRLF
 */

import { MAX_KEPT_ELEMENTS } from './values.ts';
import { MAX_LINE_BYTES } from './wire.ts';

const CR = 13;
const LF = 10;
const DIGIT_ZERO = 0x30;
/** Longer numbers are no length of what a packet holds. */
const MAX_DIGITS = 9;
/** Replies nest less; deeper ones are read token by token. */
const MAX_FRAME_DEPTH = 8;

export const ARRAY = 0x2a;
export const BULK = 0x24;
const STATUS = 0x2b;
export const FAILURE = 0x2d;
export const INTEGER = 0x3a;
const MINUS = 0x2d;

/** A number that is not one, or not all here. */
const NONE = -2;
/** `$-1`, `*-1`: no value. */
export const NIL = -1;

/** Where the number that was read last ends, its CRLF included. */
let after = 0;

/** The length or count that stands at `at`, `NIL` for -1; `NONE` when there is none. */
function numberAt(bytes: Uint8Array, at: number, limit: number): number {
  if (bytes[at] === MINUS) {
    if (at + 4 > limit || bytes[at + 1] !== DIGIT_ZERO + 1 || bytes[at + 2] !== CR || bytes[at + 3] !== LF) return NONE;
    after = at + 4;
    return NIL;
  }
  let value = 0;
  let end = at;
  for (; end < limit && end - at <= MAX_DIGITS; end++) {
    const digit = (bytes[end] ?? 0) - DIGIT_ZERO;
    if (digit < 0 || digit > 9) break;
    value = value * 10 + digit;
  }
  if (end === at || end + 2 > limit || bytes[end] !== CR || bytes[end + 1] !== LF) return NONE;
  after = end + 2;
  return value;
}

/** A length or count of a value that is known to be whole, and where its line ends. */
export interface Head {
  length: number;
  end: number;
}
const head: Head = { length: 0, end: 0 };

/** The head of the string or array at `at`; one object, filled for each. */
export function headAt(bytes: Uint8Array, at: number): Head {
  head.length = numberAt(bytes, at + 1, bytes.length);
  head.end = after;
  return head;
}

/** Where the CR of a line stands; -1 when it does not end here, or not as a line must. */
export function lineEnd(bytes: Uint8Array, start: number, limit: number): number {
  const end = Math.min(limit - 1, start + MAX_LINE_BYTES);
  for (let at = start; at < end; at++) {
    const byte = bytes[at];
    if (byte === LF) return -1;
    if (byte === CR) return bytes[at + 1] === LF ? at : -1;
  }
  return -1;
}

/** Where the string at `at` ends; 0 when it is not one, or not all here. */
function stringEnd(bytes: Uint8Array, at: number, limit: number): number {
  const length = numberAt(bytes, at + 1, limit);
  if (length === NONE) return 0;
  if (length === NIL) return after;
  const end = after + length;
  return end + 2 <= limit && bytes[end] === CR && bytes[end + 1] === LF ? end + 2 : 0;
}

/** Elements of the value being looked at. */
let elements = 0;

/** Where the value at `at` ends; 0 when it is not all here, or not of the usual kinds. */
export function valueEnd(bytes: Uint8Array, at: number, limit: number): number {
  elements = 0;
  return endOf(bytes, at, limit, 0);
}

function endOf(bytes: Uint8Array, at: number, limit: number, depth: number): number {
  switch (bytes[at]) {
    case BULK:
      return stringEnd(bytes, at, limit);
    case STATUS:
    case FAILURE:
    case INTEGER: {
      const end = lineEnd(bytes, at + 1, limit);
      return end < 0 ? 0 : end + 2;
    }
    case ARRAY: {
      const count = numberAt(bytes, at + 1, limit);
      if (count === NIL) return after;
      elements += count;
      if (count < 0 || depth >= MAX_FRAME_DEPTH || elements > MAX_KEPT_ELEMENTS) return 0;
      let end = after;
      for (let i = 0; i < count; i++) {
        if (end >= limit) return 0;
        end = endOf(bytes, end, limit, depth + 1);
        if (end === 0) return 0;
      }
      return end;
    }
    default:
      return 0;
  }
}

/** A whole command and where its first words stand. */
export interface CommandFrame {
  end: number;
  /** Words, the name among them. */
  count: number;
  nameStart: number;
  nameEnd: number;
  /** The word behind the name; empty where there is none. */
  firstStart: number;
  firstEnd: number;
}

export const commandFrame = (): CommandFrame => ({
  end: 0,
  count: 0,
  nameStart: 0,
  nameEnd: 0,
  firstStart: 0,
  firstEnd: 0,
});

/** Fills `frame` with the command at `at`: a list of strings, one at least; false when it is not one, or not all here. */
export function readCommand(bytes: Uint8Array, at: number, limit: number, frame: CommandFrame): boolean {
  if (bytes[at] !== ARRAY) return false;
  const count = numberAt(bytes, at + 1, limit);
  if (count < 1 || count > MAX_KEPT_ELEMENTS) return false;
  let next = after;
  frame.count = count;
  frame.firstStart = 0;
  frame.firstEnd = 0;
  for (let i = 0; i < count; i++) {
    if (next >= limit || bytes[next] !== BULK) return false;
    const length = numberAt(bytes, next + 1, limit);
    const end = after + length;
    if (length < 0 || end + 2 > limit || bytes[end] !== CR || bytes[end + 1] !== LF) return false;
    if (i === 0) {
      frame.nameStart = after;
      frame.nameEnd = end;
    } else if (i === 1) {
      frame.firstStart = after;
      frame.firstEnd = end;
    }
    next = end + 2;
  }
  frame.end = next;
  return true;
}
