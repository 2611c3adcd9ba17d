/** TCP segments in IP packets without a link layer (link type RAW): RFC 9293, RFC 791, RFC 8200. */

export const LINKTYPE_RAW = 101;
export const SNAP_LENGTH = 262_144;

export const SYN = 0x02;
export const ACK = 0x10;
export const PUSH = 0x08;

const TCP = 6;
const TCP_HEADER_BYTES = 20;
const IPV4_HEADER_BYTES = 20;
const IPV6_HEADER_BYTES = 40;
const WINDOW = 65_535;

export interface End {
  readonly address: Uint8Array;
  readonly port: number;
}

export interface Segment {
  readonly from: End;
  readonly to: End;
  readonly sequence: number;
  readonly acknowledged: number;
  readonly flags: number;
  readonly payload: Uint8Array;
}

export function segmentBytes({ from, to, sequence, acknowledged, flags, payload }: Segment): Uint8Array {
  const isV4 = from.address.length === 4;
  const headerBytes = isV4 ? IPV4_HEADER_BYTES : IPV6_HEADER_BYTES;
  const length = TCP_HEADER_BYTES + payload.length;
  const packet = Buffer.alloc(headerBytes + length);
  if (isV4) writeIpv4(packet, from.address, to.address);
  else writeIpv6(packet, from.address, to.address, length);
  const tcp = packet.subarray(headerBytes);
  tcp.writeUInt16BE(from.port, 0);
  tcp.writeUInt16BE(to.port, 2);
  tcp.writeUInt32BE(sequence >>> 0, 4);
  tcp.writeUInt32BE(acknowledged >>> 0, 8);
  tcp.writeUInt8((TCP_HEADER_BYTES / 4) << 4, 12);
  tcp.writeUInt8(flags, 13);
  tcp.writeUInt16BE(WINDOW, 14);
  tcp.set(payload, TCP_HEADER_BYTES);
  // The pseudo header: both addresses, the protocol and the length.
  const pseudo = sumOf(from.address) + sumOf(to.address) + TCP + length;
  tcp.writeUInt16BE(checksum(pseudo + sumOf(tcp)), 16);
  return packet;
}

function writeIpv4(packet: Buffer, from: Uint8Array, to: Uint8Array): void {
  packet[0] = 0x45;
  packet.writeUInt16BE(packet.length, 2);
  // Do not fragment.
  packet[6] = 0x40;
  packet[8] = 64;
  packet[9] = TCP;
  packet.set(from, 12);
  packet.set(to, 16);
  packet.writeUInt16BE(checksum(sumOf(packet.subarray(0, IPV4_HEADER_BYTES))), 10);
}

function writeIpv6(packet: Buffer, from: Uint8Array, to: Uint8Array, length: number): void {
  packet[0] = 0x60;
  packet.writeUInt16BE(length, 4);
  packet[6] = TCP;
  packet[7] = 64;
  packet.set(from, 8);
  packet.set(to, 24);
}

/** Sum of 16-bit words (RFC 1071); at most 64 kB, so it stays far below 2^53. */
function sumOf(bytes: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  return sum;
}

function checksum(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded & 0xffff) + Math.floor(folded / 0x10000);
  return ~folded & 0xffff;
}
