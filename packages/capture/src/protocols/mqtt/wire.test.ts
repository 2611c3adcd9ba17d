import { expect, test } from 'vitest';
import { isPacketBoundary, MAX_WHOLE_BYTES, readPacket, readVariable, startsWithPacket } from './wire.ts';

const hex = (text: string) => new Uint8Array(Buffer.from(text.replaceAll(/#.*|\s/g, ''), 'hex'));
const publish = hex(`32   # PUBLISH, QoS 1
  08             # remaining length
  0003 612f62    # topic a/b
  0007           # packet identifier
  78             # payload`);
const connect = hex('10 10 0004 4d515454 04 02 003c 0004 74657374');

test.each([
  ['a publish', 'client', publish, { type: 3, flags: 2, left: 0, size: 10 }],
  ['a ping', 'client', hex('c000'), { type: 12, left: 0, size: 2 }],
  ['an answer to it', 'server', hex('d000'), { type: 13, left: 0, size: 2 }],
  [
    'a length of four bytes',
    'client',
    Uint8Array.from([0x30, 0x80, 0x80, 0x80, 0x01, ...new Uint8Array(MAX_WHOLE_BYTES)]),
    { left: 2_097_152 - MAX_WHOLE_BYTES },
  ],
] as const)('%s', (_, side, bytes, expected) => {
  expect(readPacket(side, bytes, 0, { left: 0 })).toMatchObject({ kind: 'done', value: expected });
});

test('the rest of a packet is read as it comes', () => {
  expect(readPacket('client', hex('010203'), 0, { left: 10 })).toMatchObject({
    value: { kind: 'rest', left: 7, size: 3 },
    end: 3,
  });
});

test.each([
  ['no length yet', '30', 1],
  ['half a length', '30 80', 1],
  ['half a body', '30 05 0001', 3],
])('%s wants more', (_, text, atLeast) => {
  expect(readPacket('client', hex(text), 0, { left: 0 })).toEqual({ kind: 'more', atLeast });
});

test.each([
  ['the reserved type', 'client', '00 00'],
  ['QoS 3', 'client', '36 00'],
  ['an answer from the client', 'client', '20 02 0000'],
  ['a question from the server', 'server', '82 05 0001 0001 61'],
  ['flags that are reserved', 'client', 'c1 00'],
  ['a subscription without its flag', 'client', '80 00'],
  ['a length of five bytes', 'client', '30 ffffffff7f'],
] as const)('%s is not MQTT', (_, side, text) => {
  expect(readPacket(side, hex(text), 0, { left: 0 })).toMatchObject({ kind: 'bad' });
});

test.each([
  ['00', 0],
  ['7f', 127],
  ['8001', 128],
  ['ffffff7f', 268_435_455],
] as const)('the variable byte integer %s', (text, value) => {
  expect(readVariable(hex(text), 0)).toEqual({ value, end: hex(text).length });
});

test.each([
  ['client', connect, 'yes'],
  ['client', hex('10 25 0006 4d5149736470 03'), 'yes'],
  ['client', connect.subarray(0, 6), 'more'],
  ['client', hex('10 10 0004 4d515455'), 'no'],
  ['server', hex('20 02 00 00'), 'yes'],
  ['server', hex('20 02 00 06'), 'no'],
  ['server', hex('20 02'), 'more'],
  ['client', publish, 'yes'],
  ['server', publish, 'yes'],
  ['client', publish.subarray(0, 6), 'more'],
  ['client', hex('c000'), 'more'],
  ['client', Buffer.concat([hex('c000 4002 0007'), publish]), 'yes'],
  ['client', hex('82 08 0001 0003 612f62 01'), 'yes'],
  ['client', hex('82 09 0001 00 0003 612f62 01'), 'yes'],
  // LDAP's bind, as a stranger that begins with the same byte.
  ['client', hex('30 0c 020101 6007 020103 0400 8000'), 'no'],
  ['client', Buffer.from('220 smtp ready\r\n'), 'no'],
  ['client', Buffer.from('GET / HTTP/1.1\r\n'), 'no'],
] as const)('the %s may begin so: %#', (side, bytes, answer) => {
  expect(startsWithPacket(new Uint8Array(bytes), 0, side)).toBe(answer);
});

test.each([
  ['a goodbye at the end', 'e000', true],
  ['an acknowledgement and a publish', '4002 0007 30', true],
  ['an acknowledgement and nonsense', '4002 0007 ff', false],
  ['a packet that is not here whole', '4002 00', false],
] as const)('a boundary: %s', (_, text, expected) => {
  const side = text.startsWith('4002 0007 ff') ? 'server' : 'client';
  expect(isPacketBoundary(hex(text), 0, side)).toBe(expected);
});
