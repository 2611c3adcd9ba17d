/**
 * What is left of a frame while its headers are taken off: one object per decoder, changed in place. Every header says
 * what stands behind it by an ether type or by something that has one, so the ether type is the common tongue.
 */

export class Layer {
  bytes: Uint8Array = new Uint8Array(0);
  at = 0;
  end = 0;
  /** Ether type of what stands at `at`. */
  type = 0;
}

/** Takes a header off the layer; answers why it could not, e.g. `gre: short header`. */
export type TakeHeader = (layer: Layer) => string | undefined;

/** https://www.iana.org/assignments/ieee-802-numbers */
export const ETHER_IPV4 = 0x0800;
export const ETHER_IPV6 = 0x86dd;
export const ETHER_MPLS = 0x8847;
export const ETHER_MPLS_MULTICAST = 0x8848;
export const ETHER_PPPOE_SESSION = 0x8864;
/** A whole Ethernet frame (RFC 1701 §3). */
export const ETHER_BRIDGED = 0x6558;
export const ETHER_PPP = 0x880b;
