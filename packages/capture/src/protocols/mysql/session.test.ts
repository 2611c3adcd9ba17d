import { deflateSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  client,
  type DissectOptions,
  dissect,
  dissectAll,
  lost,
  recut,
  server,
  type Turn,
} from '../../dissect/testing/conversation.ts';
import { MAX_ROWS } from './call.ts';
import { mysql } from './index.ts';
import { MAX_STATEMENTS } from './statements.ts';
import * as packets from './testing/packets.ts';
import {
  all,
  bytesOf,
  column,
  eof,
  err,
  greeting,
  login,
  ok,
  packet,
  query,
  result,
  sized,
  u16,
  u32,
} from './testing/packets.ts';
import { MAX_COMPRESSED_BYTES, MAX_WHOLE_BYTES } from './wire.ts';

const session = (ends: packets.Ends = {}): readonly Turn[] => [
  server(greeting(ends)),
  client(login(ends)),
  server(ok(2)),
];
const calls = (...turns: Turn[]) => dissectAll(mysql, [...session(), ...turns]).slice(1);
const facts = (call: ReturnType<typeof calls>[number] | undefined) => call?.data?.['mysql'];

test('the login is a call, its proof is not in it', () => {
  const [call] = dissectAll(mysql, session());
  expect(call).toMatchObject({
    method: 'LOGIN',
    summary: 'app → shop',
    status: 0,
    data: { mysql: { user: 'app', authentication: 'caching_sha2_password', serverVersion: '8.4.0', connectionId: 42 } },
  });
  expect(facts(call)).toMatchObject({ client: { program_name: 'api' } });
  expect(JSON.stringify(call)).not.toContain('s3cret');
});

test('a login may go on with a public key, a password, or another method', () => {
  const [full] = dissectAll(mysql, [
    server(greeting()),
    client(login()),
    server(packet(2, 1, 4)),
    client(packet(3, 2)),
    server(packet(4, 1, '-----BEGIN PUBLIC KEY-----')),
    client(packet(5, 's3cret, encrypted')),
    server(ok(6)),
  ]);
  expect(full).toMatchObject({ status: 0 });
  const [switched] = dissectAll(mysql, [
    server(greeting()),
    client(login()),
    server(packet(2, 0xfe, 'mysql_clear_password\0', 'scramble\0')),
    client(packet(3, 's3cret\0')),
    server(err(4, 1045, '28000', 'Access denied')),
  ]);
  expect(switched).toMatchObject({
    status: 1045,
    error: true,
    errorText: 'Access denied (1045, 28000)',
    data: { mysql: { authentication: 'mysql_clear_password', sqlState: '28000' } },
  });
  expect(JSON.stringify([full, switched])).not.toContain('s3cret');
});

test('a change of user keeps its proof, and is the user from then on', () => {
  const change = packet(0, 0x11, 'other\0', sized('s3cret-proof'), 'logs\0', u16(33), 'mysql_native_password\0');
  const found = calls(client(change), server(ok(1)), client(query('SELECT 1')), server(result(['1'])));
  expect(found[0]).toMatchObject({ method: 'CHANGE USER', summary: 'CHANGE USER other', status: 0 });
  expect(facts(found[1])).toMatchObject({ user: 'other', database: 'logs' });
  expect(JSON.stringify(found)).not.toContain('s3cret');
});

test('a request for encryption is handed to TLS, and the login inside it is known by itself', () => {
  const ssl = packet(1, u32(0x00ff_ffff), u32(1 << 24), 33, new Uint8Array(23));
  const outer = dissect(mysql, [server(greeting()), client(ssl), client('\x16\x03\x01')]);
  expect(outer).toMatchObject({ calls: [], reason: 'tls is not read' });
  expect(dissectAll(mysql, [client(login({}, 2)), server(ok(3))])).toMatchObject([
    { summary: 'app → shop', status: 0 },
  ]);
});

test('a server that has no place greets with an error', () => {
  const [call] = dissectAll(mysql, [server(packet(0, 0xff, u16(1040), 'Too many connections'))]);
  expect(call).toMatchObject({ method: 'ERROR', request: null, status: 1040, error: true });
});

test('protocol 9 is recognised', () => {
  const old = packet(0, 9, '3.20.32\0', u32(7), 'scramble\0');
  const found = dissectAll(mysql, [server(old), client(packet(1, u16(5), 0, 0, 0, 'app\0', 'x')), server(ok(2))]);
  expect(found).toMatchObject([{ summary: 'app', data: { mysql: { serverVersion: '3.20.32' } } }]);
});

test('a query has its rows, as many as are worth keeping', () => {
  const values = Array.from({ length: MAX_ROWS + 5 }, (_, index) => String(index));
  const [call] = calls(client(query('SELECT a FROM t')), server(result(values)));
  expect(call).toMatchObject({ endpoint: 'SELECT t', truncated: true, data: { mysql: { rows: MAX_ROWS + 5 } } });
  expect(call?.response?.['rows']).toHaveLength(MAX_ROWS);
});

test('rows are the same with OK packets instead of EOF', () => {
  const ends = { extra: packets.DEPRECATE_EOF };
  const last = packet(4, 0xfe, 0, 0, u16(2), u16(1));
  const rows = all(packet(1, 1), column(2, 'a'), packet(3, sized('x')), last);
  const [, call] = dissectAll(mysql, [...session(ends), client(query('SELECT a FROM t')), server(rows)]);
  expect(call?.response).toMatchObject({ rows: [{ a: 'x' }], warnings: 1 });
});

test('statements in one packet have a result each, and an error ends them', () => {
  const more = 2 | 8;
  const [call] = calls(
    client(query('SELECT 1; DELETE FROM t; nonsense')),
    server(all(result(['1'], more), ok(5, 3, more), err(6, 1064, '42000', 'syntax'))),
  );
  expect(call).toMatchObject({ status: 1064, data: { mysql: { results: 2, rows: 4 } } });
});

test('an execution finds its statement and its parameters', () => {
  const prepared = all(packet(1, 0, u32(1), u16(1), u16(2), 0, u16(0)), column(2, '?'), column(3, '?'), eof(4));
  const columns = all(column(5, 'id', 3), eof(6));
  const values = bytesOf(packets.u32(7), sized('lamp'));
  const found = calls(
    client(packet(0, 0x16, 'SELECT id FROM t WHERE id = ? AND name = ?')),
    server(all(prepared, columns)),
    client(packet(0, 0x17, u32(1), 0, u32(1), 0, 1, 3, 0x80, 253, 0, values)),
    server(all(packet(1, 1), column(2, 'id', 3), eof(3), packet(4, 0, 0, u32(7)), eof(5))),
    // Types are left out when they have not changed; the second value is NULL.
    client(packet(0, 0x17, u32(1), 0, u32(1), 2, 0, u32(8))),
    server(all(packet(1, 1), column(2, 'id', 3), eof(3), eof(4))),
  );
  expect(found.map(({ method }) => method)).toEqual(['PREPARE', 'SELECT', 'SELECT']);
  expect(found.map(facts)).toMatchObject([
    { statement: 1 },
    { parameters: [7, 'lamp'], rows: 1 },
    { parameters: [8, null], rows: 0 },
  ]);
  expect(found[1]?.response).toMatchObject({ rows: [{ id: 7 }] });
});

test('a statement prepared before the capture is told by its number', () => {
  const execute = packet(0, 0x17, u32(9), 0, u32(1));
  const [call] = dissectAll(mysql, [client(execute), server(ok(1))], {
    midStream: true,
    clientKnown: false,
    serverPort: 3306,
  });
  expect(call).toMatchObject({ summary: 'statement 9, prepared before the capture', method: 'EXECUTE' });
});

test('attributes of a query stand beside it', () => {
  const ends = { extra: packets.QUERY_ATTRIBUTES };
  const attributes = bytesOf(1, 1, 0, 1, 254, 0, sized('trace'), sized('abc'));
  const [, call, plain] = dissectAll(mysql, [
    ...session(ends),
    client(packet(0, 3, attributes, 'SELECT 1')),
    server(result(['1'])),
    client(packet(0, 3, 0, 1, 'SELECT 2')),
    server(result(['2'])),
  ]);
  expect(call).toMatchObject({ summary: 'SELECT 1', request: { attributes: { trace: 'abc' } } });
  expect(plain).toMatchObject({ summary: 'SELECT 2' });
});

test('a change of the session is told, and a new database is that of the calls after it', () => {
  const changes = bytesOf(1, sized(sized('logs')), 0, sized(bytesOf(sized('autocommit'), sized('OFF'))));
  const changed = packet(1, 0, 0, 0, u16(0x4002), u16(0), 0, sized(changes));
  const found = calls(client(query('USE logs')), server(changed), client(query('SELECT 1')), server(result(['1'])));
  expect(found[0]?.response).toMatchObject({
    session: [
      { kind: 'database', value: 'logs' },
      { kind: 'variable', name: 'autocommit', value: 'OFF' },
    ],
  });
  expect(facts(found[1])).toMatchObject({ database: 'logs' });
});

test('progress is no error', () => {
  const progress = packet(1, 0xff, u16(0xffff), 1, 1, 2, 0, 0, 0, sized('copying'));
  const [call] = calls(client(query('ALTER TABLE t ADD x int')), server(all(progress, ok(2))));
  expect(call).toMatchObject({ status: 0, response: { progressReports: 1 } });
});

test('commands that were sent ahead get their answers in order, also when the end of one is missing', () => {
  const found = calls(
    client(all(query('SELECT 1'), query('SELECT 2'))),
    server(all(packet(1, 1), column(2, 'a'), eof(3), packet(4, sized('1')))),
    server(result(['2'])),
  );
  expect(found.map(({ summary, response }) => [summary, response?.['rows']])).toEqual([
    ['SELECT 1', [{ a: '1' }]],
    ['SELECT 2', [{ a: '2' }]],
  ]);
});

const compressed = (
  sequence: number,
  content: Uint8Array,
  deflate = (bytes: Uint8Array): Uint8Array => deflateSync(bytes),
) => {
  const body = deflate(content);
  return bytesOf(u16(body.length), body.length >> 16, sequence, u16(content.length), content.length >> 16, body);
};
const stored = (sequence: number, content: Uint8Array) => bytesOf(u16(content.length), 0, sequence, 0, 0, 0, content);

test.each([
  ['zlib', 1 << 5, (bytes: Uint8Array) => deflateSync(bytes)],
  ['zstd', packets.ZSTD, (bytes: Uint8Array) => zstdCompressSync(bytes)],
] as const)('inside %s packets begin and end where they like', (name, extra, deflate) => {
  const rows = result(['x'.repeat(500)]);
  const [opening, call] = dissectAll(mysql, [
    ...session({ extra }),
    client(stored(0, query('SELECT a FROM t'))),
    server(all(compressed(1, rows.subarray(0, 300), deflate), compressed(2, rows.subarray(300), deflate))),
  ]);
  expect(facts(opening)).toMatchObject({ compression: name });
  expect(call).toMatchObject({ summary: 'SELECT a FROM t', status: 0, data: { mysql: { rows: 1 } } });
});

test('a compressed packet that claims too much, or lies, costs its own call', () => {
  const anomalies: string[] = [];
  const options: DissectOptions = { onFault: (fault) => anomalies.push(fault) };
  const bomb = compressed(1, new Uint8Array(MAX_COMPRESSED_BYTES + 1));
  const liar = compressed(1, result(['1']));
  liar[4] = 1;
  liar[5] = 0;
  const found = dissectAll(
    mysql,
    [
      ...session({ extra: 1 << 5 }),
      client(stored(0, query('SELECT 1'))),
      server(bomb),
      client(stored(0, query('SELECT 2'))),
      server(liar),
      client(stored(0, query('SELECT 3'))),
      server(compressed(1, result(['3']))),
    ],
    options,
  );
  expect(anomalies).toEqual([
    'mysql: a compressed packet longer than the limit',
    'mysql: compressed data that cannot be read',
  ]);
  expect(found.map(({ summary }) => summary)).toEqual(['app → shop', 'SELECT 1', 'SELECT 2', 'SELECT 3']);
});

test('a statement longer than the limit is kept by its beginning, one of several packets is one statement', () => {
  const long = query(`SELECT '${'x'.repeat(MAX_WHOLE_BYTES)}'`);
  const huge = Buffer.alloc(0xffffff, 'y');
  huge.write('\x03SELECT ');
  const found = calls(
    client(long),
    server(ok(1)),
    client(all(packet(0, huge), packet(1, "y'"))),
    server(ok(2)),
    client(query('SELECT 3')),
    server(ok(1)),
  );
  expect(found.map(({ endpoint, truncated, requestSize }) => [endpoint, truncated, requestSize])).toEqual([
    ['SELECT', true, long.length],
    ['SELECT', true, 0xffffff + 4 + 6],
    ['SELECT', false, 13],
  ]);
});

test('a stream joined in its middle is read from the next command on', () => {
  const found = dissectAll(mysql, [server(packet(9, sized('x'))), client(query('SELECT 1')), server(result(['1']))], {
    midStream: true,
    clientKnown: false,
    serverPort: 3306,
  });
  expect(found.map(({ summary }) => summary)).toEqual(['SELECT 1']);
});

test('after lost bytes the next query is found', () => {
  const found = calls(
    client(query('SELECT 1')),
    server(result(['1']).subarray(0, 20)),
    lost('server', 30),
    client(query('SELECT 2')),
    server(result(['2'])),
  );
  expect(found.map(({ summary, status }) => [summary, status])).toEqual([
    ['SELECT 1', 0],
    ['SELECT 2', 0],
  ]);
});

test('names of more statements than are remembered push out the oldest', () => {
  const prepared = (id: number) => packet(1, 0, u32(id), u16(0), u16(0), 0, u16(0));
  const ids = Array.from({ length: MAX_STATEMENTS + 1 }, (_, index) => index + 1);
  const execute = (id: number) => [client(packet(0, 0x17, u32(id), 0, u32(1))), server(ok(1))];
  const found = calls(
    ...ids.flatMap((id) => [client(packet(0, 0x16, `SELECT ${id}`)), server(prepared(id))]),
    ...execute(1),
    ...execute(2),
  );
  expect(found.slice(-2).map(({ summary }) => summary)).toEqual([
    'statement 1, prepared before the capture',
    'SELECT 2',
  ]);
});

test('a client that sends ahead without end is bounded', () => {
  const flood = all(...Array.from({ length: 100 }, () => query('SELECT 1')));
  const found = dissectAll(mysql, [...session(), client(flood)], { limits: { maxPending: 8 } });
  expect(found).toHaveLength(101);
  expect(found.some(({ anomalies }) => anomalies?.[0]?.includes('too many commands'))).toBe(true);
});

test('a password in a statement does not show', () => {
  const [call] = calls(client(query("CREATE USER app IDENTIFIED BY 's3cret'")), server(ok(1)));
  expect(call?.summary).toBe("CREATE USER app IDENTIFIED BY '[REDACTED]'");
  expect(JSON.stringify(call)).not.toContain('s3cret');
});

test('how the stream is cut never changes what is found', () => {
  const conversation = [
    ...session(),
    client(query('SELECT a FROM t')),
    server(result(['x', 'y'])),
    client(query('nonsense')),
    server(err(1, 1064, '42000', 'syntax')),
  ];
  const whole = dissectAll(mysql, conversation);
  expect(whole).toHaveLength(3);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }), (sizes) => {
      expect(dissectAll(mysql, recut(conversation, sizes))).toEqual(whole);
    }),
  );
});

test('hostile packets neither throw nor hang', () => {
  const command = fc.constantFrom(1, 2, 3, 4, 9, 0x11, 0x12, 0x16, 0x17, 0x18, 0x19, 0x1c, 0xfa, 0xfe);
  const first = fc.constantFrom(0, 1, 9, 10, 0xfb, 0xfe, 0xff);
  const body = fc.uint8Array({ maxLength: 60 });
  fc.assert(
    fc.property(command, first, body, body, (what, how, asked, answered) => {
      const faults: string[] = [];
      const options = { onFault: (fault: string) => void faults.push(fault) };
      const turns = [client(packet(0, what, asked)), server(all(packet(1, how, answered), packet(2, how, asked)))];
      dissectAll(mysql, [...session({ extra: packets.QUERY_ATTRIBUTES }), ...turns], options);
      dissectAll(mysql, [server(packet(0, how, answered)), client(packet(1, asked))], options);
      expect(faults.filter((fault) => fault.startsWith('bug'))).toEqual([]);
    }),
  );
});
