/** Protocols inside HTTP calls, seen from outside: the same over HTTP/1 whatever else the call is. */

import { expect, test } from 'vitest';
import { client, dissectAll, server } from '../dissect/testing/conversation.ts';
import { dissectors } from './registry.ts';

interface Halves {
  readonly request: readonly [line: string, type: string, body: string];
  readonly response: readonly [status: string, type: string, body: string];
}

function call({ request, response }: Halves) {
  const head = ([line, type, body]: readonly [string, string, string]) =>
    `${line}\r\nContent-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
  const [found] = dissectAll(dissectors, [
    client(head([`${request[0]} HTTP/1.1\r\nHost: shop`, request[1], request[2]])),
    server(head([`HTTP/1.1 ${response[0]}`, response[1], response[2]])),
  ]);
  return found;
}

const json = 'application/json';

test('an error inside a 200 is an error of the GraphQL call', () => {
  const found = call({
    request: [
      'POST /graphql',
      json,
      JSON.stringify({ query: 'mutation Buy($id: Int!) { buy(id: $id) }', variables: { id: 7 } }),
    ],
    response: ['200 OK', json, '{"errors":[{"message":"sold out"}]}'],
  });
  expect(found).toMatchObject({
    protocols: ['graphql', 'http'],
    endpoint: 'mutation Buy',
    error: true,
    errorText: 'sold out',
    status: 200,
    request: {
      operationName: 'Buy',
      operationType: 'mutation',
      variables: { id: 7 },
      query: expect.stringContaining('buy(id: $id)'),
    },
    response: { errors: [{ message: 'sold out' }] },
  });
});

test('a GraphQL query in a URL', () => {
  const found = call({
    request: [`GET /graphql?query=${encodeURIComponent('{ me { name } }')}&variables=%7B%7D`, json, ''],
    response: ['200 OK', json, '{"data":{}}'],
  });
  expect(found).toMatchObject({
    endpoint: 'query {me}',
    error: false,
    request: { query: '{ me { name } }', variables: {} },
  });
});

test('a batch is one call that says how many', () => {
  const found = call({
    request: ['POST /graphql', json, '[{"query":"{ a }"},{"query":"{ b }"}]'],
    response: ['200 OK', json, '[{"data":{}},{"data":{}}]'],
  });
  expect(found).toMatchObject({ summary: 'query {a} and 1 more' });
});

test('an upload has its operations in a part', () => {
  const body =
    '--x\r\nContent-Disposition: form-data; name="operations"\r\n\r\n{"query":"mutation Up { up }"}\r\n--x--\r\n';
  const found = call({
    request: ['POST /graphql', 'multipart/form-data; boundary=x', body],
    response: ['200 OK', json, '{}'],
  });
  expect(found).toMatchObject({ endpoint: 'mutation Up' });
});

test('JSON that only has a member called query is plain HTTP', () => {
  const found = call({ request: ['POST /search', json, '{"query":"shoes"}'], response: ['200 OK', json, '[]'] });
  expect(found?.protocols).toEqual(['http']);
});

test('events of a stream are messages of its response', () => {
  const found = call({
    request: ['GET /prices', 'text/plain', ''],
    response: ['200 OK', 'text/event-stream', 'event: price\nid: 1\ndata: {"p":1}\n\n'],
  });
  expect(found).toMatchObject({
    protocols: ['sse', 'http'],
    data: { sse: { events: 1, types: ['price'], lastEventId: '1' } },
    response: { messages: [{ type: 'price', data: '{"p":1}', id: '1' }] },
  });
});

test('gRPC-Web over HTTP/1 has its status among the messages', () => {
  const web = Buffer.concat([
    Buffer.from('\x80\0\0\0\x0fgrpc-status:16\r\n', 'latin1').subarray(0, 5),
    Buffer.from('grpc-status:16\n'),
  ]);
  const found = call({
    request: ['POST /shop.v1.Inventory/Check', 'application/grpc-web+proto', '\0\0\0\0\x04\x0a\x02hi'],
    response: ['200 OK', 'application/grpc-web+proto', web.toString('latin1')],
  });
  expect(found).toMatchObject({
    protocols: ['grpc', 'http'],
    endpoint: 'shop.v1.Inventory/Check',
    request: { service: 'shop.v1.Inventory', method: 'Check', messages: [{ fields: { 1: 'hi' } }] },
  });
});
