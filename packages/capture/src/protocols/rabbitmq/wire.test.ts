import { expect, test } from 'vitest';
import { content, frame, method, protocolHeader } from './testing/frames.ts';
import { isProtocolHeader, MAX_WHOLE_BYTES, readFrame, startsWith, versionOf } from './wire.ts';

const hex = (text: string) => new Uint8Array(Buffer.from(text.replaceAll(/#.*|\s/g, ''), 'hex'));
const heartbeat = hex(`08      # heartbeat
  0000          # channel 0
  00000000      # nothing in it
  ce`);

test.each([
  ['a heartbeat', heartbeat, { kind: 'frame', type: 8, channel: 0, left: 0, size: 8 }],
  ['a method', method(7, 'channel.open'), { kind: 'frame', type: 1, channel: 7, left: 0, size: 13 }],
  ['a protocol header', protocolHeader, { kind: 'header', size: 8 }],
  ['the beginning of a body', frame(3, 1, new Uint8Array(100)).subarray(0, 20), { type: 3, left: 88, size: 20 }],
])('%s', (_, bytes, expected) => {
  const parsed = readFrame(new Uint8Array(bytes), 0, 0);
  expect(parsed).toMatchObject({ kind: 'done', value: expected });
});

test.each([
  ['nothing but a type', '01', 6],
  ['half a head', '01 0001 0000', 2],
  ['a method without its end', '01 0001 00000004 000a0033', 1],
  ['a body frame before its payload', '03 0001 0000', 2],
  ['half a protocol header', '414d5150', 4],
])('%s wants more', (_, text, atLeast) => {
  expect(readFrame(hex(text), 0, 0)).toEqual({ kind: 'more', atLeast });
});

test.each([
  ['an unknown type', '04 0001 00000000 ce', 0],
  ['a length beyond every message', '01 0001 ffffffff', 3],
  ['no end octet', '08 0000 00000000 00', 7],
  ['letters that are no header', '41424344', 0],
])('%s is not AMQP', (_, text, at) => {
  expect(readFrame(hex(text), 0, 0)).toMatchObject({ kind: 'bad', at });
});

test('a method longer than the limit is read by its beginning', () => {
  const long = frame(1, 1, new Uint8Array(MAX_WHOLE_BYTES + 100));
  const bytes = new Uint8Array(long);
  expect(readFrame(bytes.subarray(0, MAX_WHOLE_BYTES), 0, 0)).toMatchObject({ value: { left: 108 } });
  expect(readFrame(bytes.subarray(MAX_WHOLE_BYTES), 0, 108)).toMatchObject({ value: { kind: 'rest', left: 0 } });
  expect(readFrame(new Uint8Array(108), 0, 108)).toMatchObject({ kind: 'bad' });
});

test.each([
  ['0-9-1', [0, 0, 9, 1]],
  ['1.0', [0, 1, 0, 0]],
  ['1.0', [3, 1, 0, 0]],
  ['1-1-8-0', [1, 1, 8, 0]],
])('version %s', (version, numbers) => {
  const header = Uint8Array.from([...Buffer.from('AMQP'), ...numbers]);
  expect(isProtocolHeader(header)).toBe('yes');
  expect(versionOf(header, 0)).toBe(version);
});

test.each([
  ['client', method(1, 'basic.publish'), 'yes'],
  ['server', method(1, 'basic.publish'), 'no'],
  ['server', method(1, 'basic.deliver'), 'yes'],
  ['client', method(1, 'basic.ack'), 'yes'],
  ['server', heartbeat, 'yes'],
  ['server', heartbeat.subarray(0, 5), 'more'],
  ['client', frame(1, 1, hex('00630063')), 'no'],
  ['client', frame(1, 1, hex('0063')), 'no'],
  ['client', frame(8, 3, hex('')), 'no'],
  ['client', content(1, ['x']), 'yes'],
  ['client', content(1, ['x']).subarray(0, 12), 'more'],
  ['client', frame(2, 1, hex('0032 0000 0000000000000000 0000')), 'no'],
  ['client', Buffer.from('GET / HTTP/1.1\r\n'), 'no'],
] as const)('the %s may begin so: %#', (side, bytes, answer) => {
  expect(startsWith(new Uint8Array(bytes), 0, side)).toBe(answer);
});
