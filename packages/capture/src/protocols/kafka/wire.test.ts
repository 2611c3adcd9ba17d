import { expect, test } from 'vitest';
import { KafkaCursor } from './cursor.ts';
import { kafka } from './index.ts';
import { apiOf } from './schema.ts';
import { batch, frame, header, i16, i32, record, request, response, uvarint } from './testing/encode.ts';
import {
  MAX_CLIENT_ID_BYTES,
  MAX_FRAME_BYTES,
  MAX_WHOLE_BYTES,
  NEWER_VERSIONS,
  readFrame,
  requestHeader,
  startsWithRequest,
} from './wire.ts';

const metadata = request({ key: 3, version: 12, id: 7 }, { topics: [{ name: 'orders' }] });
const produce = request(
  { key: 0, version: 9, id: 8, client: null },
  { acks: -1, topicData: [{ name: 'orders', partitionData: [{ index: 0, records: batch(record(0, 'v')) }] }] },
);
const plain = { rest: 0, isToken: false };

test.each([
  ['a whole request', metadata, 'yes'],
  ['a whole request without a client id', produce, 'yes'],
  ['the first half of a request with a client id', metadata.subarray(0, 20), 'yes'],
  ['the first half of one without', produce.subarray(0, 20), 'more'],
  ['two requests', Buffer.concat([metadata, produce]), 'yes'],
  ['a version newer than any described', frame(header({ key: 3, version: 14, id: 1 }), Buffer.alloc(9)), 'yes'],
  ['the first bytes', metadata.subarray(0, 3), 'more'],
  ['a message with a byte too many', frame(metadata.subarray(4), Buffer.alloc(1)), 'no'],
  ['an API that does not exist', frame(header({ key: 95, version: 0, id: 1 })), 'no'],
  ['a version far from any', frame(header({ key: 3, version: 99, id: 1 })), 'no'],
  ['a client id that is no text', frame(header({ key: 3, version: 0, id: 1, client: '\0\u0001' }), i32(0)), 'no'],
  ['a startup of PostgreSQL', Buffer.from('\0\0\0\u0018\0\u0003\0\0user\0ann\0\0\0', 'latin1'), 'no'],
  ['TLS', Buffer.from('16030100c4010000c0', 'hex'), 'no'],
  ['HTTP', Buffer.from('GET / HTTP/1.1\r\n'), 'no'],
])('%s: %#', (_, bytes, verdict) => {
  expect(startsWithRequest(bytes, 0)).toBe(verdict);
  expect(kafka.probe(bytes, 'client')).toBe(verdict);
});

test.each([
  ['a whole answer', response({ key: 3, version: 12, id: 7 }), 'more'],
  ['the first bytes of one', Uint8Array.of(0, 0), 'more'],
  ['text', Buffer.from('+OK\r\n'), 'no'],
  ['a length below an id', frame(Buffer.alloc(3)), 'no'],
  [
    'an answer that nothing like an answer follows',
    Buffer.concat([response({ key: 12, version: 0, id: 1 }), Buffer.from('HTTP')]),
    'no',
  ],
])('nothing but the client tells that %s is an answer', (_, bytes, verdict) => {
  expect(kafka.probe(bytes, 'server')).toBe(verdict);
});

test.each([
  ['a negative length', i32(-1), plain, 'bad'],
  ['a length above what brokers take', i32(2 ** 30), plain, 'bad'],
  ['a length too short for a header', frame(Buffer.alloc(7)), plain, 'bad'],
  ['a negative API', frame(i16(-3), Buffer.alloc(8)), plain, 'bad'],
  ['an empty token', frame(), { rest: 0, isToken: true }, 'done'],
  ['half a length', Uint8Array.of(0, 0), plain, 'more'],
  ['half a frame', metadata.subarray(0, 15), plain, 'more'],
])('%s', (_, bytes, expected, kind) => {
  expect(readFrame('client', bytes, 0, expected).kind).toBe(kind);
});

test(`a frame has ${MAX_FRAME_BYTES} bytes at most`, () => {
  const kinds = [MAX_FRAME_BYTES, MAX_FRAME_BYTES + 1].map((length) => readFrame('server', i32(length), 0, plain).kind);
  expect(kinds).toEqual(['more', 'bad']);
});

test(`a client's id has ${MAX_CLIENT_ID_BYTES} bytes at most`, () => {
  const verdicts = [MAX_CLIENT_ID_BYTES, MAX_CLIENT_ID_BYTES + 1].map((length) => {
    const asked = request({ key: 3, version: 1, id: 7, client: 'c'.repeat(length) });
    // Whole, and by its beginning.
    return [startsWithRequest(asked, 0), startsWithRequest(asked.subarray(0, asked.length - 1), 0)];
  });
  expect(verdicts).toEqual([
    ['yes', 'yes'],
    ['no', 'no'],
  ]);
});

test(`a version ${NEWER_VERSIONS} above those described is believed, one beyond is not`, () => {
  const newest = apiOf(3)?.to ?? 0;
  const verdicts = [newest + NEWER_VERSIONS, newest + NEWER_VERSIONS + 1].map((version) =>
    startsWithRequest(frame(header({ key: 3, version, id: 1 }), Buffer.alloc(9)), 0),
  );
  expect(verdicts).toEqual(['yes', 'no']);
});

test('a long frame is read by its beginning', () => {
  const length = 50 * 1024 * 1024;
  const bytes = Buffer.concat([i32(length), Buffer.alloc(MAX_WHOLE_BYTES + 10)]);
  expect(readFrame('server', bytes, 0, plain)).toMatchObject({
    kind: 'done',
    end: 4 + MAX_WHOLE_BYTES,
    value: { kind: 'frame', length },
  });
  expect(readFrame('server', bytes, 0, { rest: 5, isToken: false })).toMatchObject({ end: 5, value: { kind: 'rest' } });
});

test('headers: without a client id, with tags, and the one that has neither', () => {
  const of = (...parts: Uint8Array[]) => requestHeader(new KafkaCursor(Buffer.concat(parts)));
  expect(of(header({ key: 3, version: 1, id: 5, client: null }))).toMatchObject({
    correlationId: 5,
    clientIdStart: -1,
    end: 10,
  });
  const tagged = [i16(3), i16(9), i32(5), i16(-1), uvarint(1), uvarint(4), uvarint(2), Buffer.alloc(2)];
  expect(of(...tagged)).toMatchObject({ end: 15 });
  expect(of(i16(7), i16(0), i32(5), i32(1))).toMatchObject({ clientIdStart: -1, end: 8 });
  expect(of(i16(3), i16(1), i32(5), i16(2000))).toBeUndefined();
});
