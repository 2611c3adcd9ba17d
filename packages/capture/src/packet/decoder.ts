/** Frame → packet: takes off link, network and transport headers by their offsets and fills the one Packet. */

import type { Frame } from '../pcap/frame.ts';
import { u16, u32 } from './big-endian.ts';
import { ETHER_IPV4, ETHER_IPV6, Layer, type TakeHeader } from './layer.ts';
import { takeLink, takeVlanTags } from './link.ts';
import { Packet, type PacketSink, SCTP, TCP, UDP } from './packet.ts';
import { isTunnelPort, MAX_TUNNELS, tunnelOfEtherType, tunnelOfPort, tunnelOfProtocol } from './tunnels.ts';

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
  readonly #layer = new Layer();
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
    const layer = this.#layer;
    layer.bytes = packet.bytes;
    layer.at = frame.start;
    layer.end = frame.end;
    const fault = takeLink(layer, frame.linkType);
    if (fault !== undefined) return this.#skip(fault);
    this.#network();
  }

  #skip(reason: string): void {
    this.#sink.skipped(reason, this.#length);
  }

  /** What the layer's ether type says. */
  #network(): void {
    const layer = this.#layer;
    const fault = takeVlanTags(layer);
    if (fault !== undefined) return this.#skip(fault);
    const { type } = layer;
    if (type === ETHER_IPV4 || type === ETHER_IPV6) return this.#ip(layer.at, layer.end);
    const tunnel = tunnelOfEtherType(type);
    return tunnel === undefined ? this.#skip(nameOfEtherType(type)) : this.#inside(tunnel);
  }

  /** Goes on with what a tunnel carries. */
  #inside(take: TakeHeader): void {
    if (this.#packet.tunnels === MAX_TUNNELS) return this.#skip('tunnel: too deep');
    this.#packet.tunnels += 1;
    const fault = take(this.#layer);
    if (fault !== undefined) return this.#skip(fault);
    this.#network();
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
    packet.payloadStart = start + headerBytes;
    packet.payloadEnd = Math.min(end, start + total);
    packet.payloadLength = total - headerBytes;
    this.#transport(bytes[start + 9] ?? 0);
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
        if (at > limit) return this.#skip('ipv6: bad extension header');
        packet.payloadStart = at;
        packet.payloadEnd = limit;
        packet.payloadLength = wireEnd - at;
        return this.#transport(next);
      }
    }
    return this.#skip('ipv6: too many extension headers');
  }

  /** The packet's payload is IP's so far. */
  #transport(protocol: number): void {
    const packet = this.#packet;
    const { bytes, payloadStart: start, payloadEnd: end } = packet;
    packet.protocol = protocol;
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
      packet.payloadLength -= headerBytes;
    } else if (protocol === UDP) {
      if (end - start < 8) return this.#skip('udp: short header');
      const length = u16(bytes, start + 4) || packet.payloadLength;
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
    const tunnel = protocol === TCP ? undefined : this.#tunnel();
    if (tunnel === undefined) this.#sink.packet(packet);
    else this.#inside(tunnel);
  }

  /** The tunnel the packet is, and the layer at its header. */
  #tunnel(): TakeHeader | undefined {
    const { protocol, dstPort, payloadStart, payloadEnd } = this.#packet;
    if (protocol === UDP && !isTunnelPort(dstPort)) return undefined;
    const layer = this.#layer;
    layer.at = payloadStart;
    layer.end = payloadEnd;
    return protocol === UDP ? tunnelOfPort(dstPort, layer) : tunnelOfProtocol(protocol);
  }
}

/** Those met on every network have a name. */
function nameOfEtherType(type: number): string {
  if (type === 0x0806) return 'arp';
  if (type === 0x88cc) return 'lldp';
  // Below it stands a length and an LLC header follows (IEEE 802.3): spanning tree, mostly.
  if (type < 0x0600) return 'llc';
  return `ether type 0x${type.toString(16).padStart(4, '0')}`;
}
