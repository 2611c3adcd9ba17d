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
import { u32 } from '../../packet/big-endian.ts';
import { isCommand } from './names.ts';

export const HEADER_BYTES = 20;
const AVP_HEADER_BYTES = 8;
/** Messages beyond are read by their beginning: the format allows 16 MB, and peers send some kilobytes. */
export const MAX_KEPT_BYTES = 256 * 1024;
const IS_REQUEST = 0x80;
const IS_ERROR = 0x20;
const IS_RESENT = 0x10;
const RESERVED = 0x0f;
const HAS_VENDOR = 0x80;

export type DiameterMessage =
  | {
      readonly kind: 'message';
      readonly isRequest: boolean;
      readonly isError: boolean;
      readonly isResent: boolean;
      readonly command: number;
      readonly application: number;
      readonly hopByHop: number;
      readonly endToEnd: number;
      /** Header and AVPs, as far as they are kept. */
      readonly bytes: Uint8Array;
      readonly length: number;
    }
  | { readonly kind: 'rest'; readonly size: number };

export type Message = Extract<DiameterMessage, { kind: 'message' }>;

const u24 = (bytes: Uint8Array, at: number): number => u32(bytes, at) >>> 8;
const number = (bytes: Uint8Array, at: number): number => u32(bytes, at) >>> 0;

/** `rest`: bytes left of a long message. */
export function readMessage(bytes: Uint8Array, offset: number, rest: number): Parsed<DiameterMessage> {
  const available = bytes.length - offset;
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
  const value: Message = {
    kind: 'message',
    isRequest: (flags & IS_REQUEST) !== 0,
    isError: (flags & IS_ERROR) !== 0,
    isResent: (flags & IS_RESENT) !== 0,
    command: u24(bytes, offset + 5),
    application: number(bytes, offset + 8),
    hopByHop: number(bytes, offset + 12),
    endToEnd: number(bytes, offset + 16),
    bytes: bytes.subarray(offset, offset + kept),
    length,
  };
  return { kind: 'done', value, end: offset + kept };
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
  if (!isHeader(bytes, offset) || !isCommand(u24(bytes, offset + 5))) return 'no';
  const first = avpAt(bytes, offset + HEADER_BYTES);
  return first !== undefined && first.length <= u24(bytes, offset + 1) - HEADER_BYTES ? 'yes' : 'no';
}

interface AvpHead {
  readonly code: number;
  readonly vendor: number;
  readonly start: number;
  /** Head and value, without what fills it up. */
  readonly length: number;
}

function avpAt(bytes: Uint8Array, at: number): AvpHead | undefined {
  if (at + AVP_HEADER_BYTES > bytes.length) return undefined;
  const flags = bytes[at + 4] ?? 0;
  const length = u24(bytes, at + 5);
  const head = (flags & HAS_VENDOR) === 0 ? AVP_HEADER_BYTES : AVP_HEADER_BYTES + 4;
  if (length < head || (flags & 0x1f) !== 0 || at + head > bytes.length) return undefined;
  return {
    code: number(bytes, at),
    vendor: head > AVP_HEADER_BYTES ? number(bytes, at + 8) : 0,
    start: at + head,
    length,
  };
}

export interface FoundAvp {
  readonly code: number;
  readonly vendor: number;
  readonly value: Uint8Array;
}

/** AVPs one after the other, as far as they are whole. */
export function* avpsIn(bytes: Uint8Array, start: number): Generator<FoundAvp> {
  for (let at = start; at < bytes.length; ) {
    const head = avpAt(bytes, at);
    const end = head === undefined ? Number.POSITIVE_INFINITY : at + head.length;
    if (head === undefined || end > bytes.length) return;
    yield { code: head.code, vendor: head.vendor, value: bytes.subarray(head.start, end) };
    at = end + ((4 - ((end - start) % 4)) % 4);
  }
}
