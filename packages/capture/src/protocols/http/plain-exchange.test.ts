import fc from 'fast-check';
import { expect, test } from 'vitest';
import { client, dissect, lost, recut, server, type Turn } from '../../dissect/testing/conversation.ts';
import { dissectors } from '../registry.ts';

/** What is read of a conversation where calls may stay as they lie, and where every one has to be made. */
function bothWays(turns: readonly Turn[], closed: 'fin' | 'reset' | 'end-of-capture' = 'fin') {
  return [true, false].map((isLending) => {
    const faults: string[] = [];
    const { calls, reason, buffered } = dissect(dissectors, turns, {
      isLending,
      closed,
      onFault: (fault) => faults.push(fault),
    });
    return { calls, reason, buffered, faults };
  });
}

const requests: readonly string[] = [
  'GET /products/7?page=1 HTTP/1.1\r\nHost: shop\r\n\r\n',
  'GET /products/8 HTTP/1.0\r\nhost: shop\r\nConnection: keep-alive\r\n\r\n',
  'POST /orders HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n{"product":7}',
  'POST /orders HTTP/1.1\r\nContent-Length: 4\r\nContent-Encoding: gzip\r\n\r\nabcd',
  'POST /graphql HTTP/1.1\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: 24\r\n\r\n{"query":"{ me { id } }"',
  'POST /graphql HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 25\r\n\r\n{"query":"{ me { id } }"}',
  'POST /graphql HTTP/1.1\r\nContent-Type: application/json; charset=utf-16le\r\nContent-Length: 4\r\n\r\n{\0}\0',
  'GET /graphql?query=%7Bme%7D HTTP/1.1\r\nHost: shop\r\n\r\n',
  'HEAD /products HTTP/1.1\r\nHost: shop\r\n\r\n',
  'CONNECT shop:443 HTTP/1.1\r\nHost: shop\r\n\r\n',
  'GET /chat HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
  'POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
  'POST /a HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd',
  'POST /a HTTP/1.1\r\nContent-Length: many\r\n\r\n',
  'GET /a b HTTP/1.\r\n\r\n',
  'OPTIONS * HTTP/1.1\nHost: shop\n\n',
  // Longer than what is copied to wait as it is.
  `PUT /a HTTP/1.1\r\nContent-Type: text/plain\r\nContent-Length: 5000\r\n\r\n${'long '.repeat(1000)}`,
];
const responses: readonly string[] = [
  'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}',
  'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
  'HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\nbusy',
  'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n',
  'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n',
  'HTTP/1.1 100 Continue\r\n\r\n',
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
  'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 9\r\n\r\ndata: a\n\n',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n',
  'HTTP/1.0 200 OK\r\n\r\nuntil the end',
  'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc',
  'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 40\r\n\r\n{"errors":[{"message":"sold out"}]}',
];

/** A call as it should be, most of the time. */
const plainCall = fc
  .tuple(fc.constantFrom(...requests.slice(0, 6)), fc.constantFrom(...responses.slice(0, 5)))
  .map(([request, response]) => [client(request), server(response)]);
const anyTurn = fc.oneof(
  fc.constantFrom(...requests).map((text) => [client(text)]),
  fc.constantFrom(...responses).map((text) => [server(text)]),
  fc.tuple(fc.constantFrom(...requests), fc.constantFrom(...requests)).map(([a, b]) => [client(a + b)]),
  fc.tuple(fc.constantFrom('client' as const, 'server' as const), fc.nat(50)).map(([side, n]) => [lost(side, n + 1)]),
);
const conversation = fc
  .array(fc.oneof({ weight: 3, arbitrary: plainCall }, { weight: 1, arbitrary: anyTurn }), { maxLength: 12 })
  .map((turns) => turns.flat());

test('calls that stay as they lie are those that are made', () => {
  fc.assert(
    fc.property(conversation, fc.constantFrom('fin', 'reset', 'end-of-capture'), (turns, closed) => {
      const [lying, made] = bothWays(turns, closed);
      expect(lying).toEqual(made);
    }),
    { numRuns: 300 },
  );
});

test('... in pieces of any size', () => {
  fc.assert(
    fc.property(
      conversation,
      fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 5 }),
      (turns, sizes) => {
        const [lying, made] = bothWays(recut(turns, sizes));
        expect(lying).toEqual(made);
      },
    ),
    { numRuns: 300 },
  );
});

test('... with bytes that were changed', () => {
  const change = fc.record({
    turn: fc.nat(),
    at: fc.nat(),
    byte: fc.constantFrom(0, 10, 13, 32, 45, 48, 58, 63, 65, 255),
  });
  fc.assert(
    fc.property(conversation, fc.array(change, { minLength: 1, maxLength: 4 }), (turns, changes) => {
      const changed = turns.map((turn) => ({ ...turn, bytes: Uint8Array.from(turn.bytes) }));
      for (const { turn, at, byte } of changes) {
        const { bytes } = changed[turn % Math.max(1, changed.length)] ?? { bytes: new Uint8Array(0) };
        if (bytes.length > 0) bytes[at % bytes.length] = byte;
      }
      const [lying, made] = bothWays(changed);
      expect(lying).toEqual(made);
    }),
    { numRuns: 300 },
  );
});

test('a call that stays as it lies has everything the inspector shows', () => {
  const { calls } = dissect(dissectors, [client(requests[2] ?? ''), server(responses[2] ?? '')]);
  expect(calls).toMatchObject([
    {
      protocols: ['http'],
      method: 'POST',
      endpoint: 'POST /orders',
      status: 503,
      error: true,
      errorText: 'HTTP 503 Service Unavailable',
      requestStart: 1000,
      responseEnd: 2000,
      request: { body: { size: 13, text: '{"product":7}' } },
      response: { statusText: 'Service Unavailable', body: { text: 'busy' } },
    },
  ]);
});
