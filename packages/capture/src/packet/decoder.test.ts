import { expect, test } from 'vitest';
import { PacketDecoder } from './decoder.ts';
import { bytesOf, decode, ipv4, ipv6, macs, tcp, udp } from './testing/frames.ts';

test.each([
  ['Ethernet, IPv4, TCP', 1, `${macs} 0800 ${ipv4('06', '002a')} ${tcp}`, 'ip4 tcp 80>8080 seq=10 flags=24 hi (2)'],
  [
    'Ethernet padding is not payload',
    1,
    `${macs} 0800 ${ipv4('06', '002a')} ${tcp} 00000000`,
    'ip4 tcp 80>8080 seq=10 flags=24 hi (2)',
  ],
  [
    'a total length of zero is a super-packet',
    1,
    `${macs} 0800 ${ipv4('06', '0000')} ${tcp}`,
    'ip4 tcp 80>8080 seq=10 flags=24 hi (2)',
  ],
  [
    'a cut packet tells its length',
    1,
    `${macs} 0800 ${ipv4('06', '1000')} ${tcp}`,
    'ip4 tcp 80>8080 seq=10 flags=24 hi (4056)',
  ],
  ['two VLAN tags', 1, `${macs} 88a8 0001 8100 0002 0800 ${ipv4('11', '001e')} ${udp}`, 'ip4 udp 53>4096 hi (2)'],
  [
    'Linux cooked v1',
    113,
    `0000 0001 0006 000000000000 0000 0800 ${ipv4('11', '001e')} ${udp}`,
    'ip4 udp 53>4096 hi (2)',
  ],
  [
    'Linux cooked v2',
    276,
    `86dd 0000 00000001 0001 00 06 0000000000000000 ${ipv6('11', '000a')} ${udp}`,
    'ip6 udp 53>4096 hi (2)',
  ],
  ['BSD loopback', 0, `02000000 ${ipv4('11', '001e')} ${udp}`, 'ip4 udp 53>4096 hi (2)'],
  [
    'raw IPv6 behind a hop-by-hop header',
    101,
    `${ipv6('00', '0012')} 11 00 000000000000 ${udp}`,
    'ip6 udp 53>4096 hi (2)',
  ],
  ['ICMP has no ports', 101, `${ipv4('01', '0016')} 6869`, 'ip4 1 0>0 hi (2)'],
  ['ARP', 1, `${macs} 0806 0001`, 'arp'],
  ['an unknown link type is named', 147, '00', 'link type 147 (USER0) is not supported'],
  ['a short Ethernet frame', 1, '0000', 'ethernet: short frame'],
  ['an IPv4 header of 16 bytes', 101, ipv4('06', '0014').replace('45', '44'), 'ipv4: bad header'],
  ['a total length inside the header', 101, ipv4('06', '0008'), 'ipv4: bad length'],
  [
    'a TCP header longer than the packet',
    101,
    `${ipv4('06', '0028')} ${tcp.replace('50 18', 'f0 18')}`,
    'tcp: bad header',
  ],
  ['half a TCP header', 101, `${ipv4('06', '001e')} ${tcp.slice(0, 24)}`, 'tcp: short header'],
  ['endless VLAN tags', 1, `${macs} ${'8100 0001 '.repeat(9)}`, 'vlan: bad tag'],
  [
    'endless extension headers',
    101,
    `${ipv6('00', '00a0')} ${'00 00 000000000000'.repeat(20)}`,
    'ipv6: too many extension headers',
  ],
  ['BSD loopback without a packet', 0, '0200', 'ip: unknown version'],
  ['PPP in HDLC framing', 50, `ff03 0021 ${ipv4('11', '001e')} ${udp}`, 'ip4 udp 53>4096 hi (2)'],
  ['PPP with a compressed protocol', 9, `57 ${ipv6('11', '000a')} ${udp}`, 'ip6 udp 53>4096 hi (2)'],
  ['PPP control', 9, 'c021 01 01 0004', 'ppp: protocol 0xc021'],
  ['half a PPP header', 9, 'c0', 'ppp: short frame'],
  [
    'netfilter log, little-endian',
    239,
    `02 00 0005  0800 0100 08000101  0500 0a00 78 000000  2200 0900 ${ipv4('11', '001e')} ${udp} 0000`,
    'ip4 udp 53>4096 hi (2)',
  ],
  ['netfilter log, big-endian', 239, `02 00 0005  0022 0009 ${ipv4('11', '001e')} ${udp}`, 'ip4 udp 53>4096 hi (2)'],
  ['netfilter log without a packet', 239, '02 00 0005  0500 0a00 78 000000', 'nflog: no payload'],
  ['netfilter log with an attribute of no length', 239, '02 00 0005  0000 0a00', 'nflog: bad attribute'],
  ['LLDP', 1, `${macs} 88cc 0207`, 'lldp'],
  ['a length where the ether type stands', 1, `${macs} 0026 4242 03`, 'llc'],
  ['a type nobody reads', 1, `${macs} 88e5 00`, 'ether type 0x88e5'],
])('%s', (_name, linkType, hex, expected) => {
  expect(decode(linkType, bytesOf(hex))).toBe(expected);
});

test('what is sliced out of a packet is a copy, also when the chunk is a Buffer', () => {
  const chunk = Buffer.from(bytesOf(`${ipv4('11', '001e')} ${udp}`));
  const kept: Uint8Array[] = [];
  const decoder = new PacketDecoder({
    packet: ({ bytes, payloadStart, payloadEnd }) => void kept.push(bytes.slice(payloadStart, payloadEnd)),
    skipped: () => {},
  });
  const frame = { bytes: chunk, start: 0, end: chunk.length, at: 0, originalLength: chunk.length, interfaceId: 0 };
  decoder.frame({ ...frame, linkType: 101 });
  chunk.fill(0);
  expect(Buffer.from(kept[0]!).toString()).toBe('hi');
});
