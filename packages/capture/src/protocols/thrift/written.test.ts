/** Usual calls are read as bytes and written from them; read in pieces, they are described: both must agree. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { client, dissectAll, server, type Turn } from '../../dissect/testing/conversation.ts';
import { thrift } from './index.ts';
import { Type } from './values.ts';
import { MessageType } from './wire.ts';

const i16 = (value: number): Buffer => Buffer.from([(value >> 8) & 255, value & 255]);
function i32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value | 0);
  return bytes;
}
function i64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
}
function float(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return bytes;
}
const text = (value: string | Uint8Array): Buffer =>
  Buffer.concat([i32(Buffer.from(value).length), Buffer.from(value)]);

/** A value as it is written, with its type. */
type Typed = readonly [type: number, bytes: Buffer];

const struct = (fields: readonly (readonly [number, Typed])[]): Buffer =>
  Buffer.concat([
    ...fields.map(([id, [type, bytes]]) => Buffer.concat([Uint8Array.of(type), i16(id), bytes])),
    Uint8Array.of(Type.STOP),
  ]);

function messageOf(head: { name: string; type: number; sequence: number; isFramed: boolean }, body: Buffer): Buffer {
  const bare = Buffer.concat([Uint8Array.of(0x80, 1, 0, head.type), text(head.name), i32(head.sequence), body]);
  return head.isFramed ? Buffer.concat([i32(bare.length), bare]) : bare;
}

const words = fc.oneof(
  fc.string({ unit: fc.constantFrom(...Array.from('ab7"\\ \n\u0001\u001fäß€😀,')), maxLength: 10 }),
  fc.uint8Array({ maxLength: 6 }),
  fc.constantFrom('', 'x'.repeat(220), 'y'.repeat(4096), 'z'.repeat(4097), '\ufeffa'),
);
const keys = fc.oneof(fc.constantFrom('a', 'b', 'stock', 'ä', '7', '', '__proto__', 'toString'), words);
const { typed } = fc.letrec<{ typed: Typed }>((tie) => ({
  typed: fc.oneof(
    { maxDepth: 3 },
    words.map((value): Typed => [Type.STRING, text(value)]),
    fc.boolean().map((value): Typed => [Type.BOOL, Buffer.from([value ? 1 : 0])]),
    fc.integer({ min: -128, max: 127 }).map((value): Typed => [Type.BYTE, Buffer.from([value & 255])]),
    fc.integer({ min: -32768, max: 32767 }).map((value): Typed => [Type.I16, i16(value)]),
    fc.integer().map((value): Typed => [Type.I32, i32(value)]),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value): Typed => [Type.I64, i64(value)]),
    fc
      .constantFrom(2n ** 53n, 2n ** 53n - 1n, -(2n ** 53n), 1n - 2n ** 53n, -1n)
      .map((value): Typed => [Type.I64, i64(value)]),
    fc
      .oneof(fc.double(), fc.constantFrom(-0, 1e21, 1e-7, Number.NaN))
      .map((value): Typed => [Type.DOUBLE, float(value)]),
    fc
      .array(fc.integer(), { maxLength: 3 })
      .map(
        (items): Typed => [Type.LIST, Buffer.concat([Uint8Array.of(Type.I32), i32(items.length), ...items.map(i32)])],
      ),
    fc
      .array(fc.tuple(keys, words), { maxLength: 3 })
      .map(
        (members): Typed => [
          Type.MAP,
          Buffer.concat([
            Uint8Array.of(Type.STRING, Type.STRING),
            i32(members.length),
            ...members.flatMap(([key, value]) => [text(key), text(value)]),
          ]),
        ],
      ),
    fc
      .array(fc.integer(), { maxLength: 2 })
      .map(
        (members): Typed => [
          Type.MAP,
          Buffer.concat([
            Uint8Array.of(Type.I32, Type.I32),
            i32(members.length),
            ...members.flatMap((key) => [i32(key), i32(1)]),
          ]),
        ],
      ),
    fc
      .array(fc.tuple(fc.integer({ min: -2, max: 9 }), tie('typed')), { maxLength: 3 })
      .map((fields): Typed => [Type.STRUCT, struct(fields)]),
  ),
}));
const fields = fc
  .array(typed, { maxLength: 3 })
  .chain((values) => fc.constantFrom(0, 1, -1).map((first) => struct(values.map((value, i) => [first + i, value]))));
const call = fc.record({
  name: fc.constantFrom('get', 'Orders:clear', 'a.b$c'),
  asked: fields,
  replied: fields,
  type: fc.constantFrom(MessageType.REPLY, MessageType.REPLY, MessageType.EXCEPTION),
  isFramed: fc.boolean(),
});

/** The same calls, whole and byte by byte. How one is written is held against its description by `dissectAll`. */
function expectSame(turns: readonly Turn[]): void {
  const single = turns.flatMap(({ side, bytes }, index) =>
    Array.from(bytes, (byte) => ({ side, bytes: Uint8Array.of(byte), at: (index + 1) * 1000 })),
  );
  const whole = dissectAll(thrift, turns);
  expect(whole.length).toBeGreaterThan(0);
  expect(JSON.stringify(dissectAll(thrift, single))).toBe(JSON.stringify(whole));
}

test('whole calls are described and written as those that come byte by byte', () => {
  fc.assert(
    fc.property(fc.array(call, { minLength: 1, maxLength: 4 }), (calls) => {
      const turns = calls.flatMap(({ name, asked, replied, type, isFramed }, i) => [
        client(messageOf({ name, type: MessageType.CALL, sequence: i, isFramed }, asked)),
        server(messageOf({ name, type, sequence: i, isFramed }, replied)),
      ]);
      expectSame(turns);
    }),
    { numRuns: 400 },
  );
});

test('calls that wait longer than their chunk are kept, and paired by their numbers', () => {
  const count = 30;
  const of = (i: number) => ({ name: 'get', sequence: i, isFramed: i % 2 === 0 });
  const asked = Array.from({ length: count }, (_, i) =>
    client(messageOf({ ...of(i), type: MessageType.CALL }, struct([[1, [Type.I32, i32(i)]]]))),
  );
  const replied = Array.from({ length: count }, (_, i) =>
    server(messageOf({ ...of(count - 1 - i), type: MessageType.REPLY }, struct([[0, [Type.STRING, text(`v${i}`)]]]))),
  );
  const calls = dissectAll(thrift, [...asked, ...replied]);
  expect(calls.map(({ summary, data }) => [summary, data?.['thrift']?.['result']])).toEqual(
    Array.from({ length: count }, (_, i) => [`get(${count - 1 - i})`, `v${i}`]),
  );
});
