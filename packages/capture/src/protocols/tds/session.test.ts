import { expect, test } from 'vitest';
import {
  answer,
  attention,
  batch,
  call,
  columns,
  done,
  int,
  nvarchar,
  nvarcharMax,
  output,
  packet,
  row,
  says,
} from '../../../fixtures/tds/packets.ts';
import { client, dissectAll, lost, server, type Turn } from '../../dissect/testing/conversation.ts';
import { tds } from './index.ts';
import { MAX_ROWS } from './rows.ts';
import { MAX_STATEMENTS } from './session.ts';

const table = columns([['id', int(0).info]]);
const rows = (count: number) => Buffer.concat([table, ...Array.from({ length: count }, (_, id) => row(int(id)))]);
const seen = (conversation: readonly Turn[], options = {}) =>
  dissectAll(tds, conversation, options).map(({ summary, status, errorText }) => [summary, status, errorText]);

test('a batch has its rows, an error its number', () => {
  const calls = dissectAll(tds, [
    client(batch("SELECT id FROM orders WHERE item = 'lamp'")),
    server(answer(rows(2), done(0x10, 2))),
    client(batch('SELECT * FROM nowhere')),
    server(answer(says({ number: 208, severity: 16, text: 'Invalid object name.' }), done(2))),
  ]);
  expect(calls[0]).toMatchObject({
    endpoint: 'SELECT orders',
    response: { rows: [{ id: 0 }, { id: 1 }] },
    data: { tds: { rows: 2, fingerprint: 'SELECT id FROM orders WHERE item = ?' } },
  });
  expect(calls[1]).toMatchObject({ status: 208, errorText: 'Invalid object name. (208)', response: { severity: 16 } });
});

test('of many rows some are kept and all are counted', () => {
  const [call] = dissectAll(tds, [client(batch('SELECT id FROM a')), server(answer(rows(50), done(0x10, 50)))]);
  expect(call?.response).toMatchObject({ rows: Array.from({ length: MAX_ROWS }, (_, id) => ({ id })) });
  expect(call?.data).toMatchObject({ tds: { rows: 50 } });
});

test('of an answer over many packets that is longer than what is kept the end is known', () => {
  const piece = packet(4, Buffer.concat([table, ...Array.from({ length: 200 }, () => row(int(1)))]), 0);
  const [call] = dissectAll(
    tds,
    [client(batch('SELECT id FROM a')), server(piece), server(piece), server(answer(done(0x12, 400)))],
    { limits: { maxBodyBytes: 100 } },
  );
  expect(call).toMatchObject({ truncated: true, error: true, data: { tds: { rows: 400 } } });
});

test('a request over several packets is one', () => {
  const whole = batch('SELECT id FROM orders');
  const first = packet(1, whole.subarray(8, 30), 0);
  const rest = packet(1, whole.subarray(30));
  expect(seen([client(first), client(rest), server(answer(done(0)))])).toEqual([
    ['SELECT id FROM orders', 0, undefined],
  ]);
});

test('a prepared statement is known by its handle, until it is forgotten', () => {
  const text = nvarchar('SELECT id FROM orders WHERE id = @id');
  const prepares = client(
    call(11, [
      ['', int(null), 1],
      ['', nvarchar('@id int')],
      ['', text],
      ['', int(1)],
    ]),
  );
  const runs = client(
    call(12, [
      ['', int(5)],
      ['', int(7)],
    ]),
  );
  const ok = server(answer(done(0, 0, 0xfe)));
  const calls = dissectAll(tds, [
    prepares,
    server(answer(output('@handle', int(5)), done(0, 0, 0xfe))),
    runs,
    ok,
    client(call(15, [['', int(5)]])),
    ok,
    runs,
    ok,
  ]);
  expect(calls.map(({ summary }) => summary)).toEqual([
    'SELECT id FROM orders WHERE id = @id',
    'SELECT id FROM orders WHERE id = @id',
    'SELECT id FROM orders WHERE id = @id',
    'EXEC sp_execute 7',
  ]);
  expect(calls[1]?.data).toMatchObject({ tds: { statement: 5, parameters: { '#1': 7 } } });
});

test('statements beyond the limit are forgotten, the oldest first', () => {
  const turns: Turn[] = [];
  for (let handle = 0; handle <= MAX_STATEMENTS; handle++) {
    turns.push(
      client(
        call(11, [
          ['', int(null), 1],
          ['', nvarchar('')],
          ['', nvarchar('SELECT 1')],
          ['', int(1)],
        ]),
      ),
      server(answer(output('@handle', int(handle)), done(0, 0, 0xfe))),
    );
  }
  for (const handle of [0, 1]) turns.push(client(call(12, [['', int(handle)]])), server(answer(done(0, 0, 0xfe))));
  expect(
    seen(turns)
      .slice(-2)
      .map(([summary]) => summary),
  ).toEqual(['EXEC sp_execute', 'SELECT 1']);
});

test('a request that is taken back says so, and what the server says of it is no call', () => {
  const calls = dissectAll(tds, [
    client(batch('SELECT id FROM a')),
    client(attention()),
    server(answer(table, done(0x20))),
    client(batch('SELECT 1')),
    server(answer(done(0))),
    server(answer(done(0x20))),
  ]);
  expect(calls.map(({ data }) => data?.['tds']?.['cancelled'])).toEqual([true, undefined]);
});

test('encryption inside packets is handed to TLS', () => {
  const hello = Buffer.from('16030100020100', 'hex');
  const calls = dissectAll(tds, [
    client(packet(18, Buffer.from('00000b00060100110001ff10000001000001', 'hex'))),
    server(packet(4, Buffer.from('00000b00060100110001ff10000001000001', 'hex'))),
    client(packet(18, hello)),
    client(Buffer.from('17030300020000', 'hex')),
    client(batch('SELECT 1')),
    server(answer(done(0))),
  ]);
  expect(calls.map(({ summary }) => summary)).toContain('SELECT 1');
});

test('an answer without its request is a call of its own', () => {
  const said = says({ number: 6005, severity: 14, text: 'SHUTDOWN is in progress.' });
  expect(seen([server(answer(said, done(2)))])).toEqual([
    ['SHUTDOWN is in progress.', 6005, 'SHUTDOWN is in progress. (6005)'],
  ]);
});

test('a connection that ends leaves what waits as failed, a capture does not', () => {
  const conversation = [client(batch('SELECT 1'))];
  expect(seen(conversation, { closed: 'reset' })).toEqual([['SELECT 1', null, 'no answer']]);
  expect(seen(conversation, { closed: 'end-of-capture' })).toEqual([['SELECT 1', null, undefined]]);
});

test('the oldest request leaves when too many wait', () => {
  const many = [1, 2, 3].map((number) => client(batch(`SELECT ${number}`)));
  expect(seen(many, { limits: { maxPending: 2 } }).map(([summary]) => summary)).toEqual([
    'SELECT 1',
    'SELECT 2',
    'SELECT 3',
  ]);
});

test('after lost bytes the next request and its answer are found', () => {
  expect(
    seen([client(batch('SELECT 1')), lost('server', 40), client(batch('SELECT 2')), server(answer(done(0x10, 1)))]).map(
      ([summary, status]) => [summary, status],
    ),
  ).toEqual([
    ['SELECT 1', null],
    ['SELECT 2', 0],
  ]);
});

const secret = nvarchar('s3cret');
test.each([
  ['a statement about users', batch("ALTER LOGIN sa WITH PASSWORD = 's3cret'")],
  ['a procedure that takes one', batch("EXEC sp_addlogin 'clerk', N's3cret'")],
  [
    'the same by name',
    call('sp_password', [
      ['', secret],
      ['', secret],
    ]),
  ],
  [
    'an argument',
    call('dbo.login', [
      ['@pwd_hash', int(1)],
      ['@passphrase', nvarcharMax('s3cret')],
    ]),
  ],
  [
    'what is bound',
    call(10, [
      ['', nvarchar('SELECT 1')],
      ['', nvarchar('')],
      ['@password', secret],
    ]),
  ],
])('no password is in what leaves: %s', (_, request) => {
  const calls = dissectAll(tds, [client(request), server(answer(done(0)))]);
  expect(calls).toHaveLength(1);
  expect(JSON.stringify(calls)).not.toContain('s3cret');
});
