/**
 * Messages of Apache Thrift: a head with the method's name and a struct, in one of two encodings, with or without a length:
 *
 *   binary    80 01 00 type │ length │ name │ sequence i32 │ struct        (before 2007: length │ name │ type │ sequence │ struct)
 *   compact   82 type,1     │ sequence varint │ length varint │ name │ struct
 *   framed    length i32 │ one of these
 */

import { Buffer } from 'node:buffer';
import type { Parsed, Side } from '../../dissect/dissector.ts';
import { StructEnd } from './struct-end.ts';
import type { Encoding } from './values.ts';

/** The libraries' own limit of a frame (DEFAULT_MAX_FRAME_SIZE). */
const MAX_FRAME_BYTES = 16_384_000;
/** A frame longer than this is read by its beginning, the rest is read over. */
export const MAX_WHOLE_BYTES = 512 * 1024;
export const MAX_NAME_BYTES = 256;
export const NAME = /^[A-Za-z_][\w.:$-]*$/;

export const MessageType = { CALL: 1, REPLY: 2, EXCEPTION: 3, ONEWAY: 4 } as const;
const clientTypes = new Set<number>([MessageType.CALL, MessageType.ONEWAY]);
const serverTypes = new Set<number>([MessageType.REPLY, MessageType.EXCEPTION]);

interface Head {
  readonly encoding: Encoding;
  readonly type: number;
  readonly name: string;
  readonly sequence: number;
  /** Where the struct begins. */
  readonly end: number;
}

export interface Message extends Head {
  readonly kind: 'message';
  readonly isFramed: boolean;
  /** The struct, or its beginning. */
  readonly body: Uint8Array;
  readonly size: number;
  /** Bytes of the frame behind what was read. */
  readonly rest: number;
}
export type ThriftMessage = Message | { readonly kind: 'rest'; readonly size: number };

/** What is known of a side's next message before it is read. */
export interface Begun {
  /** Bytes left of a frame whose beginning was read. */
  readonly rest: number;
  /** How far a message without a frame was gone over when it was not all there. */
  readonly struct?: StructEnd;
}

/** Nothing is. */
export const NOTHING_BEGUN: Begun = { rest: 0 };

/** Reads a message of this side. */
export function readMessage(
  side: Side,
  bytes: Uint8Array,
  offset: number,
  { rest, struct }: Begun,
): Parsed<ThriftMessage> {
  const available = bytes.length - offset;
  if (available <= 0) return { kind: 'more', atLeast: 1 };
  if (rest > 0) {
    const size = Math.min(available, rest);
    return { kind: 'done', value: { kind: 'rest', size }, end: offset + size };
  }
  const bare = headAt(bytes, offset, side);
  if (bare === 'more') return { kind: 'more', atLeast: 1 };
  if (bare !== 'no') return readBare(bytes, offset, { head: bare, struct });
  // What stands behind the length of a frame tells whether it is one.
  if (available < 5) return { kind: 'more', atLeast: 5 - available };
  const length = int32(bytes, offset);
  const head = length > 0 && length <= MAX_FRAME_BYTES ? headAt(bytes, offset + 4, side) : 'no';
  if (head === 'no') return { kind: 'bad', fault: 'no message begins here', at: offset };
  const whole = Math.min(length, MAX_WHOLE_BYTES);
  if (head === 'more' || available < 4 + whole) return { kind: 'more', atLeast: Math.max(1, 4 + whole - available) };
  const end = offset + 4 + whole;
  const body = bytes.subarray(Math.min(head.end, end), end);
  const value: Message = { kind: 'message', ...head, isFramed: true, body, size: 4 + whole, rest: length - whole };
  return { kind: 'done', value, end };
}

/** Without a frame only the struct itself tells where it ends. */
function readBare(
  bytes: Uint8Array,
  offset: number,
  { head, struct = new StructEnd() }: { readonly head: Head; readonly struct: StructEnd | undefined },
): Parsed<ThriftMessage> {
  const end = struct.find(bytes, head.end, head.encoding);
  if (end === 'more') return { kind: 'more', atLeast: struct.atLeast };
  if (end === 'bad') return { kind: 'bad', fault: 'values that are none', at: head.end };
  const body = bytes.subarray(head.end, end);
  return { kind: 'done', value: { kind: 'message', ...head, isFramed: false, body, size: end - offset, rest: 0 }, end };
}

/** The head of a message of this side. */
function headAt(bytes: Uint8Array, at: number, side: Side): Head | 'no' | 'more' {
  const head = bytes[at] === 0x82 ? compactHead(bytes, at) : binaryHead(bytes, at);
  if (typeof head === 'string') return head;
  return (side === 'client' ? clientTypes : serverTypes).has(head.type) && NAME.test(head.name) ? head : 'no';
}

function binaryHead(bytes: Uint8Array, at: number): Head | 'no' | 'more' {
  const left = bytes.length - at;
  const first = bytes[at];
  const isStrict = first === 0x80;
  if (first !== 0 && !(isStrict && (left < 2 || bytes[at + 1] === 1) && (left < 3 || bytes[at + 2] === 0))) return 'no';
  if (left < (isStrict ? 8 : 4)) return 'more';
  const lengthAt = isStrict ? at + 4 : at;
  const length = int32(bytes, lengthAt);
  if (length < 1 || length > MAX_NAME_BYTES) return 'no';
  const nameEnd = lengthAt + 4 + length;
  const name = latin1(bytes, lengthAt + 4, Math.min(nameEnd, bytes.length));
  if (name !== '' && !NAME.test(name)) return 'no';
  const end = nameEnd + (isStrict ? 4 : 5);
  if (end > bytes.length) return 'more';
  const type = bytes[isStrict ? at + 3 : nameEnd] ?? 0;
  return { encoding: 'binary', type, name, sequence: int32(bytes, end - 4), end };
}

function compactHead(bytes: Uint8Array, at: number): Head | 'no' | 'more' {
  if (at + 2 > bytes.length) return 'more';
  const second = bytes[at + 1] ?? 0;
  if ((second & 0x1f) !== 1) return 'no';
  const sequence = varint(bytes, at + 2);
  if (typeof sequence === 'string') return sequence;
  const length = varint(bytes, sequence.end);
  if (typeof length === 'string') return length;
  if (length.value < 1 || length.value > MAX_NAME_BYTES) return 'no';
  const end = length.end + length.value;
  const name = latin1(bytes, length.end, Math.min(end, bytes.length));
  if (name !== '' && !NAME.test(name)) return 'no';
  if (end > bytes.length) return 'more';
  return { encoding: 'compact', type: second >> 5, name, sequence: sequence.value | 0, end };
}

function varint(bytes: Uint8Array, at: number): { readonly value: number; readonly end: number } | 'no' | 'more' {
  let value = 0;
  for (let index = 0; index < 5; index++) {
    const byte = bytes[at + index];
    if (byte === undefined) return 'more';
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return { value, end: at + index + 1 };
  }
  return 'no';
}

/** Does a message of this side begin here? The old head, which says little, must fill what is there or be followed by a field. */
export function startsWithMessage(bytes: Uint8Array, at: number, side: Side): 'yes' | 'no' | 'more' {
  const parsed = readMessage(side, bytes.subarray(at), 0, NOTHING_BEGUN);
  if (parsed.kind === 'bad') return 'no';
  if (parsed.kind === 'done') return 'yes';
  // A long message is believed by its head; without a version only when it is whole.
  const start = bytes[at] === 0 && bytes.length - at > 4 ? at + 4 : at;
  const head = headAt(bytes, start, side);
  return typeof head !== 'string' && bytes[start] !== 0 ? 'yes' : 'more';
}

const int32 = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
const latin1 = (bytes: Uint8Array, start: number, end: number): string =>
  start < end ? Buffer.prototype.latin1Slice.call(bytes, start, end) : '';
