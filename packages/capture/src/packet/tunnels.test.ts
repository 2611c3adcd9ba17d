import { expect, test } from 'vitest';
import { bytesOf, decode, ipv4, ipv6, macs, udp } from './testing/frames.ts';
import { MAX_TUNNELS } from './tunnels.ts';

const ethernet = (payload: string, type = '0800') => `${macs} ${type} ${payload}`;
const inner = `${ipv4('11', '001e')} ${udp}`;
const inner6 = `${ipv6('11', '000a')} ${udp}`;
const frame = ethernet(inner);
const lengthOf = (hex: string) => bytesOf(hex).length;
const word = (value: number) => value.toString(16).padStart(4, '0');
/** An IPv4 packet of this protocol around the hex. */
const ip = (protocol: string, payload: string) => `${ipv4(protocol, word(20 + lengthOf(payload)))} ${payload}`;
/** A datagram to this port. */
const to = (port: number, payload: string) =>
  ip('11', `c000 ${word(port)} ${word(8 + lengthOf(payload))} 0000 ${payload}`);
const vxlan = (payload: string) => to(4789, `08 000000 000001 00 ${payload}`);

const once = 'ip4 udp 53>4096 hi (2) tunnelled';
const once6 = 'ip6 udp 53>4096 hi (2) tunnelled';

test.each([
  ['VXLAN', vxlan(frame), once],
  ['VXLAN on the port Linux began with', to(8472, `08 000000 000001 00 ${frame}`), once],
  ['VXLAN with a group policy', to(4789, `88 000007 000001 00 ${frame}`), once],
  ['VXLAN around a tagged frame', vxlan(ethernet(`0005 0800 ${inner}`, '8100')), once],
  ['VXLAN around ARP', vxlan(ethernet('0001', '0806')), 'arp'],
  ['VXLAN around half a frame', vxlan('0000'), 'ethernet: short frame'],
  ['a datagram to the port that is not VXLAN', to(8472, '6869'), 'ip4 udp 49152>8472 hi (2)'],
  ['VXLAN-GPE around Ethernet', to(4790, `0c 0000 03 000001 00 ${frame}`), once],
  ['VXLAN-GPE around IPv6', to(4790, `0c 0000 02 000001 00 ${inner6}`), once6],
  ['VXLAN-GPE around MPLS', to(4790, `0c 0000 05 000001 00 00064140 ${inner}`), `${once} tunnelled`],
  ['VXLAN-GPE around something else', to(4790, '0c 0000 04 000001 00'), 'ip4 udp 49152>4790 \f\0\0\x04\0\0\x01\0 (8)'],
  ['Geneve around Ethernet', to(6081, `00 00 6558 000001 00 ${frame}`), once],
  ['Geneve with options around IPv6', to(6081, `02 40 86dd 000001 00 0102800100000000 ${inner6}`), once6],
  ['Geneve with options longer than the packet', to(6081, '3f 00 0800 000001 00'), 'geneve: short header'],
  ['a datagram to the port that is not Geneve', to(6081, '6869'), 'ip4 udp 49152>6081 hi (2)'],
  ['GTP-U', to(2152, `30 ff ${word(lengthOf(inner))} 00000007 ${inner}`), once],
  [
    'GTP-U with a sequence number and an extension header',
    to(2152, `36 ff ${word(lengthOf(inner6) + 8)} 00000007 0001 00 85 01 1001 00 ${inner6}`),
    once6,
  ],
  [
    'GTP-U with an extension header without end',
    to(2152, '34 ff 0005 00000007 0001 00 85 ff'),
    'gtp: bad extension header',
  ],
  [
    'GTP-U without a packet',
    to(2152, '32 01 0004 00000000 00000000'),
    'ip4 udp 49152>2152 2\x01\0\x04\0\0\0\0\0\0\0\0 (12)',
  ],
  [
    'an authentication header around a tunnel',
    ip('33', `04 04 0000 00000001 00000001 ${'00'.repeat(12)} ${inner}`),
    once,
  ],
  ['an authentication header before UDP', ip('33', `11 01 0000 00000001 00000001 ${udp}`), 'ip4 udp 53>4096 hi (2)'],
  ['half an authentication header', ip('33', '11 04 0000'), 'ipv4: short authentication header'],
  ['GRE', ip('2f', `0000 0800 ${inner}`), once],
  ['GRE with checksum, key and sequence', ip('2f', `b000 86dd 00000000 00000007 00000001 ${inner6}`), once6],
  ['NVGRE', ip('2f', `2000 6558 00000107 ${frame}`), once],
  ['ERSPAN I', ip('2f', `0000 88be ${frame}`), once],
  ['ERSPAN II', ip('2f', `1000 88be 00000001 10000000 00000000 ${frame}`), once],
  ['ERSPAN III', ip('2f', `1000 22eb 00000001 20000000 00000000 00000000 ${frame}`), once],
  [
    'ERSPAN III with a platform header',
    ip('2f', `1000 22eb 00000001 20000000 00000000 00000001 0000000000000000 ${frame}`),
    once,
  ],
  ['PPTP', ip('2f', `3081 880b 00200001 00000001 00000000 ff03 0021 ${inner}`), once],
  ['PPTP that only acknowledges', ip('2f', '2081 880b 00000001 00000000'), 'gre: acknowledgement only'],
  ['GRE with source routes', ip('2f', `4000 0800 00000000 ${inner}`), 'gre: unknown version'],
  ['GRE of a later version', ip('2f', `0002 0800 ${inner}`), 'gre: unknown version'],
  ['half a GRE header', ip('2f', '0000'), 'gre: short header'],
  ['GRE options longer than the packet', ip('2f', 'b000 0800 0000'), 'gre: short header'],
  ['GRE around a type nobody reads', ip('2f', '0000 88e5 00'), 'ether type 0x88e5'],
  ['IPv4 in IPv4', ip('04', inner), once],
  ['IPv6 in IPv4', ip('29', inner6), once6],
  ['IPv4 in IPv6', `${ipv6('04', word(lengthOf(inner)))} ${inner}`, once],
  ['MPLS in IP', ip('89', `00064140 ${inner}`), once],
  ['VXLAN in GRE', ip('2f', `0000 0800 ${vxlan(frame)}`), `${once} tunnelled`],
  ['as many tunnels as are believed', nested(MAX_TUNNELS), `ip4 udp 53>4096 hi (2)${' tunnelled'.repeat(MAX_TUNNELS)}`],
  ['one tunnel more', nested(MAX_TUNNELS + 1), 'tunnel: too deep'],
])('%s', (_name, hex, expected) => {
  expect(decode(101, bytesOf(hex))).toBe(expected);
});

test.each([
  ['MPLS', ethernet(`00064140 ${inner}`, '8847'), once],
  ['two labels around IPv6', ethernet(`00064040 00065140 ${inner6}`, '8848'), once6],
  ['a pseudowire', ethernet(`00064140 00000000 ${frame}`, '8847'), once],
  ['a label stack without a bottom', ethernet('00064040'.repeat(20), '8847'), 'mpls: bad label stack'],
  ['MPLS around nothing known', ethernet('00064140 90', '8847'), 'mpls: unknown payload'],
  ['NSH around IPv4', ethernet(`0fc6 01 01 00004500 ${'00'.repeat(16)} ${inner}`, '894f'), once],
  ['NSH around Ethernet', ethernet(`0fc2 02 03 000045ff ${frame}`, '894f'), once],
  ['NSH without its length', ethernet('0fc0 01 01 00004500', '894f'), 'nsh: bad header'],
  ['NSH around something else', ethernet(`0fc2 02 04 000045ff ${frame}`, '894f'), 'nsh: unknown payload'],
  ['Cisco metadata', ethernet(`0101 0001 0007 0800 ${inner}`, '8909'), once],
  ['half of Cisco metadata', ethernet('0101', '8909'), 'metadata: short header'],
  ['PPPoE, padded', ethernet(`11 00 0001 0020 0021 ${inner} 0000`, '8864'), once],
  ['PPPoE around MPLS', ethernet(`11 00 0001 0024 0281 00064140 ${inner}`, '8864'), `${once} tunnelled`],
  ['PPPoE of another version', ethernet(`21 00 0001 0020 0021 ${inner}`, '8864'), 'pppoe: bad header'],
  ['PPPoE around a keep-alive', ethernet('11 00 0001 0008 c021 09010004', '8864'), 'ppp: protocol 0xc021'],
  ['Ethernet in Ethernet without end', ethernet(`${`${macs} 6558`.repeat(4000)}`, '6558'), 'tunnel: too deep'],
])('%s', (_name, hex, expected) => {
  expect(decode(1, bytesOf(hex))).toBe(expected);
});

/** A datagram in this many IP-in-IP tunnels. */
function nested(tunnels: number): string {
  return tunnels === 0 ? inner : ip('04', nested(tunnels - 1));
}
