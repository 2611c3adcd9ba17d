import { expect, test } from 'vitest';
import { answer, batch, call, done, packet, prelogin, transaction } from '../../../fixtures/tds/packets.ts';
import { readMessage, startsWithMessage } from './wire.ts';

const bytes = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex');
const read = (packet: Uint8Array, isEncrypted: boolean) =>
  readMessage('client', packet, { offset: 0, limit: packet.length }, isEncrypted);

test.each([
  ['nothing', '', { kind: 'more', atLeast: 8 }],
  ['a cut header', '01 01 0010', { kind: 'more', atLeast: 4 }],
  ['cut data', '01 01 000c 0000 01 00 61', { kind: 'more', atLeast: 3 }],
  ['a type nobody knows', '63 01 0010 0000 01 00', { kind: 'bad', fault: 'no TDS header', at: 0 }],
  ['a length below the header', '01 01 0007 0000 01 00', { kind: 'bad' }],
  ['a length past the limit', '01 01 ffff 0000 01 00', { kind: 'bad' }],
  ['a status with bits nobody knows', '01 81 0010 0000 01 00', { kind: 'bad' }],
  ['a window that is not zero', '01 01 0010 0000 01 07', { kind: 'bad' }],
  ['an answer from a client', '04 01 0010 0000 01 00', { kind: 'bad' }],
])('%s', (_, hex, expected) => {
  expect(read(bytes(hex), false)).toMatchObject(expected);
});

test('a record of TLS is read as one only once TLS has begun', () => {
  const record = bytes('17 0303 0002 abcd');
  expect(read(record, true)).toMatchObject({ kind: 'done', value: { kind: 'record' }, end: 7 });
  expect(read(bytes('17 0303 0002 abcd 000000'), false)).toMatchObject({ kind: 'bad' });
});

test.each([
  ['a batch', batch('SELECT 1'), 'client', 'yes'],
  ['a batch before TDS 7.2', packet(1, Buffer.from('SELECT 1', 'utf16le')), 'client', 'yes'],
  ['a batch that is no text', packet(1, Buffer.alloc(64, 0xaa)), 'client', 'no'],
  ['a procedure', call('p', []), 'client', 'yes'],
  ['a transaction', transaction(5), 'client', 'yes'],
  ['an answer', answer(done(0)), 'server', 'yes'],
  ['what is agreed on first', prelogin(), 'server', 'yes'],
  ['an answer that begins with no token', packet(4, Buffer.alloc(64, 0x41)), 'server', 'no'],
  ['a beginning', batch('SELECT 1').subarray(0, 6), 'client', 'more'],
  ['another protocol', Buffer.from('GET / HTTP/1.1\r\n\r\n'), 'client', 'no'],
] as const)('%s: %s', (_, sample, side, verdict) => {
  expect(startsWithMessage(sample, 0, side)).toBe(verdict);
});
