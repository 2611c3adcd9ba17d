import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, createServer as createProxy } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { client, dissectAll, lost, recut, server, type Turn } from '../../dissect/testing/conversation.ts';
import { dissectors } from '../registry.ts';

const upgrade: readonly Turn[] = [
  client(
    'GET /live/7 HTTP/1.1\r\nHost: shop\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: x\r\n\r\n',
  ),
  server('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'),
];

/** One frame; a client's is masked. */
function frame(first: number, payload: Uint8Array | string, mask?: number): Uint8Array {
  const body = Buffer.from(payload as string);
  const long = body.length > 125;
  const head = Buffer.from([first, (mask === undefined ? 0 : 0x80) | (long ? 126 : body.length)]);
  const length = Buffer.alloc(long ? 2 : 0);
  if (long) length.writeUInt16BE(body.length);
  if (mask === undefined) return Buffer.concat([head, length, body]);
  const key = Buffer.alloc(4);
  key.writeUInt32BE(mask);
  return Buffer.concat([head, length, key, body.map((byte, index) => byte ^ (key[index % 4] ?? 0))]);
}
const says = (text: string) => client(frame(0x81, text, 0x12345678));
const answers = (text: string) => server(frame(0x81, text));
const messages = (...turns: Turn[]) => dissectAll(dissectors, [...upgrade, ...turns]).slice(1);

test('messages of both sides are calls on the path of their upgrade', () => {
  const found = messages(
    says('{"watch":7}'),
    answers('{"price":19}'),
    client(frame(0x88, '\x03\xe8bye', 1)),
    server(frame(0x88, '\x03\xe8')),
  );
  expect(found.map(({ endpoint, summary, error }) => [endpoint, summary, error])).toEqual([
    ['WS /live/{id}', 'text {"watch":7}', false],
    ['WS /live/{id}', 'text {"price":19}', false],
    ['WS /live/{id}', expect.stringContaining('close'), expect.any(Boolean)],
    ['WS /live/{id}', expect.stringContaining('close'), expect.any(Boolean)],
  ]);
  expect(found[0]).toMatchObject({
    request: { body: { text: '{"watch":7}' } },
    response: null,
    data: { ws: { direction: 'client', opcode: 'text' } },
  });
});

test('what comes right behind the 101 is read at once, however the request was cut', () => {
  const [request, accepted] = upgrade.map(({ bytes }) => bytes);
  const behind = Buffer.concat([accepted ?? new Uint8Array(0), frame(0x81, 'first')]);
  const turns = [client(request?.slice(0, 90) ?? ''), client(request?.slice(90) ?? ''), server(behind), says('second')];
  const found = dissectAll(dissectors, turns);
  expect(found.map(({ summary }) => summary).slice(0, 3)).toEqual(['GET /live/7', 'text first', 'text second']);
});

test('fragments are one message, control frames may stand between them', () => {
  const found = messages(server(frame(0x01, 'one ')), server(frame(0x89, 'are you there')), server(frame(0x80, 'two')));
  expect(found.slice(0, 2).map(({ summary }) => summary)).toEqual(['ping 13 bytes', 'text one two']);
});

test.each([
  ['1011', Buffer.from([0x03, 0xf3]), true, 'closed with 1011'],
  ['1000', Buffer.from([0x03, 0xe8]), false, undefined],
  ['no code', Buffer.alloc(0), false, undefined],
])('a close with %s', (_name, payload, error, errorText) => {
  const [found] = messages(server(frame(0x88, payload)));
  expect(found).toMatchObject({ error, ...(errorText !== undefined && { errorText }) });
});

test('a connection that just ends is an error', () => {
  expect(messages(says('hi')).at(-1)).toMatchObject({ error: true, errorText: 'connection ended without a close' });
});

test('a long message is counted whole and kept by its beginning', () => {
  const [found] = dissectAll(dissectors, [...upgrade, server(frame(0x81, 'x'.repeat(5000)))], {
    limits: { maxBodyBytes: 100 },
  }).slice(1);
  expect(found).toMatchObject({
    truncated: true,
    response: { body: { size: 5000, text: 'x'.repeat(100), truncated: true } },
  });
});

test('after lost bytes the next text is found', () => {
  const found = messages(answers('one'), lost('server', 40), answers('three'));
  expect(found.map(({ summary }) => summary)).toContain('text three');
  const closed = messages(answers('one'), lost('server', 40), server(frame(0x88, Buffer.from([3, 0xe8]))));
  expect(closed.map(({ summary }) => summary)).toContain('close 1000');
});

test('reserved bits, reserved opcodes and long control frames are no WebSocket', () => {
  for (const bytes of [frame(0xb1, 'x'), frame(0x83, 'x'), frame(0x89, 'x'.repeat(200))]) {
    expect(messages(server(bytes)).filter(({ data }) => data?.['ws']?.['opcode'] === 'text')).toEqual([]);
  }
});

test('how the stream is cut never changes what is found', () => {
  const conversation = [
    ...upgrade,
    says('hello'),
    answers('x'.repeat(300)),
    server(frame(0x88, Buffer.from([3, 0xe8]))),
  ];
  const whole = dissectAll(dissectors, conversation);
  expect(whole).toHaveLength(4);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 }), (sizes) => {
      expect(dissectAll(dissectors, recut(conversation, sizes))).toEqual(whole);
    }),
    { numRuns: 30 },
  );
});

test.each([
  ['with a shared window', {}],
  ['with a window for each message', { clientNoContextTakeover: true, serverNoContextTakeover: true }],
])('messages of a real client and server, compressed %s', async (_name, negotiation) => {
  const { WebSocket, WebSocketServer } = await import('ws');
  const http = createServer();
  const sockets = new WebSocketServer({ server: http, perMessageDeflate: { threshold: 0, ...negotiation } });
  sockets.on('connection', (socket) => socket.on('message', (text: Buffer) => socket.send(`echo ${text.toString()}`)));
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const turns: Turn[] = [];
  const proxy = createProxy((near) => {
    const far = connect((http.address() as AddressInfo).port, '127.0.0.1');
    near.on('data', (bytes: Buffer) => {
      turns.push(client(Uint8Array.from(bytes)));
      far.write(bytes);
    });
    far.on('data', (bytes: Buffer) => {
      turns.push(server(Uint8Array.from(bytes)));
      near.write(bytes);
    });
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const socket = new WebSocket(`ws://127.0.0.1:${(proxy.address() as AddressInfo).port}/chat`);
  await once(socket, 'open');
  for (const text of ['the same words again', 'the same words again', 'the same words again']) {
    socket.send(text);
    await once(socket, 'message');
  }
  socket.close(1000);
  await once(socket, 'close');
  proxy.close();
  sockets.close();
  http.close();
  const texts = dissectAll(dissectors, turns).flatMap(
    ({ request, response }) => request?.body?.text ?? response?.body?.text ?? [],
  );
  expect(texts).toEqual(Array.from({ length: 3 }, () => ['the same words again', 'echo the same words again']).flat());
});
