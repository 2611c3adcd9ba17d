import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { client, dissect, dissectAll, lost, recut, server, type Turn } from '../../dissect/testing/conversation.ts';
import { MAX_UNCONFIRMED_BYTES } from './calls.ts';
import { MAX_DELIVERIES } from './channel.ts';
import { rabbitmq } from './index.ts';
import { content, frame, longText, method, properties, protocolHeader, table } from './testing/frames.ts';

const all = (...parts: Uint8Array[]): Uint8Array => Buffer.concat(parts);
const heartbeat = frame(8, 0, new Uint8Array());
const login: readonly Turn[] = [
  client(protocolHeader),
  server(method(0, 'connection.start', { mechanisms: 'PLAIN AMQPLAIN' })),
  client(method(0, 'connection.start-ok', { mechanism: 'PLAIN', response: '\0app\0s3cret' })),
  server(method(0, 'connection.tune', { frameMax: 4096 })),
  client(
    all(method(0, 'connection.tune-ok', { frameMax: 4096 }), method(0, 'connection.open', { virtualHost: 'shop' })),
  ),
  server(method(0, 'connection.open-ok')),
];
/** What is found after the login. */
const calls = (...turns: Turn[]) => dissectAll(rabbitmq, [...login, ...turns]).slice(1);
const publish = (channel: number, key: string, pieces: readonly string[], mandatory = false) =>
  all(method(channel, 'basic.publish', { exchange: 'events', routingKey: key, mandatory }), content(channel, pieces));
const deliver = (channel: number, tag: number, body: string) =>
  all(
    method(channel, 'basic.deliver', { consumerTag: 'c1', deliveryTag: tag, exchange: 'events', routingKey: 'k' }),
    content(channel, [body]),
  );
const confirming = [client(method(1, 'confirm.select')), server(method(1, 'confirm.select-ok'))] as const;
const close = (code: number, text: string, classId = 0, methodId = 0) => ({
  replyCode: code,
  replyText: text,
  classId,
  methodId,
});

test('the login is one call, its secret is not in it', () => {
  const [call] = dissectAll(rabbitmq, login);
  expect(call).toMatchObject({
    method: 'connection.open',
    summary: 'app → shop',
    status: 0,
    request: { methods: ['connection.start-ok', 'connection.tune-ok', 'connection.open'] },
    data: { rabbitmq: { user: 'app', vhost: 'shop', mechanism: 'PLAIN', arguments: { frameMax: 4096 } } },
  });
  expect(JSON.stringify(call)).not.toContain('s3cret');
});

test('the user of AMQPLAIN is known, the password is not', () => {
  const user = table(['LOGIN', 'S', Buffer.from('\0\0\0\x03app')], ['PASSWORD', 'S', Buffer.from('\0\0\0\x06s3cret')]);
  const [call] = dissectAll(
    rabbitmq,
    login.with(2, client(method(0, 'connection.start-ok', { mechanism: 'AMQPLAIN', response: user.subarray(4) }))),
  );
  expect(call).toMatchObject({ data: { rabbitmq: { user: 'app', mechanism: 'AMQPLAIN' } } });
  expect(JSON.stringify(call)).not.toContain('s3cret');
});

test('challenges, answers to them and renewed secrets never show', () => {
  const found = dissectAll(rabbitmq, [
    ...login.slice(0, 3),
    server(method(0, 'connection.secure', { challenge: 's3cret' })),
    client(method(0, 'connection.secure-ok', { response: 's3cret' })),
    ...login.slice(3),
    client(method(0, 'connection.update-secret', { newSecret: 's3cret', reason: 'expired' })),
    server(method(0, 'connection.update-secret-ok')),
  ]);
  expect(found[1]).toMatchObject({
    method: 'connection.update-secret',
    data: { rabbitmq: { arguments: { reason: 'expired' } } },
  });
  expect(JSON.stringify(found)).not.toContain('s3cret');
});

test.each([
  [
    'closes with a reason',
    server(method(0, 'connection.close', close(403, 'ACCESS_REFUSED - no'))),
    { status: 403, errorText: 'ACCESS_REFUSED - no' },
  ],
  [
    'speaks another version',
    server(Buffer.from('AMQP\0\0\x08\0', 'latin1')),
    { error: true, errorText: 'the server speaks AMQP 0-8-0' },
  ],
  ['hangs up', server(heartbeat), { error: true, errorText: 'the connection ended before it was open' }],
])('a login fails when the server %s', (_, turn, expected) => {
  expect(dissectAll(rabbitmq, [...login.slice(0, 3), turn])).toEqual([expect.objectContaining(expected)]);
});

test('AMQP 1.0 is told of and not read', () => {
  const header = Buffer.from('AMQP\x03\x01\0\0', 'latin1');
  const found = dissectAll(rabbitmq, [
    client(header),
    server(header),
    client(Buffer.alloc(50, 1)),
    server(Buffer.alloc(50, 2)),
  ]);
  expect(found).toEqual([expect.objectContaining({ summary: 'AMQP 1.0 is recognised, not read', error: false })]);
});

test('how the answer to AMQP 1.0 is cut does not change what is told of it', () => {
  const turns = [client(Buffer.from('AMQP\x03\x01\0\0', 'latin1')), server(Buffer.from('AMQP\0\0\x09\x01', 'latin1'))];
  const whole = dissectAll(rabbitmq, turns);
  expect(whole).toEqual([expect.objectContaining({ errorText: 'the server speaks AMQP 0-9-1', responseSize: 8 })]);
  expect(dissectAll(rabbitmq, recut(turns, [1]))).toEqual(whole);
});

test('a message over many frames and segments is one call', () => {
  const [call] = calls(client(publish(1, 'order.42', ['one ', 'two ', 'three'])));
  expect(call).toMatchObject({
    summary: 'basic.publish events order.42',
    endpoint: 'basic.publish events order.{id}',
    status: null,
    error: false,
    request: { body: { size: 13, text: 'one two three' } },
    response: null,
  });
});

test('headers, media type and content encoding are those of a call', () => {
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  const packed = new Uint8Array(gzipSync('{"a":1}'));
  const headers = table(
    ['traceparent', 'S', Buffer.concat([Buffer.of(0, 0, 0, traceparent.length), Buffer.from(traceparent)])],
    ['n', 'I', Buffer.of(0, 0, 0, 7)],
  );
  const [call] = calls(
    client(
      all(
        method(1, 'basic.publish', { exchange: 'events', routingKey: 'k' }),
        content(1, [packed], properties({ contentType: 'application/JSON; v=1', contentEncoding: 'gzip', headers })),
      ),
    ),
  );
  expect(call).toMatchObject({
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    request: {
      headers: { traceparent, n: '7' },
      body: { mime: 'application/json', encoding: ['gzip'], text: '{"a":1}' },
    },
  });
});

test('messages of several channels are mixed, and so are the two sides', () => {
  const a = publish(1, 'a', ['aaaa', 'AAAA']);
  const b = publish(2, 'b', ['bbbb']);
  const found = calls(
    client(all(a.subarray(0, -12), b, a.subarray(-12))),
    server(all(deliver(1, 1, 'x'), heartbeat, deliver(2, 1, 'y'))),
  );
  expect(found.map(({ request, response }) => (request ?? response)?.body?.text)).toEqual([
    'bbbb',
    'aaaaAAAA',
    'x',
    'y',
  ]);
});

test('an empty message and one longer than what is kept', () => {
  const [empty, long] = dissectAll(
    rabbitmq,
    [client(all(publish(1, 'empty', []), publish(1, 'long', ['x'.repeat(3000), 'y'.repeat(3000)])))],
    { limits: { maxBodyBytes: 4000 } },
  );
  expect(empty?.request?.body).toBeUndefined();
  expect(long).toMatchObject({ truncated: true, request: { body: { size: 6000, truncated: true } } });
  expect(long?.request?.body?.text).toHaveLength(4000);
});

test('confirms belong to their messages, one or many', () => {
  const found = calls(
    ...confirming,
    client(all(publish(1, 'a', ['1']), publish(1, 'b', ['2']), publish(1, 'c', ['3']))),
    server(method(1, 'basic.ack', { deliveryTag: 2, multiple: true })),
    server(method(1, 'basic.nack', { deliveryTag: 3 })),
  ).slice(1);
  expect(found.map(({ summary, status, error, errorText }) => [summary, status, error, errorText])).toEqual([
    ['basic.publish events a', 0, false, undefined],
    ['basic.publish events b', 0, false, undefined],
    ['basic.publish events c', 'nack', true, 'the server did not take the message'],
  ]);
  expect(found[1]).toMatchObject({ data: { rabbitmq: { deliveryTag: 2 } } });
});

test('a return before the confirm is the error of its message, else a call of its own', () => {
  const returned = all(
    method(1, 'basic.return', { replyCode: 312, replyText: 'NO_ROUTE', exchange: 'events', routingKey: 'b' }),
    content(1, ['2']),
  );
  const confirmed = calls(
    ...confirming,
    client(all(publish(1, 'a', ['1']), publish(1, 'b', ['2'], true))),
    server(all(returned, method(1, 'basic.ack', { deliveryTag: 0, multiple: true }))),
  ).slice(1);
  expect(confirmed).toMatchObject([{ status: 0 }, { status: 312, error: true, errorText: 'NO_ROUTE' }]);
  expect(calls(client(publish(1, 'b', ['2'], true)), server(returned))).toMatchObject([
    { method: 'basic.publish', error: false },
    { method: 'basic.return', request: null, status: 312, response: { body: { text: '2' } } },
  ]);
});

test('messages that wait too long for their confirm leave, the oldest first', () => {
  const big = 'x'.repeat(100_000);
  const count = Math.ceil(MAX_UNCONFIRMED_BYTES / big.length) + 1;
  const found = calls(
    ...confirming,
    client(all(...Array.from({ length: count }, (_, i) => publish(1, `${i}`, [big])))),
  );
  expect(found[1]).toMatchObject({ summary: 'basic.publish events 0', response: null, error: false });
  expect(found[1]?.anomalies).toEqual(['rabbitmq: too many messages wait for their confirm']);
  expect(found).toHaveLength(count + 1);
});

test('deliveries name the queue of their consumer, settlements the delivery', () => {
  const found = calls(
    client(method(1, 'basic.consume', { queue: 'invoices' })),
    server(method(1, 'basic.consume-ok', { consumerTag: 'c1' })),
    server(all(deliver(1, 1, 'a'), deliver(1, 2, 'b'), deliver(1, 3, 'c'))),
    client(method(1, 'basic.ack', { deliveryTag: 2, multiple: true })),
    client(method(1, 'basic.reject', { deliveryTag: 3, requeue: true })),
    client(method(1, 'basic.ack', { deliveryTag: 99 })),
  ).slice(1);
  expect(found.map(({ summary, error }) => [summary, error])).toEqual([
    ['basic.deliver invoices ← events k', false],
    ['basic.deliver invoices ← events k', false],
    ['basic.deliver invoices ← events k', false],
    ['basic.ack up to 2 invoices', false],
    ['basic.reject 3 invoices', true],
    ['basic.ack 99', false],
  ]);
  expect(found[4]).toMatchObject({
    data: { rabbitmq: { routingKey: 'k', heldMillis: 2, arguments: { requeue: true } } },
  });
});

test('of a consumer that settles nothing only so much is remembered', () => {
  const many = Array.from({ length: MAX_DELIVERIES + 1 }, (_, i) => deliver(1, i + 1, 'x'));
  const found = calls(
    server(all(...many)),
    client(method(1, 'basic.ack', { deliveryTag: 1 })),
    client(method(1, 'basic.ack', { deliveryTag: 2 })),
  );
  expect(found.at(-2)?.data?.['rabbitmq']).not.toHaveProperty('heldMillis');
  expect(found.at(-1)?.data?.['rabbitmq']).toHaveProperty('heldMillis');
});

test('methods are answered in order, channel by channel; what says nowait is not', () => {
  const found = calls(
    client(
      all(
        method(1, 'queue.declare', { queue: 'a' }),
        method(2, 'queue.declare', { queue: 'b' }),
        method(1, 'basic.get', { queue: 'a' }),
      ),
    ),
    client(method(1, 'queue.bind', { queue: 'a', nowait: true })),
    server(method(2, 'queue.declare-ok', { queue: 'b', messageCount: 5 })),
    server(all(method(1, 'queue.declare-ok', { queue: 'a' }), method(1, 'basic.get-empty'))),
    client(method(1, 'tx.select')),
    server(method(1, 'tx.select-ok')),
  );
  expect(found.map(({ summary, status }) => [summary, status])).toEqual([
    ['queue.bind a ←', null],
    ['queue.declare b', 0],
    ['queue.declare a', 0],
    ['basic.get a', 0],
    ['tx.select', 0],
  ]);
  expect(found[1]).toMatchObject({ data: { rabbitmq: { messageCount: 5 } } });
});

test('a closed channel is the answer to what caused it; the rest is not answered', () => {
  const found = calls(
    client(all(method(1, 'queue.declare', { queue: 'a' }), method(1, 'queue.purge', { queue: 'b' }))),
    server(method(1, 'channel.close', close(404, 'NOT_FOUND - no queue', 50, 30))),
    client(method(1, 'channel.close-ok')),
  );
  expect(found).toMatchObject([
    { summary: 'queue.declare a', error: true, errorText: 'not answered: NOT_FOUND - no queue', response: null },
    {
      summary: 'queue.purge b',
      status: 404,
      errorText: 'NOT_FOUND - no queue',
      response: { answer: 'channel.close-ok' },
    },
  ]);
});

test('a closed connection fails the messages that wait, and is a call of its own', () => {
  const found = calls(
    ...confirming,
    client(publish(1, 'a', ['1'])),
    server(method(0, 'connection.close', close(320, 'CONNECTION_FORCED - shutdown'))),
    client(method(0, 'connection.close-ok')),
  ).slice(1);
  expect(found).toMatchObject([
    { summary: 'basic.publish events a', error: true, errorText: 'not answered: CONNECTION_FORCED - shutdown' },
    { summary: 'connection.close 320 CONNECTION_FORCED - shutdown', status: 320, error: true },
  ]);
});

test.each([
  [
    'blocked',
    method(0, 'connection.blocked', { reason: 'low on memory' }),
    { status: 'blocked', error: true, errorText: 'the server takes no messages: low on memory' },
  ],
  ['unblocked', method(0, 'connection.unblocked'), { status: 0, error: false }],
  [
    'a cancelled consumer',
    method(1, 'basic.cancel', { consumerTag: 'c1', nowait: true }),
    { status: 'cancelled', error: true },
  ],
  ['a confirm of a message nobody saw', method(1, 'basic.ack', { deliveryTag: 7 }), { status: 0, error: false }],
  ['a number without a name', frame(1, 1, Buffer.of(0, 60, 0, 99)), { method: '60.99', error: false }],
])('the server says by itself: %s', (_, bytes, expected) => {
  expect(calls(server(bytes))).toEqual([expect.objectContaining({ request: null, ...expected })]);
});

test('what is not answered when the connection ends is an error', () => {
  const turns = [
    ...login,
    ...confirming,
    client(all(method(1, 'queue.purge', { queue: 'b' }), publish(1, 'a', ['1']))),
  ];
  expect(dissectAll(rabbitmq, turns).slice(2)).toMatchObject([{ error: true }, { error: true }]);
  expect(dissectAll(rabbitmq, turns, { closed: 'end-of-capture' }).slice(2)).toMatchObject([
    { error: false },
    { error: false },
  ]);
});

test('bytes lost inside a body are counted, the messages after it are found', () => {
  const [first, second] = calls(
    client(publish(1, 'a', ['x'.repeat(100)]).subarray(0, -60)),
    lost('client', 40),
    client(all(publish(1, 'a', ['x'.repeat(100)]).subarray(-20), publish(1, 'b', ['y']))),
  );
  expect(first).toMatchObject({ gap: 40, truncated: true, request: { body: { size: 100 } } });
  expect(second).toMatchObject({ summary: 'basic.publish events b', gap: 0 });
});

test('a message whose end is lost leaves, the next boundary is found, numbers of confirms are given up', () => {
  const found = calls(
    ...confirming,
    client(publish(1, 'a', ['x'.repeat(100)]).subarray(0, -60)),
    lost('client', 400),
    client(all(Buffer.from('rest of something\xce', 'latin1'), publish(1, 'b', ['y']))),
    server(method(1, 'basic.ack', { deliveryTag: 5 })),
  ).slice(1);
  expect(found).toMatchObject([
    { summary: 'basic.publish events a', gap: 400, truncated: true },
    { summary: 'basic.publish events b', response: null, error: false },
    { summary: 'basic.ack 5', request: null },
  ]);
});

test('joined in the middle of a body', () => {
  const found = dissectAll(
    rabbitmq,
    [
      client(publish(1, 'a', ['x'.repeat(100)]).subarray(-60)),
      server(deliver(1, 1, 'm')),
      client(publish(1, 'b', ['y'])),
    ],
    { midStream: true, clientKnown: false },
  );
  expect(found.map(({ summary }) => summary)).toContain('basic.publish events b');
});

test('a message without its end gives way to the next method', () => {
  const found = calls(
    client(
      all(
        method(1, 'basic.publish', { exchange: 'events', routingKey: 'a' }),
        method(1, 'queue.purge', { queue: 'q' }),
      ),
    ),
    server(method(1, 'queue.purge-ok')),
  );
  expect(found).toMatchObject([{ summary: 'basic.publish events a', truncated: true }, { summary: 'queue.purge q' }]);
});

test('how the stream is cut never changes what is found', () => {
  const turns = [
    ...login,
    ...confirming,
    client(all(publish(1, 'a', ['one', 'two']), publish(1, 'b', []))),
    server(all(method(1, 'basic.ack', { deliveryTag: 1 }), deliver(1, 1, 'm'))),
    client(method(1, 'basic.ack', { deliveryTag: 1 })),
  ];
  const whole = dissectAll(rabbitmq, turns);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (sizes) => {
      expect(dissectAll(rabbitmq, recut(turns, sizes))).toEqual(whole);
    }),
  );
});

test('a flood of channels, of waiting methods and of lies keeps within its bounds', () => {
  const channels = Array.from({ length: 5000 }, (_, i) => method(i, 'queue.purge', { queue: 'q' }));
  const { calls: found, buffered } = dissect(rabbitmq, [...login, client(all(...channels))]);
  expect(found).toHaveLength(5001);
  expect(buffered).toBe(0);
  const lying = all(
    method(1, 'basic.publish', { routingKey: 'k' }),
    frame(2, 1, Buffer.from('003c0000ffffffffffffffff0000', 'hex')),
    frame(3, 1, Buffer.from('x')),
  );
  expect(calls(client(lying))).toMatchObject([{ truncated: true, request: { body: { text: 'x', truncated: true } } }]);
});

test('whatever names, properties and bodies are, a call is written as it is described', () => {
  // The helper compares both of every call.
  const name = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.constantFrom('', 'events', 'order 42 ', 'ünï', 'x'.repeat(200)),
  );
  const short = name.map((text) => Buffer.from(text).subarray(0, 255).toString('latin1'));
  const body = fc.oneof(fc.string({ maxLength: 60 }), fc.constantFrom('', '{"a":1}', '\0\x01', 'grüße'));
  const told = fc.record({
    contentType: short,
    contentEncoding: short,
    messageId: short,
    priority: fc.nat(255),
    timestamp: fc.oneof(fc.integer({ min: 0, max: 4_000_000_000 }), fc.constantFrom(8_640_000_000_000, 2 ** 52)),
  });
  fc.assert(
    fc.property(short, short, body, fc.nat(3), told, fc.boolean(), (exchange, routingKey, text, bits, facts, isQos) => {
      const flags = { mandatory: bits > 1, redelivered: bits > 1, multiple: bits > 1, requeue: bits > 2 };
      const route = { exchange, routingKey, consumerTag: routingKey, deliveryTag: bits, ...flags };
      const headers = table(['x-request-id', 'S', longText(routingKey)], ['attempt', 'I', Buffer.of(0, 0, 0, bits)]);
      const message = content(1, [text], properties({ ...facts, ...(bits > 0 && { headers }) }));
      const found = calls(
        ...(isQos ? confirming : []),
        client(method(1, 'basic.consume', { queue: exchange, consumerTag: routingKey })),
        server(method(1, 'basic.consume-ok', { consumerTag: routingKey })),
        client(all(method(1, 'basic.publish', route), message)),
        server(method(1, bits > 0 ? 'basic.ack' : 'basic.nack', { ...flags, deliveryTag: 1 })),
        server(all(method(1, 'basic.deliver', route), message)),
        client(method(1, bits > 1 ? 'basic.ack' : bits > 0 ? 'basic.nack' : 'basic.reject', route)),
      );
      expect(found.map((call) => call.method)).toContain('basic.deliver');
    }),
    { numRuns: 50 },
  );
});
