/**
 * RADIUS packets (RFC 2865 §3), in datagrams or one behind the other over TCP (RFC 6613) and TLS (RFC 6614).
 *
 *   0      1      2             4                20
 *   +------+------+-------------+----------------+-------------
 *   | code | id   | length u16  | authenticator  | attributes …
 *   +------+------+-------------+----------------+-------------
 *   attribute: type u8, length u8 (itself and the type counted), value
 */

import type { Parsed, Side } from '../../dissect/dissector.ts';

export const HEADER_BYTES = 20;
/** RFC 2865 §3; RFC 7930 lets it grow to 65,535 over TCP, which nobody does without having asked. */
const MAX_PACKET_BYTES = 4096;

/** Codes by who sends them. */
const requestNames: Readonly<Record<number, string>> = {
  1: 'Access-Request',
  4: 'Accounting-Request',
  12: 'Status-Server',
  13: 'Status-Client',
  40: 'Disconnect-Request',
  43: 'CoA-Request',
};
const responseNames: Readonly<Record<number, string>> = {
  2: 'Access-Accept',
  3: 'Access-Reject',
  5: 'Accounting-Response',
  11: 'Access-Challenge',
  41: 'Disconnect-ACK',
  42: 'Disconnect-NAK',
  44: 'CoA-ACK',
  45: 'CoA-NAK',
};
export const isRequest = (code: number): boolean => code in requestNames;
export const codeName = (code: number): string => requestNames[code] ?? responseNames[code] ?? `Code-${code}`;

export interface RadiusPacket {
  readonly code: number;
  readonly id: number;
  /** Header and attributes. */
  readonly bytes: Uint8Array;
}

export function readPacket(bytes: Uint8Array, offset: number): Parsed<RadiusPacket> {
  const available = bytes.length - offset;
  if (available < HEADER_BYTES) return { kind: 'more', atLeast: HEADER_BYTES - available };
  const length = ((bytes[offset + 2] ?? 0) << 8) | (bytes[offset + 3] ?? 0);
  if (length < HEADER_BYTES || length > MAX_PACKET_BYTES) return { kind: 'bad', fault: 'no RADIUS length', at: offset };
  if (available < length) return { kind: 'more', atLeast: length - available };
  const value = {
    code: bytes[offset] ?? 0,
    id: bytes[offset + 1] ?? 0,
    bytes: bytes.subarray(offset, offset + length),
  };
  return { kind: 'done', value, end: offset + length };
}

/** Attributes one after the other, as far as they are whole; false when `visit` is not shown all of the packet. */
export function eachAttribute(
  bytes: Uint8Array,
  visit: (type: number, value: Uint8Array) => void,
  start = HEADER_BYTES,
): boolean {
  let at = start;
  while (at + 2 <= bytes.length) {
    const length = bytes[at + 1] ?? 0;
    if (length < 2 || at + length > bytes.length) return false;
    visit(bytes[at] ?? 0, bytes.subarray(at + 2, at + length));
    at += length;
  }
  return at === bytes.length;
}

/** Is this a packet that the side would send? A header alone says too little: the other side has to tell. */
export function looksLikePacket(sample: Uint8Array, offset: number, side: Side): 'yes' | 'no' | 'more' {
  const names = side === 'client' ? requestNames : responseNames;
  if (sample.length > offset && !((sample[offset] ?? 0) in names)) return 'no';
  const parsed = readPacket(sample, offset);
  if (parsed.kind === 'bad') return 'no';
  if (parsed.kind === 'more') return 'more';
  let attributes = 0;
  const isWhole = eachAttribute(parsed.value.bytes, (type) => {
    attributes = type === 0 ? Number.NaN : attributes + 1;
  });
  if (!isWhole || Number.isNaN(attributes)) return 'no';
  return attributes === 0 ? 'more' : 'yes';
}
