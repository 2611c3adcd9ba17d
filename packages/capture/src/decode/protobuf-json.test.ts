/** Two implementations of one meaning: what is written of a message, and what is decoded of it. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { JsonWriter } from '../json/json-writer.ts';
import { decodeProtobuf } from './protobuf.ts';
import { writeProtobuf } from './protobuf-json.ts';

function written(bytes: Uint8Array): string | undefined {
  const json = new JsonWriter();
  const around = Buffer.concat([Buffer.from([0x88]), bytes, Buffer.from([0x08, 1])]);
  const isMessage = writeProtobuf(json, around, { start: 1, end: 1 + bytes.length });
  const text = Buffer.from(json.written()).toString();
  if (!isMessage) expect(text).toBe('');
  return isMessage ? text : undefined;
}

const varint = (value: number | bigint): number[] => {
  const octets: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 0x7fn; rest >>= 7n) octets.push(Number(rest & 0x7fn) | 0x80);
  return [...octets, Number(rest)];
};

const { message } = fc.letrec<{ message: number[]; field: number[] }>((tie) => ({
  message: fc.array(tie('field'), { maxLength: 5 }).map((fields) => fields.flat()),
  field: fc
    .tuple(
      fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 0, max: 2 ** 29 })),
      fc.oneof(
        { depthSize: 'small' },
        fc.oneof(fc.nat(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })).map((value) => [0, ...varint(value)]),
        fc.double().map((value) => [1, ...new Uint8Array(new Float64Array([value]).buffer)]),
        fc.float().map((value) => [5, ...new Uint8Array(new Float32Array([value]).buffer)]),
        fc.string({ unit: 'binary', maxLength: 12 }).map((text) => [2, text.length, ...Buffer.from(text)]),
        fc.uint8Array({ maxLength: 12 }).map((bytes) => [2, bytes.length, ...bytes]),
        tie('message').map((bytes) => [2, ...varint(bytes.length), ...bytes]),
      ),
    )
    .map(([number, [wireType = 0, ...rest]]) => [...varint(number * 8 + wireType), ...rest]),
}));

test('messages are written as they are decoded, whole and cut', () => {
  fc.assert(
    fc.property(fc.oneof(message, fc.uint8Array({ maxLength: 60 })), fc.nat(80), (octets, length) => {
      for (const bytes of [Uint8Array.from(octets), Uint8Array.from(octets).subarray(0, length)]) {
        const decoded = decodeProtobuf(bytes);
        expect(written(bytes)).toBe(decoded === undefined ? undefined : JSON.stringify(decoded));
      }
    }),
    { numRuns: 2000 },
  );
});

test('as deep and as many as are decoded', () => {
  const nested = (depth: number): number[] => {
    let bytes = [8, 1];
    for (let i = 0; i < depth; i++) bytes = [10, ...varint(bytes.length), ...bytes];
    return bytes;
  };
  for (const octets of [
    nested(15),
    nested(16),
    nested(17),
    nested(18),
    Array.from({ length: 2047 }, () => [8, 1]).flat(),
  ]) {
    const bytes = Uint8Array.from(octets);
    expect(written(bytes)).toBe(JSON.stringify(decodeProtobuf(bytes)));
  }
});
