import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  client,
  type Dissected,
  dissect,
  dissectAll,
  lost,
  recut,
  server,
  type Turn,
} from '../../dissect/testing/conversation.ts';
import { MAX_SESSION_TOPICS } from './fetch-topics.ts';
import { kafka } from './index.ts';
import { MAX_VALUES } from './reading.ts';
import { batch, frame, header, i32, record, request, response, type Values } from './testing/encode.ts';
import { MAX_WHOLE_BYTES } from './wire.ts';

const ID = Buffer.alloc(16, 7).toString('base64url');

const seen = (turns: readonly Turn[]) =>
  dissectAll(kafka, turns).map(({ summary, status, errorText }) => [summary, status, errorText ?? '']);
const first = (turns: readonly Turn[]): Dissected | undefined => dissectAll(kafka, turns)[0];
const facts = (turns: readonly Turn[]) => first(turns)?.data?.['kafka'];

const produced = (acks: number, records: Uint8Array): Values => ({
  acks,
  topicData: [{ name: 'orders', partitionData: [{ index: 2, records }] }],
});
const heartbeat = (id: number, groupId: string) => client(request({ key: 12, version: 0, id }, { groupId }));
const alive = (id: number, errorCode = 0) => server(response({ key: 12, version: 0, id }, { errorCode }));

test('records sent have the offsets their answer gives', () => {
  const packed = Buffer.concat([record(0, 'a'), record(1, 'b')]);
  const turns = [
    client(request({ key: 0, version: 9, id: 1 }, produced(-1, batch(packed, { count: 2 })))),
    server(
      response(
        { key: 0, version: 9, id: 1 },
        { responses: [{ name: 'orders', partitionResponses: [{ index: 2, baseOffset: 40 }] }] },
      ),
    ),
  ];
  const call = first(turns);
  expect(call).toMatchObject({
    summary: 'Produce orders (2 records)',
    endpoint: 'Produce orders',
    status: 0,
    error: false,
  });
  expect(call?.request?.['records']).toMatchObject([
    { topic: 'orders', partition: 2, offset: 40, value: 'a' },
    { offset: 41, value: 'b' },
  ]);
  expect(call?.data?.['kafka']).toEqual({
    apiKey: 0,
    apiVersion: 9,
    apiName: 'Produce',
    clientId: 'shop',
    topic: ['orders'],
    partition: [2],
    offset: [40],
    value: ['a', 'b'],
    recordCount: 2,
  });
});

test('a request that wants no answer does not wait for one', () => {
  const turns = [
    client(request({ key: 0, version: 2, id: 1 }, produced(0, batch(record(0, 'a'))))),
    heartbeat(2, 'g'),
    alive(2),
  ];
  expect(seen(turns)).toEqual([
    ['Produce orders (1 record)', null, ''],
    ['Heartbeat g', 0, ''],
  ]);
  expect(first(turns)).toMatchObject({ response: null, error: false });
});

test('pipelined requests get their answers by correlation id', () => {
  expect(seen([heartbeat(1, 'a'), heartbeat(2, 'b'), alive(1), alive(2, 27)])).toEqual([
    ['Heartbeat a', 0, ''],
    ['Heartbeat b', 27, 'REBALANCE_IN_PROGRESS: The group is rebalancing, so a rejoin is needed.'],
  ]);
});

test('an error anywhere in the answer is the status, with the text the broker gives', () => {
  const topics = [{ name: 'a' }, { name: 'b', errorCode: 36, errorMessage: 'there is one' }];
  const turns = [
    client(request({ key: 19, version: 5, id: 1 }, { topics: [{ name: 'a' }, { name: 'b' }] })),
    server(response({ key: 19, version: 5, id: 1 }, { topics })),
  ];
  expect(first(turns)).toMatchObject({ status: 36, error: true, errorText: 'TOPIC_ALREADY_EXISTS: there is one' });
  expect(facts(turns)).toMatchObject({ errorCode: 36, errorName: 'TOPIC_ALREADY_EXISTS', topic: ['a', 'b'] });
});

test('an API or a version nobody has described is shown by its number and read over', () => {
  const turns = [
    heartbeat(1, 'g'),
    alive(1),
    client(frame(header({ key: 999, version: 3, id: 2 }), Buffer.alloc(40, 0xff))),
    server(frame(i32(2), Buffer.alloc(9))),
    client(frame(header({ key: 0, version: 77, id: 3 }), Buffer.alloc(40, 0xff))),
    server(frame(i32(3), Buffer.alloc(9))),
    heartbeat(4, 'h'),
    alive(4),
  ];
  expect(seen(turns).map(([summary, status]) => [summary, status])).toEqual([
    ['Heartbeat g', 0],
    ['API 999', null],
    ['Produce', null],
    ['Heartbeat h', 0],
  ]);
  expect(dissectAll(kafka, turns)[2]?.data).toMatchObject({ kafka: { apiKey: 0, apiVersion: 77 } });
});

test('a broker that does not know the version of ApiVersions answers with the first one', () => {
  const turns = [
    client(request({ key: 18, version: 4, id: 1 })),
    server(
      response(
        { key: 18, version: 0, id: 1 },
        { errorCode: 35, apiKeys: [{ apiKey: 0, minVersion: 3, maxVersion: 9 }] },
      ),
    ),
  ];
  expect(first(turns)).toMatchObject({ status: 35, response: { fields: { apiKeys: 'Produce 3-9' } } });
});

const named = server(response({ key: 3, version: 12, id: 1 }, { topics: [{ name: 'orders', topicId: ID }] }));
const asked = client(request({ key: 3, version: 12, id: 1 }, { topics: [{ name: 'orders' }] }));
const fetched = (id: number, sessionEpoch: number, more: Values = {}): Turn =>
  client(request({ key: 1, version: 13, id }, { sessionId: 9, sessionEpoch, ...more }));
const fetchAnswer = (id: number, partitions: readonly Values[] = []): Turn => {
  const responses = partitions.length > 0 ? [{ topicId: ID, partitions }] : [];
  return server(response({ key: 1, version: 13, id }, { sessionId: 9, responses }));
};

test('topics told by id get the name that Metadata gave', () => {
  const topics = [{ topicId: ID, partitions: [{ partition: 0, fetchOffset: 5 }] }];
  expect(seen([asked, named, fetched(2, 0, { topics }), fetchAnswer(2)])[1]?.[0]).toBe('Fetch orders');
  expect(seen([fetched(2, 0, { topics }), fetchAnswer(2)])[0]?.[0]).toBe(`Fetch ${ID}`);
});

test('a fetch that names no topic is about those of its session', () => {
  const topics = [{ topicId: ID, partitions: [{ partition: 0, fetchOffset: 5 }] }];
  const forgottenTopicsData = [{ topicId: ID, partitions: [0] }];
  const turns = [
    ...[asked, named, fetched(2, 0, { topics }), fetchAnswer(2), fetched(3, 1), fetchAnswer(3)],
    ...[fetched(4, 2, { forgottenTopicsData }), fetchAnswer(4), fetched(5, 3), fetchAnswer(5)],
  ];
  expect(seen(turns).map(([summary]) => summary)).toEqual([
    'Metadata orders',
    'Fetch orders',
    'Fetch orders',
    'Fetch orders',
    'Fetch',
  ]);
});

test(`a fetch session remembers ${MAX_SESSION_TOPICS} topics`, () => {
  const topics = Array.from({ length: MAX_SESSION_TOPICS + 5 }, (_, index) => ({ topic: `t${index}` }));
  const turns = [
    client(request({ key: 1, version: 11, id: 1 }, { sessionEpoch: 0, topics })),
    server(response({ key: 1, version: 11, id: 1 })),
    client(request({ key: 1, version: 11, id: 2 }, { sessionEpoch: 1 })),
    server(response({ key: 1, version: 11, id: 2 })),
  ];
  expect(dissectAll(kafka, turns)[1]?.data).toMatchObject({ kafka: { topic: { length: MAX_SESSION_TOPICS } } });
});

test('lag is what the broker has beyond the records it gave, or beyond the offset asked for', () => {
  const topics = [{ topicId: ID, partitions: [{ partition: 0, fetchOffset: 5 }] }];
  const records = batch(Buffer.concat([record(0, 'a'), record(1, 'b')]), { count: 2, offset: 5 });
  expect(
    facts([fetched(2, 0, { topics }), fetchAnswer(2, [{ partitionIndex: 0, highWatermark: 12, records }])]),
  ).toMatchObject({ lag: 5 });
  expect(facts([fetched(2, 0, { topics }), fetchAnswer(2, [{ partitionIndex: 0, highWatermark: 12 }])])).toMatchObject({
    lag: 7,
  });
  expect(facts([fetched(2, 0, { topics }), fetchAnswer(2)])).not.toHaveProperty('lag');
});

const PASSWORD = 's3cret-word';
const token = Buffer.from(`\0ann\0${PASSWORD}`);

test('a login shows who and how, never the token', () => {
  const turns = [
    client(request({ key: 17, version: 1, id: 1 }, { mechanism: 'PLAIN' })),
    server(response({ key: 17, version: 1, id: 1 }, { mechanisms: ['PLAIN'] })),
    client(request({ key: 36, version: 2, id: 2 }, { authBytes: token })),
    server(response({ key: 36, version: 2, id: 2 }, { authBytes: Buffer.from(PASSWORD) })),
  ];
  const calls = dissectAll(kafka, turns);
  expect(calls.map(({ summary }) => summary)).toEqual(['SaslHandshake PLAIN', 'SaslAuthenticate PLAIN ann']);
  expect(calls[1]).toMatchObject({ request: { fields: { authBytes: '[REDACTED]' } } });
  expect(JSON.stringify(calls)).not.toContain(PASSWORD);
  expect(JSON.stringify(calls)).not.toContain(token.toString('base64').slice(8, 16));
});

test('tokens without a header follow the first version of the handshake, until a request does', () => {
  const turns = [
    client(request({ key: 17, version: 0, id: 1 }, { mechanism: 'SCRAM-SHA-256' })),
    server(response({ key: 17, version: 0, id: 1 }, { mechanisms: ['SCRAM-SHA-256'] })),
    client(frame(Buffer.from('n,,n=bob,r=nonce'))),
    server(frame(Buffer.from(`r=nonce,s=${PASSWORD},i=4096`))),
    client(frame(Buffer.from(`c=biws,r=nonce,p=${PASSWORD}`))),
    server(frame()),
    heartbeat(2, 'g'),
    alive(2),
  ];
  const calls = dissectAll(kafka, turns);
  expect(calls.map(({ summary }) => summary)).toEqual([
    'SaslHandshake SCRAM-SHA-256',
    'SaslToken SCRAM-SHA-256 bob',
    'SaslToken SCRAM-SHA-256',
    'Heartbeat g',
  ]);
  expect(JSON.stringify(calls)).not.toContain(PASSWORD);
});

test('settings that are secrets, delegation tokens and salted passwords are not shown', () => {
  const configs = [
    { name: 'ssl.keystore.password', value: PASSWORD },
    { name: 'retention.ms', value: '60000' },
  ];
  const calls = dissectAll(kafka, [
    client(
      request({ key: 44, version: 1, id: 1 }, { resources: [{ resourceType: 2, resourceName: 'orders', configs }] }),
    ),
    server(response({ key: 44, version: 1, id: 1 })),
    client(request({ key: 38, version: 2, id: 2 })),
    server(response({ key: 38, version: 2, id: 2 }, { hmac: Buffer.from(PASSWORD) })),
    client(
      request({ key: 51, version: 0, id: 3 }, { upsertions: [{ name: 'bob', saltedPassword: Buffer.from(PASSWORD) }] }),
    ),
    server(response({ key: 51, version: 0, id: 3 })),
    client(request({ key: 58, version: 0, id: 4 }, { requestData: Buffer.from(PASSWORD) })),
    server(response({ key: 58, version: 0, id: 4 }, { responseData: Buffer.from(PASSWORD) })),
  ]);
  expect(JSON.stringify(calls)).not.toContain(PASSWORD);
  expect(JSON.stringify(calls[0])).toContain('60000');
  expect(calls[0]?.data).toMatchObject({ kafka: { topic: ['orders'] } });
});

test('what consumers tell each other is decoded, what others do is not', () => {
  const joined = (metadata: Uint8Array) => {
    const turns = [
      client(request({ key: 11, version: 7, id: 1 }, { groupId: 'g', protocols: [{ name: 'range', metadata }] })),
      server(response({ key: 11, version: 7, id: 1 })),
    ];
    return first(turns)?.request?.['fields'];
  };
  const subscription = Buffer.from('0001 00000001 0006 6f7264657273 ffffffff 00000000'.replaceAll(' ', ''), 'hex');
  expect(joined(subscription)).toMatchObject({
    protocols: [{ metadata: { version: 1, topics: ['orders'], userData: null } }],
  });
  expect(joined(Buffer.from('connect'))).toMatchObject({ protocols: [{ metadata: 'connect' }] });
});

test('a transaction and its coordinator are told by the id', () => {
  const find = (keyType: number) => [
    client(request({ key: 10, version: 4, id: 1 }, { keyType, coordinatorKeys: ['books'] })),
    server(response({ key: 10, version: 4, id: 1 })),
  ];
  expect(facts(find(1))).toMatchObject({ transactionalId: 'books' });
  expect(facts(find(0))).toMatchObject({ groupId: ['books'] });
});

test('what a trace id in headers says of all records, it says of the call', () => {
  const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
  const bytes = (id: string) => Buffer.from(`00-${id}-00f067aa0ba902b7-01`);
  const traced = (...ids: string[]) => {
    const records = ids.map((id, delta) => {
      const fields = Buffer.concat([
        Buffer.from([0, 0, delta * 2, 1, 2, 0x76, 2, 22]),
        Buffer.from('traceparent'),
        Buffer.from([110]),
        bytes(id),
      ]);
      return Buffer.concat([Buffer.from([((fields.length * 2) & 0x7f) | 0x80, (fields.length * 2) >> 7]), fields]);
    });
    return first([
      client(request({ key: 0, version: 3, id: 1 }, produced(0, batch(Buffer.concat(records), { count: ids.length })))),
    ]);
  };
  expect(traced(trace, trace)?.traceId).toBe(trace);
  expect(traced(trace, trace.replace('4', '5'))).not.toHaveProperty('traceId');
});

test('an answer that is lost leaves its request without one, the next is paired', () => {
  const size = alive(1).bytes.length;
  expect(seen([heartbeat(1, 'a'), lost('server', size), heartbeat(2, 'b'), alive(2)])).toEqual([
    ['Heartbeat a', null, ''],
    ['Heartbeat b', 0, ''],
  ]);
});

test('requests that are lost leave answers alone, later calls are whole', () => {
  const size = heartbeat(2, 'b').bytes.length;
  const turns = [heartbeat(1, 'a'), alive(1), lost('client', size), alive(2), heartbeat(3, 'c'), alive(3)];
  expect(seen(turns).map(([summary]) => summary)).toEqual([
    'Heartbeat a',
    'answer of 10 bytes to a request that was not captured',
    'Heartbeat c',
  ]);
});

test('garbage in the middle costs no later call', () => {
  const turns = [heartbeat(1, 'a'), alive(1), client('\xff\xfe garbage \0\0'), heartbeat(2, 'b'), alive(2)];
  expect(seen(turns).map(([summary]) => summary)).toContain('Heartbeat b');
});

test('a request without an answer says why', () => {
  const missing = (closed: 'fin' | 'reset' | 'end-of-capture') => dissectAll(kafka, [heartbeat(1, 'a')], { closed })[0];
  expect(missing('fin')).toMatchObject({ error: true, errorText: 'no answer', status: null });
  expect(missing('reset')).toMatchObject({ error: true, errorText: 'connection reset before the answer' });
  expect(missing('end-of-capture')).toMatchObject({ error: false });
});

test('requests that wait are bounded', () => {
  const many = Array.from({ length: 10 }, (_, id) => heartbeat(id, `g${id}`));
  const { calls } = dissect(kafka, many, { limits: { maxPending: 4 }, closed: 'end-of-capture' });
  expect(calls.map(({ summary }) => summary)).toEqual(many.map((_, id) => `Heartbeat g${id}`));
  expect(calls[0]?.anomalies).toEqual(['too many requests wait for an answer']);
});

test('a message that is longer than is read whole is one call with its whole size', () => {
  const records = batch(Buffer.concat([record(0, 'first'), Buffer.alloc(MAX_WHOLE_BYTES)]), { count: 9 });
  const large = request({ key: 0, version: 3, id: 1 }, produced(1, records));
  const turns = [
    client(large),
    server(
      response(
        { key: 0, version: 3, id: 1 },
        { responses: [{ name: 'orders', partitionResponses: [{ index: 2, baseOffset: 7 }] }] },
      ),
    ),
    heartbeat(2, 'g'),
    alive(2),
  ];
  const calls = dissectAll(kafka, recut(turns, [60_000]));
  expect(calls).toMatchObject([
    {
      requestSize: large.length,
      truncated: true,
      status: 0,
      data: { kafka: { topic: ['orders'], value: ['first'], recordCount: 9 } },
    },
    { summary: 'Heartbeat g' },
  ]);
});

test('bytes lost inside a long message are counted, the stream goes on', () => {
  const records = batch(Buffer.alloc(2 * MAX_WHOLE_BYTES), { count: 9 });
  const large = request({ key: 0, version: 3, id: 1 }, produced(1, records));
  const cut = MAX_WHOLE_BYTES + 1000;
  const turns = [
    client(large.subarray(0, cut)),
    lost('client', 5000),
    client(large.subarray(cut + 5000)),
    heartbeat(2, 'g'),
    alive(2),
  ];
  const calls = dissectAll(kafka, turns);
  expect(calls).toMatchObject([{ gap: 5000, data: { kafka: { topic: ['orders'] } } }, { summary: 'Heartbeat g' }]);
});

test('a message that ends before its fields is shown as far as it goes, and said to be odd', () => {
  const whole = request({ key: 3, version: 1, id: 2 }, { topics: [{ name: 'orders' }, { name: 'payments' }] });
  const cut = frame(whole.subarray(4, whole.length - 4));
  const call = dissectAll(kafka, [heartbeat(1, 'g'), alive(1), client(cut)], { closed: 'end-of-capture' })[1];
  expect(call).toMatchObject({
    summary: 'Metadata orders',
    anomalies: ['Metadata: a message shorter than its fields'],
  });
});

test('counts and lengths that lie cost no more than the bytes there are', () => {
  const lies = [i32(2 ** 31 - 1), i32(-2), Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f])];
  for (const version of [1, 9, 12]) {
    for (const lie of lies) {
      const call = dissectAll(kafka, [
        heartbeat(1, 'g'),
        alive(1),
        client(frame(header({ key: 3, version, id: 2 }), lie)),
      ])[1];
      expect(call).toMatchObject({ method: 'Metadata' });
    }
  }
});

test(`of a message with more than ${MAX_VALUES} values the first are shown`, () => {
  const topics = Array.from({ length: MAX_VALUES }, (_, index) => ({ name: `t${index}`, errorCode: 0 }));
  const last = { name: 'last', errorCode: 3 };
  const turns = [
    client(request({ key: 3, version: 1, id: 1 })),
    server(response({ key: 3, version: 1, id: 1 }, { topics: [...topics, last] })),
  ];
  const call = first(turns);
  // The error behind them is found all the same.
  expect(call).toMatchObject({ status: 3, response: { truncated: true } });
  expect(JSON.stringify(call?.response?.['fields']).length).toBeLessThan(100 * MAX_VALUES);
  expect(JSON.stringify(call)).not.toContain('"last"');
});

test('how the stream is cut never changes what is found', () => {
  const turns = [asked, named, fetched(2, 0), fetchAnswer(2), heartbeat(3, 'g'), alive(3)];
  const whole = dissectAll(kafka, turns);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }), (sizes) => {
      expect(dissectAll(kafka, recut(turns, sizes))).toEqual(whole);
    }),
  );
});

test('whatever keys, values and headers are, a call is written as it is described', () => {
  // The helper compares both of every call.
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 20 }),
    fc.string({ unit: 'binary', maxLength: 20 }).map((text) => Buffer.from(text)),
  );
  const name = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 6 }),
    fc.constantFrom('7', 'traceparent', 'x-request-id'),
  );
  const headers = fc.array(fc.tuple(name, fc.option(bytes)), { maxLength: 3 });
  const facts = fc.record({ attributes: fc.constantFrom(0, 0, 8, 16, 32), offset: fc.nat(9), count: fc.nat(3) });
  fc.assert(
    fc.property(
      fc.option(bytes),
      fc.option(bytes),
      headers,
      facts,
      name,
      (key, value, told, { count, ...more }, topic) => {
        const packed = Buffer.concat([
          record(0, value, { key, headers: told }),
          record(1, 'second', { headers: told }),
        ]);
        const records = batch(packed, { ...more, count });
        const place = { name: topic, partitionData: [{ index: 2, records }] };
        const answered = { name: topic, partitionResponses: [{ index: 2, baseOffset: 40, errorMessage: topic }] };
        const partitions = [
          { partitionIndex: 1, highWatermark: 9, records },
          { partitionIndex: 2, records },
        ];
        const found = dissectAll(kafka, [
          client(request({ key: 0, version: 9, id: 1 }, { transactionalId: topic, acks: 1, topicData: [place] })),
          server(response({ key: 0, version: 9, id: 1 }, { responses: [answered] })),
          client(request({ key: 1, version: 12, id: 2 }, { topics: [{ topic, partitions: [{ fetchOffset: 3 }] }] })),
          server(response({ key: 1, version: 12, id: 2 }, { responses: [{ topic, partitions }] })),
        ]);
        expect(found).toHaveLength(2);
      },
    ),
    { numRuns: 100 },
  );
});
