/**
 * CQL's native protocol, versions 3 to 5: https://cassandra.apache.org/doc/latest/cassandra/reference/native-protocol.html
 *
 *   envelope   version u8 │ flags u8 │ stream i16 │ opcode u8 │ length i32 │ body
 *   segment    (v5, after the login has begun) 17 bits length [17 bits unpacked length] 1 bit self-contained │ CRC24 │
 *              envelopes, or a part of one │ CRC32
 */

import type { Parsed, Side } from '../../dissect/dissector.ts';

export const HEADER_BYTES = 9;
/** The server's own limit, `native_transport_max_frame_size`, may be raised to this. */
const MAX_BODY_BYTES = 256 * 1024 * 1024;
/** A longer body is read by its beginning. */
export const MAX_WHOLE_BYTES = 512 * 1024;
/** What servers take unless they are told otherwise; a longer body is not taken for the beginning of a stream. */
const USUAL_BODY_BYTES = 16 * 1024 * 1024;
const FROM_SERVER = 0x80;
const MIN_VERSION = 3;
const MAX_VERSION = 5;
/** Compression, tracing, custom payload, warnings, beta. */
const KNOWN_FLAGS = 0x1f;
const MAX_SEGMENT_BYTES = 0x1ffff;
const CHECKSUM_BYTES = 4;
const HEADER_CHECKSUM_BYTES = 3;
const PLAIN_LENGTH_BYTES = 3;
const PACKED_LENGTH_BYTES = 5;
const MAX_SEGMENT_HEADER_BYTES = PACKED_LENGTH_BYTES + HEADER_CHECKSUM_BYTES;

export const opcodes: Readonly<Record<number, string>> = {
  0: 'ERROR',
  1: 'STARTUP',
  2: 'READY',
  3: 'AUTHENTICATE',
  5: 'OPTIONS',
  6: 'SUPPORTED',
  7: 'QUERY',
  8: 'RESULT',
  9: 'PREPARE',
  10: 'EXECUTE',
  11: 'REGISTER',
  12: 'EVENT',
  13: 'BATCH',
  14: 'AUTH_CHALLENGE',
  15: 'AUTH_RESPONSE',
  16: 'AUTH_SUCCESS',
};
/** A bit for each. */
const bitsOf = (codes: readonly number[]): number => codes.reduce((bits, code) => bits | (1 << code), 0);
const sides: Readonly<Record<Side, number>> = {
  client: bitsOf([1, 5, 7, 9, 10, 11, 13, 15]),
  server: bitsOf([0, 2, 3, 6, 8, 12, 14, 16]),
};
const MAX_OPCODE = 31;

export interface Envelope {
  readonly kind: 'envelope';
  version: number;
  flags: number;
  stream: number;
  opcode: number;
  /** Where the body lies, or its beginning when `length` is more. */
  bytes: Uint8Array;
  from: number;
  to: number;
  length: number;
  size: number;
}
export type CqlMessage =
  | Envelope
  /** More of an envelope whose beginning has been read. */
  | { readonly kind: 'rest'; readonly size: number }
  | {
      readonly kind: 'segment';
      readonly payload: Uint8Array;
      /** Bytes of the payload once unpacked; 0 when it is not packed. */
      readonly unpacked: number;
      readonly isSelfContained: boolean;
      readonly size: number;
    };

const bad = (fault: string, at: number): Parsed<CqlMessage> => ({ kind: 'bad', fault, at });

/** Is this the header of an envelope that `side` may send? */
export function isHeader(bytes: Uint8Array, offset: number, side: Side): boolean {
  const version = bytes[offset] ?? 0;
  const flags = bytes[offset + 1] ?? 0;
  if ((version & FROM_SERVER) !== (side === 'server' ? FROM_SERVER : 0)) return false;
  const number = version & ~FROM_SERVER;
  if (number < MIN_VERSION || number > MAX_VERSION || (flags & ~KNOWN_FLAGS) !== 0) return false;
  const length = int32(bytes, offset + 5);
  const opcode = bytes[offset + 4] ?? 0;
  return opcode <= MAX_OPCODE && ((sides[side] >> opcode) & 1) === 1 && length >= 0 && length <= MAX_BODY_BYTES;
}

/** The envelope that was read last: one object, filled for each. */
const envelope: Envelope = {
  kind: 'envelope',
  version: 0,
  flags: 0,
  stream: 0,
  opcode: 0,
  bytes: new Uint8Array(0),
  from: 0,
  to: 0,
  length: 0,
  size: 0,
};
const done = { kind: 'done' as const, value: envelope, end: 0 };

export function readEnvelope(side: Side, bytes: Uint8Array, offset: number, here = bytes.length): Parsed<Envelope> {
  const available = here - offset;
  if (available < HEADER_BYTES) return { kind: 'more', atLeast: HEADER_BYTES - available };
  if (!isHeader(bytes, offset, side)) return { kind: 'bad', fault: 'not a header', at: offset };
  const length = int32(bytes, offset + 5);
  const start = offset + HEADER_BYTES;
  const end = start + Math.min(length, MAX_WHOLE_BYTES);
  if (here < end) return { kind: 'more', atLeast: end - here };
  envelope.version = (bytes[offset] ?? 0) & ~FROM_SERVER;
  envelope.flags = bytes[offset + 1] ?? 0;
  envelope.stream = (((bytes[offset + 2] ?? 0) << 24) >> 16) | (bytes[offset + 3] ?? 0);
  envelope.opcode = bytes[offset + 4] ?? 0;
  envelope.bytes = bytes;
  envelope.from = start;
  envelope.to = end;
  envelope.length = length;
  envelope.size = end - offset;
  done.end = end;
  return done;
}

/** A segment, packed or not as the checksum of its header tells; the login that chose may have been missed. */
export function readSegment(bytes: Uint8Array, offset: number): Parsed<CqlMessage> {
  if (bytes.length < offset + MAX_SEGMENT_HEADER_BYTES) {
    const missing = offset + MAX_SEGMENT_HEADER_BYTES - bytes.length;
    return isSegment(bytes, offset) ? partOfSegment(bytes, offset, false) : { kind: 'more', atLeast: missing };
  }
  if (!isSegment(bytes, offset)) return bad('not a segment', offset);
  return partOfSegment(bytes, offset, !hasChecksum(bytes, offset, PLAIN_LENGTH_BYTES));
}

function partOfSegment(bytes: Uint8Array, offset: number, isPacked: boolean): Parsed<CqlMessage> {
  const start = offset + (isPacked ? PACKED_LENGTH_BYTES : PLAIN_LENGTH_BYTES) + HEADER_CHECKSUM_BYTES;
  const [a = 0, b = 0, c = 0, d = 0, e = 0] = bytes.subarray(offset, offset + PACKED_LENGTH_BYTES);
  const low = a | (b << 8) | (c << 16);
  const high = isPacked ? (c >> 1) | (d << 7) | (e << 15) : 0;
  const length = low & MAX_SEGMENT_BYTES;
  const end = start + length + CHECKSUM_BYTES;
  if (bytes.length < end) return { kind: 'more', atLeast: end - bytes.length };
  const value: CqlMessage = {
    kind: 'segment',
    payload: bytes.subarray(start, start + length),
    unpacked: high & MAX_SEGMENT_BYTES,
    isSelfContained: (((isPacked ? high : low) >> 17) & 1) === 1,
    size: end - offset,
  };
  return { kind: 'done', value, end };
}

/** Does a segment begin here, packed or not? */
export const isSegment = (bytes: Uint8Array, offset: number): boolean =>
  hasChecksum(bytes, offset, PLAIN_LENGTH_BYTES) || hasChecksum(bytes, offset, PACKED_LENGTH_BYTES);

function hasChecksum(bytes: Uint8Array, offset: number, lengthBytes: number): boolean {
  const at = offset + lengthBytes;
  if (bytes.length < at + HEADER_CHECKSUM_BYTES) return false;
  const told = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16);
  return told === crc24(bytes, offset, at);
}

function crc24(bytes: Uint8Array, start: number, end: number): number {
  let crc = 0x875060;
  for (let at = start; at < end; at++) {
    crc ^= (bytes[at] ?? 0) << 16;
    for (let bit = 0; bit < 8; bit++) {
      crc <<= 1;
      if ((crc & 0x1000000) !== 0) crc ^= 0x1974f0b;
    }
  }
  return crc & 0xffffff;
}

const STARTUP = 1;
const OPTIONS = 5;
const CQL_VERSION = 'CQL_VERSION';

/** Does an envelope or a segment begin here, believably: its own header, and the next one's when that is here too? */
export function startsWithEnvelope(bytes: Uint8Array, offset: number, side: Side): 'yes' | 'no' | 'more' {
  const available = bytes.length - offset;
  if (available < HEADER_BYTES) {
    const [version = 0] = bytes.subarray(offset);
    const number = version & ~FROM_SERVER;
    return available > 0 &&
      number >= MIN_VERSION &&
      number <= MAX_VERSION &&
      version >= FROM_SERVER === (side === 'server')
      ? 'more'
      : 'no';
  }
  if (!isHeader(bytes, offset, side)) return isSegment(bytes, offset) ? 'yes' : 'no';
  const opcode = bytes[offset + 4] ?? 0;
  const length = int32(bytes, offset + 5);
  const next = offset + HEADER_BYTES + length;
  if (opcode === OPTIONS && length !== 0) return 'no';
  if (opcode === STARTUP) {
    const text = Buffer.from(bytes.subarray(offset + HEADER_BYTES, next)).toString('latin1');
    return text.includes(CQL_VERSION) ? 'yes' : bytes.length < next ? 'more' : 'no';
  }
  if (bytes.length >= next + HEADER_BYTES) return isHeader(bytes, next, side) ? 'yes' : 'no';
  return length <= USUAL_BODY_BYTES ? 'yes' : 'no';
}

export const int32 = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
