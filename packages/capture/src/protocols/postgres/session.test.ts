import fc from 'fast-check';
import { expect, test } from 'vitest';
import { client, dissectAll, lost, recut, server, type Turn } from '../../dissect/testing/conversation.ts';
import { postgres } from './index.ts';
import { MAX_ROWS } from './session.ts';
import { MAX_WHOLE_BYTES } from './wire.ts';

/** Fields of a message: text ends with a zero byte, numbers say their width. */
type Field = string | { readonly i16: number } | { readonly i32: number } | { readonly bytes: Uint8Array | string };
const i16 = (value: number): Field => ({ i16: value });
const i32 = (value: number): Field => ({ i32: value });
const raw = (bytes: Uint8Array | string): Field => ({ bytes });
const sized = (text: string): Field[] => [i32(text.length), raw(text)];

function encode(field: Field): Buffer {
  if (typeof field === 'string') return Buffer.from(`${field}\0`);
  if ('bytes' in field) return Buffer.from(field.bytes as string);
  const bytes = Buffer.alloc('i16' in field ? 2 : 4);
  if ('i16' in field) bytes.writeInt16BE(field.i16);
  else bytes.writeInt32BE(field.i32);
  return bytes;
}
function message(type: string, ...fields: Field[]): Buffer {
  const body = Buffer.concat(fields.map(encode));
  const head = Buffer.alloc(4);
  head.writeInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from(type), head, body]);
}

const startup = message('', i32(3 << 16), 'user', 'app', 'database', 'shop', 'application_name', 'api', raw('\0'));
const ready = message('Z', raw('I'));
const authenticated = Buffer.concat([message('R', i32(5), raw('salt')), message('R', i32(0)), ready]);
const query = (text: string) => message('Q', text);
const complete = (tag: string) => message('C', tag);
const columns = (...names: string[]) =>
  message('T', i16(names.length), ...names.flatMap((name) => [name, i32(0), i16(0), i32(23), i16(4), i32(-1), i16(0)]));
const row = (...values: string[]) => message('D', i16(values.length), ...values.flatMap(sized));
const failure = (code: string, text: string) =>
  message('E', raw('S'), 'ERROR', raw('V'), 'ERROR', raw('C'), code, raw('M'), text, raw('\0'));
const parse = (name: string, text: string) => message('P', name, text, i16(1), i32(23));
const bind = (statement: string, value: string) => message('B', '', statement, i16(0), i16(1), ...sized(value), i16(0));
const execute = message('E', '', i32(0));
const sync = message('S');
const all = (...messages: Uint8Array[]): Uint8Array => Buffer.concat(messages);

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
