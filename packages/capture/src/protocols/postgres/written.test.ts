import fc from 'fast-check';
import { expect, test } from 'vitest';
import { client, dissectAll, server } from '../../dissect/testing/conversation.ts';
import { postgres } from './index.ts';
import {
  all,
  authenticated,
  complete,
  execute,
  i16,
  i32,
  message,
  query,
  raw,
  ready,
  startup,
  sync,
} from './testing/messages.ts';

/** Types of `pg_type`: text of any kind, numbers, truth, and one that is not known. */
const types = fc.constantFrom(0, 16, 20, 21, 23, 25, 26, 700, 701, 1700, 2950, 99_999);
const numbers = fc.oneof(fc.integer().map(String), fc.double().map(String), fc.constantFrom('007', '-0', '-', '1e5'));
const texts = fc.oneof(numbers, fc.string({ unit: 'binary', maxLength: 8 }), fc.string({ maxLength: 8 }));
const bytes = fc.oneof(
  texts.map((text): Uint8Array => Buffer.from(text)),
  fc.uint8Array({ maxLength: 9 }),
  fc.constantFrom(4, 8).chain((length) => fc.uint8Array({ minLength: length, maxLength: length })),
);
const value = fc.record({ type: types, format: fc.constantFrom(0, 1), bytes: fc.option(bytes) });
const sizedBytes = (bytes: Uint8Array | null) => (bytes === null ? [i32(-1)] : [i32(bytes.length), raw(bytes)]);

interface Value {
  readonly type: number;
  readonly format: number;
  readonly bytes: Uint8Array | null;
}
const columnsOf = (names: readonly string[], values: readonly Value[]) =>
  message(
    'T',
    i16(values.length),
    ...values.flatMap(({ type, format }, at) => {
      return [names[at] ?? `c${at}`, i32(0), i16(0), i32(type), i16(4), i32(-1), i16(format)];
    }),
  );
const rowOf = (values: readonly Value[]) =>
  message('D', i16(values.length), ...values.flatMap(({ bytes }) => sizedBytes(bytes)));
/** `formats`: all, the first for all, or none. */
const formatsOf = (values: readonly Value[], formats: number) => {
  const told = values.slice(0, formats).map(({ format }) => i16(format));
  return [i16(told.length), ...told];
};

const ofPortal = message('D', raw('P'), '');
const ofStatement = message('D', raw('S'), 's');
const parsed = message('1');
const isBound = message('2');

// Every conversation that is dissected compares what is written with what is described.
test('parameters and rows are written as they are described, whatever is in them', () => {
  const names = fc.array(fc.constantFrom('id', 'id', 'größe', '7', 'a"b', '#2', ''), { maxLength: 3 });
  const some = fc.array(value, { minLength: 1, maxLength: 4 });
  const formats = fc.constantFrom(0, 1, 9);
  fc.assert(
    fc.property(some, some, names, formats, fc.boolean(), (parameters, columns, columnNames, given, isPortal) => {
      const declared = parameters.map(({ type }) => i32(type));
      const parse = message('P', 's', 'SELECT * FROM t WHERE a = $1', i16(declared.length), ...declared);
      const bound = parameters.flatMap(({ bytes }) => sizedBytes(bytes));
      const bind = message(
        'B',
        '',
        's',
        ...formatsOf(parameters, given),
        i16(parameters.length),
        ...bound,
        ...formatsOf(columns, given),
      );
      const described = columnsOf(columnNames, columns);
      const calls = dissectAll(postgres, [
        client(startup),
        server(authenticated),
        client(isPortal ? all(parse, bind, ofPortal, execute, sync) : all(parse, ofStatement, bind, execute, sync)),
        server(isPortal ? all(parsed, isBound, described) : all(parsed, described, isBound)),
        server(all(rowOf(columns), complete('SELECT 1'), ready)),
        client(query("SELECT 'ü' FROM \"größe\" WHERE b = E'\\n'")),
        server(all(described, rowOf(columns), rowOf(columns), complete('SELECT 2'), ready)),
      ]);
      expect(calls).toHaveLength(3);
    }),
    { numRuns: 1000 },
  );
});

test('a row that is cut, or has more values than columns, is described', () => {
  const columns = [{ type: 25, format: 0, bytes: Buffer.from('a') }];
  const more = rowOf([...columns, ...columns]);
  const cut = message('D', i16(1), i32(7), raw('abc'));
  const [, call] = dissectAll(postgres, [
    client(startup),
    server(authenticated),
    client(query('SELECT a FROM t')),
    server(all(columnsOf(['a'], columns), more, cut, complete('SELECT 2'), ready)),
  ]);
  expect(call?.response).toMatchObject({ rows: [{ a: 'a', '#2': 'a' }, { a: 'abc' }] });
});
