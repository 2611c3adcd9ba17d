import { expect, test } from 'vitest';
import { isGrease, ja3, ja4 } from './fingerprint.ts';
import type { ClientHello } from './hello.ts';

const numbers = (list: string) => list.split(',').map((code) => Number.parseInt(code, 16));

/** The example of the JA4 description, with GREASE put in. */
const example: ClientHello = {
  legacyVersion: 0x0303,
  random: new Uint8Array(32),
  sessionId: new Uint8Array(0),
  ciphers: numbers('0a0a,1301,1302,1303,c02b,c02f,c02c,c030,cca9,cca8,c013,c014,009c,009d,002f,0035'),
  extensions: numbers('fafa,001b,0000,0033,0010,4469,0017,002d,000d,0005,0023,0012,002b,ff01,000b,000a,0015'),
  alpn: ['h2', 'http/1.1'],
  versions: numbers('2a2a,0304,0303'),
  groups: numbers('3a3a,001d,0017'),
  pointFormats: [0],
  signatureAlgorithms: numbers('0403,0804,0401,0503,0805,0501,0806,0601'),
  ticket: new Uint8Array(0),
  offersPsk: false,
  offersEarlyData: false,
};

test.each<[string, Partial<ClientHello>, string]>([
  ['the published example', {}, 't13d1516h2_8daaf6152771_e5627efa2ab1'],
  ['without signature algorithms', { signatureAlgorithms: [] }, 't13d1516h2_8daaf6152771_6d807ffa2a79'],
  ['nothing offered', { ciphers: [], extensions: [], alpn: [], versions: [] }, 't12i000000_000000000000_000000000000'],
])('JA4: %s', (_name, change, expected) => {
  expect(ja4({ ...example, ...change }, 't')).toBe(expected);
});

test.each([
  ['h2', 'h2'],
  ['http/1.1', 'h1'],
  ['a', 'aa'],
  ['\xab', 'ab'],
  ['\xab\xcd', 'ad'],
  ['0\xab', '3b'],
  ['01\xab\xcd', '3d'],
  ['0\xab\xcd1', '01'],
])('JA4: of the protocol %j remains %s', (protocol, ends) => {
  expect(ja4({ ...example, alpn: [protocol] }, 'q').slice(0, 10)).toBe(`q13d1516${ends}`);
});

test('JA3 is the MD5 of what is offered, without GREASE', () => {
  // Of 771,4865-4866-…-53,27-0-…-21,29-23,0 by another MD5.
  expect(ja3(example)).toBe('c7240d90981bb4a546a859dd3bd5457c');
});

test.each([
  [0x0a0a, true],
  [0xfafa, true],
  [0x0a1a, false],
  [0x1301, false],
])('%i is GREASE: %s', (value, expected) => {
  expect(isGrease(value)).toBe(expected);
});
