import type { Body } from '@kubeshark/model';
import { expect, test } from 'vitest';
import { bytesOf, chooseViewer, copyText, readBody } from './model.ts';

const text = (mime: string, content: string): Body => ({ size: content.length, mime, text: content });
const binary = (mime: string, ...bytes: number[]): Body => ({
  size: bytes.length,
  mime,
  base64: btoa(String.fromCharCode(...bytes)),
});

test.each<[string, Body]>([
  ['json', text('application/json', '{}')],
  ['json', text('application/problem+json', '{}')],
  ['json', text('text/plain', ' [1]')],
  ['graphql', text('application/json', '{"query":"{ me { id } }"}')],
  ['json', text('application/json', '{"query":"shoes"}')],
  ['graphql', text('application/graphql', '{ me }')],
  ['events', text('text/event-stream', 'data: 1')],
  ['events', text('application/x-ndjson', '{}\n{}')],
  ['protobuf', binary('application/grpc+proto', 0)],
  ['msgpack', binary('application/msgpack', 0xc0)],
  ['xml', text('image/svg+xml', '<svg/>')],
  ['image', binary('image/png', 0x89)],
  ['html', text('text/html', '<p>')],
  ['form', text('application/x-www-form-urlencoded', 'a=1')],
  ['multipart', text('multipart/form-data', '--x')],
  ['text', text('text/plain', 'hello')],
  ['hex', binary('application/octet-stream', 1, 2)],
])('%s is chosen for %o', (viewer, body) => {
  expect(chooseViewer(body)).toBe(viewer);
});

test('a protobuf message without a schema shows its fields by number', () => {
  // field 1 varint 150 · field 2 text "hi!!" · field 3 message { 1: 1 }
  const message = binary(
    'application/protobuf',
    0x08,
    0x96,
    0x01,
    0x12,
    0x04,
    0x68,
    0x69,
    0x21,
    0x21,
    0x1a,
    0x02,
    0x08,
    0x01,
  );
  expect(copyText(readBody(message, 'protobuf'))).toBe('{\n  "1": 150,\n  "2": "hi!!",\n  "3": {\n    "1": 1\n  }\n}');
});

test('gRPC frames are opened one by one', () => {
  const frames = binary('application/grpc', 0, 0, 0, 0, 2, 0x08, 0x01, 0, 0, 0, 0, 2, 0x08, 0x02);
  expect(copyText(readBody(frames, 'protobuf'))).toBe('[\n  {\n    "1": 1\n  },\n  {\n    "1": 2\n  }\n]');
});

test('msgpack keeps 64-bit integers', () => {
  const body = binary(
    'application/msgpack',
    0x81,
    0xa2,
    0x69,
    0x64,
    0xcf,
    0xff,
    0xff,
    0xff,
    0xff,
    0xff,
    0xff,
    0xff,
    0xff,
  );
  expect(copyText(readBody(body, 'msgpack'))).toBe('{\n  "id": 18446744073709551615\n}');
});

test('a lying length is a fault, not a hang', () => {
  expect(readBody(binary('application/msgpack', 0xdd, 0xff, 0xff, 0xff, 0xff), 'msgpack').kind).toBe('fault');
  expect(readBody(binary('application/protobuf', 0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f), 'protobuf').kind).toBe('fault');
});

test('multipart parts have names, headers and sizes', () => {
  const body = text(
    'multipart/form-data',
    '--b\r\nContent-Disposition: form-data; name="title"\r\n\r\nHello\r\n--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\nline 1\r\nline 2\r\n--b--\r\n',
  );
  const model = readBody(body, 'multipart');
  expect(model.kind === 'parts' && model.parts.map(({ name, text: content, size }) => [name, content, size])).toEqual([
    ['title', 'Hello', 5],
    ['file', 'line 1\r\nline 2', 14],
  ]);
  expect(model.kind === 'parts' && model.parts.map(({ fileName, mime }) => [fileName, mime])).toEqual([
    [undefined, undefined],
    ['a.txt', 'text/plain'],
  ]);
});

test('server-sent events become rows', () => {
  const model = readBody(
    text('text/event-stream', 'event: tick\ndata: 1\ndata: 2\n\n: comment\n\ndata: {"a":1}\n\n'),
    'events',
  );
  expect(model.kind === 'events' && model.events).toEqual([
    { name: 'tick', text: '1\n2' },
    { name: 'message', text: '{"a":1}' },
  ]);
});

test('GraphQL is taken apart into query, operation and variables', () => {
  const model = readBody(
    text('application/json', '{"operationName":"Q","query":"query Q { me }","variables":{"id":1}}'),
    'graphql',
  );
  expect(model).toMatchObject({ kind: 'graphql', operation: 'Q', query: 'query Q { me }' });
});

test('markup is indented and text inside elements stays', () => {
  const model = readBody(text('application/xml', '<a><b x="1">text</b><c/><d></d></a>'), 'xml');
  expect(model.kind === 'text' && model.text).toBe('<a>\n  <b x="1">text</b>\n  <c/>\n  <d></d>\n</a>');
});

test('base64 that is none gives no bytes', () => {
  expect(bytesOf({ size: 3, base64: '***' })).toHaveLength(0);
});
