import { deflateSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { BSON, Long } from 'mongodb';
import { expect, test } from 'vitest';
import { client, dissectAll, lost, recut, server, type Turn } from '../../dissect/testing/conversation.ts';
import { MAX_INFLATED_BYTES } from './compression.ts';
import { MAX_CURSORS } from './cursors.ts';
import { mongodb } from './index.ts';

import { MAX_WHOLE_BYTES, Opcode, startsWithMessage } from './wire.ts';

type Piece = string | number | bigint | BSON.Document | Uint8Array;

/** Text ends with a zero byte, numbers have four bytes, big ones eight, objects are BSON. */
function encode(piece: Piece): Uint8Array {
  if (typeof piece === 'string') return Buffer.from(`${piece}\0`);
  if (piece instanceof Uint8Array) return piece;
  const bytes = Buffer.alloc(typeof piece === 'bigint' ? 8 : 4);
  if (typeof piece === 'bigint') bytes.writeBigInt64LE(piece);
  else if (typeof piece === 'number') bytes.writeInt32LE(piece);
  else return BSON.serialize(piece);
  return bytes;
}
function message(opcode: number, ids: readonly [id: number, to: number], ...pieces: Piece[]): Buffer {
  const body = Buffer.concat(pieces.map(encode));
  return Buffer.concat([...[body.length + 16, ...ids, opcode].map(encode), body]);
}
const byte = (value: number) => Uint8Array.of(value);
const msg = (ids: readonly [number, number], document: BSON.Document, flags = 0) =>
  message(Opcode.MSG, ids, flags, byte(0), document);
const ask = (id: number, document: BSON.Document, flags = 0) =>
  client(msg([id, 0], { ...document, $db: 'shop' }, flags));
const answer = (to: number, document: BSON.Document, flags = 0) => server(msg([to + 1000, to], document, flags));
const reply = (to: number, documents: readonly BSON.Document[], { flags = 0, cursor = 0n } = {}) =>
  server(message(Opcode.REPLY, [to + 1000, to], flags, cursor, 0, documents.length, ...documents));
const MORE_TO_COME = 2;

const calls = (...turns: Turn[]) => dissectAll(mongodb, turns);
const facts = (call: ReturnType<typeof calls>[number] | undefined) => call?.data?.['mongodb'];

test('a command has its collection, its filter and what came back', () => {
  const [call] = calls(
    ask(1, { find: 'orders', filter: { status: 'open' } }),
    answer(1, { cursor: { firstBatch: [{ n: 1 }, { n: 2 }], id: Long.ZERO, ns: 'shop.orders' }, ok: 1 }),
  );
  expect(call).toMatchObject({
    method: 'find',
    endpoint: 'find orders',
    summary: 'find shop.orders {"status":"open"}',
    status: 0,
    data: { mongodb: { database: 'shop', collection: 'orders', documents: 2, query: { filter: { status: 'open' } } } },
  });
});

test('documents sent beside a command stand in it', () => {
  const documents = Buffer.concat([{ n: 1 }, { n: 2 }].map((document) => BSON.serialize(document)));
  const section = Buffer.concat([encode(4 + 10 + documents.length), encode('documents'), documents]);
  const command = { insert: 'orders', $db: 'shop' };
  // The checksum at the end is no section.
  const asked = client(message(Opcode.MSG, [1, 0], 1, byte(0), command, byte(1), section, 0x01020304));
  const [call] = calls(asked, answer(1, { n: 2, ok: 1 }));
  expect(facts(call)).toMatchObject({ documents: 2, query: { insert: 'orders', documents: [{ n: 1 }, { n: 2 }] } });
});

test.each([
  [
    'ok: 0',
    { ok: 0, errmsg: 'no such command', code: 59, codeName: 'CommandNotFound' },
    59,
    'no such command (59, CommandNotFound)',
  ],
  ['ok: 0 alone', { ok: 0 }, 8, 'error (8)'],
  [
    'write errors',
    { n: 0, writeErrors: [{ index: 0, code: 11000, errmsg: 'duplicate' }], ok: 1 },
    11000,
    'duplicate (11000)',
  ],
  ['a write concern error', { n: 1, writeConcernError: { code: 64, errmsg: 'timeout' }, ok: 1 }, 64, 'timeout (64)'],
  ['the error of getLastError', { err: 'duplicate', code: 11000, n: 0, ok: 1 }, 11000, 'duplicate (11000)'],
])('%s is an error', (_name, document, status, errorText) => {
  const [call] = calls(ask(1, { insert: 'orders' }), answer(1, document));
  expect(call).toMatchObject({ status, error: true, errorText });
});

test('the batches of a cursor are tied together until it is done', () => {
  const found = calls(
    ask(1, { find: 'orders', filter: { a: 1 } }),
    answer(1, { cursor: { firstBatch: [{}], id: Long.fromNumber(77), ns: 'shop.orders' }, ok: 1 }),
    ask(2, { getMore: Long.fromNumber(77), collection: 'orders' }),
    answer(2, { cursor: { nextBatch: [{}, {}], id: Long.ZERO, ns: 'shop.orders' }, ok: 1 }),
    ask(3, { getMore: Long.fromNumber(77), collection: 'orders' }),
    answer(3, { ok: 0, code: 43, codeName: 'CursorNotFound', errmsg: 'gone' }),
  );
  expect(found.map(facts)).toMatchObject([
    { cursor: '77', documents: 1 },
    { cursor: '77', documents: 2, origin: 'find {"a":1}' },
    { cursor: '77', codeName: 'CursorNotFound' },
  ]);
  expect(facts(found[2])).not.toHaveProperty('origin');
});

test('a connection remembers no more cursors than the limit', () => {
  const opened = Array.from({ length: MAX_CURSORS + 1 }, (_, n) => [
    ask(n + 1, { find: 'orders' }),
    answer(n + 1, { cursor: { firstBatch: [], id: Long.fromNumber(n + 1), ns: 'shop.orders' }, ok: 1 }),
  ]).flat();
  const more = [1, 2].flatMap((id) => [
    ask(9000 + id, { getMore: Long.fromNumber(id), collection: 'orders' }),
    answer(9000 + id, { ok: 1 }),
  ]);
  const found = calls(...opened, ...more);
  expect(found.slice(-2).map((call) => facts(call)?.['origin'])).toEqual([undefined, 'find {}']);
});

test('replies that go on by themselves are calls without a request', () => {
  const found = calls(
    ask(1, { hello: 1 }, 1 << 16),
    answer(1, { ok: 1 }, MORE_TO_COME),
    server(msg([1002, 1001], { ok: 1 }, MORE_TO_COME)),
    server(msg([1003, 1002], { ok: 1 })),
  );
  expect(found.map(({ method, request }) => [method, request === null])).toEqual([
    ['hello', false],
    ['hello', true],
    ['hello', true],
  ]);
});

test('a request that nobody answers is a call at once', () => {
  const [call] = calls(ask(1, { insert: 'orders', documents: [{ n: 1 }] }, MORE_TO_COME));
  expect(call).toMatchObject({ method: 'insert', status: null, error: false, data: { mongodb: { documents: 1 } } });
});

test('requests are answered in any order', () => {
  const found = calls(ask(1, { find: 'a' }), ask(2, { find: 'b' }), answer(2, { ok: 1 }), answer(1, { ok: 1 }));
  expect(found.map(({ endpoint, requestStart }) => [endpoint, requestStart])).toEqual([
    ['find b', 2000],
    ['find a', 1000],
  ]);
});

test('the operations before OP_MSG', () => {
  const found = calls(
    client(message(Opcode.INSERT, [1, 0], 0, 'shop.orders', { n: 1 }, { n: 2 })),
    client(message(Opcode.UPDATE, [2, 0], 0, 'shop.orders', 0, { n: 1 }, { $set: { a: 1 } })),
    client(message(Opcode.DELETE, [3, 0], 0, 'shop.orders', 0, { n: 2 })),
    client(message(Opcode.QUERY, [4, 0], 0, 'shop.orders', 0, 10, { n: 1 })),
    reply(4, [{ n: 1 }, { ok: 0 }], { cursor: 5n }),
    client(message(Opcode.GET_MORE, [5, 0], 0, 'shop.orders', 10, 5n)),
    reply(5, [], { flags: 1 }),
    client(message(Opcode.QUERY, [6, 0], 0, 'shop.$cmd', 0, -1, { $query: { count: 'orders' }, $readPreference: {} })),
    reply(6, [{ n: 3, ok: 1 }]),
    client(message(Opcode.QUERY, [7, 0], 0, 'shop.orders', 0, 10, { $bad: 1 })),
    reply(7, [{ $err: 'bad query', code: 17287 }], { flags: 2 }),
    client(message(Opcode.KILL_CURSORS, [8, 0], 0, 1, 5n)),
  );
  expect(found.map(({ endpoint, status, error }) => [endpoint, status, error])).toEqual([
    ['insert orders', null, false],
    ['update orders', null, false],
    ['delete orders', null, false],
    ['find orders', 0, false],
    ['getMore orders', 43, true],
    ['count orders', 0, false],
    ['find orders', 17287, true],
    ['killCursors', null, false],
  ]);
  expect(facts(found[0])).toMatchObject({ query: { documents: [{ n: 1 }, { n: 2 }] } });
  expect(facts(found[1])).toMatchObject({ query: { filter: { n: 1 }, update: { $set: { a: 1 } } } });
  expect(found[3]?.response).toMatchObject({ document: [{ n: 1 }, { ok: 0 }] });
  expect(facts(found[3])).toMatchObject({ documents: 2, cursor: '5' });
});

test('OP_COMMAND of MongoDB 3.2 is read', () => {
  const found = calls(
    client(message(Opcode.COMMAND, [1, 0], 'shop', 'find', { find: 'orders', filter: { n: 1 } }, {})),
    server(message(Opcode.COMMAND_REPLY, [2, 1], { ok: 1 }, {})),
  );
  expect(found).toMatchObject([{ summary: 'find shop.orders {"n":1}', status: 0 }]);
});

/** Snappy's block format with one literal. */
const snappy = (bytes: Uint8Array) =>
  Buffer.concat([
    Buffer.from([(bytes.length & 0x7f) | 0x80, bytes.length >> 7, 61 << 2]),
    Buffer.from([(bytes.length - 1) & 0xff, (bytes.length - 1) >> 8]),
    bytes,
  ]);

test.each([
  ['none', 0, (bytes: Uint8Array) => bytes],
  ['snappy', 1, snappy],
  ['zlib', 2, (bytes: Uint8Array) => deflateSync(bytes)],
  ['zstd', 3, (bytes: Uint8Array) => zstdCompressSync(bytes)],
] as const)('a message compressed with %s is the message inside', (name, id, deflate) => {
  const inside = msg([1, 0], { find: 'orders', filter: { text: 'x'.repeat(200) }, $db: 'shop' }).subarray(16);
  const asked = message(Opcode.COMPRESSED, [1, 0], Opcode.MSG, inside.length, byte(id), deflate(inside));
  const [call] = calls(client(asked), answer(1, { ok: 1 }));
  expect(call).toMatchObject({ endpoint: 'find orders', requestSize: asked.length, request: { compression: name } });
});

test('a compressed message that lies costs its own call', () => {
  const faults: string[] = [];
  const bomb = message(
    Opcode.COMPRESSED,
    [1, 0],
    Opcode.MSG,
    MAX_INFLATED_BYTES + 1,
    byte(2),
    deflateSync(new Uint8Array(MAX_INFLATED_BYTES + 1)),
  );
  const broken = message(Opcode.COMPRESSED, [2, 0], Opcode.MSG, 100, byte(3), 'nothing of zstd');
  const found = dissectAll(
    mongodb,
    [
      client(bomb),
      answer(1, { ok: 1 }),
      client(broken),
      answer(2, { ok: 1 }),
      ask(3, { ping: 1 }),
      answer(3, { ok: 1 }),
    ],
    { onFault: (fault) => faults.push(fault) },
  );
  expect(faults).toEqual(new Array(2).fill('mongodb: compressed message that cannot be read'));
  expect(found.map(({ endpoint }) => endpoint)).toEqual(['opcode 2012', 'opcode 2012', 'ping']);
});

test('secrets of logins and users never show', () => {
  const payload = (text: string) => new BSON.Binary(Buffer.from(text));
  const sasl = { saslStart: 1, mechanism: 'SCRAM-SHA-256', payload: payload('n,,n=app,r=s3cret-nonce') };
  const found = calls(
    ask(1, { hello: 1, client: { application: { name: 'api' } }, speculativeAuthenticate: { ...sasl, db: 'admin' } }),
    answer(1, { ok: 1, speculativeAuthenticate: { payload: payload('r=s3cret') } }),
    ask(2, { saslStart: 1, mechanism: 'PLAIN', payload: payload('\0app\0s3cret') }),
    answer(2, { ok: 1, payload: payload('s3cret') }),
    ask(3, { saslContinue: 1, payload: payload('p=s3cret') }),
    answer(3, { ok: 0, code: 18, errmsg: 'Authentication failed' }),
    ask(4, { createUser: 'new', pwd: 's3cret', roles: [] }),
    answer(4, { ok: 1 }),
    ask(5, { authenticate: 1, user: 'app', nonce: 's3cret', key: 's3cret' }),
    answer(5, { ok: 1 }),
  );
  const text = JSON.stringify(found);
  for (const secret of ['s3cret', Buffer.from('s3cret').toString('hex')]) expect(text).not.toContain(secret);
  expect(facts(found[0])).toMatchObject({ user: 'app', authentication: 'SCRAM-SHA-256', application: 'api' });
  expect(facts(found[3])).toMatchObject({ query: { createUser: 'new', pwd: '[REDACTED]' } });
});

test('a message longer than the limit is kept by its beginning, the next one is found', () => {
  const found = calls(
    ask(1, { insert: 'orders', documents: [{ text: 'x'.repeat(MAX_WHOLE_BYTES) }] }),
    answer(1, { n: 1, ok: 1 }),
    ask(2, { find: 'orders' }),
    answer(2, { cursor: { firstBatch: [{ text: 'x'.repeat(MAX_WHOLE_BYTES) }], id: Long.ZERO }, ok: 1 }),
    ask(3, { ping: 1 }),
    answer(3, { ok: 1 }),
  );
  expect(found.map(({ endpoint, truncated }) => [endpoint, truncated])).toEqual([
    ['insert orders', true],
    ['find orders', true],
    ['ping', false],
  ]);
});

test('an opcode nobody knows is framed by its length', () => {
  const found = calls(
    ask(1, { ping: 1 }),
    answer(1, { ok: 1 }),
    client(message(2999, [2, 0], 'x')),
    ask(3, { ping: 1 }),
    answer(3, { ok: 1 }),
  );
  expect(found.map(({ method }) => method)).toEqual(['ping', 'opcode 2999', 'ping']);
});

test('a length that lies ends the reading until the next message', () => {
  const liar = Buffer.from(msg([2, 0], { ping: 1 }));
  liar.writeInt32LE(-1);
  const found = calls(
    ask(1, { ping: 1 }),
    answer(1, { ok: 1 }),
    client(liar),
    ask(3, { hello: 1 }),
    answer(3, { ok: 1 }),
  );
  expect(found.map(({ method }) => method)).toEqual(['ping', 'hello']);
});

test('after lost bytes the next command is found', () => {
  const found = calls(
    ask(1, { find: 'a' }),
    server(msg([9, 1], { ok: 1 }).subarray(0, 20)),
    lost('server', 30),
    ask(2, { find: 'b' }),
    answer(2, { ok: 1 }),
  );
  expect(found.map(({ endpoint, status }) => [endpoint, status])).toEqual([
    ['find a', null],
    ['find b', 0],
  ]);
});

test('a stream joined in its middle is read from the next message on', () => {
  const turns = [server(msg([9, 1], { ok: 1 }).subarray(20)), ask(2, { find: 'b' }), answer(2, { ok: 1 })];
  const found = dissectAll(mongodb, turns, { midStream: true, clientKnown: false, serverPort: 27_017 });
  expect(found.map(({ endpoint }) => endpoint)).toEqual(['find b']);
});

test('a client that asks without end is bounded', () => {
  const flood = Array.from({ length: 100 }, (_, n) => ask(n + 1, { ping: 1 }));
  const found = dissectAll(mongodb, flood, { limits: { maxPending: 8 } });
  expect(found).toHaveLength(100);
  expect(found.some(({ anomalies }) => anomalies?.[0]?.includes('too many requests'))).toBe(true);
});

test.each([
  ['a command', msg([1, 0], { ping: 1, $db: 'x' }), 'client', 'yes'],
  ['its beginning', msg([1, 0], { ping: 1, $db: 'x' }).subarray(0, 10), 'client', 'more'],
  ['a reply', msg([1, 7], { ok: 1 }), 'server', 'yes'],
  ['flags that a reader must know', msg([1, 0], { ping: 1 }, 0x8000), 'client', 'no'],
  ['a request of MySQL', Buffer.from('\x09\0\0\0\x03SELECT 1 FROM t WHERE x'), 'client', 'no'],
  ['a request of HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n'), 'client', 'no'],
  ['zeros', new Uint8Array(40), 'client', 'no'],
] as const)('%s of the %s', (_name, sample, side, expected) => {
  expect(startsWithMessage(sample, 0, side as 'client' | 'server')).toBe(expected);
});

test('replies find their requests in whatever order they come', () => {
  const found = calls(
    ...[1, 2, 3, 4].map((id) => ask(id, { find: `orders${id}` })),
    ...[3, 1].map((to) => answer(to, { ok: 1, n: to })),
    ask(5, { find: 'orders5' }),
    ...[5, 2, 4].map((to) => answer(to, { ok: 1, n: to })),
  );
  expect(found.map(({ endpoint }) => endpoint)).toEqual([3, 1, 5, 2, 4].map((id) => `find orders${id}`));
  expect(found.map((call) => facts(call)?.['documents'])).toEqual([3, 1, 5, 2, 4]);
});

test('what is sent beside a command and inside of it is shown once', () => {
  const documents = Buffer.concat([{ n: 1 }, { n: 2 }].map((document) => BSON.serialize(document)));
  const beside = (name: string) =>
    Buffer.concat([byte(1), encode(5 + name.length + documents.length), encode(name), documents]);
  const insert = (command: BSON.Document, ...names: string[]) =>
    calls(client(message(Opcode.MSG, [1, 0], 0, byte(0), command, ...names.map(beside))), answer(1, { n: 2, ok: 1 }));
  const both = insert({ insert: 'orders', documents: [{ n: 7 }], $db: 'shop' }, 'documents');
  expect(facts(both[0])?.['query']).toMatchObject({ documents: [{ n: 1 }, { n: 2 }] });
  const twice = insert({ insert: 'orders', $db: 'shop' }, 'documents', 'documents', '7', 'größe');
  expect(Object.keys(facts(twice[0])?.['query'] ?? {})).toHaveLength(5);
  expect(insert({}, 'updates')[0]?.summary).toBe(' [{"n":1},{"n":2}]');
});

test('commands and replies that come again tell what is theirs', () => {
  const cursor = fc.integer({ min: 0, max: 3 });
  const n = fc.integer({ min: 0, max: 3 });
  const collection = fc.constantFrom('orders', 'users', 'x'.repeat(80));
  const number = fc.constantFrom(1, 1, 2, 2.5, Long.fromNumber(7));
  const rows = (count: number) => Array.from({ length: count }, (_, id) => ({ id, ok: 0 }));
  const batch = (name: string, count: number, id: number) => ({
    cursor: { [name]: rows(count), id: Long.fromNumber(id), ns: 'shop.any' },
    ok: 1,
  });
  const asked = fc.oneof(
    fc.record({ name: collection, a: number, count: n, id: cursor }).map(({ name, a, count, id }) => ({
      command: { find: name, filter: { a } },
      reply: batch('firstBatch', count, id),
      endpoint: `find ${name}`,
      documents: count,
      cursor: id,
    })),
    fc.record({ name: collection, count: n, id: cursor }).map(({ name, count, id }) => ({
      command: { getMore: Long.fromNumber(77 + id), collection: name },
      reply: batch('nextBatch', count, id),
      endpoint: `getMore ${name}`,
      documents: count,
      cursor: 77 + id,
    })),
    fc.record({ name: collection, count: n, isFine: fc.boolean() }).map(({ name, count, isFine }) => ({
      command: { insert: name, documents: rows(count), ordered: true },
      reply: isFine ? { n: count + 1, ok: 1 } : { ok: 1 },
      endpoint: `insert ${name}`,
      documents: isFine ? count + 1 : count,
      cursor: 0,
    })),
    fc.record({ count: n, code: n }).map(({ count, code }) => ({
      command: { ping: 1 },
      reply: { n: count, ok: code === 0 ? 1 : 0, ...(code > 0 && { code, errmsg: 'no' }) },
      endpoint: 'ping',
      documents: count,
      cursor: 0,
      code,
    })),
  );
  fc.assert(
    fc.property(fc.array(asked, { maxLength: 12 }), (list) => {
      const turns = list.flatMap(({ command, reply: replied }, id) => [ask(id, command), answer(id, replied)]);
      expect(calls(...turns).map((call) => [call.endpoint, facts(call)?.['documents'], call.status])).toEqual(
        list.map(({ endpoint, documents, code = 0 }: { endpoint: string; documents: number; code?: number }) => [
          endpoint,
          documents,
          code,
        ]),
      );
      expect(calls(...turns).map((call) => facts(call)?.['cursor'] ?? '0')).toEqual(
        list.map(({ cursor: id }) => String(id)),
      );
    }),
    { numRuns: 150 },
  );
});

test('how the stream is cut never changes what is found', () => {
  const conversation = [
    ask(1, { find: 'orders', filter: { a: 1 } }),
    answer(1, { cursor: { firstBatch: [{}], id: Long.fromNumber(7) }, ok: 1 }),
    ask(2, { getMore: Long.fromNumber(7), collection: 'orders' }),
    answer(2, { ok: 0, code: 43, errmsg: 'gone' }),
  ];
  const whole = dissectAll(mongodb, conversation);
  expect(whole).toHaveLength(2);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }), (sizes) => {
      expect(dissectAll(mongodb, recut(conversation, sizes))).toEqual(whole);
    }),
  );
});

test('hostile messages neither throw nor hang', () => {
  const opcode = fc.constantFrom(...Object.values(Opcode), 2003, 0, -1);
  fc.assert(
    fc.property(opcode, fc.uint8Array({ maxLength: 80 }), fc.uint8Array({ maxLength: 80 }), (code, asked, answered) => {
      const faults: string[] = [];
      const turns = [client(message(code, [2, 0], asked)), server(message(code, [3, 2], answered))];
      dissectAll(mongodb, [ask(1, { ping: 1 }), ...turns], { onFault: (fault) => faults.push(fault) });
      expect(faults.filter((fault) => fault.startsWith('bug'))).toEqual([]);
    }),
    { numRuns: 300 },
  );
});
