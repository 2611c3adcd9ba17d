import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeProtobuf } from './protobuf.ts';

const bytesOf = (hex: string): Uint8Array => Buffer.from(hex.replaceAll(' ', ''), 'hex');

test.each([
  ['nothing', '', {}],
  ['a varint', '08 96 01', { 1: 150 }],
  ['minus one', '08 ff ff ff ff ff ff ff ff ff 01', { 1: -1 }],
  ['a number past 2^53', '08 ff ff ff ff ff ff ff ff 7f', { 1: '9223372036854775807' }],
  ['text', '12 07 74 65 73 74 69 6e 67', { 2: 'testing' }],
  ['a message inside', '1a 03 08 96 01', { 3: { 1: 150 } }],
  ['repeated fields', '0a 01 61 0a 01 62', { 1: ['a', 'b'] }],
  ['a double', '09 00 00 00 00 00 00 f8 3f', { 1: 1.5 }],
  ['a float', '0d cd cc cc 3d', { 1: 0.1 }],
  ['fixed32 that is no likely float', '0d 01 00 00 00', { 1: 1 }],
  ['bytes', '0a 02 ff fe', { 1: { base64: '//4=' } }],
])('%s', (_name, hex, expected) => {
  expect(decodeProtobuf(bytesOf(hex))).toEqual(expected);
});

test.each([
  ['a field number of zero', '00 01'],
  ['a length past the end', '0a 09 61'],
  ['a group', '0b'],
  ['a varint without end', '08 ff ff ff ff ff ff ff ff ff ff ff'],
])('%s is no message', (_name, hex) => {
  expect(decodeProtobuf(bytesOf(hex))).toBeUndefined();
});

test('nesting is followed so far and no further', () => {
  let bytes: Uint8Array = bytesOf('08 01');
  for (let depth = 0; depth < 40; depth += 1) bytes = Uint8Array.of(0x0a, bytes.length, ...bytes);
  const depth = JSON.stringify(decodeProtobuf(bytes)).split('{').length;
  expect(depth).toBeGreaterThan(10);
  expect(depth).toBeLessThan(20);
});

test('any bytes are a message or none', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void decodeProtobuf(bytes)));
});
