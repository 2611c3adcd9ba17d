import fc from 'fast-check';
import { expect, test } from 'vitest';
import { client, dissectAll, server } from '../../dissect/testing/conversation.ts';
import { BINARY_CHARSET, Type, UNSIGNED } from './codes.ts';
import { mysql } from './index.ts';
import { all, bytesOf, column, eof, greeting, login, ok, packet, query, sized, u16, u32 } from './testing/packets.ts';

const types = fc.constantFrom(...Object.values(Type), 246);
const numbers = fc.oneof(fc.integer().map(String), fc.double().map(String), fc.constantFrom('007', '-0', ''));
const texts = fc.oneof(
  numbers,
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.string({ minLength: 250, maxLength: 260 }),
);
/** What a value may be made of: its text, and bytes that may be of its type. */
const value = fc.record({
  type: types,
  flags: fc.constantFrom(0, UNSIGNED),
  charset: fc.constantFrom(33, 0, BINARY_CHARSET),
  bytes: fc.option(
    fc.oneof(
      texts.map((text): Uint8Array => Buffer.from(text)),
      fc.uint8Array({ maxLength: 9 }),
    ),
  ),
});
type Value = typeof value extends fc.Arbitrary<infer Kind> ? Kind : never;

const wide = new Set<number>([Type.LONGLONG, Type.DOUBLE]);
const four = new Set<number>([Type.LONG, Type.INT24, Type.FLOAT]);
const two = new Set<number>([Type.SHORT, Type.YEAR]);
/** The bytes as the binary protocol has values of this type: as many as it has, or behind their length. */
function binary({ type, bytes }: Value): Uint8Array {
  const width = wide.has(type) ? 8 : four.has(type) ? 4 : two.has(type) ? 2 : type === Type.TINY ? 1 : 0;
  if (bytes === null || type === Type.NULL) return new Uint8Array(0);
  return width === 0 ? sized(bytes) : Buffer.concat([bytes, new Uint8Array(8)]).subarray(0, width);
}
function bitmap(values: readonly Value[], from: number): Uint8Array {
  const bits = new Uint8Array((values.length + from + 7) >> 3);
  for (const [index, { bytes }] of values.entries()) {
    const bit = index + from;
    if (bytes === null) bits[bit >> 3] = (bits[bit >> 3] ?? 0) | (1 << (bit & 7));
  }
  return bits;
}
const definitions = (values: readonly Value[], names: readonly string[], first: number) =>
  values.map(({ type, flags, charset }, at) => column(first + at, names[at] ?? `c${at}`, type, flags, charset));
function result(values: readonly Value[], names: readonly string[], row: Uint8Array): Uint8Array {
  const behind = values.length + 2;
  return all(
    packet(1, values.length),
    ...definitions(values, names, 2),
    eof(behind),
    packet(behind + 1, row),
    eof(behind + 2),
  );
}

// Every conversation that is dissected compares what is written with what is described.
test('parameters and rows are written as they are described, whatever is in them', () => {
  const some = fc.array(value, { minLength: 1, maxLength: 4 });
  const names = fc.array(fc.constantFrom('id', 'id', 'größe', '7', 'a"b', '#2', ''), { maxLength: 3 });
  fc.assert(
    fc.property(some, some, names, fc.nat(3), (parameters, columns, columnNames, cut) => {
      const textRow = bytesOf(...columns.map(({ bytes }) => (bytes === null ? 0xfb : sized(bytes))));
      const binaryRow = bytesOf(0, bitmap(columns, 2), ...columns.map(binary));
      const bound = parameters.flatMap(({ type, flags }) => [type, flags === 0 ? 0 : 0x80]);
      const values = bytesOf(...parameters.map(binary));
      const kept = values.subarray(0, values.length - Math.min(cut, values.length));
      const execute = packet(0, 0x17, u32(7), 0, u32(1), bitmap(parameters, 0), 1, ...bound, kept);
      const calls = dissectAll(mysql, [
        server(greeting()),
        client(login()),
        server(ok(2)),
        client(query('SELECT \'ü\', "b" FROM größe')),
        server(result(columns, columnNames, textRow)),
        client(query('SELECT a FROM t WHERE b = 7')),
        server(result(columns, columnNames, textRow.subarray(0, textRow.length - Math.min(cut, textRow.length - 1)))),
        client(packet(0, 0x16, 'SELECT * FROM t WHERE a = ?')),
        server(
          all(
            packet(1, 0, u32(7), u16(0), u16(parameters.length), 0, u16(0)),
            ...definitions(parameters, [], 2),
            eof(parameters.length + 2),
          ),
        ),
        client(execute),
        server(result(columns, columnNames, binaryRow)),
        client(query('UPDATE t SET a = 7')),
        server(packet(1, 0, 3, 9, u16(3), u16(1), sized('Rows matched: 3  Changed: 3'))),
      ]);
      expect(calls).toHaveLength(6);
    }),
    { numRuns: 1000 },
  );
});
