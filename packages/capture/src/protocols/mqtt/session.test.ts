import fc from 'fast-check';
import { expect, test } from 'vitest';
import { client, dissect, dissectAll, lost, recut, server } from '../../dissect/testing/conversation.ts';
import { MAX_TOPICS } from './fields.ts';
import { mqtt } from './index.ts';
import {
  ack,
  all,
  calls,
  connack,
  connect,
  none,
  open,
  packet,
  properties,
  publish,
  text,
  u16,
  variable,
} from './testing/packets.ts';
import { MAX_WHOLE_BYTES } from './wire.ts';

test.each([
  [3, '3.1'],
  [4, '3.1.1'],
  [5, '5'],
] as const)('version %d connects, and its secrets are not in the entry', (level, version) => {
  const [call] = dissectAll(mqtt, open(level));
  expect(call).toMatchObject({
    method: 'CONNECT',
    summary: 'CONNECT sensor-7',
    status: 0,
    data: { mqtt: { user: 'app', version, keepAlive: 60, cleanStart: true } },
  });
  expect(JSON.stringify(call)).not.toContain('s3cret');
});

test.each([
  [4, 4, 'bad user name or password'],
  [4, 9, 'return code 9'],
  [5, 0x87, 'not authorized'],
  [5, 0xff, 'reason code 0xff'],
] as const)('version %d refuses with %d', (version, code, errorText) => {
  const [call] = dissectAll(mqtt, [client(connect(version)), server(connack(version, code))]);
  expect(call).toMatchObject({ status: code, error: true, errorText, data: { mqtt: { reason: errorText } } });
});

test('the three ways of publishing', () => {
  const found = calls(
    4,
    client(
      all(
        publish({ topic: 'a/1' }),
        publish({ topic: 'a/2', qos: 1, id: 5 }),
        publish({ topic: 'a/3', qos: 2, id: 6, flags: 1 }),
      ),
    ),
    server(all(ack(5, 6), ack(4, 5))),
    client(ack(6, 6)),
    server(ack(7, 6)),
  );
  expect(found.map(({ summary, status, responseEnd }) => [summary, status, responseEnd])).toEqual([
    ['PUBLISH a/1', null, null],
    ['PUBLISH a/2', 0, 4000],
    ['PUBLISH a/3', 0, 6000],
  ]);
  expect(found[2]).toMatchObject({
    endpoint: 'PUBLISH a/{id}',
    response: { packets: ['PUBREC', 'PUBREL', 'PUBCOMP'] },
    data: { mqtt: { qos: 2, retain: true, packetId: 6, clientId: 'sensor-7' } },
  });
});

test('what the server publishes is acknowledged by the client', () => {
  const found = calls(
    4,
    server(
      all(publish({ topic: 'a' }), publish({ topic: 'b', qos: 1, id: 5 }), publish({ topic: 'c', qos: 2, id: 6 })),
    ),
    client(all(ack(4, 5), ack(5, 6))),
    server(ack(6, 6)),
    client(ack(7, 6)),
  );
  expect(found.map(({ summary, request, status }) => [summary, request, status])).toEqual([
    ['PUBLISH a', null, 0],
    ['PUBLISH b', null, 0],
    ['PUBLISH c', null, 0],
  ]);
  expect(found[2]?.data).toMatchObject({ mqtt: { ackMillis: 3 } });
});

test('the same identifier means one message for each side', () => {
  const found = calls(
    4,
    client(publish({ topic: 'up', qos: 1, id: 1 })),
    server(all(publish({ topic: 'down', qos: 1, id: 1 }), ack(4, 1))),
    client(ack(4, 1)),
  );
  expect(found.map(({ summary, error }) => [summary, error])).toEqual([
    ['PUBLISH up', false],
    ['PUBLISH down', false],
  ]);
});

test('a message sent again is the same call', () => {
  const found = calls(
    4,
    client(publish({ topic: 'a', qos: 1, id: 5 })),
    client(publish({ topic: 'a', qos: 1, id: 5, flags: 8 })),
    server(ack(4, 5)),
  );
  expect(found).toMatchObject([{ request: { retries: 1 }, responseEnd: 5000 }]);
});

test.each([
  [
    'a refused message',
    [client(publish({ topic: 'a', qos: 1, id: 5, properties: none })), server(ack(4, 5, 0x87))],
    135,
    'not authorized',
  ],
  [
    'a message refused in its first step',
    [client(publish({ topic: 'a', qos: 2, id: 5, properties: none })), server(ack(5, 5, 0x97))],
    151,
    'quota exceeded',
  ],
  [
    'a refused topic',
    [
      client(packet(8, 2, u16(1), none, text('a'), Uint8Array.of(1), text('b'), Uint8Array.of(0))),
      server(packet(9, 0, u16(1), none, Uint8Array.of(1, 0x8f))),
    ],
    143,
    'topic filter invalid',
  ],
  [
    'a goodbye of the server',
    [server(packet(14, 0, Uint8Array.of(0x8e), properties(Uint8Array.of(31), text('try later'))))],
    142,
    'session taken over: try later',
  ],
] as const)('%s is an error', (_, turns, status, errorText) => {
  expect(calls(5, ...turns)).toEqual([expect.objectContaining({ status, error: true, errorText })]);
});

test('subscriptions name their topics', () => {
  const found = calls(
    4,
    client(packet(8, 2, u16(1), text('a/+'), Uint8Array.of(2), text('b'), Uint8Array.of(0))),
    server(packet(9, 0, u16(1), Uint8Array.of(2, 0))),
    client(packet(10, 2, u16(2), text('b'))),
    server(ack(11, 2)),
  );
  expect(found).toMatchObject([
    { summary: 'SUBSCRIBE a/+, b', data: { mqtt: { topic: ['a/+', 'b'], qos: 2 } }, response: { codes: [2, 0] } },
    { summary: 'UNSUBSCRIBE b', status: 0 },
  ]);
});

test('properties, user properties, media type and trace of a message', () => {
  const given = properties(
    Uint8Array.of(3),
    text('application/json'),
    Uint8Array.of(9),
    text(Uint8Array.of(0, 255)),
    ...['a', 'b'].map((value) => all(Uint8Array.of(38), text('k'), text(value))),
    all(Uint8Array.of(38), text('traceparent'), text('00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01')),
    Uint8Array.of(11, ...variable(300)),
  );
  const [call] = calls(5, server(publish({ topic: 'a', payload: '{}', properties: given })));
  expect(call).toMatchObject({
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    response: { headers: { k: ['a', 'b'] }, body: { mime: 'application/json', text: '{}' } },
    data: {
      mqtt: {
        properties: { contentType: 'application/json', correlationData: '\\x00\\xff', subscriptionIdentifier: 300 },
      },
    },
  });
});

test('a topic alias stands for its topic, in each direction by itself', () => {
  const alias = properties(Uint8Array.of(35, 0, 1));
  const found = calls(
    5,
    client(all(publish({ topic: 'up', properties: alias }), publish({ topic: '', properties: alias }))),
    server(publish({ topic: '', properties: alias })),
  );
  expect(found.map(({ summary }) => summary)).toEqual(['PUBLISH up', 'PUBLISH up', 'PUBLISH alias 1']);
});

test('enhanced authentication is part of the connect, its data is not in it', () => {
  const step = (code: number) =>
    packet(15, 0, Uint8Array.of(code), properties(Uint8Array.of(21), text('SCRAM'), Uint8Array.of(22), text('s3cret')));
  const turns = [
    client(connect(5)),
    server(step(0x18)),
    client(step(0x18)),
    server(connack(5)),
    client(step(0x19)),
    server(step(0x18)),
    client(step(0x18)),
    server(step(0)),
  ];
  const found = dissectAll(mqtt, turns);
  expect(found).toMatchObject([
    { method: 'CONNECT', status: 0, response: { packets: ['AUTH', 'AUTH', 'CONNACK'] } },
    { method: 'AUTH', status: 0 },
  ]);
  expect(JSON.stringify(found)).not.toContain('s3cret');
});

test('a payload longer than a packet is read whole is still one message', () => {
  const payload = Buffer.alloc(MAX_WHOLE_BYTES * 2, 'y');
  const [call, next] = dissectAll(
    mqtt,
    [
      ...open(4),
      client(all(publish({ topic: 'big', payload, qos: 1, id: 3 }), publish({ topic: 'next' }))),
      server(ack(4, 3)),
    ],
    { limits: { maxBodyBytes: 1000 } },
  ).slice(1);
  // The next one asks for no acknowledgement and leaves first.
  expect(call).toMatchObject({ summary: 'PUBLISH next' });
  expect(next).toMatchObject({
    summary: 'PUBLISH big',
    truncated: true,
    request: { body: { size: payload.length, truncated: true } },
  });
});

test('what waits when the connection ends is an error, what was taken is not', () => {
  const turns = [
    ...open(4),
    client(all(publish({ topic: 'a', qos: 1, id: 1 }), publish({ topic: 'b', qos: 2, id: 2 }), packet(12, 0))),
    server(ack(5, 2)),
  ];
  const outcome = (closed?: 'end-of-capture') =>
    dissectAll(mqtt, turns, closed && { closed })
      .slice(1)
      .map(({ summary, error }) => [summary, error]);
  expect(outcome()).toEqual([
    ['PINGREQ', true],
    ['PUBLISH a', true],
    ['PUBLISH b', false],
  ]);
  expect(outcome('end-of-capture').some(([, error]) => error)).toBe(false);
});

test('bytes lost inside a payload are counted, what follows is found', () => {
  const big = publish({ topic: 'big', payload: Buffer.alloc(MAX_WHOLE_BYTES + 1000) });
  const [first, second] = calls(
    4,
    client(big.subarray(0, MAX_WHOLE_BYTES + 100)),
    lost('client', 500),
    client(all(big.subarray(MAX_WHOLE_BYTES + 600), publish({ topic: 'next' }))),
  );
  expect(first).toMatchObject({ summary: 'PUBLISH big', gap: 500, truncated: true });
  expect(second).toMatchObject({ summary: 'PUBLISH next', gap: 0 });
});

test('after lost packets the next boundary is found', () => {
  const found = calls(
    4,
    client(publish({ topic: 'a', qos: 1, id: 1 })),
    lost('client', 50),
    client(all(Uint8Array.of(0xff, 0xff), publish({ topic: 'b' }))),
  );
  expect(found).toMatchObject([{ summary: 'PUBLISH a', error: false, response: null }, { summary: 'PUBLISH b' }]);
});

test('joined in the middle, the version is learnt from a subscription', () => {
  const found = dissectAll(
    mqtt,
    [
      client(packet(8, 2, u16(1), none, text('a'), Uint8Array.of(1))),
      server(packet(9, 0, u16(1), none, Uint8Array.of(1))),
      server(publish({ topic: 'a', payload: 'text', properties: none })),
    ],
    { midStream: true, clientKnown: false, closed: 'end-of-capture' },
  );
  expect(found).toMatchObject([
    { summary: 'SUBSCRIBE a' },
    { summary: 'PUBLISH a', response: { body: { text: 'text' } } },
  ]);
});

test('in whatever order messages are acknowledged, each gets its own answer', () => {
  fc.assert(
    fc.property(fc.shuffledSubarray(Array.from({ length: 100 }, (_, i) => i + 1)), (order) => {
      const sent = Array.from({ length: 100 }, (_, i) => publish({ topic: `t${i + 1}`, qos: 1, id: i + 1 }));
      const found = calls(4, client(all(...sent)), server(all(packet(13, 0), ...order.map((id) => ack(4, id)))));
      const left = Array.from({ length: 100 }, (_, i) => i + 1).filter((id) => !order.includes(id));
      expect(found.map(({ summary }) => summary)).toEqual([...order, ...left].map((id) => `PUBLISH t${id}`));
      expect(found.map(({ error }) => error)).toEqual([...order.map(() => false), ...left.map(() => true)]);
    }),
    { numRuns: 30 },
  );
});

test.each([
  ['topics without end', packet(8, 2, u16(1), ...Array.from({ length: 1000 }, () => all(text('t'), Uint8Array.of(0))))],
  ['a topic longer than its packet', packet(8, 2, u16(1), Uint8Array.of(255, 255, 97))],
  ['an empty subscription', packet(8, 2)],
  ['a publish without a topic', packet(3, 0)],
  ['properties longer than their packet', packet(3, 0, text('t'), Uint8Array.of(255, 255, 255, 127))],
  ['a connect of nothing', packet(1, 0)],
])('%s is contained', (_, bytes) => {
  const faults: string[] = [];
  const { calls: found } = dissect(mqtt, [...open(5), client(bytes)], { onFault: (fault) => faults.push(fault) });
  expect(faults.filter((fault) => fault.startsWith('bug:'))).toEqual([]);
  for (const { data } of found) {
    expect((data?.['mqtt']?.['topic'] as string[] | undefined)?.length ?? 0).toBeLessThanOrEqual(MAX_TOPICS);
  }
});

test('how the stream is cut never changes what is found', () => {
  const turns = [
    ...open(5),
    client(all(publish({ topic: 'a', qos: 2, id: 1, properties: none }), publish({ topic: 'b', properties: none }))),
    server(all(ack(5, 1), publish({ topic: 'c', qos: 1, id: 1, properties: none }))),
    client(all(ack(6, 1), ack(4, 1), packet(12, 0))),
    server(all(ack(7, 1), packet(13, 0))),
    client(packet(14, 0)),
  ];
  const whole = dissectAll(mqtt, turns);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (sizes) => {
      expect(dissectAll(mqtt, recut(turns, sizes))).toEqual(whole);
    }),
  );
});

test('whatever topics, payloads, properties and answers are, a message is written as it is described', () => {
  // The helper compares both of every call.
  const name = fc.oneof(fc.string({ unit: 'binary', maxLength: 12 }), fc.constantFrom('a/7 ', 'ünï', 'x'.repeat(250)));
  const payload = fc.oneof(name, fc.uint8Array({ maxLength: 20 }));
  const told = fc.array(
    fc.oneof(
      name.map((value) => all(Uint8Array.of(3), text(value))),
      fc.tuple(name, name).map(([key, value]) => all(Uint8Array.of(38), text(key), text(value))),
      fc.constantFrom(Uint8Array.of(1, 1), Uint8Array.of(35, 0, 4), all(Uint8Array.of(9), text('\0\x01'))),
    ),
    { maxLength: 3 },
  );
  const numbers = fc.record({ qos: fc.nat(2), version: fc.constantFrom(3, 4, 5), code: fc.constantFrom(0, 16, 135) });
  const answer = fc.constantFrom<readonly number[]>([], [0], [7, 31, 0, 4, 98, 117, 115, 121]);
  fc.assert(
    fc.property(name, payload, told, numbers, answer, (topic, content, list, { qos, version, code }, more) => {
      const said = { topic, payload: content, qos, ...(version === 5 && { properties: properties(...list) }) };
      const rest = version === 5 ? [code, ...more] : [];
      const answers = qos === 2 ? [ack(5, 1), ack(7, 1)] : [ack(4, 1, ...rest)];
      const found = calls(
        version as 3 | 4 | 5,
        client(publish(said)),
        ...(qos > 0 ? answers.map((bytes) => server(bytes)) : []),
        server(publish({ ...said, flags: 1 })),
        ...(qos > 0 ? answers.map((bytes) => client(bytes)) : []),
      );
      expect(found.length).toBeGreaterThanOrEqual(2);
    }),
    { numRuns: 200 },
  );
});
