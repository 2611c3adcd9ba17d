/**
 * Packets of the Tabular Data Stream ([MS-TDS] §2.2.3.1), and TLS records between them: a login may be encrypted alone.
 *
 *   0      1        2          4       6           7        8
 *   +------+--------+----------+-------+-----------+--------+------
 *   | type | status | length   | SPID  | packet id | window | data …
 *   +------+--------+----------+-------+-----------+--------+------
 */

import type { Parsed, Side } from '../../dissect/dissector.ts';
import { u16 } from '../../packet/big-endian.ts';

const HEADER_BYTES = 8;
const TLS_HEADER_BYTES = 5;
/** The largest packet size that can be agreed on. */
const MAX_PACKET_BYTES = 32_768;
const END_OF_MESSAGE = 0x01;
/** The client takes back what it began to send (§2.2.3.1.2). */
const IGNORE = 0x02;

export const PacketType = {
  BATCH: 1,
  OLD_LOGIN: 2,
  RPC: 3,
  RESPONSE: 4,
  ATTENTION: 6,
  BULK_LOAD: 7,
  FEDERATED_TOKEN: 8,
  TRANSACTION: 14,
  /** Of TDS 5, as Sybase speaks it: tokens, also from the client. */
  NORMAL: 15,
  LOGIN: 16,
  SSPI: 17,
  PRELOGIN: 18,
} as const;

const fromClient = new Set<number>([
  ...[PacketType.BATCH, PacketType.OLD_LOGIN, PacketType.RPC, PacketType.ATTENTION, PacketType.BULK_LOAD],
  ...[PacketType.FEDERATED_TOKEN, PacketType.TRANSACTION, PacketType.NORMAL, PacketType.LOGIN, PacketType.SSPI],
  PacketType.PRELOGIN,
]);
/** Of the server only the handshake of TLS stands in packets of another type. */
const fromServer = new Set<number>([PacketType.RESPONSE, PacketType.PRELOGIN]);

const nothing = new Uint8Array(0);

/** One packet; the object is used again for the next. */
export class Packet {
  readonly kind = 'packet';
  type = 0;
  isLast = false;
  isIgnored = false;
  /** Where its data lies: `bytes[start, end)`. */
  bytes: Uint8Array = nothing;
  start = 0;
  end = 0;
  size = 0;

  /** The data as a view, for what is seldom read. */
  get data(): Uint8Array {
    return this.bytes.subarray(this.start, this.end);
  }
}

export type TdsMessage =
  | Packet
  /** A record of TLS outside of packets. */
  | { readonly kind: 'record'; readonly bytes: Uint8Array; readonly size: number };

/** The last token of an answer, at its longest. */
export const TAIL_BYTES = 13;

/** A message as far as it is kept: `bytes[start, end)`. */
export interface Kept {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** How a message ends. */
export interface Ending {
  /** Not all of it is kept. */
  readonly isCut: boolean;
  /** Its last bytes, as many as the last token has at most. */
  readonly tail: Uint8Array;
}

const packet = new Packet();
const readDone = { kind: 'done' as const, value: packet, end: 0 };

/** Change of cipher, alert, handshake, data; version 3.x. */
export const isTlsRecord = (bytes: Uint8Array, offset: number): boolean =>
  (bytes[offset] ?? 0) >= 0x14 && (bytes[offset] ?? 0) <= 0x17 && bytes[offset + 1] === 3;

/** `isEncrypted`: TLS has begun on this connection, so that its records may stand where packets do. */
export function readMessage(
  side: Side,
  bytes: Uint8Array,
  { offset, limit }: { readonly offset: number; readonly limit: number },
  isEncrypted: boolean,
): Parsed<TdsMessage> {
  const available = limit - offset;
  const isRecord = isEncrypted && isTlsRecord(bytes, offset);
  const head = isRecord ? TLS_HEADER_BYTES : HEADER_BYTES;
  if (available < head) return { kind: 'more', atLeast: head - available };
  if (!isRecord && !isHeader(bytes, offset, side)) return { kind: 'bad', fault: 'no TDS header', at: offset };
  const size = isRecord ? TLS_HEADER_BYTES + u16(bytes, offset + 3) : u16(bytes, offset + 2);
  if (available < size) return { kind: 'more', atLeast: size - available };
  const end = offset + size;
  if (isRecord) return { kind: 'done', value: { kind: 'record', bytes: bytes.subarray(offset, end), size }, end };
  const status = bytes[offset + 1] ?? 0;
  packet.type = bytes[offset] ?? 0;
  packet.isLast = (status & END_OF_MESSAGE) !== 0;
  packet.isIgnored = (status & IGNORE) !== 0;
  packet.bytes = bytes;
  packet.start = offset + HEADER_BYTES;
  packet.end = end;
  packet.size = size;
  readDone.end = end;
  return readDone;
}

function isHeader(bytes: Uint8Array, offset: number, side: Side): boolean {
  const types = side === 'client' ? fromClient : fromServer;
  const length = u16(bytes, offset + 2);
  // The window is always zero, and of the status five bits are in use.
  return (
    types.has(bytes[offset] ?? 0) &&
    ((bytes[offset + 1] ?? 0) & 0xe0) === 0 &&
    length >= HEADER_BYTES &&
    length <= MAX_PACKET_BYTES &&
    bytes[offset + 7] === 0
  );
}

/** Tokens that an answer begins with: columns, errors, changes, the login's acknowledgement, what a procedure returned, the end. */
const firstTokens = new Set([0x81, 0xaa, 0xab, 0xe3, 0xad, 0x79, 0xac, 0xfd, 0xfe, 0xff, 0xed, 0xee, 0xe5, 0xe2]);

/** Does a message begin here that could not as well be another protocol's? */
export function startsWithMessage(bytes: Uint8Array, offset: number, side: Side): 'yes' | 'no' | 'more' {
  const available = bytes.length - offset;
  const types = side === 'client' ? fromClient : fromServer;
  if (available > 0 && !types.has(bytes[offset] ?? 0)) return 'no';
  if (available < HEADER_BYTES + 4) return available >= HEADER_BYTES && !isHeader(bytes, offset, side) ? 'no' : 'more';
  if (!isHeader(bytes, offset, side)) return 'no';
  const at = offset + HEADER_BYTES;
  return looksRight(bytes, at, { type: bytes[offset] ?? 0, side, length: u16(bytes, offset + 2) - HEADER_BYTES })
    ? 'yes'
    : 'no';
}

interface Look {
  readonly type: number;
  readonly side: Side;
  /** Bytes of data the packet says it has. */
  readonly length: number;
}

function looksRight(bytes: Uint8Array, at: number, { type, side, length }: Look): boolean {
  const little = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16);
  switch (type) {
    case PacketType.PRELOGIN:
      // Options begin with the version; a server may answer in a packet of this type only within TLS.
      return isTlsRecord(bytes, at) || (side === 'client' && bytes[at] === 0 && u16(bytes, at + 1) < length);
    case PacketType.RESPONSE:
      return (bytes[at] === 0 && bytes[at + 1] === 0 && u16(bytes, at + 1) < length) || firstTokens.has(bytes[at] ?? 0);
    case PacketType.LOGIN:
      // The login's own length; it is one packet nearly always.
      return little === length || (length > 1000 && little > length && little < 128 * 1024);
    case PacketType.BATCH:
    case PacketType.RPC:
    case PacketType.TRANSACTION:
      // Headers with their length before them (from 7.2 on), or text in UTF-16.
      return (little >= 18 && little < 256 && bytes[at + 3] === 0) || isUtf16(bytes, at, length);
    case PacketType.NORMAL:
      return bytes[at] === 0x21 || bytes[at] === 0xe2 || bytes[at] === 0xe6;
    case PacketType.OLD_LOGIN:
      return length >= 500 || length === 504;
    default:
      return false;
  }
}

/** Latin letters in UTF-16: every other byte is zero. */
function isUtf16(bytes: Uint8Array, at: number, length: number): boolean {
  const end = Math.min(bytes.length, at + Math.min(length, 32));
  if (end - at < 8) return false;
  for (let index = at; index + 1 < end; index += 2) {
    const [low = 0, high = 0] = [bytes[index], bytes[index + 1]];
    if (high !== 0 || low < 9 || low > 0x7e) return false;
  }
  return true;
}
