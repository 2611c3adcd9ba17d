import { expect, test } from 'vitest';
import { client, dissectAll, lost, server, type Turn } from '../../dissect/testing/conversation.ts';
import { dubbo } from './index.ts';
import { asks, EVENT, HESSIAN, invocation, map, message, REQUEST, says, TWO_WAY, text } from './testing/messages.ts';
import { MAX_KEPT_BYTES, readMessage, startsWithMessage } from './wire.ts';

const value = (bytes: Uint8Array): Buffer => Buffer.concat([Uint8Array.of(0x91), bytes]);
const seven = Uint8Array.of(0x97);

const seen = (conversation: readonly Turn[], options = {}) =>
  dissectAll(dubbo, conversation, options).map(({ summary, status, errorText }) => [summary, status, errorText]);

test('responses find their request by number', () => {
  const calls = dissectAll(dubbo, [
    asks(1, invocation('get', 'I', [seven])),
    asks(2, invocation('find', 'Ljava/lang/String;[J', [text('lamp'), Uint8Array.of(0x78)])),
    says(2, Uint8Array.of(0x92)),
    says(1, value(text('lamp'))),
  ]);
  expect(calls.map(({ summary, status }) => [summary, status])).toEqual([
    ['Orders.find("lamp", [])', 0],
    ['Orders.get(7)', 0],
  ]);
  expect(calls[0]?.data).toMatchObject({ dubbo: { parameterTypes: ['java.lang.String', 'long[]'], result: null } });
  expect(calls[1]?.data).toMatchObject({
    dubbo: { service: 'shop.Orders', method: 'get', arguments: [7], result: 'lamp' },
  });
});

const failure = Buffer.concat([
  Uint8Array.of(0x43),
  text('java.lang.Error'),
  Uint8Array.of(0x91),
  text('detailMessage'),
  Uint8Array.of(0x60),
  text('no such order\nat Shop.get'),
]);

test.each([
  ['an exception', Buffer.concat([Uint8Array.of(0x90), failure]), 20, 'exception', 'java.lang.Error: no such order'],
  [
    'an exception with attachments',
    Buffer.concat([Uint8Array.of(0x93), failure, map({})]),
    20,
    'exception',
    'java.lang.Error: no such order',
  ],
  ['a service nobody has', text('no service\nat all'), 60, 60, 'SERVICE_NOT_FOUND: no service'],
  ['a status nobody knows', text(''), 99, 99, '99'],
  ['a value with attachments', Buffer.concat([Uint8Array.of(0x94), seven, map({ a: 'b' })]), 20, 0, undefined],
  ['a body that is cut', Uint8Array.of(0x91, 0x49), 20, 0, undefined],
  ['an empty body', new Uint8Array(0), 20, 0, undefined],
])('%s', (_, body, status, expected, error) => {
  expect(seen([asks(1, invocation('get')), says(1, body, status)])).toEqual([['Orders.get()', expected, error]]);
});

test('what is sent one way has no response, and heartbeats are no calls', () => {
  expect(
    seen([
      asks(1, invocation('log'), REQUEST | HESSIAN),
      asks(2, Uint8Array.of(0x4e), REQUEST | TWO_WAY | EVENT | HESSIAN),
      server(message(EVENT | HESSIAN, 2, Uint8Array.of(0x4e), 20)),
      server(message(REQUEST | TWO_WAY | EVENT | HESSIAN, 3, Uint8Array.of(0x4e))),
      client(message(EVENT | HESSIAN, 3, Uint8Array.of(0x4e), 20)),
    ]),
  ).toEqual([['Orders.log()', null, undefined]]);
});

test('bodies in JSON are read by their lines, others are named', () => {
  const lines = ['"2.0.2"', '"shop.Orders"', '"1.0"', '"get"', '"I"', '7', '{"a":"b"}'].join('\n');
  const calls = dissectAll(dubbo, [
    asks(1, Buffer.from(lines), REQUEST | TWO_WAY | 6),
    server(message(6, 1, Buffer.from('1\n{"id":7}'), 20)),
    asks(2, Uint8Array.of(1, 2, 3), REQUEST | TWO_WAY | 8),
    server(message(8, 2, Uint8Array.of(1, 2, 3), 20)),
  ]);
  expect(calls[0]).toMatchObject({
    summary: 'Orders.get(7)',
    data: { dubbo: { result: { id: 7 }, serialization: 'fastjson' } },
  });
  expect(calls[1]).toMatchObject({ endpoint: 'kryo', status: 0 });
});

test('no secret is in the attachments', () => {
  const id = '4bf92f3577b34da6a3ce929d0e0e4736';
  const attachments = { token: 's3cret', 'x-api-access-key': 's3cret', traceparent: `00-${id}-00f067aa0ba902b7-01` };
  const [call] = dissectAll(dubbo, [asks(1, invocation('get', '', [], attachments))]);
  expect(call?.traceId).toBe(id);
  expect(JSON.stringify(call)).toContain('[REDACTED]');
  expect(JSON.stringify(call)).not.toContain('s3cret');
});

test('a number that is used again ends the call before, an end of the connection all others', () => {
  const call = asks(1, invocation('get'));
  expect(seen([call, call])).toEqual([
    ['Orders.get()', null, 'no reply'],
    ['Orders.get()', null, 'no reply'],
  ]);
  expect(seen([call], { closed: 'end-of-capture' })).toEqual([['Orders.get()', null, undefined]]);
});

test('the oldest call leaves when too many wait', () => {
  const many = [1, 2, 3].map((id) => asks(id, invocation('get')));
  const calls = dissectAll(dubbo, many, { limits: { maxPending: 2 } });
  expect(calls.map(({ data }) => data?.['dubbo']?.['requestId'])).toEqual(['1', '2', '3']);
});

test('bytes lost in the rest of a long body cost nothing else', () => {
  const long = message(
    REQUEST | TWO_WAY | HESSIAN,
    1,
    Buffer.concat([invocation('get'), Buffer.alloc(MAX_KEPT_BYTES)]),
  );
  const [call] = dissectAll(dubbo, [
    client(long.subarray(0, MAX_KEPT_BYTES + 30)),
    lost('client', 10),
    client(long.subarray(MAX_KEPT_BYTES + 40)),
    says(1, value(seven)),
  ]);
  expect(call).toMatchObject({ status: 0, gap: 10, truncated: true, requestSize: long.length - 10 });
});

test('after lost bytes the next message is found', () => {
  const found = seen([
    asks(1, invocation('get')),
    client(message(REQUEST | TWO_WAY | HESSIAN, 2, invocation('lost')).subarray(0, 30)),
    lost('client', 40),
    asks(3, invocation('find')),
    says(3, value(seven)),
  ]);
  expect(new Set(found.map(([summary]) => summary))).toEqual(new Set(['Orders.find()', 'Orders.get()']));
});

test.each([
  ['nothing', '', { kind: 'more', atLeast: 16 }],
  ['a cut header', 'dabb c2 00', { kind: 'more', atLeast: 12 }],
  ['a cut body', `dabb c2 00 ${'00'.repeat(8)} 00000004 61`, { kind: 'more', atLeast: 3 }],
  ['another magic', `dabc c2 00 ${'00'.repeat(12)}`, { kind: 'bad', fault: 'no Dubbo header', at: 0 }],
  ['a length past the limit', `dabb c2 00 ${'00'.repeat(8)} ffffffff`, { kind: 'bad' }],
])('%s', (_, hex, expected) => {
  const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex');
  expect(readMessage(bytes, 0, { rest: 0, limit: bytes.length })).toMatchObject(expected);
});

test.each([
  ['a request', message(REQUEST | HESSIAN, 1, seven), 'client', 'yes'],
  ['a request of the server', message(REQUEST | HESSIAN, 1, seven), 'server', 'no'],
  ['a heartbeat of the server', message(REQUEST | EVENT | HESSIAN, 1, seven), 'server', 'yes'],
  ['a serialization nobody knows', message(REQUEST | 31, 1, seven), 'client', 'no'],
  ['a beginning', Uint8Array.of(0xda), 'client', 'more'],
  ['another protocol', Uint8Array.of(0xda, 0xba), 'client', 'no'],
] as const)('%s: %s', (_, sample, side, verdict) => {
  expect(startsWithMessage(sample, 0, side)).toBe(verdict);
});
