import { expect, test } from 'vitest';
import { eachAttribute, looksLikePacket, readPacket } from './wire.ts';

const bytes = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex');
const authenticator = '00'.repeat(16);

test.each([
  ['nothing', '', { kind: 'more', atLeast: 20 }],
  ['a cut header', '01 07 0014', { kind: 'more', atLeast: 16 }],
  ['a cut attribute', `01 07 001b ${authenticator} 01 07 6c`, { kind: 'more', atLeast: 4 }],
  [
    'a length shorter than the header',
    `01 07 0013 ${authenticator}`,
    { kind: 'bad', fault: 'no RADIUS length', at: 0 },
  ],
  ['a length past the limit', `01 07 ffff ${authenticator}`, { kind: 'bad', fault: 'no RADIUS length', at: 0 }],
])('%s', (_, hex, expected) => {
  expect(readPacket(bytes(hex), 0, bytes(hex).length)).toEqual(expected);
});

test('a packet ends where it says, whatever is behind it', () => {
  const padded = bytes(`01 07 0014 ${authenticator} ffff`);
  expect(readPacket(padded, 0, padded.length)).toMatchObject({ kind: 'done', value: { code: 1, id: 7 }, end: 20 });
});

test.each([
  ['whole ones', '01 04 6162 02 02', [1, 2], true],
  ['one that lies about its end', '01 04 6162 02 09 61', [1], false],
  ['one shorter than itself', '01 04 6162 02 01', [1], false],
  ['a lone byte at the end', '01 04 6162 02', [1], false],
])('attributes: %s', (_, hex, expected, isWhole) => {
  const types: number[] = [];
  expect(eachAttribute(bytes(`01 07 0000 ${authenticator} ${hex}`), (type) => types.push(type))).toBe(isWhole);
  expect(types).toEqual(expected);
});

test.each([
  ['a request with attributes', `01 07 0018 ${authenticator} 01 04 6162`, 'client', 'yes'],
  ['an answer with attributes', `02 07 0018 ${authenticator} 12 04 6162`, 'server', 'yes'],
  ['an answer from a client', `02 07 0018 ${authenticator} 12 04 6162`, 'client', 'no'],
  ['a header alone, which says too little', `05 07 0014 ${authenticator}`, 'server', 'more'],
  ['attributes that do not fit', `01 07 0018 ${authenticator} 01 09 6162`, 'client', 'no'],
  ['an attribute without a number', `01 07 0018 ${authenticator} 00 04 6162`, 'client', 'no'],
  ['a code nobody knows', '63 07 0014', 'client', 'no'],
] as const)('%s: %s of the %s', (_, hex, side, verdict) => {
  expect(looksLikePacket(bytes(hex), 0, side)).toBe(verdict);
});
