/** Sets of IP addresses: the proxies whose word counts, and this machine itself. */

import { BlockList, isIP } from 'node:net';

/** A socket for both families shows IPv4 peers under their IPv6 names (RFC 4291 §2.5.5.2). */
const plain = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, '');

const familyOf = (address: string) => (isIP(address) === 6 ? 'ipv6' : 'ipv4');

export interface Addresses {
  has(address: string | undefined): boolean;
}

/** Of `10.0.0.1` and `10.0.0.0/8`, both families; the first that is neither comes back as a fault. */
export function addressesOf(texts: readonly string[]): Addresses | { readonly fault: string } {
  // One for each: a list of both would take every IPv4 address for one of ::/0.
  const lists = { ipv4: new BlockList(), ipv6: new BlockList() };
  for (const text of texts) {
    const [address = '', prefix, ...rest] = text.split('/');
    const most = isIP(address) === 6 ? 128 : 32;
    const bits = prefix === undefined ? most : Number(prefix);
    const isNumber = prefix === undefined || /^\d{1,3}$/.test(prefix);
    if (isIP(address) === 0 || !isNumber || bits > most || rest.length > 0)
      return { fault: `${text} is neither an address nor a network such as 10.0.0.0/8` };
    const family = familyOf(address);
    lists[family].addSubnet(address, bits, family);
  }
  return {
    has: (address) => {
      if (address === undefined) return false;
      const peer = plain(address);
      const family = familyOf(peer);
      return isIP(peer) !== 0 && lists[family].check(peer, family);
    },
  };
}

/** Addresses that only this machine, or this pod, has. */
export const isLoopback = (address: string | undefined): boolean =>
  address !== undefined && (address === '::1' || plain(address).startsWith('127.'));
