/**
 * Frames of AMQP 0-9-1 (specification §4.2): https://www.rabbitmq.com/resources/specs/amqp0-9-1.pdf
 *
 *   ┌──────┬─────────┬──────────────┬─────────┬─────┐
 *   │ type │ channel │ size (long)  │ payload │ 0xCE│   a client's first eight bytes are `AMQP` and a version instead
 *   └──────┴─────────┴──────────────┴─────────┴─────┘
 */

import type { Parsed, Side } from '../../dissect/dissector.ts';
import { methodOf } from './method.ts';

export const METHOD = 1;
export const HEADER = 2;
export const BODY = 3;
export const HEARTBEAT = 8;

const HEAD_BYTES = 7;
const END = 0xce;
export const PROTOCOL_HEADER_BYTES = 8;
const LETTER_A = 0x41;
/** Frames other than bodies are read whole up to this, twice RabbitMQ's default frame-max; of longer ones the beginning. */
export const MAX_WHOLE_BYTES = 256 * 1024;
/** RabbitMQ takes no message above 512 MiB, whatever the frames' limit. */
const MAX_FRAME_BYTES = 512 * 1024 * 1024;

export interface Frame {
  /** `rest`: more of a frame whose beginning has been read. */
  kind: 'header' | 'frame' | 'rest';
  type: number;
  channel: number;
  bytes: Uint8Array;
  /** The payload, or the part of it that is here: `bytes[start, end)`. */
  start: number;
  end: number;
  /** Bytes of the frame still to come, its end octet included; 0 when it is whole. */
  left: number;
  /** Bytes on the wire of what was read. */
  size: number;
}

/** One object for all frames: a session takes what it needs before it reads on. */
const frame: Frame = {
  kind: 'frame',
  type: 0,
  channel: 0,
  bytes: new Uint8Array(0),
  start: 0,
  end: 0,
  left: 0,
  size: 0,
};
const done = { kind: 'done', value: frame, end: 0 };

/** `end`: where the bytes that were read end. */
function found(kind: Frame['kind'], bytes: Uint8Array, offset: number, end: number): Parsed<Frame> {
  frame.kind = kind;
  frame.bytes = bytes;
  frame.size = end - offset;
  // The end octet is the last byte of what is here unless some of the frame is still to come.
  frame.end = frame.left === 0 && kind !== 'header' ? end - 1 : end;
  done.end = end;
  return done as Parsed<Frame>;
}

/** Reads one frame, or more of one: `left` bytes of the frame before are still to come. */
export function readFrame(bytes: Uint8Array, offset: number, left: number, limit = bytes.length): Parsed<Frame> {
  const available = limit - offset;
  if (left > 0) {
    const size = Math.min(available, left);
    if (size === left && bytes[offset + size - 1] !== END) return badEnd(offset + size - 1);
    frame.start = offset;
    frame.left = left - size;
    return found('rest', bytes, offset, offset + size);
  }
  const type = bytes[offset] ?? 0;
  if (type === LETTER_A) return readProtocolHeader(bytes, offset, limit);
  if (type !== METHOD && type !== HEADER && type !== BODY && type !== HEARTBEAT)
    return { kind: 'bad', fault: `unknown frame type ${type}`, at: offset };
  if (available < HEAD_BYTES) return { kind: 'more', atLeast: HEAD_BYTES - available };
  const length = long(bytes, offset + 3);
  if (length > MAX_FRAME_BYTES) return { kind: 'bad', fault: 'frame longer than any message', at: offset + 3 };
  const whole = HEAD_BYTES + length + 1;
  frame.type = type;
  frame.channel = short(bytes, offset + 1);
  frame.start = offset + HEAD_BYTES;
  frame.left = 0;
  if (available >= whole) {
    if (bytes[offset + whole - 1] !== END) return badEnd(offset + whole - 1);
    return found('frame', bytes, offset, offset + whole);
  }
  // Bodies are taken as they come; of the others no part says anything before the whole is here.
  const wanted = type === BODY ? HEAD_BYTES : Math.min(whole, MAX_WHOLE_BYTES);
  if (available < wanted) return { kind: 'more', atLeast: wanted - available };
  const end = type === BODY ? limit : offset + wanted;
  frame.left = whole - (end - offset);
  return found('frame', bytes, offset, end);
}

const badEnd = (at: number): Parsed<Frame> => ({ kind: 'bad', fault: 'frame without its end octet', at });

function readProtocolHeader(bytes: Uint8Array, offset: number, limit: number): Parsed<Frame> {
  const fits = isProtocolHeader(bytes, offset, limit);
  if (fits === 'no') return { kind: 'bad', fault: 'no protocol header', at: offset };
  if (fits === 'more') return { kind: 'more', atLeast: PROTOCOL_HEADER_BYTES - (limit - offset) };
  frame.start = offset;
  frame.left = 0;
  return found('header', bytes, offset, offset + PROTOCOL_HEADER_BYTES);
}

/** `AMQP`, then an id and a version: 0-0-9-1; 1-1-0-9 and 1-1-8-0 before it; id 0, 2 or 3 and 1-0-0 for AMQP 1.0. */
export function isProtocolHeader(bytes: Uint8Array, offset = 0, end = bytes.length): 'yes' | 'no' | 'more' {
  for (let i = 0; i < 4; i++) {
    if (offset + i >= end) return 'more';
    if (bytes[offset + i] !== 'AMQP'.charCodeAt(i)) return 'no';
  }
  if (end - offset < PROTOCOL_HEADER_BYTES) return 'more';
  return [4, 5, 6, 7].every((at) => (bytes[offset + at] ?? 255) < 10) ? 'yes' : 'no';
}

/** `0-9-1` or `1.0`: what the last four bytes of a protocol header say. */
export function versionOf(bytes: Uint8Array, start: number): string {
  const [id = 0, major = 0, minor = 0, revision = 0] = bytes.subarray(start + 4, start + 8);
  if (id === 0 && major === 0) return `${major}-${minor}-${revision}`;
  if (major === 1 && minor === 0) return '1.0';
  return `${id}-${major}-${minor}-${revision}`;
}

/** Does what `side` may send begin here? */
export function startsWith(bytes: Uint8Array, offset: number, side: Side): 'yes' | 'no' | 'more' {
  const header = isProtocolHeader(bytes, offset);
  return header === 'no' ? startsWithFrame(bytes, offset, side) : header;
}

/** Does a frame that `side` may send begin here: a type, a length and, as far as they are here, a method and an end? */
function startsWithFrame(bytes: Uint8Array, offset: number, side: Side): 'yes' | 'no' | 'more' {
  const type = bytes[offset] ?? 0;
  if (type !== METHOD && type !== HEADER && type !== BODY && type !== HEARTBEAT) return 'no';
  const available = bytes.length - offset;
  if (available < HEAD_BYTES) return 'more';
  const length = long(bytes, offset + 3);
  if (length > MAX_FRAME_BYTES) return 'no';
  if (type === HEARTBEAT && (length !== 0 || short(bytes, offset + 1) !== 0)) return 'no';
  const end = offset + HEAD_BYTES + length;
  if (end < bytes.length && bytes[end] !== END) return 'no';
  if (type === METHOD) {
    if (length < 4) return 'no';
    if (available < HEAD_BYTES + 4) return 'more';
    const method = methodOf(long(bytes, offset + HEAD_BYTES));
    if (method === undefined) return 'no';
    return method.from === 'either' || method.from === side ? 'yes' : 'no';
  }
  if (type === HEADER && available >= HEAD_BYTES + 2 && short(bytes, offset + HEAD_BYTES) !== 60) return 'no';
  if (type === HEADER && length < 14) return 'no';
  return end < bytes.length ? 'yes' : 'more';
}

const short = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
export const long = (bytes: Uint8Array, at: number): number => short(bytes, at) * 0x10000 + short(bytes, at + 2);
