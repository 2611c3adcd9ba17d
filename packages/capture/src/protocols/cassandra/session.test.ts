import fc from 'fast-check';
import { expect, test } from 'vitest';
import { client, dissect, dissectAll, lost, recut, server, type Turn } from '../../dissect/testing/conversation.ts';
import { conversationsOf, fixtures } from '../../dissect/testing/fixtures.ts';
import { statements } from './describe.ts';
import { cassandra } from './index.ts';
import { MAX_ROWS, MAX_SHOWN } from './messages.ts';
import { MAX_STATEMENTS, PreparedStatements } from './prepared.ts';
import { MAX_WHOLE_BYTES, readEnvelope } from './wire.ts';

const i16 = (value: number) => Buffer.from([(value >> 8) & 0xff, value & 0xff]);
const i32 = (value: number) => Buffer.from([value >> 24, (value >> 16) & 0xff, (value >> 8) & 0xff, value & 0xff]);
const text = (value: string) => Buffer.concat([i16(Buffer.byteLength(value)), Buffer.from(value)]);
const longText = (value: string) => Buffer.concat([i32(Buffer.byteLength(value)), Buffer.from(value)]);
const bytes = (value: Uint8Array) => Buffer.concat([i32(value.length), value]);
const map = (entries: Readonly<Record<string, string>>) =>
  Buffer.concat([
    i16(Object.keys(entries).length),
    ...Object.entries(entries).flatMap(([key, value]) => [text(key), text(value)]),
  ]);

interface Head {
  readonly stream?: number;
  readonly version?: number;
  readonly flags?: number;
}
const envelope = (version: number, opcode: number, body: Uint8Array, { stream = 1, flags = 0 }: Head = {}) =>
  Buffer.concat([Buffer.from([version, flags]), i16(stream), Buffer.from([opcode]), i32(body.length), body]);
const asks = (opcode: number, body: Uint8Array, head: Head = {}): Turn =>
  client(envelope(head.version ?? 4, opcode, body, head));
const answers = (opcode: number, body: Uint8Array, head: Head = {}): Turn =>
  server(envelope((head.version ?? 4) | 0x80, opcode, body, head));

const ONE = i16(1);
const query = (statement: string, head?: Head) =>
  asks(7, Buffer.concat([longText(statement), ONE, Buffer.from([0])]), head);
const nothing = (head?: Head) => answers(8, i32(1), head);
const failure = (code: number, message: string, head?: Head) =>
  answers(0, Buffer.concat([i32(code), text(message)]), head);
const table = Buffer.concat([text('shop'), text('orders')]);
const columns = (...names: string[]) =>
  Buffer.concat([i32(1), i32(names.length), table, ...names.flatMap((name) => [text(name), i16(0x0d)])]);
const rows = (names: string[], cells: string[][]) =>
  Buffer.concat([
    i32(2),
    columns(...names),
    i32(cells.length),
    ...cells.flat().map((cell) => bytes(Buffer.from(cell))),
  ]);

const seen = (turns: readonly Turn[]) =>
  dissectAll(cassandra, turns).map(({ summary, status, errorText }) => [summary, status, errorText ?? '']);

test('a statement with its rows', () => {
  const [call] = dissectAll(cassandra, [
    query('SELECT id, name FROM shop.orders'),
    answers(8, rows(['id', 'name'], [['7', 'lamp']])),
  ]);
  expect(call).toMatchObject({
    method: 'SELECT',
    endpoint: 'SELECT orders',
    summary: 'SELECT id, name FROM shop.orders',
    status: 0,
    response: { rows: [{ id: '7', name: 'lamp' }] },
    data: { cassandra: { consistency: 'ONE', rows: 1, fingerprint: 'SELECT id, name FROM shop.orders' } },
  });
});

test('answers come in any order and are paired by stream', () => {
  expect(
    seen([
      query('SELECT a FROM t', { stream: 1 }),
      query('SELECT b FROM t', { stream: 2 }),
      failure(0x1200, 'timed out', { stream: 2 }),
      nothing({ stream: 1 }),
    ]),
  ).toEqual([
    ['SELECT b FROM t', 0x1200, 'READ_TIMEOUT: timed out'],
    ['SELECT a FROM t', 0, ''],
  ]);
});

const id = Buffer.from('cafe', 'hex');
const prepare = [
  asks(9, longText('INSERT INTO shop.orders (id, name) VALUES (?, ?)')),
  answers(
    8,
    Buffer.concat([
      ...[i32(4), i16(id.length), id, i32(1), i32(2), i32(0), table, text('id'), i16(9), text('name'), i16(0x0d)],
      ...[i32(4), i32(0)],
    ]),
  ),
];
const execute = (values: readonly Uint8Array[]) =>
  asks(10, Buffer.concat([i16(id.length), id, ONE, Buffer.from([1]), i16(values.length), ...values.map(bytes)]));

test('an execution has the text that was prepared, and its values by their types', () => {
  const calls = dissectAll(cassandra, [...prepare, execute([i32(7), Buffer.from('lamp')]), nothing()]);
  expect(calls.map(({ summary, endpoint }) => [summary, endpoint])).toEqual([
    ['PREPARE INSERT INTO shop.orders (id, name) VALUES (?, ?)', 'PREPARE INSERT orders'],
    ['INSERT INTO shop.orders (id, name) VALUES (?, ?)', 'INSERT orders'],
  ]);
  expect(calls[1]?.data).toMatchObject({ cassandra: { parameters: [7, 'lamp'] } });
});

test('an execution of what was prepared before is shown without its text', () => {
  expect(seen([execute([i32(7)]), nothing()])).toEqual([['EXECUTE', 0, '']]);
});

test('a batch names its statements, also those that were prepared', () => {
  const body = [Buffer.from([0]), i16(2), Buffer.from([0]), longText('DELETE FROM t'), i16(0)].concat(
    [Buffer.from([1]), i16(id.length), id, i16(1), bytes(i32(7)), i16(6)],
    [Buffer.from([0])],
  );
  const call = dissectAll(cassandra, [...prepare, asks(13, Buffer.concat(body)), nothing()])[1];
  expect(call).toMatchObject({
    summary: 'BATCH of 2: DELETE FROM t; INSERT INTO shop.orders (id, name) VALUES (?, ?)',
    data: { cassandra: { batchSize: 2, consistency: 'LOCAL_QUORUM' } },
  });
});

test(`of a batch with more than ${MAX_SHOWN} statements the first are shown and all are counted`, () => {
  const item = Buffer.concat([Buffer.from([0]), longText('DELETE FROM t'), i16(0)]);
  const count = MAX_SHOWN + 5;
  const body = Buffer.concat([
    Buffer.from([0]),
    i16(count),
    ...Array.from({ length: count }, () => item),
    ONE,
    Buffer.from([0]),
  ]);
  const [call] = dissectAll(cassandra, [asks(13, body), nothing()]);
  expect(call?.data).toMatchObject({
    cassandra: { batchSize: count, consistency: 'ONE', batch: { length: MAX_SHOWN } },
  });
});

const PASSWORD = 's3cret-word';

test('a login tells the user and the driver, never the password', () => {
  const calls = dissectAll(cassandra, [
    asks(1, map({ CQL_VERSION: '3.0.0', DRIVER_NAME: 'Node', DRIVER_VERSION: '4' })),
    answers(3, text('PasswordAuthenticator')),
    asks(15, bytes(Buffer.from(`\0ann\0${PASSWORD}`))),
    failure(0x100, 'wrong'),
    query(`ALTER ROLE ann WITH PASSWORD = '${PASSWORD}'`),
    nothing(),
  ]);
  expect(calls.map(({ summary, status }) => [summary, status])).toEqual([
    ['STARTUP', 0],
    ['AUTH_RESPONSE', 256],
    ["ALTER ROLE ann WITH PASSWORD = '[REDACTED]'", 0],
  ]);
  expect(calls[0]?.data).toMatchObject({ cassandra: { driver: 'Node 4' } });
  expect(calls[1]?.data).toMatchObject({ cassandra: { user: 'ann', errorName: 'AUTHENTICATION_ERROR' } });
  expect(JSON.stringify(calls)).not.toContain(PASSWORD);
});

test('an event is a call without a request', () => {
  const event = answers(12, Buffer.concat([text('STATUS_CHANGE'), text('DOWN')]), { stream: -1 });
  expect(dissectAll(cassandra, [query('SELECT a FROM t'), nothing(), event])[1]).toMatchObject({
    summary: 'EVENT STATUS_CHANGE DOWN',
    request: null,
  });
});

test('what stands before an answer is read over: a trace, warnings, a payload of the application', () => {
  const before = [Buffer.alloc(16, 7), i16(1), text('large batch'), i16(1), text('key'), bytes(Buffer.from('v'))];
  const answer = answers(8, Buffer.concat([...before, rows(['id'], [['7']])]), { flags: 0x0e });
  const [call] = dissectAll(cassandra, [query('SELECT id FROM t'), answer]);
  expect(call).toMatchObject({
    response: { rows: [{ id: '7' }], warnings: ['large batch'] },
    data: { cassandra: { tracingId: '07'.repeat(16) } },
  });
});

test(`of more than ${MAX_ROWS} rows the first are shown and all are counted`, () => {
  const many = Array.from({ length: MAX_ROWS + 5 }, (_, index) => [String(index)]);
  const [call] = dissectAll(cassandra, [query('SELECT id FROM t'), answers(8, rows(['id'], many))]);
  expect(call?.data).toMatchObject({ cassandra: { rows: MAX_ROWS + 5 } });
  expect(call?.response?.['rows']).toHaveLength(MAX_ROWS);
});

test('counts that lie cost no more than the bytes there are', () => {
  for (const lie of [i32(2 ** 31 - 1), i32(-5)]) {
    const turns = [
      query('SELECT id FROM t'),
      answers(8, Buffer.concat([i32(2), i32(1), lie, table])),
      query('SELECT b FROM t'),
      nothing(),
    ];
    expect(seen(turns).map(([summary]) => summary)).toEqual(['SELECT id FROM t', 'SELECT b FROM t']);
  }
  expect(seen([asks(13, Buffer.concat([Buffer.from([0]), i16(65535)])), nothing()])[0]?.[1]).toBe(0);
});

test('a packed body that is broken is an oddity, the stream goes on', () => {
  const turns = [
    asks(1, map({ CQL_VERSION: '3.0.0', COMPRESSION: 'snappy' })),
    answers(2, Buffer.alloc(0)),
    asks(7, Buffer.from('not snappy'), { flags: 1 }),
    nothing(),
    query('SELECT b FROM t'),
    nothing(),
  ];
  const calls = dissectAll(cassandra, turns);
  expect(calls.map(({ summary }) => summary)).toEqual(['STARTUP', 'QUERY', 'SELECT b FROM t']);
  expect(calls[1]?.anomalies).toEqual(['a body that cannot be unpacked']);
});

test('a long statement is one call with its whole size, lost bytes in it are counted', () => {
  const long = query(`SELECT '${'x'.repeat(MAX_WHOLE_BYTES)}' FROM t`);
  const after = [nothing(), query('SELECT b FROM t'), nothing()];
  const [call, next] = dissectAll(
    cassandra,
    recut([query('SELECT a FROM t'), nothing(), long, ...after], [70_000]),
  ).slice(1);
  expect(call).toMatchObject({ requestSize: long.bytes.length, truncated: true, method: 'SELECT' });
  expect(next?.summary).toBe('SELECT b FROM t');
  const cut = MAX_WHOLE_BYTES + 9;
  const lossy = [
    client(long.bytes.subarray(0, cut)),
    lost('client', 10),
    client(long.bytes.subarray(cut + 10)),
    ...after,
  ];
  expect(dissectAll(cassandra, lossy)).toMatchObject([{ gap: 10 }, { summary: 'SELECT b FROM t' }]);
});

test('lost bytes cost no later call, a request without an answer says so', () => {
  const size = nothing().bytes.length;
  const turns = [
    query('SELECT a FROM t', { stream: 1 }),
    lost('server', size),
    query('SELECT b FROM t', { stream: 2 }),
    nothing({ stream: 2 }),
  ];
  expect(seen(turns)).toEqual([
    ['SELECT b FROM t', 0, ''],
    ['SELECT a FROM t', null, 'no answer'],
  ]);
});

test('requests that wait are bounded', () => {
  const many = Array.from({ length: 9 }, (_, stream) => query(`SELECT c${stream} FROM t`, { stream }));
  const { calls } = dissect(cassandra, many, { limits: { maxPending: 3 }, closed: 'end-of-capture' });
  expect(calls.length).toBe(9);
  expect(calls[0]?.anomalies).toEqual(['too many requests wait for an answer']);
});

test(`of more than ${MAX_STATEMENTS} prepared statements the oldest are forgotten`, () => {
  const known = new PreparedStatements();
  const statement = statements.of(Buffer.from('SELECT 1'), 0, 8);
  for (let index = 0; index <= MAX_STATEMENTS; index++)
    known.learn(`${index}`, { statement, prepared: { variables: [], columns: [] } });
  expect([known.of('0'), known.of('1') === undefined]).toEqual([undefined, false]);
});

test.each([
  ['client', envelope(4, 5, Buffer.alloc(0)), 'yes'],
  ['client', envelope(5, 1, map({ CQL_VERSION: '3.0.0' })), 'yes'],
  ['client', envelope(4, 1, map({ OTHER: '3.0.0' })), 'no'],
  ['client', envelope(4, 5, Buffer.alloc(1)), 'no'],
  ['client', envelope(4, 8, Buffer.alloc(4)), 'no'],
  ['client', envelope(2, 7, Buffer.alloc(4)), 'no'],
  ['client', envelope(4, 7, Buffer.alloc(4), { flags: 0x20 }), 'no'],
  ['client', Buffer.from([4, 0]), 'more'],
  ['client', Buffer.concat([envelope(4, 7, longText('SELECT 1')), Buffer.from('GET / HTTP/1.1')]), 'no'],
  ['client', Buffer.from('GET / HTTP/1.1\r\n'), 'no'],
  ['server', envelope(0x84, 6, map({})), 'yes'],
  ['server', envelope(4, 6, map({})), 'no'],
  ['server', Buffer.from('HTTP/1.1 200'), 'no'],
] as const)('a %s that says %j is taken for Cassandra: %s', (side, sample, verdict) => {
  expect(cassandra.probe(sample, side)).toBe(verdict);
});

test.each([
  ['a negative length', Buffer.from('0400000107ffffffff', 'hex')],
  ['a length beyond any', Buffer.from('040000010720000000', 'hex')],
  ['an opcode of the other side', Buffer.from('040000010800000000', 'hex')],
])('%s is no envelope', (_, sample) => {
  expect(readEnvelope('client', sample, 0).kind).toBe('bad');
});

test('how the stream is cut never changes what is found', () => {
  const turns = [
    ...prepare,
    execute([i32(7), Buffer.from('lamp')]),
    nothing(),
    query('SELECT id FROM t'),
    answers(8, rows(['id'], [['7']])),
  ];
  const whole = dissectAll(cassandra, turns);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }), (sizes) => {
      expect(dissectAll(cassandra, recut(turns, sizes))).toEqual(whole);
    }),
  );
});

test('version 5 that is joined after its login is known by the checksums of its segments', () => {
  const recorded = fixtures.filter(({ name }) => name === 'cassandra/statements').flatMap(conversationsOf);
  const newest = recorded.filter(({ turns }) => turns[0]?.bytes[0] === 5 && turns.length > 12);
  expect(newest.length).toBeGreaterThan(0);
  for (const { turns } of newest) {
    const whole = dissectAll(cassandra, turns).filter(({ method }) => method === 'SELECT');
    const late = dissectAll(cassandra, turns.slice(10), { midStream: true });
    expect(late.filter(({ anomalies }) => anomalies !== undefined)).toEqual([]);
    const found = late.filter(({ method }) => method === 'SELECT').map(({ summary }) => summary);
    expect(whole.map(({ summary }) => summary).slice(-found.length)).toEqual(found);
    expect(found.length).toBeGreaterThan(0);
  }
});
