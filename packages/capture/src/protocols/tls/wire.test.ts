import { expect, test } from 'vitest';
import { hexBytes } from '../../decode/hex.ts';
import { tls } from './index.ts';
import { findRecord, HandshakeAssembler, MAX_HANDSHAKE_BYTES, parseRecord } from './wire.ts';

const bytes = (hex: string) => hexBytes(hex.replaceAll(' ', ''))!;

test('a record is its header and so many bytes', () => {
  const record = bytes('16 0301 0003 aabbcc');
  expect(parseRecord(record, 0)).toEqual({
    kind: 'done',
    value: { type: 22, version: 0x0301, fragment: bytes('aabbcc') },
    end: 8,
  });
  for (let length = 0; length < record.length; length++) {
    expect(parseRecord(record.subarray(0, length), 0).kind).toBe('more');
  }
});

test.each([
  ['an unknown type', '19 0303 0001 00'],
  ['another major version', '16 0403 0002 0000'],
  ['a fragment longer than any record', '17 0303 4801 00'],
  ['an empty handshake record', '16 0303 0000'],
  ['a long ChangeCipherSpec', '14 0303 0002 0101'],
])('%s is not TLS', (_name, hex) => {
  expect(parseRecord(bytes(hex), 0).kind).toBe('bad');
});

test('after lost bytes reading goes on where two records follow each other', () => {
  const stream = bytes('1603 17 0303 ff 17 0303 0002 abcd 17 0303 0001 ef');
  expect(findRecord(stream, 0)).toBe(6);
  expect(findRecord(stream, 7)).toBe(13);
  expect(findRecord(bytes('00112233445566'), 0)).toBe(-1);
});

test.each([[[12]], [[1, 1, 1, 9]], [[5, 7]], [[6, 6]]])('handshake messages over fragments of %j bytes', (sizes) => {
  const stream = bytes('01 000002 aabb 02 000002 ccdd');
  const assembler = new HandshakeAssembler();
  let at = 0;
  const found = sizes.flatMap((size) => {
    at += size;
    return assembler.push(stream.subarray(at - size, at)) ?? [];
  });
  expect(found.map(({ type, body }) => [type, body])).toEqual([
    [1, bytes('aabb')],
    [2, bytes('ccdd')],
  ]);
});

test('handshake-limit: a message longer than any real one is refused', () => {
  const assembler = new HandshakeAssembler();
  const length = (MAX_HANDSHAKE_BYTES + 1).toString(16).padStart(6, '0');
  expect(assembler.push(bytes(`0b ${length}`))).toBeNull();
  expect(assembler.push(bytes('01 000000'))).toHaveLength(1);
});

test.each([
  ['a ClientHello', 'client', '16 0301 0200 01', 'yes'],
  ['a ClientHello', 'server', '16 0301 0200 01', 'no'],
  ['a ServerHello', 'server', '16 0303 0050 02', 'yes'],
  ['a ServerHello', 'client', '16 0303 0050 02', 'no'],
  ['application data mid-stream', 'client', '17 0303 0020 9b', 'yes'],
  ['an alert', 'server', '15 0303 0002 0228', 'yes'],
  ['three bytes', 'client', '160301', 'more'],
  ['the start of HTTP', 'client', '474554202f', 'no'],
] as const)('%s of the %s: %s', (_name, side, hex, verdict) => {
  expect(tls.probe(bytes(hex), side)).toBe(verdict);
});
