import { once } from 'node:events';
import { connect, createServer } from 'node:http2';
import { type AddressInfo, createServer as createProxy, connect as dial } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { client, dissectAll, lost, recut, server, type Turn } from '../../dissect/testing/conversation.ts';
import { UNKNOWN } from '../../http/fields.ts';
import { MAX_CONTINUATIONS } from './half.ts';
import { http2 } from './index.ts';

const dissector = http2([]);

function frame(type: number, flags: number, stream: number, payload: Uint8Array | string = ''): Buffer {
  const body = Buffer.from(payload as string, 'latin1');
  const head = Buffer.alloc(9);
  head.writeUIntBE(body.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, body]);
}
const preface = Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame(4, 0, 0)]);
const settings = frame(4, 0, 0);
/** Literals without indexing: the names stand in full, so no table is needed. */
const literal = (name: string, value: string): string =>
  `\0${String.fromCharCode(name.length)}${name}${String.fromCharCode(value.length)}${value}`;
const request = (path: string): string =>
  `${literal(':method', 'GET')}${literal(':scheme', 'http')}${literal(':path', path)}${literal(':authority', 'shop')}`;
const ok = literal(':status', '200');
const all = (...frames: Uint8Array[]): Uint8Array => Buffer.concat(frames);
const begin: readonly Turn[] = [client(preface), server(settings)];
const calls = (...turns: Turn[]) => dissectAll(dissector, [...begin, ...turns]);

test('streams are calls, whatever their order', () => {
  const found = calls(
    client(all(frame(1, 5, 1, request('/a')), frame(1, 5, 3, request('/b')))),
    server(all(frame(1, 4, 3, ok), frame(0, 1, 3, 'body b'), frame(1, 4, 1, ok), frame(0, 1, 1, 'body a'))),
  );
  expect(found.map(({ summary, response, data }) => [summary, response?.body, data])).toEqual([
    ['GET /b', { size: 6, text: 'body b' }, { http2: { streamId: 3 } }],
    ['GET /a', { size: 6, text: 'body a' }, { http2: { streamId: 1 } }],
  ]);
});

test.each([
  ['GE"T', 'http'],
  ['GET', 'h"ttp'],
  ['G\xffT', 'http'],
  ['GET', 'h\xfftp'],
])('method %j and scheme %j are shown as they are described', (method, scheme) => {
  const block = `${literal(':method', method)}${literal(':scheme', scheme)}${literal(':path', '/')}`;
  const found = calls(client(frame(1, 5, 1, block + literal(':authority', 'shop'))), server(frame(1, 5, 1, ok)));
  expect(found).toHaveLength(1);
});

test('a header block may be spread over frames, a flood of them is given up', () => {
  const block = request('/spread');
  const [call] = calls(
    client(
      all(frame(1, 1, 1, block.slice(0, 10)), frame(9, 0, 1, block.slice(10, 20)), frame(9, 4, 1, block.slice(20))),
    ),
    server(frame(1, 5, 1, ok)),
  );
  expect(call).toMatchObject({ summary: 'GET /spread', status: 200 });
  const faults: string[] = [];
  const flood = Array.from({ length: MAX_CONTINUATIONS + 1 }, () => frame(9, 0, 1, 'x'));
  dissectAll(dissector, [...begin, client(all(frame(1, 1, 1, 'x'), ...flood))], {
    onFault: (fault) => faults.push(fault),
  });
  expect(faults).toContain('http2: header block too long');
});

test('padding and priority are not content', () => {
  const [call] = calls(
    client(frame(1, 0x2d, 1, `\x03\0\0\0\0\x10${request('/padded')}\0\0\0`)),
    server(all(frame(1, 4, 1, ok), frame(0, 9, 1, '\x02hi\0\0'))),
  );
  expect(call).toMatchObject({ summary: 'GET /padded', response: { body: { text: 'hi' } } });
});

test.each([
  ['a reset is an error with its code', frame(3, 0, 1, '\0\0\0\x08'), 'stream reset by the server: CANCEL'],
  [
    'a server that goes away',
    frame(7, 0, 0, '\0\0\0\0\0\0\0\x0b'),
    'not processed: the server is going away (ENHANCE_YOUR_CALM)',
  ],
])('%s', (_name, answer, errorText) => {
  const [call] = calls(client(frame(1, 5, 1, request('/a'))), server(answer));
  expect(call).toMatchObject({ error: true, errorText });
});

test('a reset after a whole response is none', () => {
  const [call] = calls(
    client(frame(1, 4, 1, request('/a'))),
    server(all(frame(1, 5, 1, ok), frame(3, 0, 1, '\0\0\0\0'))),
  );
  expect(call).toMatchObject({ status: 200, error: false });
});

test('pushed responses have the request they were promised with', () => {
  const [pushed, asked] = calls(
    client(frame(1, 5, 1, request('/page'))),
    server(all(frame(5, 4, 1, `\0\0\0\x02${request('/style')}`), frame(1, 5, 2, ok), frame(1, 5, 1, ok))),
  );
  expect([pushed?.summary, asked?.summary]).toEqual(['GET /style', 'GET /page']);
});

test('interim responses and trailers belong to their call', () => {
  const [call] = calls(
    client(frame(1, 5, 1, request('/a'))),
    server(
      all(frame(1, 4, 1, literal(':status', '103')), frame(1, 4, 1, ok), frame(1, 5, 1, literal('checksum', 'abc'))),
    ),
  );
  expect(call).toMatchObject({ status: 200, response: { trailers: { checksum: 'abc' } } });
});

test('a DATA frame longer than the buffer is counted and cut, the stream goes on', () => {
  const long = 'x'.repeat(200_000);
  const [call] = dissectAll(
    dissector,
    [...begin, client(frame(1, 5, 1, request('/big'))), server(all(frame(1, 4, 1, ok), frame(0, 1, 1, long)))],
    { limits: { maxBodyBytes: 1000 } },
  );
  expect(call).toMatchObject({ status: 200, truncated: true, response: { body: { size: 200_000, truncated: true } } });
});

test.each([
  ['comes', (rest: string) => [server(Buffer.from(rest, 'latin1'))]],
  ['is lost', (rest: string) => [lost('server', rest.length)]],
  ['is lost with more', (rest: string) => [lost('server', rest.length + 50), server(frame(1, 4, 5, ok))]],
])('a call whose last DATA frame is long is told when the rest of it %s', (_name, end) => {
  const whole = frame(0, 1, 1, 'x'.repeat(100_000)).toString('latin1');
  const [first] = calls(
    client(frame(1, 5, 1, request('/big'))),
    server(all(frame(1, 4, 1, ok), Buffer.from(whole.slice(0, 70_000), 'latin1'))),
    ...end(whole.slice(70_000)),
    client(frame(1, 5, 3, request('/next'))),
    server(frame(1, 5, 3, ok)),
  );
  expect([first?.summary, first?.status, first?.error]).toEqual(['GET /big', 200, false]);
});

test('after lost frames the next stream is found', () => {
  const found = calls(
    client(frame(1, 5, 1, request('/a'))),
    server(frame(1, 4, 1, ok).subarray(0, 12)),
    lost('server', 30),
    client(frame(1, 5, 3, request('/b'))),
    server(all(frame(1, 5, 3, ok), settings)),
  );
  expect(found.map(({ summary, status }) => [summary, status])).toContainEqual(['GET /b', 200]);
});

/** `x-id` with incremental indexing: it becomes entry 62 of the table. */
const indexed = (value: string): string => `\x40\x04x-id${String.fromCharCode(value.length)}${value}`;
const asked = (id: number): Turn => client(frame(1, 5, id, request(`/${id}`)));

test('a table that missed a block names no header wrongly, and is right again for what follows', () => {
  const second = frame(1, 5, 3, ok + indexed('two'));
  const found = calls(
    asked(1),
    server(frame(1, 5, 1, ok + indexed('one'))),
    asked(3),
    lost('server', second.length),
    asked(5),
    server(all(frame(1, 5, 5, `${ok}\xbe`), settings)),
    asked(7),
    server(frame(1, 5, 7, ok + indexed('four'))),
    asked(9),
    server(frame(1, 5, 9, `${ok}\xbe`)),
  );
  const headers = found.filter(({ response }) => response !== null).map(({ response }) => response?.headers);
  expect(headers).toEqual([{ 'x-id': 'one' }, { [UNKNOWN]: UNKNOWN }, { 'x-id': 'four' }, { 'x-id': 'four' }]);
});

test('a broken header block costs its own stream, not those after it', () => {
  const found = calls(asked(1), server(frame(1, 5, 1, '\x80')), asked(3), server(frame(1, 5, 3, ok)));
  expect(found.map(({ summary, status }) => [summary, status])).toContainEqual(['GET /3', 200]);
});

test('how the stream is cut never changes what is found', () => {
  const conversation = [
    ...begin,
    client(all(frame(1, 4, 1, request('/a')), frame(0, 1, 1, 'question'))),
    server(all(frame(1, 4, 1, ok), frame(0, 0, 1, 'one'), frame(0, 1, 1, 'two'))),
  ];
  const whole = dissectAll(dissector, conversation);
  expect(whole).toHaveLength(1);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 }), (sizes) => {
      expect(dissectAll(dissector, recut(conversation, sizes))).toEqual(whole);
    }),
  );
});

test('frames of any content neither throw nor hang', () => {
  fc.assert(
    fc.property(
      fc.nat({ max: 10 }),
      fc.nat({ max: 255 }),
      fc.nat({ max: 5 }),
      fc.uint8Array({ maxLength: 40 }),
      (type, flags, id, body) => {
        calls(
          client(all(frame(1, 5, 1, request('/a')), frame(type, flags, id, body))),
          server(frame(type, flags, id, body)),
        );
      },
    ),
  );
});

test('what a real client and a real server say to each other is read', async () => {
  const backend = createServer();
  backend.on('stream', (stream, headers) => {
    stream.respond({ ':status': 201, 'content-type': 'application/json', 'x-path': headers[':path'] });
    stream.end('{"ok":true}');
  });
  backend.listen(0, '127.0.0.1');
  await once(backend, 'listening');
  const turns: Turn[] = [];
  const proxy = createProxy((near) => {
    const far = dial((backend.address() as AddressInfo).port, '127.0.0.1');
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
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const session = connect(`http://127.0.0.1:${(proxy.address() as AddressInfo).port}`);
  for (const path of ['/orders/7?full=1', '/orders/8', '/größe']) {
    const stream = session.request({ ':method': 'POST', ':path': encodeURI(path), 'x-token': 'naïve' });
    stream.end('{"quantity":2}');
    stream.resume();
    await once(stream, 'end');
  }
  session.close();
  await once(session, 'close');
  proxy.close();
  backend.close();
  const found = dissectAll(dissector, turns);
  expect(found.map(({ summary, status }) => [summary, status])).toEqual([
    ['POST /orders/7?full=1', 201],
    ['POST /orders/8', 201],
    ['POST /gr%C3%B6%C3%9Fe', 201],
  ]);
  expect(found[1]).toMatchObject({
    request: { headers: { 'x-token': 'naïve' }, body: { text: '{"quantity":2}' } },
    response: { headers: { 'x-path': '/orders/8' }, body: { mime: 'application/json', text: '{"ok":true}' } },
  });
});

/** Streams that leave something behind them, which the call that is next made of the same objects must not have. */
const streams: readonly ((id: number) => readonly Turn[])[] = [
  (id) => [client(frame(1, 5, id, request('/plain'))), server(frame(1, 5, id, ok))],
  (id) => [
    client(all(frame(1, 4, id, request('/sent')), frame(0, 1, id, 'question'))),
    server(all(frame(1, 4, id, ok + literal('content-type', 'text/plain')), frame(0, 1, id, 'answer'))),
  ],
  (id) => [
    client(frame(1, 5, id, request('/trailers?q=1'))),
    server(all(frame(1, 4, id, literal(':status', '103')), frame(1, 4, id, ok), frame(1, 5, id, literal('sum', '1')))),
  ],
  (id) => [client(frame(1, 5, id, request('/reset'))), server(frame(3, 0, id, '\0\0\0\x08'))],
];

test('a call has nothing of those before it, on its connection or others', () => {
  const untimed = (turns: readonly Turn[]) =>
    calls(...turns).map((call) => {
      const times = { requestStart: 0, requestEnd: 0, responseStart: 0, responseEnd: 0 };
      return { ...call, ...times, data: Object.keys(call.data?.['http2'] ?? {}) };
    });
  const alone = streams.map((stream) => untimed(stream(1)));
  fc.assert(
    fc.property(fc.array(fc.nat(streams.length - 1), { maxLength: 12 }), (order) => {
      const turns = order.flatMap((index, i) => streams[index]?.(2 * i + 1) ?? []);
      expect(untimed(turns)).toEqual(order.flatMap((index) => alone[index] ?? []));
    }),
  );
});
