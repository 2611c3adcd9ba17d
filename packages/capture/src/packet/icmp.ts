/**
 * ICMP (RFC 792) and ICMPv6 (RFC 4443) headers: type(1) code(1) checksum(2), four bytes that differ by type, and in error
 * messages the beginning of the packet they are about.
 */

import { type Packet, SCTP, TCP, UDP } from './packet.ts';

export const ICMP_HEADER_BYTES = 8;

/** What a message is for: a question and its answer, a report about another packet, or something of its own. */
export type IcmpRole = 'request' | 'reply' | 'error' | 'notice';

interface IcmpType {
  readonly name: string;
  readonly role: IcmpRole;
  /** Names by code, where it has several. */
  readonly codes?: readonly string[];
}

const version4: Readonly<Record<number, IcmpType>> = {
  0: { name: 'echo reply', role: 'reply' },
  3: {
    name: 'destination unreachable',
    role: 'error',
    codes: [
      'network unreachable',
      'host unreachable',
      'protocol unreachable',
      'port unreachable',
      'fragmentation needed',
      'source route failed',
      'network unknown',
      'host unknown',
      'source host isolated',
      'network prohibited',
      'host prohibited',
      'network unreachable for this service',
      'host unreachable for this service',
      'communication prohibited',
      'host precedence violation',
      'precedence cutoff',
    ],
  },
  4: { name: 'source quench', role: 'error' },
  5: {
    name: 'redirect',
    role: 'notice',
    codes: ['for the network', 'for the host', 'for the service and network', 'for the service and host'],
  },
  8: { name: 'echo request', role: 'request' },
  9: { name: 'router advertisement', role: 'notice' },
  10: { name: 'router solicitation', role: 'notice' },
  11: { name: 'time exceeded', role: 'error', codes: ['hop limit reached', 'reassembly took too long'] },
  12: { name: 'parameter problem', role: 'error', codes: ['bad field', 'missing option', 'bad length'] },
  13: { name: 'timestamp request', role: 'request' },
  14: { name: 'timestamp reply', role: 'reply' },
};

const version6: Readonly<Record<number, IcmpType>> = {
  1: {
    name: 'destination unreachable',
    role: 'error',
    codes: [
      'no route',
      'communication prohibited',
      'beyond the scope of the source address',
      'address unreachable',
      'port unreachable',
      'source address failed policy',
      'route rejected',
      'error in source routing header',
    ],
  },
  2: { name: 'packet too big', role: 'error' },
  3: { name: 'time exceeded', role: 'error', codes: ['hop limit reached', 'reassembly took too long'] },
  4: {
    name: 'parameter problem',
    role: 'error',
    codes: ['bad header field', 'unknown next header', 'unknown IPv6 option', 'incomplete header chain'],
  },
  128: { name: 'echo request', role: 'request' },
  129: { name: 'echo reply', role: 'reply' },
  130: { name: 'multicast listener query', role: 'notice' },
  131: { name: 'multicast listener report', role: 'notice' },
  132: { name: 'multicast listener done', role: 'notice' },
  133: { name: 'router solicitation', role: 'notice' },
  134: { name: 'router advertisement', role: 'notice' },
  135: { name: 'neighbor solicitation', role: 'notice' },
  136: { name: 'neighbor advertisement', role: 'notice' },
  137: { name: 'redirect', role: 'notice' },
  143: { name: 'multicast listener report', role: 'notice' },
};

const typesOf = (ipVersion: 4 | 6) => (ipVersion === 4 ? version4 : version6);

export function icmpRole(ipVersion: 4 | 6, type: number): IcmpRole {
  return typesOf(ipVersion)[type]?.role ?? 'notice';
}

export function icmpTypeName(ipVersion: 4 | 6, type: number): string {
  return typesOf(ipVersion)[type]?.name ?? `type ${type}`;
}

/** `port unreachable`, or the name of the type where the code adds nothing. */
export function icmpCodeName(ipVersion: 4 | 6, type: number, code: number): string {
  return typesOf(ipVersion)[type]?.codes?.[code] ?? icmpTypeName(ipVersion, type);
}

/** What an ICMP error says in words: `port unreachable`. */
export function icmpReason({ bytes, payloadStart, ipVersion }: Packet): string {
  return icmpCodeName(ipVersion, bytes[payloadStart]!, bytes[payloadStart + 1]!);
}

/** Router and neighbour messages and multicast membership (RFC 4861, RFC 3810): IPv6's ARP, of no use to anybody here. */
export function isNeighbourDiscovery({ bytes, payloadStart, ipVersion }: Packet): boolean {
  const type = bytes[payloadStart]!;
  return ipVersion === 6 && ((type >= 130 && type <= 136) || type === 143);
}

/**
 * Reads the headers of the packet an ICMP error quotes into `quoted`, which then names the flow the error is about; false
 * when there is none. Only eight bytes of transport header are sure to be there: ports, and no more.
 */
export function readQuoted(error: Packet, quoted: Packet): boolean {
  const { bytes, payloadStart, payloadEnd } = error;
  const start = payloadStart + ICMP_HEADER_BYTES;
  if (payloadEnd - start < 20 || icmpRole(error.ipVersion, bytes[payloadStart]!) !== 'error') return false;
  quoted.bytes = bytes;
  quoted.at = error.at;
  quoted.interfaceId = error.interfaceId;
  const at = error.ipVersion === 4 ? readQuoted4(quoted, start) : readQuoted6(quoted, start, payloadEnd);
  if (at === -1) return false;
  const { protocol } = quoted;
  const hasPorts = (protocol === TCP || protocol === UDP || protocol === SCTP) && at + 4 <= payloadEnd;
  quoted.srcPort = hasPorts ? u16(bytes, at) : 0;
  quoted.dstPort = hasPorts ? u16(bytes, at + 2) : 0;
  quoted.payloadStart = Math.min(at, payloadEnd);
  quoted.payloadEnd = payloadEnd;
  return true;
}

/** Where the quoted packet's transport header begins; -1 when this is no IP header. */
function readQuoted4(quoted: Packet, start: number): number {
  const { bytes } = quoted;
  const first = bytes[start]!;
  if (first >> 4 !== 4 || (first & 0x0f) < 5) return -1;
  quoted.ipVersion = 4;
  quoted.protocol = bytes[start + 9]!;
  quoted.srcIp = start + 12;
  quoted.dstIp = start + 16;
  return start + (first & 0x0f) * 4;
}

function readQuoted6(quoted: Packet, start: number, end: number): number {
  const { bytes } = quoted;
  if (end - start < 40 || bytes[start]! >> 4 !== 6) return -1;
  quoted.ipVersion = 6;
  quoted.protocol = bytes[start + 6]!;
  quoted.srcIp = start + 8;
  quoted.dstIp = start + 24;
  return start + 40;
}

const u16 = (bytes: Uint8Array, at: number) => (bytes[at]! << 8) | bytes[at + 1]!;
