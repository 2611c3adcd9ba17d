/** Tunnel headers: what carries a packet inside another packet. Each takes one header off and says what is inside. */

import { u16 } from './big-endian.ts';
import {
  ETHER_BRIDGED,
  ETHER_IPV4,
  ETHER_IPV6,
  ETHER_MPLS,
  ETHER_MPLS_MULTICAST,
  ETHER_PPP,
  ETHER_PPPOE_SESSION,
  type Layer,
  type TakeHeader,
} from './layer.ts';
import { takeEthernet, takePpp } from './link.ts';

/** A packet in more tunnels than this is made up: a cluster on top of a cluster in a mirrored port has four. */
export const MAX_TUNNELS = 8;

/** IANA protocol numbers of tunnels directly in IP. */
const IPV4_IN_IP = 4;
const IPV6_IN_IP = 41;
const GRE = 47;
const MPLS_IN_IP = 137;

const VXLAN_PORT = 4789;
/** Linux's port from before the number was assigned; flannel and Calico still use it. */
const VXLAN_PORT_LINUX = 8472;
/** VXLAN that says what is inside (draft-ietf-nvo3-vxlan-gpe). */
const VXLAN_GPE_PORT = 4790;
const GENEVE_PORT = 6081;
/** User traffic of mobile networks. */
const GTP_PORT = 2152;

/** The ether type each next protocol of VXLAN-GPE and of NSH has. */
const typeOfNextProtocol: readonly (number | undefined)[] = [
  undefined,
  ETHER_IPV4,
  ETHER_IPV6,
  ETHER_BRIDGED,
  undefined,
  ETHER_MPLS,
];

const NSH = 0x894f;
/** Cisco's metadata: a security group tag before what a frame carries. */
const CISCO_METADATA = 0x8909;
const CISCO_METADATA_BYTES = 8;

const ERSPAN_II = 0x88be;
const ERSPAN_III = 0x22eb;

/** GRE's flags (RFC 2784, RFC 2890; version 1 is RFC 2637 §4.1). */
const GRE_CHECKSUM = 0x8000;
const GRE_ROUTING = 0x4000;
const GRE_KEY = 0x2000;
const GRE_SEQUENCE = 0x1000;
const GRE_ACKNOWLEDGEMENT = 0x0080;
const GRE_VERSION = 0x0007;

const GTP_BYTES = 8;
/** G-PDU. */
const GTP_PACKET = 0xff;
/** A sequence number, an N-PDU number or an extension header: with any of them there are four more bytes. */
const GTP_HAS_MORE = 0x07;

/** Deepest label stack believed; real ones have two to four. */
const MAX_MPLS_LABELS = 16;

/** The tunnel an IP protocol number means. */
export function tunnelOfProtocol(protocol: number): TakeHeader | undefined {
  if (protocol === IPV4_IN_IP || protocol === IPV6_IN_IP) return takeNothing;
  if (protocol === GRE) return takeGre;
  return protocol === MPLS_IN_IP ? takeMpls : undefined;
}

/** The tunnel an ether type means. */
export function tunnelOfEtherType(type: number): TakeHeader | undefined {
  if (type === ETHER_MPLS || type === ETHER_MPLS_MULTICAST) return takeMpls;
  if (type === ETHER_PPPOE_SESSION) return takePppoe;
  if (type === NSH) return takeNsh;
  if (type === CISCO_METADATA) return takeCiscoMetadata;
  return type === ETHER_BRIDGED ? takeEthernet : undefined;
}

/**
 * The tunnel a datagram to a tunnel port ({@link isTunnelPort}) is. The layer stands at the payload of UDP, which must look the part: a port number
 * alone may be anybody's.
 */
export function tunnelOfPort(port: number, layer: Layer): TakeHeader | undefined {
  if (port === GENEVE_PORT) return isGeneve(layer) ? takeGeneve : undefined;
  if (port === GTP_PORT) return isGtp(layer) ? takeGtp : undefined;
  if (port === VXLAN_GPE_PORT) return isVxlanGpe(layer) ? takeVxlanGpe : undefined;
  return isVxlan(layer) ? takeVxlan : undefined;
}

/** True of the ports tunnels are sent to. */
export function isTunnelPort(port: number): boolean {
  return (
    port === VXLAN_PORT ||
    port === VXLAN_PORT_LINUX ||
    port === GENEVE_PORT ||
    port === VXLAN_GPE_PORT ||
    port === GTP_PORT
  );
}

/** IP directly in IP (RFC 2003, RFC 4213): the version nibble tells which. */
function takeNothing(layer: Layer): undefined {
  layer.type = ETHER_IPV4;
}

/** Only the flag "the network id is valid", reserved bits zero (RFC 7348 §5); or the group policy extension. */
function isVxlan({ bytes, at, end }: Layer): boolean {
  if (end - at < 8 || bytes[at + 7] !== 0) return false;
  const flags = bytes[at];
  const hasGroupPolicy = flags === 0x88;
  return hasGroupPolicy || (flags === 0x08 && bytes[at + 1] === 0 && u16(bytes, at + 2) === 0);
}

function takeVxlan(layer: Layer): string | undefined {
  layer.at += 8;
  return takeEthernet(layer);
}

/** Version zero, the flags "network id" and "next protocol", and a next protocol that is read here. */
function isVxlanGpe({ bytes, at, end }: Layer): boolean {
  if (end - at < 8 || ((bytes[at] ?? 0) & 0xfc) !== 0x0c || u16(bytes, at + 1) !== 0) return false;
  return bytes[at + 7] === 0 && typeOfNextProtocol[bytes[at + 3] ?? 0] !== undefined;
}

function takeVxlanGpe(layer: Layer): string | undefined {
  layer.type = typeOfNextProtocol[layer.bytes[layer.at + 3] ?? 0] ?? 0;
  layer.at += 8;
  return takeCarried(layer, 'vxlan');
}

/** Version zero, reserved bits zero, and something inside that is read here (RFC 8926 §3.4). */
function isGeneve({ bytes, at, end }: Layer): boolean {
  if (end - at < 8 || (bytes[at] ?? 0) >> 6 !== 0 || ((bytes[at + 1] ?? 0) & 0x3f) !== 0) return false;
  const type = u16(bytes, at + 2);
  return bytes[at + 7] === 0 && (type === ETHER_BRIDGED || type === ETHER_IPV4 || type === ETHER_IPV6);
}

function takeGeneve(layer: Layer): string | undefined {
  const { bytes, at } = layer;
  layer.type = u16(bytes, at + 2);
  layer.at += 8 + ((bytes[at] ?? 0) & 0x3f) * 4;
  return takeCarried(layer, 'geneve');
}

/** GTPv1-U with a packet of a user in it, as long as it says (3GPP TS 29.281 §5.1). */
function isGtp({ bytes, at, end }: Layer): boolean {
  if (end - at < GTP_BYTES + 1 || ((bytes[at] ?? 0) & 0xf0) !== 0x30 || bytes[at + 1] !== GTP_PACKET) return false;
  return u16(bytes, at + 2) === end - at - GTP_BYTES;
}

function takeGtp(layer: Layer): string | undefined {
  const { bytes, at, end } = layer;
  const hasMore = ((bytes[at] ?? 0) & GTP_HAS_MORE) !== 0;
  layer.at += hasMore ? GTP_BYTES + 4 : GTP_BYTES;
  // Extension headers: a length in words, and the type of the next as the last octet.
  for (let next = hasMore ? bytes[layer.at - 1] : 0; next !== 0; next = bytes[layer.at - 1]) {
    const words = bytes[layer.at] ?? 0;
    if (words === 0 || layer.at + 4 * words > end) return 'gtp: bad extension header';
    layer.at += 4 * words;
  }
  layer.type = ETHER_IPV4;
  return layer.at < end ? undefined : 'gtp: short header';
}

/** RFC 8300 §2.2: a length in words, and what is inside. */
function takeNsh(layer: Layer): string | undefined {
  const { bytes, at, end } = layer;
  const length = (u16(bytes, at) & 0x3f) * 4;
  if (end - at < 8 || length < 8) return 'nsh: bad header';
  const type = typeOfNextProtocol[bytes[at + 3] ?? 0];
  if (type === undefined) return 'nsh: unknown payload';
  layer.type = type;
  layer.at += length;
  return takeCarried(layer, 'nsh');
}

function takeCiscoMetadata(layer: Layer): string | undefined {
  layer.type = u16(layer.bytes, layer.at + CISCO_METADATA_BYTES - 2);
  layer.at += CISCO_METADATA_BYTES;
  return takeCarried(layer, 'metadata');
}

function takeGre(layer: Layer): string | undefined {
  const { bytes, at, end } = layer;
  if (end - at < 4) return 'gre: short header';
  const flags = u16(bytes, at);
  const version = flags & GRE_VERSION;
  // Source routes have no known length here and nobody sends them (RFC 2784 §2.3: discard).
  if (version > 1 || (flags & GRE_ROUTING) !== 0) return 'gre: unknown version';
  layer.type = u16(bytes, at + 2);
  layer.at += 4;
  if ((flags & GRE_CHECKSUM) !== 0) layer.at += 4;
  if ((flags & GRE_KEY) !== 0) layer.at += 4;
  if ((flags & GRE_SEQUENCE) !== 0) layer.at += 4;
  else if (version === 1) return 'gre: acknowledgement only';
  if (version === 1 && (flags & GRE_ACKNOWLEDGEMENT) !== 0) layer.at += 4;
  if (layer.type === ERSPAN_II || layer.type === ERSPAN_III) takeErspan(layer, (flags & GRE_SEQUENCE) !== 0);
  return takeCarried(layer, 'gre');
}

/**
 * A mirrored port's header, with GRE's ether type: none at all (type I, which has no sequence number), 8 bytes (type II),
 * or 12 and a platform's 8 more when the last bit says so (type III).
 */
function takeErspan(layer: Layer, hasSequence: boolean): void {
  if (layer.type === ERSPAN_III) {
    const hasPlatformHeader = ((layer.bytes[layer.at + 11] ?? 0) & 1) === 1;
    layer.at += hasPlatformHeader ? 20 : 12;
  } else if (hasSequence) {
    layer.at += 8;
  }
  layer.type = ETHER_BRIDGED;
}

/** RFC 2516 §4: the length leaves out Ethernet's padding. */
function takePppoe(layer: Layer): string | undefined {
  const { bytes, at, end } = layer;
  if (end - at < 6 || bytes[at] !== 0x11) return 'pppoe: bad header';
  layer.at += 6;
  layer.end = Math.min(end, layer.at + u16(bytes, at + 4));
  return takePpp(layer);
}

/** The whole label stack (RFC 3032 §2.1). Nothing in it says what it carries: the first nibble does (RFC 4928 §3). */
function takeMpls(layer: Layer): string | undefined {
  const { bytes, end } = layer;
  for (let labels = 0; ; labels += 1) {
    if (end - layer.at < 4 || labels === MAX_MPLS_LABELS) return 'mpls: bad label stack';
    const isBottom = ((bytes[layer.at + 2] ?? 0) & 1) === 1;
    layer.at += 4;
    if (isBottom) break;
  }
  const nibble = layer.at < end ? (bytes[layer.at] ?? 0) >> 4 : 0xf;
  layer.type = ETHER_IPV4;
  if (nibble === 4 || nibble === 6) return undefined;
  if (nibble !== 0) return 'mpls: unknown payload';
  // A pseudowire's control word, then Ethernet (RFC 4448 §4.6).
  layer.at += 4;
  return takeEthernet(layer);
}

/** Goes on to what is inside when it has a header of its own. */
function takeCarried(layer: Layer, tunnel: string): string | undefined {
  if (layer.at > layer.end) return `${tunnel}: short header`;
  if (layer.type === ETHER_BRIDGED) return takeEthernet(layer);
  return layer.type === ETHER_PPP ? takePpp(layer) : undefined;
}
