import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { TOKEN } from '../../../fixtures/graphql/shop.ts';
import { client, type DissectOptions, dissect, lost, server, type Turn } from '../../dissect/testing/conversation.ts';
import { dissectors } from '../registry.ts';
import { MAX_RESULTS } from './ws-operation.ts';

const upgrade = (subprotocol: string): readonly Turn[] => [
  client(
    `GET /graphql HTTP/1.1\r\nHost: shop\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Protocol: ${subprotocol}\r\n\r\n`,
  ),
  server(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Protocol: ${subprotocol}\r\n\r\n`,
  ),
];

/** A frame with a whole text; a client's is masked, with zeros. */
function frame(text: string, isMasked: boolean): Uint8Array {
  const body = Buffer.from(text);
  const head = body.length < 126 ? [body.length] : [126, body.length >> 8, body.length & 0xff];
  head[0] = (head[0] ?? 0) | (isMasked ? 0x80 : 0);
  if (body.length <= 0xffff)
    return Buffer.concat([Buffer.from([0x81, ...head, ...(isMasked ? [0, 0, 0, 0] : [])]), body]);
  const long = Buffer.alloc(10);
  long.set([0x81, 127 | (isMasked ? 0x80 : 0)]);
  long.writeUInt32BE(body.length, 6);
  return Buffer.concat([long, Buffer.alloc(isMasked ? 4 : 0), body]);
}
const says = (message: object) => client(frame(JSON.stringify(message), true));
const answers = (message: object) => server(frame(JSON.stringify(message), false));

const subscribe = (id: string, query: string) => says({ id, type: 'subscribe', payload: { query } });
const next = (id: string, data: unknown) => answers({ id, type: 'next', payload: { data } });
const complete = (id: string) => answers({ id, type: 'complete' });

/** Everything behind the upgrade. */
function found(turns: readonly Turn[], options: DissectOptions = {}, subprotocol = 'graphql-transport-ws') {
  return dissect(dissectors, [...upgrade(subprotocol), ...turns], options).calls.slice(1);
}
const summaries = (calls: ReturnType<typeof found>) => calls.map(({ summary }) => summary);

test('an operation is one call with its result', () => {
  const [call] = found([
    says({ id: '1', type: 'subscribe', payload: { query: 'query Cart($id: ID) { cart }', variables: { id: 7 } } }),
    next('1', { cart: 9 }),
    complete('1'),
  ]);
  expect(call).toMatchObject({
    protocols: ['graphql', 'ws'],
    method: 'query',
    endpoint: 'query Cart',
    error: false,
    request: {
      path: '/graphql',
      operationName: 'Cart',
      operationType: 'query',
      variables: { id: 7 },
      query: 'query Cart($id: ID) { cart }',
    },
    response: { body: { text: '{"data":{"cart":9}}' } },
    data: { graphql: { results: 1 } },
  });
});

test('operations beside each other are told apart by their ids', () => {
  const calls = found([
    subscribe('a', 'subscription Prices { price }'),
    subscribe('b', '{ cart }'),
    next('a', 1),
    next('b', 2),
    complete('b'),
    next('a', 3),
    complete('a'),
  ]);
  expect(summaries(calls).slice(0, 2)).toEqual(['query {cart}', 'subscription Prices: 2 results']);
  expect(calls[1]).toMatchObject({ response: { messages: [{ data: 1 }, { data: 3 }] } });
});

test.each([
  [
    'errors in a result',
    [answers({ id: '1', type: 'next', payload: { errors: [{ message: 'denied' }] } }), complete('1')],
  ],
  ['a list of errors instead', [answers({ id: '1', type: 'error', payload: [{ message: 'denied' }] })]],
  ['one error, as the older protocol has it', [answers({ id: '1', type: 'error', payload: { message: 'denied' } })]],
])('%s are an error of the call', (_name, turns) => {
  const [call] = found([subscribe('1', '{ secret }'), ...turns]);
  expect(call).toMatchObject({
    error: true,
    errorText: 'denied',
    response: { errors: [{ message: 'denied' }] },
  });
});

test('the older protocol has other words for the same', () => {
  const calls = found(
    [
      says({ type: 'connection_init', payload: { token: TOKEN } }),
      answers({ type: 'connection_error', payload: { message: 'wrong token' } }),
      says({ id: '1', type: 'start', payload: { query: 'subscription S { s }' } }),
      answers({ id: '1', type: 'data', payload: { data: 1 } }),
      says({ id: '1', type: 'stop' }),
      answers({ id: '1', type: 'complete' }),
      answers({ type: 'ka' }),
    ],
    {},
    'graphql-ws',
  );
  expect(summaries(calls)).toEqual([
    'connection_init: wrong token',
    'subscription S: 1 result, stopped by the client',
    'text {"type":"ka"}',
    'connection ended without a close',
  ]);
  expect(calls[0]).toMatchObject({ error: true, errorText: 'wrong token' });
});

test('pings stay messages of the WebSocket', () => {
  const calls = found([says({ type: 'ping' }), answers({ type: 'pong' })]);
  expect(calls.slice(0, 2).map(({ protocols }) => protocols)).toEqual([['ws'], ['ws']]);
});

test('what comes after the client has stopped an operation is ignored', () => {
  const calls = found([subscribe('1', 'subscription S { s }'), says({ id: '1', type: 'complete' }), next('1', 1)]);
  expect(calls).toHaveLength(2);
});

test('an id is free again when its operation is over', () => {
  const calls = found([subscribe('1', '{ a }'), complete('1'), subscribe('1', '{ b }'), complete('1')]);
  expect(summaries(calls).slice(0, 2)).toEqual(['query {a}', 'query {b}']);
});

test('an id that is used twice is named; both operations are shown', () => {
  const faults: string[] = [];
  const calls = found([subscribe('1', '{ a }'), subscribe('1', '{ b }'), complete('1')], {
    onFault: (fault) => faults.push(fault),
  });
  expect(summaries(calls).slice(0, 2)).toEqual(['query {a}', 'query {b}']);
  expect(faults).toEqual(['graphql: an id is used twice']);
});

test.each([
  ['fin', 'connection closed before the operation was complete', undefined],
  ['reset', 'connection reset before the operation was complete', 'connection reset before the operation was complete'],
  ['end-of-capture', undefined, undefined],
] as const)('a connection that ends (%s) ends its operations', (closed, ofQuery, ofSubscription) => {
  const [query, subscription] = found([subscribe('1', '{ a }'), subscribe('2', 'subscription S { s }')], { closed });
  expect([query?.errorText, subscription?.errorText]).toEqual([ofQuery, ofSubscription]);
});

test('a login nobody answers is an error', () => {
  const [call] = found([says({ type: 'connection_init' })]);
  expect(call).toMatchObject({ summary: 'connection_init: not acknowledged', error: true, response: null });
});

test('tokens of connection_init are in no call, and neither is a message that may be one, cut', () => {
  const init = says({ type: 'connection_init', payload: { authorization: TOKEN } });
  const cut = says({ payload: { authorization: TOKEN, more: 'x'.repeat(3000) }, type: 'connection_init' });
  const calls = found([init, answers({ type: 'connection_ack' }), init]);
  expect(calls).toHaveLength(3);
  expect(JSON.stringify([calls, found([cut], { limits: { maxBodyBytes: 2000 } })])).not.toContain('secret');
});

test.each(['graphql-ws', 'graphql-subscriptions-transport-ws'])(
  'no token of the fixture %s is in its entries',
  (name) => {
    const folder = path.resolve(import.meta.dirname, '../../../fixtures/ws', name);
    expect(readFileSync(path.join(folder, 'input.pcap'), 'latin1')).toContain('101 Switching Protocols');
    expect(readFileSync(path.join(folder, 'expected.json'), 'utf8')).not.toContain('secret');
  },
);

test('a result that is cut belongs to its operation', () => {
  const [call] = found([subscribe('1', '{ big }'), next('1', 'x'.repeat(3000)), complete('1')], {
    limits: { maxBodyBytes: 2000 },
  });
  expect(call).toMatchObject({ endpoint: 'query {big}', truncated: true, data: { graphql: { results: 1 } } });
});

test('a connection joined in its middle is known by its messages', () => {
  const turns = [next('7', { price: 1 }), next('7', { price: 2 }), complete('7')];
  const { calls } = dissect(dissectors, turns, { midStream: true });
  expect(calls[0]).toMatchObject({
    protocols: ['graphql', 'ws'],
    summary: 'operation: 2 results',
    request: null,
    response: { messages: [{ data: { price: 1 } }, { data: { price: 2 } }] },
  });
});

test('other JSON on a WebSocket is none of it', () => {
  const { calls } = dissect(dissectors, [answers({ type: 'next', id: '1' }), says({ query: 'shoes' })], {
    midStream: true,
  });
  expect(calls.map(({ protocols }) => protocols[0])).toEqual(['ws', 'ws', 'ws']);
});

test('lost bytes are told by the operations that were open', () => {
  const [call] = found([subscribe('1', '{ a }'), lost('server', 100), next('1', 1), complete('1')]);
  expect(call).toMatchObject({ endpoint: 'query {a}', gap: 100 });
});

test('MAX_RESULTS: more results are counted, not listed', () => {
  const results = Array.from({ length: MAX_RESULTS + 50 }, (_, index) => next('1', index));
  const [call] = found([subscribe('1', 'subscription S { s }'), ...results, complete('1')]);
  expect(call).toMatchObject({ truncated: true, data: { graphql: { results: MAX_RESULTS + 50 } } });
  expect(call?.response?.['messages']).toHaveLength(MAX_RESULTS);
});

test('MAX_KEPT: all open operations of a connection together keep so much', () => {
  const long = 'x'.repeat(60_000);
  const turns = Array.from({ length: 100 }, (_, id) => [
    subscribe(String(id), 'subscription S { s }'),
    next(String(id), long),
  ]).flat();
  const calls = found(turns);
  const kept = calls.reduce((sum, { response }) => sum + JSON.stringify(response).length, 0);
  expect(calls.filter(({ truncated }) => truncated).length).toBeGreaterThan(20);
  expect(kept).toBeLessThan(4.5 * 1024 * 1024);
});

test('maxPending: one operation too many ends the oldest', () => {
  const faults: string[] = [];
  const turns = ['1', '2', '3'].map((id) => subscribe(id, `query Q${id} { a }`));
  const calls = found(turns, { limits: { maxPending: 2 }, onFault: (fault) => faults.push(fault) });
  expect(summaries(calls)[0]).toBe('query Q1');
  expect(faults).toContain('graphql: too many open operations');
});

test('MAX_ID: longer ids are not remembered', () => {
  const calls = found([subscribe('i'.repeat(257), '{ a }')]);
  expect(calls[0]?.protocols).toEqual(['ws']);
});
