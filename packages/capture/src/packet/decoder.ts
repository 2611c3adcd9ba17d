/** Frame → packet: takes off link, network and transport headers by their offsets and fills the one Packet. */

import type { Frame } from '../pcap/frame.ts';
import { i32, u16, u32 } from './big-endian.ts';
import { type Fragment, FragmentTable, MAX_REASSEMBLIES } from './fragments.ts';
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
/** Bits of IPv4's fragment field (RFC 791 §3.1). */
const MORE_FRAGMENTS = 0x2000;
const FRAGMENT_OFFSET = 0x1fff;

export class PacketDecoder {
  readonly #sink: PacketSink;
  readonly #packet = new Packet();
  readonly #layer = new Layer();
  #chunk: Uint8Array = new Uint8Array(0);
  #view: Uint8Array = this.#chunk;
  #length = 0;
  readonly #fragments: FragmentTable;
  #reassemblies = 0;

  constructor(sink: PacketSink) {
    this.#sink = sink;
    this.#fragments = new FragmentTable((reason, bytes) => sink.skipped(reason, bytes));
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

  /**
   * Decodes a frame: one packet to the sink, or one `skipped` with the reason. A fragment waits for the others, whose
   * datagram is then one packet.
   */
  frame(frame: Frame): void {
    const packet = this.#packet;
    const bytes = this.#plain(frame.bytes);
    // A write costs more than a look, and it is nearly always the same chunk.
    if (packet.bytes !== bytes) packet.bytes = bytes;
    packet.at = frame.at;
    packet.interfaceId = frame.interfaceId;
    packet.originalLength = frame.originalLength;
    packet.tunnels = 0;
    this.#reassemblies = 0;
    this.#length = frame.end - frame.start;
    const layer = this.#layer;
    if (layer.bytes !== bytes) layer.bytes = bytes;
    layer.at = frame.start;
    layer.end = frame.end;
    const fault = takeLink(layer, frame.linkType);
    if (fault !== undefined) return this.#skip(fault);
    this.#network();
  }

  /** The capture is over: fragments that still wait are told as `skipped`. */
  end(): void {
    this.#fragments.end();
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
    if ((u16(bytes, start + 6) & (MORE_FRAGMENTS | FRAGMENT_OFFSET)) !== 0) {
      if (start + total > end) return this.#skip('ipv4: cut fragment');
      return this.#fragment(this.#ipv4Fragment(start, start + headerBytes, start + total));
    }
    packet.ipVersion = 4;
    packet.srcIp = start + 12;
    packet.dstIp = start + 16;
    packet.payloadStart = start + headerBytes;
    packet.payloadEnd = Math.min(end, start + total);
    packet.payloadLength = total - headerBytes;
    const protocol = bytes[start + 9] ?? 0;
    if (protocol === AUTHENTICATION) return this.#authenticated();
    this.#transport(protocol);
  }

  /** An authentication header (RFC 4302 §2) hides nothing: what it protects comes behind it. */
  #authenticated(): void {
    const packet = this.#packet;
    const { bytes, payloadStart: start, payloadEnd: end } = packet;
    const length = ((bytes[start + 1] ?? 0) + 2) * 4;
    if (end - start < length) return this.#skip('ipv4: short authentication header');
    packet.payloadStart += length;
    packet.payloadLength -= length;
    this.#transport(bytes[start] ?? 0);
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
    let nextAt = start + 6;
    let next = bytes[nextAt] ?? 0;
    let at = start + 40;
    for (let count = 0; count <= MAX_EXTENSION_HEADERS; count += 1) {
      if (next === HOP_BY_HOP || next === ROUTING || next === DESTINATION_OPTIONS || next === AUTHENTICATION) {
        if (limit - at < 8) return this.#skip('ipv6: short extension header');
        const length = next === AUTHENTICATION ? ((bytes[at + 1] ?? 0) + 2) * 4 : ((bytes[at + 1] ?? 0) + 1) * 8;
        nextAt = at;
        next = bytes[at] ?? 0;
        at += length;
      } else if (next === FRAGMENT) {
        if (limit - at < 8) return this.#skip('ipv6: short extension header');
        // An only fragment is whole already (RFC 6946).
        const isAtomic = (u16(bytes, at + 2) & 0xfff9) === 0;
        if (!isAtomic && wireEnd > end) return this.#skip('ipv6: cut fragment');
        if (!isAtomic) return this.#fragment(this.#ipv6Fragment({ start, nextAt, at, end: wireEnd }));
        nextAt = at;
        next = bytes[at] ?? 0;
        at += 8;
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

  #ipv4Fragment(start: number, payloadStart: number, end: number): Fragment {
    const { bytes, at, interfaceId } = this.#packet;
    const field = u16(bytes, start + 6);
    const header = bytes.slice(start, payloadStart);
    // A datagram of length zero is as long as what it stands in, and no fragment.
    header.fill(0, 2, 4).fill(0, 6, 8);
    return {
      key: `4 ${interfaceId} ${bytes[start + 9]} ${u16(bytes, start + 4)} ${bytes.subarray(start + 12, start + 20).join()}`,
      at,
      header,
      offset: (field & FRAGMENT_OFFSET) * 8,
      bytes: bytes.subarray(payloadStart, end),
      isLast: (field & MORE_FRAGMENTS) === 0,
    };
  }

  /** The fragment header stands at `at`, and `nextAt` is the field that named it. */
  #ipv6Fragment(place: Readonly<Record<'start' | 'nextAt' | 'at' | 'end', number>>): Fragment {
    const { bytes, at, interfaceId } = this.#packet;
    const { start } = place;
    const field = u16(bytes, place.at + 2);
    const header = bytes.slice(start, place.at);
    header.fill(0, 4, 6);
    header[place.nextAt - start] = bytes[place.at] ?? 0;
    return {
      key: `6 ${interfaceId} ${u32(bytes, place.at + 4)} ${bytes.subarray(start + 8, start + 40).join()}`,
      at,
      header,
      offset: field & 0xfff8,
      bytes: bytes.subarray(place.at + 8, place.end),
      isLast: (field & 1) === 0,
    };
  }

  /** Goes on with the datagram the fragment completes, in bytes of its own. */
  #fragment(fragment: Fragment): void {
    if (this.#reassemblies === MAX_REASSEMBLIES) return this.#skip('ip fragment: too deep');
    this.#reassemblies += 1;
    const datagram = this.#fragments.add(fragment);
    if (datagram === undefined) return;
    this.#packet.bytes = datagram;
    this.#layer.bytes = datagram;
    this.#ip(0, datagram.length);
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
      packet.seq = i32(bytes, start + 4);
      packet.ack = i32(bytes, start + 8);
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
