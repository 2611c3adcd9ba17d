/**
 * The one packet the decoder fills again and again. A packet is offsets into the chunk it came in: no object, string or
 * copy is made per packet, and none of the fields may be kept after the sink returns.
 */

import type { Micros } from '@kubeshark/model';

/** IANA protocol numbers the engine acts on. */
export const ICMP = 1;
export const TCP = 6;
export const UDP = 17;
export const ICMPV6 = 58;
export const SCTP = 132;

/** TCP flag bits (RFC 9293 §3.1). */
export const FIN = 0x01;
export const SYN = 0x02;
export const RST = 0x04;
export const ACK = 0x10;

export class Packet {
  bytes: Uint8Array = new Uint8Array(0);
  at: Micros = 0;
  /** Index of the capture interface, counted over the whole file or source. */
  interfaceId = 0;
  /** Length on the wire of the whole frame; more than was captured when the snap length cut it. */
  originalLength = 0;

  /** The innermost IP header's version, and where its addresses stand (4 or 16 bytes each). */
  ipVersion: 4 | 6 = 4;
  srcIp = 0;
  dstIp = 0;
  /** IANA protocol number of what the IP packet carries, after extension headers. */
  protocol = 0;
  /** How many tunnel headers were taken off (VXLAN, GRE, …). */
  tunnels = 0;

  srcPort = 0;
  dstPort = 0;
  /** TCP only. `seq` and `ack` are signed 32-bit numbers, as `reassembly` counts; `window` is not scaled. */
  seq = 0;
  ack = 0;
  flags = 0;
  window = 0;
  /** Offset and length of the TCP options. */
  optionsStart = 0;
  optionsLength = 0;

  /** Payload of the transport (or of IP for protocols without ports); half-open, clipped to what was captured. */
  payloadStart = 0;
  payloadEnd = 0;
  /** Payload length on the wire by the headers; longer than the captured part when the packet was cut. */
  payloadLength = 0;
}

/** Takes each decoded packet. The packet is only valid during the call. */
export interface PacketSink {
  packet(packet: Packet): void;
  /** A frame that carries nothing the engine reads, or is broken: counted by reason, e.g. `arp`, `ipv4: bad header`. */
  skipped(reason: string, length: number): void;
}
