import fc from 'fast-check';
import { expect, test } from 'vitest';
import { client, dissectAll, lost, recut, server, type Turn } from '../../dissect/testing/conversation.ts';
import { MAX_ROWS } from './call.ts';
import { postgres } from './index.ts';
import { MAX_STATEMENTS } from './statements.ts';
import {
  all,
  authenticated,
  bind,
  columns,
  complete,
  execute,
  failure,
  i16,
  i32,
  message,
  parse,
  query,
  raw,
  ready,
  row,
  startup,
  sync,
} from './testing/messages.ts';
import { MAX_WHOLE_BYTES } from './wire.ts';

const session: readonly Turn[] = [client(startup), server(authenticated)];
const calls = (...turns: Turn[]) => dissectAll(postgres, [...session, ...turns]).slice(1);

test('the login is a call, its secret is not in it', () => {
  const [login] = dissectAll(postgres, [
    client(startup),
    server(message('R', i32(3))),
    client(message('p', 's3cret')),
    server(all(message('R', i32(0)), ready)),
  ]);
  expect(login).toMatchObject({
    method: 'STARTUP',
    summary: 'app → shop',
    status: 0,
    data: { postgres: { user: 'app', database: 'shop', application: 'api', authentication: 'password' } },
  });
  expect(JSON.stringify(login)).not.toContain('s3cret');
});

test('a simple query has its rows, as many as are worth keeping', () => {
  const rows = Array.from({ length: MAX_ROWS + 5 }, (_, index) => row(String(index)));
  const [call] = calls(
    client(query('SELECT id FROM orders')),
    server(all(columns('id'), ...rows, complete('SELECT 25'), ready)),
  );
  expect(call).toMatchObject({
    endpoint: 'SELECT orders',
    truncated: true,
    data: { postgres: { rows: MAX_ROWS + 5, tags: ['SELECT 25'] } },
  });
  expect(call?.response?.['rows']).toHaveLength(MAX_ROWS);
  expect(call?.response).toMatchObject({ rows: expect.arrayContaining([{ id: 3 }]) });
});

test('an error is told by its SQLSTATE', () => {
  const [call] = calls(client(query('SELECT * FROM nowhere')), server(all(failure('42P01', 'no such table'), ready)));
  expect(call).toMatchObject({ status: '42P01', error: true, errorText: 'ERROR: no such table (42P01)' });
});

test('an execution finds its statement and its parameters', () => {
  const [first, second] = calls(
    client(all(parse('byId', 'SELECT * FROM orders WHERE id = $1'), bind('byId', '7'), execute, sync)),
    server(all(message('1'), message('2'), row('7'), complete('SELECT 1'), ready)),
    client(all(bind('byId', '8'), execute, sync)),
    server(all(message('2'), complete('SELECT 0'), ready)),
  );
  expect(first).toMatchObject({
    summary: 'SELECT * FROM orders WHERE id = $1',
    data: { postgres: { parameters: [7], rows: 1 } },
  });
  expect(second).toMatchObject({ data: { postgres: { parameters: [8], rows: 0, statement: 'byId' } } });
});

test('a statement that is only prepared is a call of its own', () => {
  const [call] = calls(client(all(parse('later', 'SELECT 1'), sync)), server(all(message('1'), ready)));
  expect(call).toMatchObject({ method: 'PREPARE', status: 0 });
});

test('after an error in a batch the rest of it is not run, the next batch is', () => {
  const batch = all(parse('', 'SELECT 1/0'), bind('', '1'), execute, bind('', '2'), execute, sync);
  const found = calls(
    client(all(batch, query('SELECT 2'))),
    server(all(message('1'), message('2'), failure('22012', 'division by zero'), ready, complete('SELECT 1'), ready)),
  );
  expect(found.map(({ summary, status, errorText }) => [summary, status, errorText])).toEqual([
    ['SELECT 1/0', '22012', 'ERROR: division by zero (22012)'],
    ['SELECT 1/0', null, 'not run: an earlier statement of the batch failed'],
    ['SELECT 2', 0, undefined],
  ]);
});

test('several statements prepared in one batch are calls of their own, and an error is its own one’s', () => {
  const found = calls(
    client(all(parse('a', 'SELECT 1'), parse('b', 'SELECT nonsense'), parse('c', 'SELECT 3'), sync)),
    server(all(message('1'), failure('42703', 'no column'), ready)),
  );
  expect(found.map(({ summary, status, errorText }) => [summary, status, errorText])).toEqual([
    ['SELECT 1', 0, undefined],
    ['SELECT nonsense', '42703', 'ERROR: no column (42703)'],
    ['SELECT 3', null, 'not run: an earlier statement of the batch failed'],
  ]);
});

test('binary rows are read by the statement that was described before its Bind', () => {
  const describe = message('D', raw('S'), 's');
  const bindBinary = message('B', '', 's', i16(0), i16(0), i16(1), i16(1));
  const [call] = calls(
    client(all(parse('s', 'SELECT id FROM t'), describe, bindBinary, execute, sync)),
    server(all(message('1'), message('t', i16(0)), columns('id'), message('2'))),
    server(all(message('D', i16(1), i32(4), i32(7)), complete('SELECT 1'), ready)),
  );
  expect(call?.response).toMatchObject({ rows: [{ id: 7 }] });
});

test('a portal that goes on is a call for each part', () => {
  const found = calls(
    client(all(parse('', 'SELECT n'), bind('', '1'), execute, sync)),
    server(all(message('1'), message('2'), row('1'), message('s'), ready)),
    client(all(execute, sync)),
    server(all(row('2'), complete('SELECT 1'), ready)),
  );
  expect(found.map(({ summary, data }) => [summary, data?.['postgres']?.['rows']])).toEqual([
    ['SELECT n', 1],
    ['SELECT n', 1],
  ]);
});

test('a commit that fails at the end of a batch belongs to what was run before it', () => {
  const [call] = calls(
    client(all(parse('', 'INSERT INTO t VALUES (1)'), bind('', '1'), execute, sync)),
    server(all(message('1'), message('2'), complete('INSERT 0 1'), failure('23503', 'no such order'), ready)),
  );
  expect(call).toMatchObject({ status: '23503', error: true });
});

test('a transaction’s state is that after the call', () => {
  const open = message('Z', raw('T'));
  const failed = message('Z', raw('E'));
  const found = calls(
    client(query('BEGIN')),
    server(all(complete('BEGIN'), open)),
    client(query('nonsense')),
    server(all(failure('42601', 'syntax error'), failed)),
    client(query('ROLLBACK')),
    server(all(complete('ROLLBACK'), ready)),
  );
  expect(found.map(({ data }) => data?.['postgres']?.['transaction'])).toEqual(['open', 'failed', undefined]);
});

test('a request to cancel names the process and keeps its key', () => {
  const cancel = message('', i32(80877102), i32(4711), raw('k3y!'));
  const [call] = dissectAll(postgres, [client(cancel)]);
  expect(call).toMatchObject({ method: 'CANCEL', data: { postgres: { processId: 4711 } } });
  expect(JSON.stringify(call)).not.toContain('k3y!');
});

test('a password in a statement does not show', () => {
  const [call] = calls(client(query("ALTER ROLE app PASSWORD 's3cret'")), server(all(complete('ALTER ROLE'), ready)));
  expect(call?.summary).toBe("ALTER ROLE app PASSWORD '[REDACTED]'");
  expect(JSON.stringify(call)).not.toContain('s3cret');
});

test('a newer minor version is the same protocol', () => {
  const newer = message('', i32((3 << 16) + 9999), 'user', 'app', '_pq_.test', 'on', raw('\0'));
  expect(dissectAll(postgres, [client(newer), server(all(message('v', i32(2), i32(0)), authenticated))])).toMatchObject(
    [{ summary: 'app → app', status: 0 }],
  );
});

test('names of more statements than are remembered push out the oldest', () => {
  const names = Array.from({ length: MAX_STATEMENTS + 1 }, (_, index) => `s${index}`);
  const found = calls(
    ...names.flatMap((name) => [client(all(parse(name, `SELECT ${name}`), sync)), server(all(message('1'), ready))]),
    ...['s0', 's1'].flatMap((name) => [
      client(all(bind(name, '7'), execute, sync)),
      server(all(message('2'), complete('SELECT 0'), ready)),
    ]),
  );
  expect(found.slice(-2).map(({ summary }) => summary)).toEqual([
    'statement s0, prepared before the capture',
    'SELECT s1',
  ]);
});

test('a row of more bytes than are kept is counted', () => {
  const [call] = dissectAll(
    postgres,
    [
      ...session,
      client(query('SELECT x')),
      server(all(columns('x'), row('y'.repeat(2000)), complete('SELECT 1'), ready)),
    ],
    { limits: { maxBodyBytes: 1000 } },
  ).slice(1);
  expect(call).toMatchObject({ truncated: true, data: { postgres: { rows: 1 } } });
  expect(call?.response?.['rows']).toBeUndefined();
});

test('a client that sends ahead without end is bounded', () => {
  const limits = { maxPending: 8 };
  const flood = all(...Array.from({ length: 100 }, () => all(parse('', 'SELECT 1'), bind('', '1'), execute)));
  const found = dissectAll(postgres, [...session, client(flood)], { limits });
  expect(found.length).toBeGreaterThan(90);
  expect(found.some(({ anomalies }) => anomalies?.[0]?.includes('too many messages'))).toBe(true);
});

test('a COPY counts its bytes in either direction', () => {
  const [call] = calls(
    client(query('COPY orders FROM STDIN')),
    server(message('G', raw('\0\0\0'))),
    client(all(message('d', raw('1\t2\n')), message('d', raw('3\t4\n')), message('c'))),
    server(all(complete('COPY 2'), ready)),
  );
  expect(call).toMatchObject({
    method: 'COPY',
    data: { postgres: { rows: 2, copy: { direction: 'in', bytes: 8, messages: 2 } } },
  });
});

test('a notification comes by itself', () => {
  const [call] = calls(server(message('A', i32(99), 'jobs', 'done 7')));
  expect(call).toMatchObject({ method: 'NOTIFICATION', summary: 'jobs: done 7', request: null });
});

test('a refused encryption goes on in plain text, a granted one is handed to TLS', () => {
  const ask = client(message('', i32(80877103)));
  expect(dissectAll(postgres, [ask, server('N'), ...session])).toHaveLength(1);
  expect(dissectAll(postgres, [ask, server('S'), client(startup)])).toEqual([]);
});

test('a statement longer than the limit is kept by its beginning, the next one is found', () => {
  const long = `SELECT '${'x'.repeat(MAX_WHOLE_BYTES)}'`;
  const found = calls(
    client(query(long)),
    server(all(complete('SELECT 1'), ready)),
    client(query('SELECT 2')),
    server(all(complete('SELECT 1'), ready)),
  );
  expect(found.map(({ endpoint, truncated }) => [endpoint, truncated])).toEqual([
    ['SELECT', true],
    ['SELECT', false],
  ]);
});

test('a stream joined in its middle is read from the next message on', () => {
  const found = dissectAll(postgres, [client(query('SELECT 1')), server(all(complete('SELECT 1'), ready))], {
    midStream: true,
    clientKnown: false,
    serverPort: 5432,
  });
  expect(found.map(({ summary }) => summary)).toEqual(['SELECT 1']);
});

test('after lost bytes the next query is found', () => {
  const found = calls(
    client(query('SELECT 1')),
    server(all(complete('SELECT 1')).subarray(0, 8)),
    lost('server', 12),
    client(query('SELECT 2')),
    server(all(complete('SELECT 1'), ready)),
  );
  expect(found.map(({ summary, status }) => [summary, status])).toEqual([
    ['SELECT 1', null],
    ['SELECT 2', 0],
  ]);
});

test('a Kafka request that begins like a startup is none', () => {
  // Metadata, version 0: its key and version are the number 3 << 16.
  const kafka = Buffer.from(
    '0000001c 00030000 00000001 0007 636c69656e742d31 00000001 0006 6f7264657273'.replaceAll(' ', ''),
    'hex',
  );
  expect(dissectAll(postgres, [client(kafka), server(Buffer.from('0000000400000001', 'hex'))])).toEqual([]);
});

test('how the stream is cut never changes what is found', () => {
  const conversation = [
    ...session,
    client(all(parse('s', 'SELECT $1'), bind('s', '7'), execute, sync)),
    server(all(message('1'), message('2'), row('7'), complete('SELECT 1'), ready)),
    client(query('SELECT x')),
    server(all(failure('42703', 'no column'), ready)),
  ];
  const whole = dissectAll(postgres, conversation);
  expect(whole).toHaveLength(3);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }), (sizes) => {
      expect(dissectAll(postgres, recut(conversation, sizes))).toEqual(whole);
    }),
  );
});

test('hostile messages neither throw nor hang', () => {
  fc.assert(
    fc.property(fc.constantFrom(...Array.from('QPBDECSTDZCERN12')), fc.uint8Array({ maxLength: 60 }), (type, body) => {
      dissectAll(postgres, [...session, client(message(type, raw(body))), server(message(type, raw(body)))]);
    }),
  );
});
