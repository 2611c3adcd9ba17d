/** What a call writes of itself is held against its description by `dissectAll`. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { client, dissectAll, server, type Turn } from '../../dissect/testing/conversation.ts';
import { cassandra } from './index.ts';

const i16 = (value: number) => Buffer.from([(value >> 8) & 0xff, value & 0xff]);
const i32 = (value: number) => Buffer.from([value >> 24, (value >> 16) & 0xff, (value >> 8) & 0xff, value & 0xff]);
const short = (value: string | Uint8Array) => Buffer.concat([i16(Buffer.from(value).length), Buffer.from(value)]);
const long = (value: string | Uint8Array) => Buffer.concat([i32(Buffer.from(value).length), Buffer.from(value)]);
const envelope = (version: number, opcode: number, body: Uint8Array) =>
  Buffer.concat([Buffer.from([version, 0]), i16(1), Buffer.from([opcode]), i32(body.length), body]);
const asks = (opcode: number, body: Uint8Array): Turn => client(envelope(4, opcode, body));
const answers = (opcode: number, body: Uint8Array): Turn => server(envelope(0x84, opcode, body));
const [QUERY, RESULT, PREPARE, EXECUTE, ERROR] = [7, 8, 9, 10, 0] as const;

interface Column {
  readonly name: string;
  /** As it stands on the wire. */
  readonly type: Uint8Array;
}
const column = fc.record({
  name: fc.oneof(fc.constantFrom('id', 'name', 'ä"', '7', '', '__proto__'), fc.stringMatching(/^[a-z]{1,4}$/)),
  type: fc.oneof(
    fc.constantFrom(1, 2, 4, 5, 7, 8, 9, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x10, 0x11, 0x13, 0x14, 3, 6).map(i16),
    fc.constantFrom(Buffer.concat([i16(0x20), i16(0x0d)]), Buffer.concat([i16(0), short('Custom')])),
  ),
});
const cell = fc.oneof(
  fc.constantFrom(i32(-1), i32(-2)),
  fc.uint8Array({ maxLength: 5 }).map(long),
  fc.uint8Array({ minLength: 16, maxLength: 16 }).map(long),
  fc.uint8Array({ minLength: 8, maxLength: 8 }).map(long),
  fc
    .constantFrom(
      Buffer.from('0020000000000000', 'hex'),
      Buffer.from('001fffffffffffff', 'hex'),
      Buffer.from('ffe0000000000000', 'hex'),
    )
    .map(long),
  fc.string({ unit: fc.constantFrom(...Array.from('ab"\\\n\u0001äß€😀')), maxLength: 8 }).map(long),
);

const metadata = (columns: readonly Column[], flags = 1): Buffer =>
  Buffer.concat([
    i32(flags),
    i32(columns.length),
    ...((flags & 2) === 0 ? [] : [long('page')]),
    ...((flags & 4) === 0
      ? [short('shop'), short('orders'), ...columns.flatMap(({ name, type }) => [short(name), type])]
      : []),
  ]);
const parameters = (values: readonly Uint8Array[]): Buffer =>
  values.length === 0
    ? Buffer.concat([i16(10), Buffer.from([0])])
    : Buffer.concat([i16(1), Buffer.from([1]), i16(values.length), ...values]);

const result = fc.record({
  columns: fc.array(column, { maxLength: 3 }),
  cells: fc.array(fc.array(cell, { minLength: 3, maxLength: 3 }), { maxLength: 3 }),
  more: fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 1 }),
  hasMorePages: fc.boolean(),
});
const rows = (
  { columns, cells, more, hasMorePages }: typeof result extends fc.Arbitrary<infer R> ? R : never,
  known = false,
): Buffer =>
  Buffer.concat([
    i32(2),
    metadata(columns, (known ? 4 : 1) | (hasMorePages ? 2 : 0)),
    // Now and then fewer rows than are told.
    i32(cells.length + (more[0] ?? 0)),
    ...cells.flatMap((row) => row.slice(0, columns.length)),
  ]);

test('statements are written as they are described, whatever they and their rows hold', () => {
  const statement = fc.oneof(
    fc.constantFrom('SELECT id FROM shop.orders WHERE id = 7', "INSERT INTO t (a) VALUES ('ä\n\"')", 'nonsense', ''),
    fc.string({ maxLength: 20 }).map((value) => `UPDATE t SET a = '${value}'`),
  );
  const asked = fc.record({ statement, values: fc.array(cell, { maxLength: 3 }), result });
  fc.assert(
    fc.property(fc.array(asked, { minLength: 1, maxLength: 4 }), (calls) => {
      const turns = calls.flatMap(({ statement: cql, values, result: found }, i) => [
        asks(QUERY, Buffer.concat([long(cql), parameters(values)])),
        i % 2 === 0 ? answers(RESULT, rows(found)) : answers(ERROR, Buffer.concat([i32(0x2200), short(`no "${cql}"`)])),
      ]);
      expect(dissectAll(cassandra, turns)).toHaveLength(calls.length);
    }),
    { numRuns: 400 },
  );
});

test('prepared statements are written with the types that were told', () => {
  const asked = fc.record({
    variables: fc.array(column, { maxLength: 3 }),
    values: fc.array(cell, { maxLength: 4 }),
    result,
  });
  fc.assert(
    fc.property(asked, ({ variables, values, result: found }) => {
      const told = Buffer.concat([i32(1), i32(variables.length), i32(0), metadata(variables).subarray(8)]);
      const calls = dissectAll(cassandra, [
        asks(PREPARE, long('SELECT * FROM shop.orders WHERE id = ?')),
        answers(RESULT, Buffer.concat([i32(4), short('key'), told, metadata(found.columns)])),
        asks(EXECUTE, Buffer.concat([short('key'), parameters(values)])),
        answers(RESULT, rows(found, true)),
        asks(EXECUTE, Buffer.concat([short('key'), parameters(values)])),
        answers(RESULT, i32(1)),
      ]);
      expect(calls.map(({ endpoint }) => endpoint)).toEqual([
        'PREPARE SELECT orders',
        'SELECT orders',
        'SELECT orders',
      ]);
    }),
    { numRuns: 300 },
  );
});
