/**
 * Diameter messages (RFC 6733 §3) and the AVPs in them (§4).
 *
 *   0         1            4       5            8          12           16           20
 *   +---------+------------+-------+------------+----------+------------+------------+------
 *   | version | length u24 | flags | command u24| appl. u32| hop-by-hop | end-to-end | AVPs …
 *   +---------+------------+-------+------------+----------+------------+------------+------
 *   AVP: code u32, flags, length u24 (its head counted), vendor u32 when the flag says so, value, to a multiple of four
 */

import type { Parsed } from '../../dissect/dissector.ts';
import { i32, u32 } from '../../packet/big-endian.ts';
import { isCommand } from './names.ts';

export const HEADER_BYTES = 20;
const AVP_HEADER_BYTES = 8;
/** Messages beyond are read by their beginning: the format allows 16 MB, and peers send some kilobytes. */
export const MAX_KEPT_BYTES = 256 * 1024;
/** Command and application. */
export const KIND_AT = 5;
export const KIND_END = 12;
const HOP_BY_HOP_AT = 12;
const IS_REQUEST = 0x80;
const IS_ERROR = 0x20;
const IS_RESENT = 0x10;
const RESERVED = 0x0f;
const HAS_VENDOR = 0x80;
const RESERVED_OF_AVP = 0x1f;
const NOTHING = new Uint8Array(0);

/** A message where it lies; one object, filled for each. */
export class Message {
  readonly kind = 'message';
  isRequest = false;
  isError = false;
  isResent = false;
  /** As a signed number, which is a key and no heap object. */
  hopByHop = 0;
  /** Header and AVPs, as far as they are kept. */
  bytes: Uint8Array = NOTHING;
  start = 0;
  end = 0;
  length = 0;
}

export type DiameterMessage = Message | { readonly kind: 'rest'; readonly size: number };

const message = new Message();
const done = { kind: 'done' as const, value: message, end: 0 };

const u24 = (bytes: Uint8Array, at: number): number => u32(bytes, at) >>> 8;

/** Reads the message at `offset` of bytes that go to `limit`; `rest`: bytes left of a long message. */
export function readMessage(
  bytes: Uint8Array,
  offset: number,
  { rest, limit }: { readonly rest: number; readonly limit: number },
): Parsed<DiameterMessage> {
  const available = limit - offset;
  if (rest > 0) {
    if (available === 0) return { kind: 'more', atLeast: 1 };
    const size = Math.min(available, rest);
    return { kind: 'done', value: { kind: 'rest', size }, end: offset + size };
  }
  if (available < HEADER_BYTES) return { kind: 'more', atLeast: HEADER_BYTES - available };
  if (!isHeader(bytes, offset)) return { kind: 'bad', fault: 'no Diameter header', at: offset };
  const length = u24(bytes, offset + 1);
  const kept = Math.min(length, MAX_KEPT_BYTES);
  if (available < kept) return { kind: 'more', atLeast: kept - available };
  const flags = bytes[offset + 4] ?? 0;
  message.isRequest = (flags & IS_REQUEST) !== 0;
  message.isError = (flags & IS_ERROR) !== 0;
  message.isResent = (flags & IS_RESENT) !== 0;
  message.hopByHop = i32(bytes, offset + HOP_BY_HOP_AT);
  message.bytes = bytes;
  message.start = offset;
  message.end = offset + kept;
  message.length = length;
  done.end = offset + kept;
  return done;
}

/** Version 1, a length that can be one, no flag that is reserved (§3: those must be zero). */
function isHeader(bytes: Uint8Array, offset: number): boolean {
  const length = u24(bytes, offset + 1);
  const flags = bytes[offset + 4] ?? 0;
  return bytes[offset] === 1 && length >= HEADER_BYTES && length % 4 === 0 && (flags & RESERVED) === 0;
}

/** Does a message begin here: a known command, and a first AVP that can be one? */
export function startsWithMessage(bytes: Uint8Array, offset: number): 'yes' | 'no' | 'more' {
  const available = bytes.length - offset;
  if (available > 0 && bytes[offset] !== 1) return 'no';
  if (available < HEADER_BYTES + AVP_HEADER_BYTES) return 'more';
  if (!isHeader(bytes, offset) || !isCommand(u24(bytes, offset + KIND_AT))) return 'no';
  const first = avpLength(bytes, offset + HEADER_BYTES);
  return first > 0 && first <= u24(bytes, offset + 1) - HEADER_BYTES ? 'yes' : 'no';
}

const hasVendor = (bytes: Uint8Array, at: number): boolean => ((bytes[at + 4] ?? 0) & HAS_VENDOR) !== 0;

/** Head and value, without what fills it up; 0 where the head says that it is none. */
function avpLength(bytes: Uint8Array, at: number): number {
  const length = u24(bytes, at + 5);
  const isAvp = length >= valueAt(bytes, at) - at && ((bytes[at + 4] ?? 0) & RESERVED_OF_AVP) === 0;
  return isAvp ? length : 0;
}

/** Where the AVP at `at` ends; -1 where no whole one stands. The next one begins at the multiple of four behind it. */
export function avpEnd(bytes: Uint8Array, at: number, limit: number): number {
  if (at + AVP_HEADER_BYTES > limit) return -1;
  const length = avpLength(bytes, at);
  return length > 0 && at + length <= limit ? at + length : -1;
}

export const avpBehind = (at: number, end: number): number => end + ((4 - ((end - at) % 4)) % 4);
export const codeAt = (bytes: Uint8Array, at: number): number => u32(bytes, at);
export const vendorAt = (bytes: Uint8Array, at: number): number => (hasVendor(bytes, at) ? u32(bytes, at + 8) : 0);
/** Where the value of the AVP begins. */
export const valueAt = (bytes: Uint8Array, at: number): number =>
  at + AVP_HEADER_BYTES + (hasVendor(bytes, at) ? 4 : 0);

export interface FoundAvp {
  readonly code: number;
  readonly vendor: number;
  readonly value: Uint8Array;
}

/** AVPs one after the other, as far as they are whole. */
export function* avpsIn(bytes: Uint8Array, start: number): Generator<FoundAvp> {
  for (let at = start, end = 0; at < bytes.length; at = avpBehind(at, end)) {
    end = avpEnd(bytes, at, bytes.length);
    if (end < 0) return;
    yield { code: codeAt(bytes, at), vendor: vendorAt(bytes, at), value: bytes.subarray(valueAt(bytes, at), end) };
  }
}
