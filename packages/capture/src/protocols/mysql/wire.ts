/**
 * Packets of the MySQL client/server protocol:
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_packets.html
 *
 *   ┌──────────────┬──────────┬─────────┐      A payload of 2^24-1 bytes goes on in the next packet.
 *   │ length (u24) │ sequence │ payload │      Numbers are little endian.
 *   └──────────────┴──────────┴─────────┘
 *   ┌──────────────┬──────────┬────────────────────────┬─────────────────────────────┐
 *   │ length (u24) │ sequence │ length inflated (u24)  │ deflated packets, or packets │   with compression
 *   └──────────────┴──────────┴────────────────────────┴─────────────────────────────┘
 */

import type { Parsed } from '../../dissect/dissector.ts';

export const HEAD_BYTES = 4;
export const COMPRESSED_HEAD_BYTES = 7;
/** A packet longer than this is read by its beginning, the rest is read over: no statement or row needs more to be told. */
export const MAX_WHOLE_BYTES = 256 * 1024;
/** The length that says that the payload goes on. */
export const CONTINUED_LENGTH = 0xffffff;
/** Compressed packets longer than this, and those that claim to inflate to more, are passed over. */
export const MAX_COMPRESSED_BYTES = 3 * 1024 * 1024;

const nothing: Uint8Array = new Uint8Array(0);

/** One packet; the object is used again for the next. */
export class Packet {
  readonly kind = 'packet';
  sequence = 0;
  length = 0;
  /** The payload, or its beginning when `length` is more: `bytes[start, end)`. */
  bytes: Uint8Array = nothing;
  start = 0;
  end = 0;
  size = 0;

  /** The payload's first byte, which says what it is; undefined for an empty one. */
  get first(): number | undefined {
    return this.start < this.end ? this.bytes[this.start] : undefined;
  }

  /** The payload as a view, for what is seldom read. */
  get body(): Uint8Array {
    return this.bytes.subarray(this.start, this.end);
  }
}

export type MysqlMessage =
  | Packet
  /** More of a packet whose beginning has been read. */
  | { readonly kind: 'rest'; readonly size: number }
  | {
      readonly kind: 'compressed';
      readonly body: Uint8Array;
      /** 0 when the packets stand in it as they are. */
      readonly inflatedLength: number;
      readonly size: number;
    }
  /** The head of a compressed packet that is too long to be read. */
  | { readonly kind: 'passed-over'; readonly length: number; readonly size: number };

export interface Framing {
  /** Bytes left of a long packet. */
  readonly rest: number;
  readonly isCompressed: boolean;
}

/** Reads one message before `limit`. */
export function readMessage(
  bytes: Uint8Array,
  offset: number,
  { rest, isCompressed }: Framing,
  limit = bytes.length,
): Parsed<MysqlMessage> {
  const available = limit - offset;
  if (available <= 0) return { kind: 'more', atLeast: 1 };
  if (rest > 0) {
    const size = Math.min(available, rest);
    return { kind: 'done', value: { kind: 'rest', size }, end: offset + size };
  }
  return isCompressed ? readCompressed(bytes, offset, limit) : readPacket(bytes, offset, limit);
}

const packet = new Packet();
const readDone = { kind: 'done' as const, value: packet, end: 0 };

export function readPacket(bytes: Uint8Array, offset: number, limit: number): Parsed<Packet> {
  const available = limit - offset;
  if (available < HEAD_BYTES) return { kind: 'more', atLeast: HEAD_BYTES - available };
  const length = u24(bytes, offset);
  const whole = Math.min(length, MAX_WHOLE_BYTES);
  if (available < HEAD_BYTES + whole) return { kind: 'more', atLeast: HEAD_BYTES + whole - available };
  const start = offset + HEAD_BYTES;
  packet.sequence = bytes[offset + 3] ?? 0;
  packet.length = length;
  packet.bytes = bytes;
  packet.start = start;
  packet.end = start + whole;
  packet.size = HEAD_BYTES + whole;
  readDone.end = packet.end;
  return readDone;
}

function readCompressed(bytes: Uint8Array, offset: number, limit: number): Parsed<MysqlMessage> {
  const available = limit - offset;
  if (available < COMPRESSED_HEAD_BYTES) return { kind: 'more', atLeast: COMPRESSED_HEAD_BYTES - available };
  const length = u24(bytes, offset);
  const inflatedLength = u24(bytes, offset + 4);
  const start = offset + COMPRESSED_HEAD_BYTES;
  if (Math.max(length, inflatedLength) > MAX_COMPRESSED_BYTES)
    return { kind: 'done', value: { kind: 'passed-over', length, size: COMPRESSED_HEAD_BYTES }, end: start };
  const end = start + length;
  if (end > limit) return { kind: 'more', atLeast: end - limit };
  const size = end - offset;
  return { kind: 'done', value: { kind: 'compressed', body: bytes.subarray(start, end), inflatedLength, size }, end };
}

export const u16 = (bytes: Uint8Array, at: number): number => (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
export const u24 = (bytes: Uint8Array, at: number): number => u16(bytes, at) | ((bytes[at + 2] ?? 0) << 16);
