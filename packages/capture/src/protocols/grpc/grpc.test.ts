import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readMessages } from './messages.ts';
import { codeAmong, decodeMessage, statusName, timeoutMillis } from './status.ts';

const message = (flags: number, body: Uint8Array | string): Buffer => {
  const bytes = Buffer.from(body as string);
  const head = Buffer.alloc(5);
  head[0] = flags;
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
};
const options = { encoding: 'gzip', isProtobuf: true };

test('messages are told one by one, compressed ones unpacked', () => {
  const body = Buffer.concat([message(0, '\x0a\x02hi'), message(1, gzipSync('\x10\x07'))]);
  expect(readMessages(body, options)).toMatchObject({
    count: 2,
    list: [
      { size: 4, fields: { 1: 'hi' } },
      { encoding: 'gzip', fields: { 2: 7 } },
    ],
  });
});

test('a message that is cut says so and is shown as bytes', () => {
  const body = message(0, '\x0a\x02hi').subarray(0, 7);
  expect(readMessages(body, options).list).toEqual([{ size: 4, truncated: true, base64: 'CgI=' }]);
});

test('messages that are not protobuf are bytes', () => {
  expect(readMessages(message(0, '{"a":1}'), { encoding: 'identity', isProtobuf: false }).list).toEqual([
    { size: 7, base64: 'eyJhIjoxfQ==' },
  ]);
});

test('the trailers of gRPC-Web stand among the messages', () => {
  const { trailers, count } = readMessages(
    Buffer.concat([message(0, ''), message(0x80, 'grpc-status:5\r\nGrpc-Message: gone\r\n')]),
    options,
  );
  expect([count, trailers.get('grpc-status'), trailers.get('grpc-message')]).toEqual([1, '5', 'gone']);
});

test('a stream of many messages is counted, its beginning listed', () => {
  const { list, count } = readMessages(Buffer.concat(Array.from({ length: 300 }, () => message(0, ''))), options);
  expect([list.length, count]).toEqual([100, 300]);
});

test('any bytes are read without a throw', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => void readMessages(bytes, options)));
});

test.each([
  ['a%20b%C3%A9', 'a bé'],
  ['100%', '100%'],
  ['%ff', '%ff'],
])('grpc-message %s is %s', (text, expected) => {
  expect(decodeMessage(text)).toBe(expected);
});

test.each([
  ['1S', 1000],
  ['250m', 250],
  ['100u', 0.1],
  ['soon', undefined],
])('grpc-timeout %s is %s ms', (text, expected) => {
  expect(timeoutMillis(text)).toBe(expected);
});

test('a status is named, an unknown one numbered', () => {
  expect([statusName(0), statusName(14), statusName(99)]).toEqual(['OK', 'UNAVAILABLE', 'status 99']);
});

test.each<[readonly string[], string | undefined]>([
  [['0', 'OK'], '0'],
  [['not found', '5', '(unknown)'], '5'],
  [['16'], '16'],
  [['17'], undefined],
  [['0', '3'], undefined],
  [['(unknown)'], undefined],
  [[], undefined],
])('of nameless trailers %j the status is %s', (values, expected) => {
  expect(codeAmong(values)).toBe(expected);
});
