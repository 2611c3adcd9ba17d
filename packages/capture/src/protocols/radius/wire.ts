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
export const ATTRIBUTE_HEAD_BYTES = 2;
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
const requestCodes = new Set(Object.keys(requestNames).map(Number));
export const isRequest = (code: number): boolean => requestCodes.has(code);
export const codeName = (code: number): string => requestNames[code] ?? responseNames[code] ?? `Code-${code}`;

/** A packet where it lies, header and attributes; one object, filled for each. */
export class RadiusPacket {
  code = 0;
  id = 0;
  bytes: Uint8Array = new Uint8Array(0);
  start = 0;
  end = 0;
}

const packet = new RadiusPacket();
const done = { kind: 'done' as const, value: packet, end: 0 };

/** Reads the packet at `offset` of bytes that go to `limit`. */
export function readPacket(bytes: Uint8Array, offset: number, limit: number): Parsed<RadiusPacket> {
  const available = limit - offset;
  if (available < HEADER_BYTES) return { kind: 'more', atLeast: HEADER_BYTES - available };
  const length = ((bytes[offset + 2] ?? 0) << 8) | (bytes[offset + 3] ?? 0);
  if (length < HEADER_BYTES || length > MAX_PACKET_BYTES) return { kind: 'bad', fault: 'no RADIUS length', at: offset };
  if (available < length) return { kind: 'more', atLeast: length - available };
  packet.code = bytes[offset] ?? 0;
  packet.id = bytes[offset + 1] ?? 0;
  packet.bytes = bytes;
  packet.start = offset;
  packet.end = offset + length;
  done.end = offset + length;
  return done;
}

/** Where the attribute at `at` ends; -1 where no whole one stands. Its type comes first, its value behind two bytes. */
export function attributeEnd(bytes: Uint8Array, at: number, limit: number): number {
  if (at + ATTRIBUTE_HEAD_BYTES > limit) return -1;
  const length = bytes[at + 1] ?? 0;
  return length < ATTRIBUTE_HEAD_BYTES || at + length > limit ? -1 : at + length;
}

/** Attributes one after the other, as far as they are whole; false when `visit` is not shown all of the packet. */
export function eachAttribute(
  bytes: Uint8Array,
  visit: (type: number, value: Uint8Array) => void,
  start = HEADER_BYTES,
): boolean {
  let at = start;
  while (at < bytes.length) {
    const end = attributeEnd(bytes, at, bytes.length);
    if (end < 0) return false;
    visit(bytes[at] ?? 0, bytes.subarray(at + ATTRIBUTE_HEAD_BYTES, end));
    at = end;
  }
  return true;
}

/** Is this a packet that the side would send? A header alone says too little: the other side has to tell. */
export function looksLikePacket(
  sample: Uint8Array,
  offset: number,
  side: Side,
  limit = sample.length,
): 'yes' | 'no' | 'more' {
  const names = side === 'client' ? requestNames : responseNames;
  if (limit > offset && !((sample[offset] ?? 0) in names)) return 'no';
  const parsed = readPacket(sample, offset, limit);
  if (parsed.kind === 'bad') return 'no';
  if (parsed.kind === 'more') return 'more';
  const first = offset + HEADER_BYTES;
  for (let at = first; at < parsed.end; ) {
    const end = attributeEnd(sample, at, parsed.end);
    if (end < 0 || sample[at] === 0) return 'no';
    at = end;
  }
  return first === parsed.end ? 'more' : 'yes';
}
