import { expect, test } from 'vitest';
import { hexBytes } from '../../decode/hex.ts';
import { rdataText } from './rdata.ts';

const text = (type: number, hex: string) => {
  const bytes = hexBytes(hex)!;
  return rdataText(type, { bytes, start: 0, end: bytes.length });
};

// What dig prints for the same bytes served by dnsmasq, but without final dots, in lower-case hexadecimal.
const rows: readonly (readonly [string, number, string, string])[] = [
  ['A', 1, 'c0000201', '192.0.2.1'],
  ['NS', 2, '036e7331076578616d706c6500', 'ns1.example'],
  ['CNAME', 5, '03777777076578616d706c6500', 'www.example'],
  [
    'SOA',
    6,
    '036e7331076578616d706c65000561646d696e076578616d706c650078a3f17500001c2000000e10001275000000012c',
    'ns1.example admin.example 2024010101 7200 3600 1209600 300',
  ],
  ['PTR', 12, '04686f7374076578616d706c6500', 'host.example'],
  ['HINFO', 13, '03783836054c696e7578', '"x86" "Linux"'],
  ['MX', 15, '000a046d61696c076578616d706c6500', '10 mail.example'],
  ['TXT', 16, '0b763d73706631202d616c6c0c7361792022686922205c2007', String.raw`"v=spf1 -all" "say \"hi\" \\ \007"`],
  ['RP', 17, '0561646d696e076578616d706c650003747874076578616d706c6500', 'admin.example txt.example'],
  ['AFSDB', 18, '000103616673076578616d706c6500', '1 afs.example'],
  ['AAAA', 28, '20010db8000000000000000000000001', '2001:db8::1'],
  ['SRV', 33, '000a000513c403736970076578616d706c6500', '10 5 5060 sip.example'],
  [
    'NAPTR',
    35,
    '006400320173046874747000055f68747470045f746370076578616d706c6500',
    '100 50 "s" "http" "" _http._tcp.example',
  ],
  ['KX', 36, '0001026b78076578616d706c6500', '1 kx.example'],
  ['DNAME', 39, '056f74686572076578616d706c6500', 'other.example'],
  ['DS', 43, 'ec4505012bb183af5f22588179a53b0a98631fad1a292118', '60485 5 1 2bb183af5f22588179a53b0a98631fad1a292118'],
  ['SSHFP', 44, '0402abcdef0123456789', '4 2 abcdef0123456789'],
  [
    'RRSIG',
    46,
    '00010d020000012c665a64806632d7803039076578616d706c650001020304',
    'A 13 2 300 20240601000000 20240502000000 12345 example AQIDBA==',
  ],
  ['NSEC', 47, '0162076578616d706c65000006400000000003', 'b.example A RRSIG NSEC'],
  ['DNSKEY', 48, '0101030d01020304', '257 3 13 AQIDBA=='],
  [
    'NSEC3',
    50,
    '0101000c04aabbccdd14000102030405060708090a0b0c0d0e0f10111213000722010000000290',
    '1 1 12 aabbccdd 000G40O40K30E209185GO38E1S8124GJ NS SOA MX RRSIG DNSKEY NSEC3PARAM',
  ],
  ['NSEC3PARAM', 51, '0100000000', '1 0 0 -'],
  ['TLSA', 52, '030101d2abde240d7cd3ee', '3 1 1 d2abde240d7cd3ee'],
  ['SVCB', 64, '000103737663076578616d706c6500000100030268320003000220fb', '1 svc.example alpn=h2 port=8443'],
  [
    'HTTPS',
    65,
    '0001000001000602683302683200040008c0000201c00002020006001020010db8000000000000000000000001',
    '1 . alpn=h3,h2 ipv4hint=192.0.2.1,192.0.2.2 ipv6hint=2001:db8::1',
  ],
  ['HTTPS alias', 65, '0000037777770765786d61706c6500', '0 www.exmaple'],
  ['URI', 256, '000a000168747470733a2f2f6578616d706c652f78', '10 1 "https://example/x"'],
  ['CAA', 257, '0005697373756563612e6578616d706c65', '0 issue "ca.example"'],
];

test.each(rows)('%s', (_name, type, hex, expected) => {
  expect(text(type, hex)).toBe(expected);
});

test.each([
  ['an unknown type', 65280, '010203', String.raw`\# 3 010203`],
  ['no data', 65280, '', String.raw`\# 0`],
  ['an A record of three bytes', 1, 'c00002', String.raw`\# 3 c00002`],
  ['an A record of five bytes', 1, 'c000020100', String.raw`\# 5 c000020100`],
  ['an MX record without its name', 15, '000a', String.raw`\# 2 000a`],
])('%s is shown in hexadecimal', (_name, type, hex, expected) => {
  expect(text(type, hex)).toBe(expected);
});

test.each(rows)('%s cut anywhere is still text', (_name, type, hex) => {
  for (let length = 0; length < hex.length; length += 2) expect(text(type, hex.slice(0, length))).toBeTypeOf('string');
});
