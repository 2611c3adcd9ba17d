import { brotliCompressSync, deflateRawSync, gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  client,
  type Dissected,
  type DissectOptions,
  dissect,
  dissectAll,
  lost,
  recut,
  server,
  type Turn,
} from '../../dissect/testing/conversation.ts';
import { MAX_HEAD_BYTES } from './head-scan.ts';
import { http1 } from './index.ts';

const http = http1([]);
const found = (turns: readonly Turn[], options: DissectOptions = {}) => dissectAll(http, turns, options);
/** `GET /a 200 hello` for each call, with what went wrong. */
const lines = (turns: readonly Turn[], options: DissectOptions = {}) => found(turns, options).map(line);

function line({ summary, status, response, errorText, gap, anomalies }: Dissected): string {
  const body = response?.body?.text ?? '';
  return [summary, status, body, errorText, gap > 0 && `gap ${gap}`, ...(anomalies ?? [])]
    .filter((part) => part !== '' && part !== undefined && part !== null && part !== false)
    .join(' ');
}

const get = (path = '/a', fields = '') => client(`GET ${path} HTTP/1.1\r\nHost: shop\r\n${fields}\r\n`);
const ok = (body = 'hello', fields = '') =>
  server(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n${fields}\r\n${body}`);
const bytes = (head: string, body: Uint8Array) => server(Buffer.concat([Buffer.from(head), body]));

test('a call has everything the inspector shows', () => {
  const [call] = found([
    client(
      'POST /users/7/orders?full=1&tag=a&tag=b HTTP/1.1\r\nHost: shop:8080\r\nCookie: s=1; t="x"\r\nAccept: a\r\naccept: b\r\n' +
        'traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}',
    ),
    server('HTTP/1.1 201 Created\r\nSet-Cookie: t=2; Path=/\r\nContent-Length: 0\r\n\r\n'),
  ]);
  expect(call).toMatchObject({
    protocols: ['http'],
    method: 'POST',
    endpoint: 'POST /users/{id}/orders',
    summary: 'POST /users/7/orders?full=1&tag=a&tag=b',
    status: 201,
    error: false,
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    request: {
      method: 'POST',
      path: '/users/7/orders',
      url: 'http://shop:8080/users/7/orders?full=1&tag=a&tag=b',
      host: 'shop',
      query: { full: '1', tag: ['a', 'b'] },
      headers: { Accept: ['a', 'b'] },
      cookies: { s: '1', t: '"x"' },
      httpVersion: '1.1',
      body: { size: 2, mime: 'application/json', text: '{}' },
    },
    response: { status: 201, statusText: 'Created', cookies: { t: '2' } },
  });
  expect(call?.response?.body).toBeUndefined();
});

test.each<[string, readonly Turn[], readonly string[]]>([
  ['keep-alive', [get('/a'), ok('1'), get('/b'), ok('2')], ['GET /a 200 1', 'GET /b 200 2']],
  [
    'pipelining',
    [get('/a'), get('/b'), get('/c'), ok('1'), ok('2'), ok('3')],
    ['GET /a 200 1', 'GET /b 200 2', 'GET /c 200 3'],
  ],
  [
    'chunked with extension and trailer',
    [
      get(),
      server('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nDigest: x\r\n\r\n'),
      get('/b'),
      ok(),
    ],
    ['GET /a 200 abcde', 'GET /b 200 hello'],
  ],
  ['close-delimited', [get(), server('HTTP/1.0 200 OK\r\n\r\nall '), server('of it')], ['GET /a 200 all of it']],
  [
    '100 Continue, twice',
    [
      client('POST /a HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n'),
      server('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n'),
      client('{}'),
      ok(),
    ],
    ['POST /a 200 hello'],
  ],
  [
    'an answer before the request is over',
    [
      client('POST /a HTTP/1.1\r\nContent-Length: 4\r\n\r\nab'),
      server('HTTP/1.1 413 Too Big\r\nContent-Length: 0\r\n\r\n'),
      client('cd'),
    ],
    ['POST /a 413 HTTP 413 Too Big'],
  ],
  [
    'HEAD, 204 and 304 have no content',
    [
      client('HEAD /a HTTP/1.1\r\n\r\n'),
      server('HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n'),
      get('/b'),
      server('HTTP/1.1 204 No Content\r\n\r\n'),
      get('/c'),
      server('HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n'),
      get('/d'),
      ok(),
    ],
    ['HEAD /a 200', 'GET /b 204', 'GET /c 304', 'GET /d 200 hello'],
  ],
  [
    'line feeds alone',
    [client('GET /a HTTP/1.1\nHost: x\n\n'), server('HTTP/1.1 200 OK\nContent-Length: 2\n\nhi')],
    ['GET /a 200 hi'],
  ],
  ['empty lines before a request', [client('\r\n\r\nGET /a HTTP/1.1\r\n\r\n'), ok()], ['GET /a 200 hello']],
  ['no reason phrase', [get(), server('HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n')], ['GET /a 200']],
  [
    'a proxy is asked',
    [client('GET http://far/x?y HTTP/1.1\r\nHost: near\r\n\r\n'), ok()],
    ['GET http://far/x?y 200 hello'],
  ],
  [
    'a server that fails',
    [get(), server('HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n')],
    ['GET /a 503 HTTP 503 Service Unavailable'],
  ],
  ['no response', [get()], ['GET /a no response: connection closed']],
  [
    'half a response',
    [get(), server('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf')],
    ['GET /a 200 half response cut off: connection closed'],
  ],
  ['a response alone', [ok()], ['HTTP 200 200 hello']],
  [
    'garbage after a request',
    [get('/a'), client('\0\x01\x02garbage'), ok('1'), get('/b'), ok('2')],
    ['GET /a 200 1 no request line', 'GET /b 200 2'],
  ],
  [
    'a broken chunk size: the next call is found',
    [get('/a'), server('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'), get('/b'), ok('2')],
    ['GET /a 200 invalid chunk size', 'GET /b 200 2'],
  ],
  [
    'a request line without a space',
    [client('GET /HTTP/1.1\r\n\r\n'), ok()],
    ['GET /HTTP/1.1 200 hello malformed request line'],
  ],
  ['a version that is cut', [client('GET / HTTP/1.\r\n\r\n'), ok()], ['GET / 200 hello malformed request line']],
  [
    'two lengths',
    [get(), server('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nhi')],
    ['GET /a 200 hi conflicting content-length'],
  ],
  [
    'a length beside chunks (request smuggling)',
    [client('POST /a HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'), ok()],
    ['POST /a 200 hello content-length beside transfer-encoding'],
  ],
  [
    'lost bytes inside content of known length',
    [
      get(),
      server('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc'),
      lost('server', 4),
      server('hij'),
      get('/b'),
      ok(),
    ],
    ['GET /a 200 abc gap 4', 'GET /b 200 hello'],
  ],
  ['a lost response', [get('/a'), lost('server', 50), get('/b'), ok()], ['GET /a gap 50', 'GET /b 200 hello']],
  [
    'a lost request',
    [get('/a'), ok('1'), lost('client', 30), ok('2'), get('/c'), ok('3')],
    ['GET /a 200 1', 'HTTP 200 200 2', 'GET /c 200 3'],
  ],
])('%s', (_, turns, expected) => {
  expect(lines(turns)).toEqual(expected);
  const whole = found(turns.map((turn, index) => ({ ...turn, at: (index + 1) * 1000 })));
  expect(found(recut(turns, [1]))).toEqual(whole);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 }), (sizes) => {
      expect(found(recut(turns, sizes))).toEqual(whole);
    }),
    { numRuns: 20 },
  );
});

const story = 'Es war einmal ein König. '.repeat(40);

test.each([
  ['gzip', gzipSync(story), 'gzip'],
  ['brotli', brotliCompressSync(story), 'br'],
  ['zstd', zstdCompressSync(story), 'zstd'],
  ['raw deflate under the name deflate', deflateRawSync(story), 'deflate'],
  ['two codings', gzipSync(brotliCompressSync(story)), 'br, gzip'],
])('%s content is decoded', (_, body, encoding) => {
  const head = `HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Encoding: ${encoding}\r\nContent-Length: ${body.length}\r\n\r\n`;
  const [call] = found([get(), bytes(head, body)]);
  expect(call?.response?.body).toEqual({
    size: body.length,
    decodedSize: Buffer.byteLength(story),
    mime: 'text/plain',
    encoding: encoding.split(', ').reverse(),
    text: story,
  });
});

test.each([
  [
    'a body that is cut still shows its beginning',
    gzipSync(story).subarray(0, 45),
    { text: expect.stringMatching(/^Es war/) },
  ],
  ['a body that is no gzip', Buffer.from('plain'), { text: 'plain', fault: 'gzip: broken data' }],
  ['a decompression bomb', gzipSync(Buffer.alloc(64 * 1024 * 1024)), { truncated: true, fault: 'ratio limit' }],
])('%s', (_, body, expected) => {
  const head = `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${body.length}\r\n\r\n`;
  const [call] = found([get(), bytes(head, body)]);
  expect(call?.response?.body).toMatchObject(expected);
});

test('charsets other than UTF-8 are read as they say', () => {
  const head = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Length: 4\r\n\r\n';
  expect(found([get(), bytes(head, Buffer.from('na\xefv', 'latin1'))])[0]?.response?.body?.text).toBe('naïv');
});

test('a large body is counted whole and kept in part, and never waits in a buffer', () => {
  const size = 3_000_000;
  const head = `HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`;
  const turns = [
    get(),
    server(head),
    ...Array.from({ length: 30 }, () => server(new Uint8Array(size / 30).fill(0x61))),
  ];
  const [call] = found(turns, { limits: { maxBodyBytes: 1000, maxMessageBytes: 70_000 } });
  expect(call).toMatchObject({ truncated: true, responseSize: size + head.length });
  expect(call?.response?.body).toMatchObject({ size, truncated: true, text: 'a'.repeat(1000) });
});

test('folded lines and strange names are fields like others', () => {
  const [call] = found([get('/a', '__proto__: 1\r\nX-Long: one\r\n two\r\nÄ: ü\r\n'), ok()]);
  const headers = call?.request?.headers ?? {};
  expect(headers['X-Long']).toBe('one two');
  expect(Object.keys(headers)).toContain('__proto__');
});

test('a head longer than the limit is given up, the next call is found', () => {
  const turns = [get('/a'), ok(), get('/b', `X: ${'x'.repeat(MAX_HEAD_BYTES)}\r\n`), ok(), get('/c'), ok('3')];
  expect(lines(turns).at(-1)).toContain('GET /c 200 3');
});

test('a WebSocket upgrade is a call, and the rest goes to its protocol', () => {
  const faults: string[] = [];
  const { calls, reason } = dissect(
    http,
    [
      get('/ws', 'Connection: Upgrade\r\nUpgrade: websocket\r\n'),
      server('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x81\x02hi'),
      client('\x81\x82abcd..'),
    ],
    { onFault: (fault) => faults.push(fault) },
  );
  expect(calls.map(line)).toEqual(['GET /ws 101']);
  expect(reason).toBe('ws is not read');
  expect(faults).toEqual([]);
});

test('an upgrade to HTTP/2 that nobody reads is a call', () => {
  const turns = [
    get('/a', 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: \r\n'),
    server('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n'),
  ];
  expect(lines(turns)).toEqual(['GET /a 101']);
});

test('an upgrade the server does not take goes on as HTTP', () => {
  const turns = [get('/a', 'Upgrade: h2c\r\n'), ok('1'), get('/b'), ok('2')];
  expect(lines(turns)).toEqual(['GET /a 200 1', 'GET /b 200 2']);
});

test('what goes through a CONNECT tunnel is recognised anew', () => {
  const turns = [
    client('CONNECT far:80 HTTP/1.1\r\nHost: far:80\r\n\r\n'),
    server('HTTP/1.1 200 Connection established\r\n\r\n'),
    get('/inside'),
    ok(),
  ];
  expect(lines(turns)).toEqual(['CONNECT far:80 200', 'GET /inside 200 hello']);
});

test.each([
  ['a request', 'GET / HTTP/1.1\r\n', 'client', 'yes'],
  ['a response', 'HTTP/1.0 404 Not Found\r\n', 'server', 'yes'],
  ['the beginning of a request', 'GET /lo', 'client', 'more'],
  ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'client', 'no'],
  ['RTSP', 'OPTIONS rtsp://x RTSP/1.0\r\n', 'client', 'no'],
  ['a Redis inline command', 'GET key\r\n', 'client', 'no'],
  ['a request from the server', 'GET / HTTP/1.1\r\n', 'server', 'no'],
] as const)('probe: %s', (_, sample, side, expected) => {
  expect(http.probe(new TextEncoder().encode(sample), side)).toBe(expected);
});

test('too many waiting calls push out the oldest', () => {
  const turns = Array.from({ length: 5 }, (_, i) => get(`/${i}`));
  expect(lines(turns, { limits: { maxPending: 3 } })[0]).toBe('GET /0 too many calls wait for their response');
});

/** Exchanges that leave something behind them, which the call that is next made of the same objects must not have. */
const exchanges: readonly (readonly Turn[])[] = [
  [get('/plain'), ok('plain')],
  [get('/none'), server('HTTP/1.1 204 No Content\r\n\r\n')],
  [client('POST /sent HTTP/1.1\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\nsent'), ok('got')],
  [client('POST /early HTTP/1.1\r\nContent-Length: 4\r\n\r\nab'), ok('early'), client('cd')],
  [get('/interim'), server('HTTP/1.1 103 Early Hints\r\n\r\n'), ok('after', 'Content-Encoding: identity\r\n')],
  [
    get('/chunked?q=1'),
    server('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nparts\r\n0\r\nDigest: d\r\nDigest: e\r\n\r\n'),
  ],
  [get('/cut'), server('HTTP/1.1 500 Oops\r\nContent-Length: 6\r\n\r\nab'), lost('server', 4)],
];

test('a call has nothing of those before it, on its connection or others', () => {
  // What each gives by itself, but for its times.
  const alone = exchanges.map((turns) => untimed(found(turns)));
  fc.assert(
    fc.property(fc.array(fc.nat(exchanges.length - 1), { maxLength: 12 }), fc.nat(3), (order, cut) => {
      const turns = order.flatMap((index) => exchanges[index] ?? []);
      const expected = order.flatMap((index) => alone[index] ?? []);
      expect(untimed(found(cut === 0 ? turns : recut(turns, [3 ** cut])))).toEqual(expected);
    }),
  );
});

function untimed(calls: readonly Dissected[]): unknown[] {
  return calls.map((call) => ({ ...call, requestStart: 0, requestEnd: 0, responseStart: 0, responseEnd: 0 }));
}
