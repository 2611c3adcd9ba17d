/** One ICMP or ICMPv6 message: a datagram that is read by itself. */

import type { Parsed } from '../../dissect/dissector.ts';
import { addressText } from '../../packet/address.ts';
import { ICMP_HEADER_BYTES, type IcmpRole, icmpRole, readQuoted } from '../../packet/icmp.ts';
import { Packet } from '../../packet/packet.ts';

export interface IcmpMessage {
  readonly type: number;
  readonly code: number;
  readonly role: IcmpRole;
  /** Echo and timestamp: what pairs a reply with its request. */
  readonly id: number;
  readonly sequence: number;
  readonly size: number;
  /** The packet an error is about. */
  readonly quoted?: Quoted;
  /** Largest packet the next link takes: `fragmentation needed` and `packet too big`. */
  readonly mtu?: number;
  /** Where a redirect points to. */
  readonly gateway?: string;
}

export interface Quoted {
  readonly protocol: number;
  readonly src: string;
  readonly dst: string;
  readonly srcPort: number;
  readonly dstPort: number;
}

const FRAGMENTATION_NEEDED = 4;
const UNREACHABLE = 3;
const REDIRECT = 5;
const PACKET_TOO_BIG = 2;

/** Reads a whole datagram. */
export function parseIcmp(bytes: Uint8Array, offset: number, ipVersion: 4 | 6): Parsed<IcmpMessage> {
  const size = bytes.length - offset;
  if (size < ICMP_HEADER_BYTES) return { kind: 'bad', fault: 'message shorter than its header', at: offset };
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, size);
  const type = view.getUint8(0);
  const code = view.getUint8(1);
  const role = icmpRole(ipVersion, type);
  const tooBig = ipVersion === 6 ? type === PACKET_TOO_BIG : type === UNREACHABLE && code === FRAGMENTATION_NEEDED;
  const quoted = role === 'error' ? quotedOf(bytes, offset, ipVersion) : undefined;
  const value: IcmpMessage = {
    type,
    code,
    role,
    id: view.getUint16(4),
    sequence: view.getUint16(6),
    size,
    ...(quoted !== undefined && { quoted }),
    // RFC 1191 §4: the lower half of the four bytes; RFC 4443 §3.2: all of them.
    ...(tooBig && { mtu: ipVersion === 6 ? view.getUint32(4) : view.getUint16(6) }),
    ...(ipVersion === 4 && type === REDIRECT && { gateway: addressText(bytes, offset + 4, 4) }),
  };
  return { kind: 'done', value, end: bytes.length };
}

function quotedOf(bytes: Uint8Array, offset: number, ipVersion: 4 | 6): Quoted | undefined {
  const error = new Packet();
  error.bytes = bytes;
  error.ipVersion = ipVersion;
  error.payloadStart = offset;
  error.payloadEnd = bytes.length;
  const about = new Packet();
  if (!readQuoted(error, about)) return undefined;
  const { srcIp, dstIp, srcPort, dstPort, protocol } = about;
  return {
    protocol,
    src: addressText(bytes, srcIp, about.ipVersion),
    dst: addressText(bytes, dstIp, about.ipVersion),
    srcPort,
    dstPort,
  };
}
