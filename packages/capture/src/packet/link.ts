/** Link headers: what a frame begins with, by the link type of the interface it was captured on. */

import { u16 } from './big-endian.ts';
import { ETHER_IPV4, ETHER_IPV6, ETHER_MPLS, ETHER_MPLS_MULTICAST, type Layer } from './layer.ts';

/** https://www.tcpdump.org/linktypes.html */
const LINK_NULL = 0;
const LINK_ETHERNET = 1;
const LINK_PPP = 9;
const LINK_RAW_BSD = 12;
const LINK_RAW_OPENBSD = 14;
const LINK_PPP_HDLC = 50;
const LINK_RAW = 101;
const LINK_LOOP = 108;
const LINK_LINUX_SLL = 113;
const LINK_IPV4 = 228;
const LINK_IPV6 = 229;
const LINK_NFLOG = 239;
const LINK_LINUX_SLL2 = 276;

const ETHER_VLAN = 0x8100;
const ETHER_QINQ = 0x88a8;
const ETHER_QINQ_OLD = 0x9100;
/** A frame with more tags than this is made up. */
const MAX_VLAN_TAGS = 4;

/** Attribute of a netfilter log message that holds the packet (NFULA_PAYLOAD). */
const NFLOG_PAYLOAD = 9;

/** Takes the link header off. */
export function takeLink(layer: Layer, linkType: number): string | undefined {
  switch (linkType) {
    case LINK_ETHERNET:
      return takeEthernet(layer);
    case LINK_LINUX_SLL:
      if (layer.end - layer.at < 16) return 'linux cooked: short frame';
      return behind(layer, 16, u16(layer.bytes, layer.at + 14));
    case LINK_LINUX_SLL2:
      if (layer.end - layer.at < 20) return 'linux cooked: short frame';
      return behind(layer, 20, u16(layer.bytes, layer.at));
    case LINK_NULL:
    case LINK_LOOP:
      // Four bytes of address family in the byte order of whoever captured: the version nibble says the same.
      return behind(layer, 4, ETHER_IPV4);
    case LINK_RAW:
    case LINK_RAW_BSD:
    case LINK_RAW_OPENBSD:
    case LINK_IPV4:
    case LINK_IPV6:
      return behind(layer, 0, ETHER_IPV4);
    case LINK_PPP:
    case LINK_PPP_HDLC:
      return takePpp(layer);
    case LINK_NFLOG:
      return takeNflog(layer);
    default:
      return `link type ${nameOf(linkType)} is not supported`;
  }
}

function behind(layer: Layer, headerBytes: number, type: number): undefined {
  layer.at += headerBytes;
  layer.type = type;
}

/** Two addresses and the ether type; VLAN tags are {@link takeVlanTags}'s. */
export function takeEthernet(layer: Layer): string | undefined {
  if (layer.end - layer.at < 14) return 'ethernet: short frame';
  return behind(layer, 14, u16(layer.bytes, layer.at + 12));
}

/** IEEE 802.1Q and 802.1ad tags. */
export function takeVlanTags(layer: Layer): string | undefined {
  for (let tags = 0; isVlan(layer.type); tags += 1) {
    if (layer.end - layer.at < 4 || tags === MAX_VLAN_TAGS) return 'vlan: bad tag';
    behind(layer, 4, u16(layer.bytes, layer.at + 2));
  }
  return undefined;
}

function isVlan(type: number): boolean {
  return type === ETHER_VLAN || type === ETHER_QINQ || type === ETHER_QINQ_OLD;
}

/** PPP's protocol field (RFC 1661 §2), with or without the address and control bytes of HDLC (RFC 1662 §3.1). */
export function takePpp(layer: Layer): string | undefined {
  const { bytes } = layer;
  if (layer.end - layer.at >= 2 && u16(bytes, layer.at) === 0xff03) layer.at += 2;
  // An odd first byte is a protocol number compressed to one byte (RFC 1661 §6.5).
  const isCompressed = ((bytes[layer.at] ?? 0) & 1) === 1;
  const fieldBytes = isCompressed ? 1 : 2;
  if (layer.end - layer.at < fieldBytes) return 'ppp: short frame';
  const protocol = isCompressed ? (bytes[layer.at] ?? 0) : u16(bytes, layer.at);
  const type = etherTypeOfPpp(protocol);
  if (type === undefined) return `ppp: protocol 0x${protocol.toString(16).padStart(4, '0')}`;
  return behind(layer, fieldBytes, type);
}

function etherTypeOfPpp(protocol: number): number | undefined {
  if (protocol === 0x0021) return ETHER_IPV4;
  if (protocol === 0x0057) return ETHER_IPV6;
  if (protocol === 0x0281) return ETHER_MPLS;
  return protocol === 0x0283 ? ETHER_MPLS_MULTICAST : undefined;
}

/** Netfilter log: family, version and group, then attributes, one of which is the packet. */
function takeNflog(layer: Layer): string | undefined {
  const { bytes, end } = layer;
  for (let at = layer.at + 4; end - at >= 4; ) {
    // Length and type are in the byte order of the machine that captured: the one that fits is it.
    const isLittle = isAttributeLength(swap(u16(bytes, at)), end - at);
    const length = isLittle ? swap(u16(bytes, at)) : u16(bytes, at);
    if (!isAttributeLength(length, end - at)) return 'nflog: bad attribute';
    const type = isLittle ? swap(u16(bytes, at + 2)) : u16(bytes, at + 2);
    if (type === NFLOG_PAYLOAD) {
      layer.end = at + length;
      layer.at = at;
      return behind(layer, 4, ETHER_IPV4);
    }
    at += (length + 3) & ~3;
  }
  return 'nflog: no payload';
}

const swap = (word: number): number => ((word & 0xff) << 8) | (word >> 8);

const isAttributeLength = (length: number, left: number): boolean => length >= 4 && length <= left;

/** Names of link types that captures have and nobody reads here: https://www.tcpdump.org/linktypes.html */
const names: ReadonlyMap<number, string> = new Map([
  [6, 'IEEE802_5'],
  [8, 'SLIP'],
  [10, 'FDDI'],
  [104, 'C_HDLC'],
  [105, 'IEEE802_11'],
  [107, 'FRELAY'],
  [117, 'PFLOG'],
  [119, 'IEEE802_11_PRISM'],
  [127, 'IEEE802_11_RADIOTAP'],
  [187, 'BLUETOOTH_HCI_H4'],
  [189, 'USB_LINUX'],
  [195, 'IEEE802_15_4_WITHFCS'],
  [220, 'USB_LINUX_MMAPPED'],
  [227, 'CAN_SOCKETCAN'],
  [253, 'NETLINK'],
]);
const FIRST_USER_TYPE = 147;
const LAST_USER_TYPE = 162;

function nameOf(linkType: number): string {
  const isUsers = linkType >= FIRST_USER_TYPE && linkType <= LAST_USER_TYPE;
  const name = isUsers ? `USER${linkType - FIRST_USER_TYPE}` : names.get(linkType);
  return name === undefined ? String(linkType) : `${linkType} (${name})`;
}
