/** Replays against real servers: right ones, wrong ones, slow ones and none. */

import { createServer } from 'node:http';
import { createServer as createHttp2 } from 'node:http2';
import { createServer as createTcp } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { Entry } from '@kubeshark/model';
import { anHttpEntry, idAt, START_MICROS } from '@kubeshark/testkit';
import { expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { type ReplayOptions, replay } from './replay.ts';
import { differenceText } from './report/text.ts';
import { bodyOf, httpTarget, json, listening, planOf, recorded } from './testing/target.ts';

const run = async (target: string, entries: readonly Entry[], options: Partial<ReplayOptions> = {}) =>
  replay(await planOf(entries, { target, allowWrites: true }), {
    recording: 'test.tar',
    target,
    verify: {},
    ...options,
    run: { pace: { speed: 'max' }, ...options.run },
  });

const catalogue = { items: [{ id: 1, price: 10 }], at: '2026-01-01T10:00:00Z' };
const story = [
  recorded({ url: '/items', answer: catalogue }),
  recorded({
    method: 'POST',
    url: '/orders',
    body: '{"item":1}',
    status: 201,
    answer: { order: 7, state: 'open' },
    at: 0.01,
  }),
  recorded({ url: '/slow', answer: { ok: true }, at: 0.02 }),
];

interface Shop {
  readonly price?: number;
  readonly slowMillis?: number;
}
const shop = ({ price = 10, slowMillis = 0 }: Shop = {}) =>
  httpTarget(async (request, response) => {
    const body = await bodyOf(request);
    if (request.url === '/items') return json(response, { items: [{ id: 1, price }], at: new Date().toISOString() });
    if (request.url === '/orders' && body === '{"item":1}') return json(response, { order: 7, state: 'open' }, 201);
    if (request.url !== '/slow') return json(response, {}, 404);
    await wait(slowMillis);
    return json(response, { ok: true });
  });

test('the same server answers as recorded, but for the time, which is shown as passed over', async () => {
  const report = await run(await shop(), story);
  expect(report).toMatchObject({ sent: 3, equal: 3, different: 0, slow: 0, failed: 0, statuses: { 200: 2, 201: 1 } });
  expect(report.ignored).toEqual([{ endpoint: 'GET /items', place: '$.at', reason: 'looks like a time', calls: 1 }]);
  expect(report.calls).toEqual([]);
});

test('one changed field and one slow endpoint are found, and nothing else', async () => {
  const report = await run(await shop({ price: 11, slowMillis: 400 }), story);
  expect(report).toMatchObject({ equal: 1, different: 1, slow: 1, failed: 0 });
  const found = report.calls.map(({ summary, differences }) => [summary, ...differences.map(differenceText)]);
  expect(found.toSorted(([a = ''], [b = '']) => a.localeCompare(b))).toEqual([
    ['GET /items', '$.items[0].price: 10 → 11'],
    ['GET /slow', expect.stringMatching(/^took 4\d\d\.\d ms, recorded 5\.0 ms$/)],
  ]);
});

test('strict comparison counts the time too; an ignore list takes it out again', async () => {
  const target = await shop();
  expect((await run(target, story, { verify: { strict: true } })).different).toBe(1);
  const ignore = [{ endpoint: '*', place: '$.at', reason: 'mine' }];
  expect((await run(target, story, { verify: { strict: true, ignore } })).ignored).toMatchObject([{ reason: 'mine' }]);
});

test('two baseline runs teach what differs by itself', async () => {
  let count = 0;
  const target = await httpTarget((_, response) => json(response, { visits: ++count, name: 'shop' }));
  const entries = [recorded({ url: '/', answer: { visits: 90, name: 'shop' } })];
  expect((await run(target, entries)).different).toBe(1);
  const report = await run(target, entries, { hasBaseline: true });
  expect(report).toMatchObject({
    equal: 1,
    different: 0,
    ignored: [{ place: '$.visits', reason: 'differs between two runs' }],
  });
});

test('a list whose order means nothing may come in any order', async () => {
  const target = await httpTarget((_, response) => json(response, { tags: ['b', 'a'] }));
  const entries = [recorded({ url: '/', answer: { tags: ['a', 'b'] } })];
  expect((await run(target, entries)).different).toBe(1);
  expect((await run(target, entries, { verify: { sets: ['$.tags'] } })).equal).toBe(1);
});

test('a value the server makes up goes into later requests', async () => {
  const seen: string[] = [];
  const target = await httpTarget((request, response) => {
    seen.push(`${request.url} ${request.headers.authorization ?? ''}`);
    json(response, request.url === '/login' ? { token: 'new-token-9' } : { ok: true });
  });
  const entries = [
    recorded({ method: 'POST', url: '/login', answer: { token: 'old-token-1' } }),
    recorded({
      url: '/me/old-token-1',
      headers: { Authorization: 'Bearer old-token-1' },
      answer: { ok: true },
      at: 0.001,
    }),
  ];
  await run(target, entries, { run: { captures: [{ endpoint: 'POST /login', place: '$.token' }] } });
  expect(seen).toEqual(['/login ', '/me/new-token-9 Bearer new-token-9']);
});

test('calls of one connection keep their order, those of others do not wait', async () => {
  const seen: string[] = [];
  const target = await httpTarget(async (request, response) => {
    if (request.url === '/first') await wait(150);
    seen.push(request.url ?? '');
    json(response, {});
  });
  const on = (connection: string, url: string, at: number) => recorded({ url, connection, at });
  const report = await run(target, [on('a', '/first', 0), on('a', '/second', 0.001), on('b', '/other', 0.002)]);
  expect(seen).toEqual(['/other', '/first', '/second']);
  // Late because the call before it was answered late: that is told, not hidden.
  expect(report.lateness?.max).toBeGreaterThan(100);
  // The server's doing, not the sender's.
  expect(report.scheduleError?.max).toBeLessThan(report.lateness?.max ?? 0);
});

test('a redirect is an answer, not a place to go', async () => {
  let wasAsked = false;
  const elsewhere = await httpTarget((_, response) => {
    wasAsked = true;
    json(response, {});
  });
  const target = await httpTarget((_, response) => response.writeHead(302, { location: elsewhere }).end());
  const report = await run(target, [recorded({ url: '/' })]);
  expect(report.calls[0]?.differences).toContainEqual({ part: 'status', expected: 200, actual: 302 });
  expect(wasAsked).toBe(false);
});

test.each<[string, () => Promise<string>, RegExp]>([
  ['hangs', () => httpTarget(() => undefined), /^no answer within 0\.2 s$/],
  ['resets', () => listening(createTcp((socket) => socket.destroy())), /^(connection reset|socket hang up)$/],
  ['talks nonsense', () => listening(createTcp((socket) => socket.end('SSH-2.0-OpenSSH\r\n'))), /Parse Error/],
  ['is down', () => Promise.resolve('http://127.0.0.1:1'), /^connection refused$/],
])('a target that %s fails the call and no more', async (_name, start, message) => {
  const report = await run(await start(), [recorded({ url: '/a' }), recorded({ url: '/b', at: 0.01 })], {
    run: { timeoutMillis: 200 },
  });
  expect(report).toMatchObject({ sent: 2, failed: 2 });
  expect(report.calls[0]?.differences[0]).toMatchObject({ part: 'failure', message: expect.stringMatching(message) });
});

test('a stop ends what is under way and says that it did', async () => {
  const stopped = new AbortController();
  const target = await httpTarget(() => stopped.abort());
  const entries = [recorded({ url: '/a' }), recorded({ url: '/b', at: 60 })];
  const report = await run(target, entries, { run: { pace: {}, signal: stopped.signal } });
  expect(report).toMatchObject({ isStopped: true, planned: 2, sent: 1, failed: 1 });
});

test('a header that HTTP does not allow fails its call alone', async () => {
  const target = await shop();
  const report = await run(target, [recorded({ url: '/items', headers: { 'X-A': 'a\nb' } }), story[0]!]);
  expect(report).toMatchObject({ failed: 1, equal: 1 });
});

test('a fixed rate is kept, and its schedule error is told', async () => {
  const target = await httpTarget((_, response) => json(response, {}));
  const entries = [recorded({ url: '/' })];
  const report = await run(target, entries, { run: { pace: { rate: 200, loops: 200 } } });
  expect(report).toMatchObject({ sent: 200, equal: 200 });
  // A second by its rate; the machine may be slow, the schedule may not be fast.
  expect(report.seconds).toBeGreaterThan(0.99);
  expect(report.lateness).not.toBeNull();
});

const over = (protocols: Entry['protocols'], entry: Entry): Entry => ({ ...entry, protocol: protocols[0]!, protocols });

test('HTTP/2 calls go over one connection, gRPC with its trailers', async () => {
  let sessions = 0;
  const server = createHttp2();
  server.on('session', () => sessions++);
  server.on('stream', (stream, headers) => {
    const isGrpc = headers[':path'] === '/shop.Carts/Get';
    if (isGrpc && headers['te'] !== 'trailers') return stream.close();
    stream.respond(
      { ':status': 200, 'content-type': isGrpc ? 'application/grpc' : 'application/json' },
      { waitForTrailers: true },
    );
    stream.on('wantTrailers', () => stream.sendTrailers(isGrpc ? { 'grpc-status': '0' } : {}));
    stream.end('{}');
  });
  const target = await listening(server);
  const call = recorded({ method: 'POST', url: '/shop.Carts/Get', headers: { 'content-type': 'application/grpc' } });
  const report = await run(target, [
    over(['http2', 'http'], recorded({ url: '/a' })),
    over(['grpc', 'http2', 'http'], {
      ...call,
      response: { ...call.response!, status: 0, httpStatus: 200, headers: { 'content-type': 'application/grpc' } },
    }),
  ]);
  expect(report.calls).toEqual([]);
  expect([report.equal, sessions]).toEqual([2, 1]);
});

test('the texts of a WebSocket are sent in order and the answers compared', async () => {
  const server = createServer();
  new WebSocketServer({ server }).on('connection', (socket, request) => {
    socket.on('message', (data) => socket.send(`${request.url} ${(data as Buffer).toString()}`));
  });
  const target = await listening(server);
  const handshake = recorded({
    url: '/chat',
    headers: { Upgrade: 'websocket', Connection: 'Upgrade', 'Sec-WebSocket-Key': 'x' },
    status: 101,
    connection: 'ws-1',
    more: { error: false },
  });
  const said = (n: number, text: string, isClient: boolean): Entry =>
    anHttpEntry(0, {
      id: idAt(START_MICROS + 10_000 + n),
      timestamp: START_MICROS + 10_000 + n,
      protocol: 'ws',
      protocols: ['ws'],
      request: isClient ? { size: 1, body: { size: 1, text } } : null,
      response: isClient ? null : { size: 1, body: { size: 1, text } },
      connection: handshake.connection,
      ws: { opcode: 'text' },
    });
  const talk = (answer: string) => [
    handshake,
    said(1, 'hi', true),
    said(2, '/chat hi', false),
    said(3, 'ho', true),
    said(4, answer, false),
  ];
  expect(await run(target, talk('/chat ho'))).toMatchObject({ sent: 1, equal: 1 });
  const wrong = await run(target, talk('/chat bye'));
  expect(wrong.calls[0]?.differences.map(differenceText)).toEqual(['message 2: "/chat bye" → "/chat ho"']);
});
