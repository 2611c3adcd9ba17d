import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callShop, startShop, type Wire } from '../../../fixtures/thrift/shop.ts';
import { client, dissectAll, lost, recut, server, type Turn } from '../../dissect/testing/conversation.ts';
import { Relay } from '../../dissect/testing/relay.ts';
import { thrift } from './index.ts';
import { MAX_DEPTH, MAX_VALUES, Walker } from './values.ts';
import { MAX_WHOLE_BYTES, MessageType, startsWithMessage } from './wire.ts';

const i16 = (value: number) => Buffer.from([(value >> 8) & 0xff, value & 0xff]);
const i32 = (value: number) => Buffer.from([value >>> 24, (value >> 16) & 0xff, (value >> 8) & 0xff, value & 0xff]);
const text = (value: string) => Buffer.concat([i32(Buffer.byteLength(value)), Buffer.from(value)]);
const STOP = Buffer.from([0]);
/** A field of the binary protocol. */
const field = (type: number, id: number, value: Uint8Array) => Buffer.concat([Buffer.from([type]), i16(id), value]);
const message = (type: number, name: string, sequence: number, ...fields: Uint8Array[]) =>
  Buffer.concat([Buffer.from([0x80, 1, 0, type]), text(name), i32(sequence), ...fields, STOP]);
const framed = (bytes: Uint8Array) => Buffer.concat([i32(bytes.length), bytes]);
const call = (sequence: number, ...fields: Uint8Array[]) =>
  client(message(MessageType.CALL, 'get', sequence, ...fields));
const reply = (sequence: number, ...fields: Uint8Array[]) =>
  server(message(MessageType.REPLY, 'get', sequence, ...fields));
const calls = (...turns: Turn[]) => dissectAll(thrift, turns);

test('replies find their calls by number, those at zero in order', () => {
  const found = calls(
    call(1, field(8, 1, i32(1))),
    call(2, field(8, 1, i32(2))),
    reply(2, field(8, 0, i32(22))),
    reply(1, field(8, 0, i32(11))),
    call(0, field(8, 1, i32(3))),
    call(0, field(8, 1, i32(4))),
    reply(0, field(8, 0, i32(33))),
    reply(0, field(8, 0, i32(44))),
  );
  expect(found.map(({ summary, data }) => [summary, data?.['thrift']?.['result']])).toEqual([
    ['get(2)', 22],
    ['get(1)', 11],
    ['get(3)', 33],
    ['get(4)', 44],
  ]);
});

test('a message before versions is read when it is whole', () => {
  const old = (type: number) => Buffer.concat([text('get'), Buffer.from([type]), i32(1), STOP]);
  expect(calls(client(old(MessageType.CALL)), server(old(MessageType.REPLY)))).toMatchObject([
    { summary: 'get()', status: 0 },
  ]);
});

test('a frame longer than the limit is kept by its beginning, the next one is found', () => {
  const long = framed(
    message(MessageType.CALL, 'put', 1, field(8, 1, i32(7)), field(11, 2, text('x'.repeat(MAX_WHOLE_BYTES)))),
  );
  const answer = (sequence: number) => server(framed(message(MessageType.REPLY, 'put', sequence)));
  const found = calls(client(long), answer(1), client(framed(message(MessageType.CALL, 'put', 2))), answer(2));
  expect(found.map(({ requestSize, truncated }) => [requestSize, truncated])).toEqual([
    [long.length, true],
    [framed(message(MessageType.CALL, 'put', 2)).length, false],
  ]);
});

test('a connection that ends leaves its calls without a reply', () => {
  expect(calls(call(1))).toMatchObject([{ status: null, error: true, errorText: 'no reply' }]);
});

test('after lost bytes the next call is found', () => {
  const found = calls(call(1), lost('server', 20), call(2, field(8, 1, i32(2))), reply(2));
  expect(found.map(({ summary, status }) => [summary, status])).toEqual([
    ['get()', null],
    ['get(2)', 0],
  ]);
});

test('a client that calls without end is bounded', () => {
  const flood = Array.from({ length: 100 }, (_, index) => call(index));
  const found = dissectAll(thrift, flood, { limits: { maxPending: 8 } });
  expect(found).toHaveLength(100);
  expect(found.some(({ anomalies }) => anomalies?.[0]?.includes('too many calls'))).toBe(true);
});

const walked = (bytes: Uint8Array, encoding: 'binary' | 'compact' = 'binary') => {
  const walker = new Walker(bytes, 0, encoding);
  return { value: walker.struct(), stopped: walker.stopped };
};

test.each([
  ['a list that claims two billion', field(15, 1, Buffer.concat([Buffer.from([8]), i32(0x7fffffff)]))],
  ['a list of a negative count', field(15, 1, Buffer.concat([Buffer.from([8]), i32(-1)]))],
  ['a text of a negative length', field(11, 1, i32(-1))],
  ['a text that claims too much', field(11, 1, i32(0x7fffffff))],
  ['an unknown type', field(99, 1, i32(1))],
  ['a list of stops', field(15, 1, Buffer.concat([Buffer.from([0]), i32(5)]))],
])('%s is no struct', (_name, bytes) => {
  expect(walked(bytes).stopped).toBeDefined();
});

test('structs nest no deeper than the limit', () => {
  const nested = (levels: number) =>
    Buffer.concat([...Array.from({ length: levels }, () => field(12, 1, Buffer.alloc(0))), Buffer.alloc(levels + 1)]);
  expect(walked(nested(MAX_DEPTH - 1)).stopped).toBeUndefined();
  expect(walked(nested(MAX_DEPTH + 1)).stopped).toBe('bad');
});

test('values are kept up to the limit', () => {
  const list = Buffer.concat([Buffer.from([3]), i32(MAX_VALUES + 10), Buffer.alloc(MAX_VALUES + 10)]);
  const { value, stopped } = walked(Buffer.concat([field(15, 1, list), STOP]));
  expect(stopped).toBeUndefined();
  expect(value['1'] ?? []).toHaveLength(MAX_VALUES - 1);
});

test.each([
  ['a call', message(MessageType.CALL, 'get', 1), 'client', 'yes'],
  ['a framed call', framed(message(MessageType.CALL, 'get', 1)), 'client', 'yes'],
  [
    'the beginning of a long call',
    message(MessageType.CALL, 'get', 1, field(11, 1, text('x'.repeat(99)))).subarray(0, 40),
    'client',
    'yes',
  ],
  ['the beginning of its head', message(MessageType.CALL, 'get', 1).subarray(0, 6), 'client', 'more'],
  ['a reply where a client speaks', message(MessageType.REPLY, 'get', 1), 'client', 'no'],
  ['a reply', message(MessageType.REPLY, 'get', 1), 'server', 'yes'],
  ['a name that is none', message(MessageType.CALL, 'a b', 1), 'client', 'no'],
  ['a request of Kafka', Buffer.from('0000001c000300000000000100076b61666b612d31', 'hex'), 'client', 'no'],
  ['zeros', Buffer.alloc(40), 'client', 'no'],
] as const)('%s', (_name, sample, side, expected) => {
  expect(startsWithMessage(sample, 0, side)).toBe(expected);
});

test('how the stream is cut never changes what is found', () => {
  const conversation = [call(1, field(11, 1, text('lamp'))), reply(1, field(8, 0, i32(7))), call(2), reply(2)];
  const whole = dissectAll(thrift, conversation);
  expect(whole).toHaveLength(2);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }), (sizes) => {
      expect(dissectAll(thrift, recut(conversation, sizes))).toEqual(whole);
    }),
  );
});

test('hostile structs neither throw nor hang', () => {
  const encoding = fc.constantFrom('binary' as const, 'compact' as const);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), encoding, (bytes, how) => {
      walked(bytes, how);
      dissectAll(thrift, [
        call(1),
        client(framed(Buffer.concat([message(1, 'a', 2).subarray(0, 13), bytes]))),
        server(bytes),
      ]);
    }),
    { numRuns: 300 },
  );
});

describe.each([
  { encoding: 'binary', transport: 'buffered' },
  { encoding: 'binary', transport: 'framed' },
  { encoding: 'compact', transport: 'framed' },
  { encoding: 'compact', transport: 'buffered' },
] as const)('the official library, $encoding and $transport', (wire: Wire) => {
  let shop: Awaited<ReturnType<typeof startShop>>;
  beforeAll(async () => {
    shop = await startShop(wire);
  });
  afterAll(() => shop.close());

  test('every call of a real client is there', async () => {
    const relay = await Relay.to(shop.port);
    await callShop(relay.port, wire);
    await relay.close();
    const found = relay.conversations.flatMap((turns) => dissectAll(thrift, turns));
    expect(found.map(({ endpoint, status }) => [endpoint, status])).toEqual([
      ['get', 0],
      ['get', 'exception'],
      ['names', 0],
      ['Orders:clear', 0],
      ['nonsense', 1],
      ['seen', null],
      ['clear', 0],
    ]);
    expect(found[0]?.data?.['thrift']).toMatchObject({
      protocol: wire.encoding,
      transport: wire.transport,
      arguments: { 1: 7 },
      result: { 1: 7, 2: 'Tür', 3: 19.5, 4: { stock: 12 }, 20: true, 21: '0x00ff' },
    });
  });
});
