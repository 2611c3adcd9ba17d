/** Frame → packet: takes off link, network and transport headers by their offsets and fills the one Packet. */

import type { Frame } from '../pcap/frame.ts';
import { Packet, type PacketSink, SCTP, TCP, UDP } from './packet.ts';

/** https://www.tcpdump.org/linktypes.html */
const LINK_NULL = 0;
const LINK_ETHERNET = 1;
const LINK_RAW_BSD = 12;
const LINK_RAW_OPENBSD = 14;
const LINK_RAW = 101;
const LINK_LOOP = 108;
const LINK_LINUX_SLL = 113;
const LINK_IPV4 = 228;
const LINK_IPV6 = 229;
const LINK_LINUX_SLL2 = 276;

const ETHER_IPV4 = 0x0800;
const ETHER_IPV6 = 0x86dd;
const ETHER_VLAN = 0x8100;
const ETHER_QINQ = 0x88a8;
const ETHER_QINQ_OLD = 0x9100;
/** A frame with more tags than this is made up. */
const MAX_VLAN_TAGS = 4;

/** IPv6 extension headers that are read over (RFC 8200 §4). */
const HOP_BY_HOP = 0;
const ROUTING = 43;
const FRAGMENT = 44;
const AUTHENTICATION = 51;
const DESTINATION_OPTIONS = 60;
const MAX_EXTENSION_HEADERS = 16;

export class PacketDecoder {
  readonly #sink: PacketSink;
  readonly #packet = new Packet();
  #chunk: Uint8Array = new Uint8Array(0);
  #view: Uint8Array = this.#chunk;
  #length = 0;

  constructor(sink: PacketSink) {
    this.#sink = sink;
  }

  /**
   * The chunk as a plain Uint8Array. Readers give Node's Buffer, whose `slice` is a view where everything behind this
   * point means a copy; made once a chunk.
   */
  #plain(chunk: Uint8Array): Uint8Array {
    if (chunk !== this.#chunk) {
      this.#chunk = chunk;
      this.#view = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    }
    return this.#view;
  }

  /** Decodes a frame: one packet to the sink, or one `skipped` with the reason. */
  frame(frame: Frame): void {
    const packet = this.#packet;
    packet.bytes = this.#plain(frame.bytes);
    packet.at = frame.at;
    packet.interfaceId = frame.interfaceId;
    packet.originalLength = frame.originalLength;
    packet.tunnels = 0;
    this.#length = frame.end - frame.start;
    this.#link(frame.linkType, frame.start, frame.end);
  }

  #skip(reason: string): void {
    this.#sink.skipped(reason, this.#length);
  }

  #link(linkType: number, start: number, end: number): void {
    const { bytes } = this.#packet;
    switch (linkType) {
      case LINK_ETHERNET:
        if (end - start < 14) return this.#skip('ethernet: short frame');
        return this.#ether(u16(bytes, start + 12), start + 14, end);
      case LINK_LINUX_SLL:
        if (end - start < 16) return this.#skip('linux cooked: short frame');
        return this.#ether(u16(bytes, start + 14), start + 16, end);
      case LINK_LINUX_SLL2:
        if (end - start < 20) return this.#skip('linux cooked: short frame');
        return this.#ether(u16(bytes, start), start + 20, end);
      case LINK_NULL:
      case LINK_LOOP:
        // Four bytes of address family in the byte order of whoever captured: the version nibble says the same.
        return this.#ip(start + 4, end);
      case LINK_RAW:
      case LINK_RAW_BSD:
      case LINK_RAW_OPENBSD:
      case LINK_IPV4:
      case LINK_IPV6:
        return this.#ip(start, end);
      default:
        return this.#skip(`link type ${linkType} is not supported`);
    }
  }

  #ether(type: number, start: number, end: number): void {
    const { bytes } = this.#packet;
    let etherType = type;
    let at = start;
    for (
      let tags = 0;
      etherType === ETHER_VLAN || etherType === ETHER_QINQ || etherType === ETHER_QINQ_OLD;
      tags += 1
    ) {
      if (end - at < 4 || tags === MAX_VLAN_TAGS) return this.#skip('vlan: bad tag');
      etherType = u16(bytes, at + 2);
      at += 4;
    }
    if (etherType === ETHER_IPV4 || etherType === ETHER_IPV6) return this.#ip(at, end);
    return this.#skip(etherType === 0x0806 ? 'arp' : `ether type 0x${etherType.toString(16).padStart(4, '0')}`);
  }

  #ip(start: number, end: number): void {
    const version = start < end ? (this.#packet.bytes[start] ?? 0) >> 4 : 0;
    if (version === 4) return this.#ipv4(start, end);
    if (version === 6) return this.#ipv6(start, end);
    return this.#skip('ip: unknown version');
  }

  #ipv4(start: number, end: number): void {
    const packet = this.#packet;
    const { bytes } = packet;
    const headerBytes = ((bytes[start] ?? 0) & 0x0f) * 4;
    if (headerBytes < 20 || end - start < headerBytes) return this.#skip('ipv4: bad header');
    // A total length of zero is a packet the card was to cut itself (segmentation offload): the frame tells its length.
    const total = u16(bytes, start + 2) || end - start;
    if (total < headerBytes) return this.#skip('ipv4: bad length');
    if ((u16(bytes, start + 6) & 0x3fff) !== 0) return this.#skip('ipv4: fragment');
    packet.ipVersion = 4;
    packet.srcIp = start + 12;
    packet.dstIp = start + 16;
    this.#transport(bytes[start + 9] ?? 0, start + headerBytes, {
      end: Math.min(end, start + total),
      wireEnd: start + total,
    });
  }

  #ipv6(start: number, end: number): void {
    const packet = this.#packet;
    const { bytes } = packet;
    if (end - start < 40) return this.#skip('ipv6: bad header');
    const payload = u16(bytes, start + 4) || end - start - 40;
    const wireEnd = start + 40 + payload;
    const limit = Math.min(end, wireEnd);
    packet.ipVersion = 6;
    packet.srcIp = start + 8;
    packet.dstIp = start + 24;
    let next = bytes[start + 6] ?? 0;
    let at = start + 40;
    for (let count = 0; count <= MAX_EXTENSION_HEADERS; count += 1) {
      if (next === HOP_BY_HOP || next === ROUTING || next === DESTINATION_OPTIONS || next === AUTHENTICATION) {
        if (limit - at < 8) return this.#skip('ipv6: short extension header');
        const length = next === AUTHENTICATION ? ((bytes[at + 1] ?? 0) + 2) * 4 : ((bytes[at + 1] ?? 0) + 1) * 8;
        next = bytes[at] ?? 0;
        at += length;
      } else if (next === FRAGMENT) {
        return this.#skip('ipv6: fragment');
      } else {
        return at > limit
          ? this.#skip('ipv6: bad extension header')
          : this.#transport(next, at, { end: limit, wireEnd });
      }
    }
    return this.#skip('ipv6: too many extension headers');
  }

  #transport(protocol: number, start: number, { end, wireEnd }: { end: number; wireEnd: number }): void {
    const packet = this.#packet;
    const { bytes } = packet;
    packet.protocol = protocol;
    packet.payloadStart = start;
    packet.payloadEnd = end;
    packet.payloadLength = wireEnd - start;
    packet.srcPort = 0;
    packet.dstPort = 0;
    if (protocol === TCP) {
      if (end - start < 20) return this.#skip('tcp: short header');
      const headerBytes = ((bytes[start + 12] ?? 0) >> 4) * 4;
      if (headerBytes < 20 || end - start < headerBytes) return this.#skip('tcp: bad header');
      packet.seq = u32(bytes, start + 4);
      packet.ack = u32(bytes, start + 8);
      packet.flags = bytes[start + 13] ?? 0;
      packet.window = u16(bytes, start + 14);
      packet.optionsStart = start + 20;
      packet.optionsLength = headerBytes - 20;
      packet.payloadStart = start + headerBytes;
      packet.payloadLength = wireEnd - packet.payloadStart;
    } else if (protocol === UDP) {
      if (end - start < 8) return this.#skip('udp: short header');
      const length = u16(bytes, start + 4) || wireEnd - start;
      if (length < 8) return this.#skip('udp: bad length');
      packet.payloadStart = start + 8;
      packet.payloadEnd = Math.min(end, start + length);
      packet.payloadLength = length - 8;
    }
    if (protocol === TCP || protocol === UDP || protocol === SCTP) {
      if (end - start < 4) return this.#skip('transport: short header');
      packet.srcPort = u16(bytes, start);
      packet.dstPort = u16(bytes, start + 2);
    }
    this.#sink.packet(packet);
  }
}

const u16 = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);

const u32 = (bytes: Uint8Array, at: number): number =>
  (((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)) >>> 0;
