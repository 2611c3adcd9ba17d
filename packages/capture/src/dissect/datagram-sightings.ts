/**
 * Knows a datagram again that was seen on another interface just before: on its way through a node it passes several, and is
 * captured on each. TCP needs none of this: its sequence numbers tell.
 */

import type { Packet } from '../packet/packet.ts';

/** Between two sightings of one packet; forwarding takes microseconds, a sender's second try longer than this. */
const SAME_PACKET_MICROS = 5_000;
/** Sightings remembered; a power of two. More datagrams than this in five milliseconds are not forwarded one by one. */
const SLOTS = 4096;
/** Bytes of the payload that are compared, beside its length: headers of every protocol over UDP that has a request and an answer. */
const COMPARED_BYTES = 64;

export class DatagramSightings {
  private readonly hashes = new Int32Array(SLOTS);
  private readonly interfaces = new Int32Array(SLOTS).fill(-1);
  private readonly times = new Float64Array(SLOTS).fill(Number.NEGATIVE_INFINITY);

  /** Was this packet seen on another interface just now? Remembers it when not. */
  isKnown(packet: Packet): boolean {
    const hash = hashOf(packet);
    const slot = hash & (SLOTS - 1);
    const { hashes, interfaces, times } = this;
    const isNear = Math.abs(packet.at - (times[slot] ?? 0)) < SAME_PACKET_MICROS;
    if (isNear && hashes[slot] === hash && interfaces[slot] !== packet.interfaceId) return true;
    hashes[slot] = hash;
    interfaces[slot] = packet.interfaceId;
    times[slot] = packet.at;
    return false;
  }
}

/** FNV-1a over addresses, ports, length and the beginning of the payload. */
function hashOf({
  bytes,
  srcIp,
  dstIp,
  ipVersion,
  srcPort,
  dstPort,
  protocol,
  payloadStart,
  payloadEnd,
  payloadLength,
}: Packet) {
  const addressBytes = ipVersion === 4 ? 4 : 16;
  let hash = 0x811c9dc5;
  for (let at = 0; at < addressBytes; at += 1) hash = Math.imul(hash ^ (bytes[srcIp + at] ?? 0), 0x01000193);
  for (let at = 0; at < addressBytes; at += 1) hash = Math.imul(hash ^ (bytes[dstIp + at] ?? 0), 0x01000193);
  hash = Math.imul(hash ^ srcPort ^ (dstPort << 16), 0x01000193);
  hash = Math.imul(hash ^ payloadLength ^ (protocol << 24), 0x01000193);
  const end = Math.min(payloadEnd, payloadStart + COMPARED_BYTES);
  for (let at = payloadStart; at < end; at += 1) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193);
  return hash;
}
