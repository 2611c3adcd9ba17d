import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hashOf } from '../../decode/interner.ts';
import { client, dissect, dissectAll, lost, recut, server, type Turn } from '../../dissect/testing/conversation.ts';
import { nats } from './index.ts';
import { MAX_PROBES, REPLY_TIMEOUT_MICROS } from './requests.ts';
import { MAX_SUBSCRIPTIONS } from './subscriptions.ts';
import { MAX_WHOLE_BYTES } from './wire.ts';
import { matches } from './words.ts';

const PASSWORD = 's3cret-word';
const connect = (options: object = {}) => client(`CONNECT ${JSON.stringify({ verbose: false, ...options })}\r\n`);
const info = server('INFO {"server_name":"shop-nats","version":"2.10.7","max_payload":1048576} \r\n');
const letIn = [info, connect(), client('PING\r\n'), server('PONG\r\n')];
const verbose = [info, connect({ verbose: true }), server('+OK\r\n')];
const inbox = client('SUB _INBOX.a.* 1\r\n');
const pub = (subject: string, payload: string, reply = '') =>
  client(`PUB ${subject}${reply === '' ? '' : ` ${reply}`} ${payload.length}\r\n${payload}\r\n`);
const msg = (subject: string, payload: string, reply = '') =>
  server(`MSG ${subject} 1${reply === '' ? '' : ` ${reply}`} ${payload.length}\r\n${payload}\r\n`);
const hmsg = (subject: string, head: string, payload = '', reply = '') => {
  const headers = `NATS/1.0${head}\r\n\r\n`;
  const sizes = `${headers.length} ${headers.length + payload.length}`;
  return server(`HMSG ${subject} 1${reply === '' ? '' : ` ${reply}`} ${sizes}\r\n${headers}${payload}\r\n`);
};

/** What is seen after the beginning every conversation has. */
const after = (beginning: readonly Turn[], turns: readonly Turn[]) =>
  dissectAll(nats, [...beginning, ...turns]).filter(({ method }) => method !== 'CONNECT' && method !== 'SUB');
const seen = (turns: readonly Turn[]) =>
  after(letIn, turns).map(({ summary, status, errorText }) => [summary, status, errorText ?? '']);

test('a request is paired with what comes on the subject of its reply', () => {
  const [call, ...others] = after(letIn, [
    inbox,
    pub('prices.7', 'how much', '_INBOX.a.1'),
    msg('_INBOX.a.1', '{"price":70}'),
  ]);
  expect(others).toEqual([]);
  expect(call).toMatchObject({
    method: 'PUB',
    endpoint: 'PUB prices.{id}',
    status: 0,
    error: false,
    request: { body: { text: 'how much' } },
    response: { status: 0, body: { text: '{"price":70}' } },
    data: { nats: { command: 'PUB', subject: 'prices.7', replyTo: '_INBOX.a.1' } },
  });
});

test('a publication whose reply goes elsewhere does not wait', () => {
  expect(seen([inbox, pub('ask', 'x', 'other.place'), pub('news', 'y')])).toEqual([
    ['PUB ask → other.place (1 bytes)', null, ''],
    ['PUB news (1 bytes)', null, ''],
  ]);
});

test('nobody there to answer is an error, a pull without messages is none', () => {
  expect(seen([inbox, pub('ask', 'x', '_INBOX.a.1'), hmsg('_INBOX.a.1', ' 503')])).toEqual([
    ['PUB ask → _INBOX.a.1 (1 bytes)', 503, 'no responders'],
  ]);
  const pull = pub('$JS.API.CONSUMER.MSG.NEXT.ORDERS.billing', '1', '_INBOX.a.1');
  const [heartbeat, call] = after(letIn, [
    inbox,
    pull,
    hmsg('_INBOX.a.1', ' 100 Idle'),
    hmsg('_INBOX.a.1', ' 408 Request Timeout'),
  ]);
  expect(heartbeat).toMatchObject({ request: null, status: 100 });
  expect(call).toMatchObject({ status: 408, error: false, response: { statusText: 'Request Timeout' } });
});

test('a message pulled from a stream keeps its subject and is paired by its subscription', () => {
  const calls = after(letIn, [
    client('SUB _INBOX.pull 1\r\n'),
    pub('$JS.API.CONSUMER.MSG.NEXT.ORDERS.billing', '1', '_INBOX.pull'),
    msg('orders.new', 'one', '$JS.ACK.ORDERS.billing.1.41.2.1795634998264689667.1'),
    pub('$JS.ACK.ORDERS.billing.1.41.2.1795634998264689667.1', '-NAK {"delay":1}'),
    msg('orders.new', 'two', '$JS.ACK.ORDERS.billing.1.42.3.1795634998264689667.0'),
  ]);
  expect(calls.map(({ endpoint, data }) => [endpoint, data?.['nats']])).toMatchObject([
    [
      'PUB CONSUMER.MSG.NEXT ORDERS',
      { operation: 'CONSUMER.MSG.NEXT', stream: 'ORDERS', consumer: 'billing', sequence: 41 },
    ],
    ['PUB ACK ORDERS', { operation: 'ACK', sequence: 41, acknowledgement: '-NAK' }],
    ['MSG orders.new', { operation: 'DELIVER', stream: 'ORDERS', consumer: 'billing', sequence: 42 }],
  ]);
});

test('JetStream says what it stored and what it refuses', () => {
  const [stored, refused] = after(letIn, [
    inbox,
    pub('orders.new', 'x', '_INBOX.a.1'),
    msg('_INBOX.a.1', '{"stream":"ORDERS","seq":7}'),
    pub('$JS.API.STREAM.INFO.NONE', '', '_INBOX.a.2'),
    msg(
      '_INBOX.a.2',
      '{"type":"io.nats.jetstream.api.v1.stream_info_response","error":{"code":404,"err_code":10059,"description":"stream not found"}}',
    ),
  ]);
  expect(stored?.data).toMatchObject({ nats: { stream: 'ORDERS', sequence: 7 } });
  expect(refused).toMatchObject({
    status: 404,
    error: true,
    errorText: 'stream not found',
    data: { nats: { errorCode: 10059 } },
  });
});

test('a reply that looks like an error of JetStream and is none is a reply', () => {
  const reply = msg('_INBOX.a.1', '{"error":{"code":404}}');
  expect(seen([inbox, pub('ask', 'x', '_INBOX.a.1'), reply])[0]?.[1]).toBe(0);
});

test('in verbose mode every word waits for its confirmation, a request for its reply as well', () => {
  const calls = after(verbose, [
    inbox,
    pub('news', 'a'),
    pub('ask', 'b', '_INBOX.a.1'),
    server('+OK\r\n+OK\r\n+OK\r\n'),
    msg('_INBOX.a.1', 'answer'),
    pub('for..bidden', 'c'),
    server("-ERR 'Invalid Publish Subject'\r\n"),
  ]);
  expect(calls.map(({ summary, status, error }) => [summary, status, error])).toEqual([
    ['PUB news (1 bytes)', 0, false],
    ['PUB ask → _INBOX.a.1 (1 bytes)', 0, false],
    ['PUB for..bidden (1 bytes)', '-ERR', true],
  ]);
  expect(calls[1]?.response?.body).toMatchObject({ text: 'answer' });
});

test('a login tells who, with what and where, never the secret', () => {
  const secrets = { pass: PASSWORD, auth_token: PASSWORD, jwt: PASSWORD, sig: PASSWORD };
  const calls = dissectAll(nats, [
    info,
    connect({ user: 'ann', lang: 'go', version: '1.25', ...secrets }),
    client('PING\r\n'),
    server('PONG\r\n'),
  ]);
  expect(calls).toMatchObject([
    {
      method: 'CONNECT',
      status: 0,
      data: { nats: { user: 'ann', client: 'go 1.25', server: 'shop-nats', version: '2.10.7' } },
    },
  ]);
  expect(JSON.stringify(calls)).not.toContain(PASSWORD);
});

test('a login that is refused is one error', () => {
  const turns = [info, connect(), client('PING\r\n'), server("-ERR 'Authorization Violation'\r\n")];
  expect(dissectAll(nats, turns)).toMatchObject([
    { method: 'CONNECT', status: '-ERR', errorText: 'Authorization Violation' },
  ]);
});

test('a login that nobody confirms is over with the first message, a later error is not its own', () => {
  const turns = [info, connect(), client('SUB news 1\r\n'), msg('news', 'x'), server("-ERR 'Stale Connection'\r\n")];
  expect(dissectAll(nats, turns).map(({ method, status }) => [method, status])).toEqual([
    ['SUB', null],
    ['CONNECT', null],
    ['MSG', 0],
    ['-ERR', '-ERR'],
  ]);
});

test('a server that wants TLS gets it, with its INFO shown', () => {
  const wanted = server('INFO {"server_name":"n","version":"2.10.7","tls_required":true} \r\n');
  const { calls, reason } = dissect(nats, [wanted, client(Buffer.from('16030100050100000100', 'hex'))]);
  expect(calls).toMatchObject([{ method: 'INFO', request: null, data: { nats: { server: 'n' } } }]);
  expect(reason).toBe('tls is not read');
});

test('a client may go on in plain where TLS is only offered', () => {
  const offered = server('INFO {"server_name":"n","version":"2.10.7","tls_available":true} \r\n');
  const calls = dissectAll(nats, [offered, connect(), client('PING\r\n'), server('PONG\r\n'), pub('news', 'x')]);
  expect(calls.map(({ method }) => method)).toEqual(['INFO', 'CONNECT', 'PUB']);
});

test('headers are shown, and the trace they name', () => {
  const head =
    'NATS/1.0\r\ntraceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\nKind: a\r\nKind: b\r\n\r\n';
  const [call] = after(letIn, [client(`HPUB news ${head.length} ${head.length + 2}\r\n${head}hi\r\n`)]);
  expect(call).toMatchObject({
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    request: { headers: { Kind: ['a', 'b'] }, body: { text: 'hi', size: 2 } },
  });
});

test('a request without a reply says so', () => {
  const asked = [inbox, pub('ask', 'x', '_INBOX.a.1')];
  expect(seen(asked)).toEqual([['PUB ask → _INBOX.a.1 (1 bytes)', null, 'no reply']]);
  const late = { ...pub('news', 'y'), at: REPLY_TIMEOUT_MICROS + 1_000_000 };
  expect(seen([...asked, late]).map(([summary]) => summary)).toEqual([
    'PUB ask → _INBOX.a.1 (1 bytes)',
    'PUB news (1 bytes)',
  ]);
});

test('requests that wait are bounded', () => {
  const many = Array.from({ length: 9 }, (_, id) => pub('ask', 'x', `_INBOX.a.${id}`));
  const { calls } = dissect(nats, [...letIn, inbox, ...many], { limits: { maxPending: 3 } });
  expect(calls.filter(({ method }) => method === 'PUB').length).toBe(9);
  expect(calls.some(({ anomalies }) => anomalies?.includes('too many requests wait for a reply'))).toBe(true);
});

/** Subjects of eight letters that have one hash. */
function subjectsOfOneHash(count: number): string[] {
  const subjects: string[] = [];
  for (let i = 0; subjects.length < count; i++) {
    const subject = Buffer.from(i.toString(36).padStart(4, 'a').repeat(2));
    const left = Math.imul(subject.length ^ subject.readInt32LE(), 0x9e3779b1);
    // What the first word leaves is taken back by the second.
    subject.writeInt32LE(left ^ (left >>> 15) ^ 0x5eed, 4);
    const text = subject.toString('latin1');
    if (/^[!-)+-=?-~]{8}$/.test(text)) subjects.push(text);
  }
  return subjects;
}

test('of requests whose subjects were chosen to have one hash a few are looked at', () => {
  const subjects = subjectsOfOneHash(MAX_PROBES + 1);
  expect(new Set(subjects.map((subject) => hashOf(Buffer.from(subject), 0, 8))).size).toBe(1);
  const asked = subjects.map((subject) => pub('ask', 'x', subject));
  const paired = (subject: string) => seen([client('SUB > 1\r\n'), ...asked, msg(subject, 'y')])[0];
  expect(paired(subjects[MAX_PROBES - 1] ?? '')).toEqual([`PUB ask → ${subjects[MAX_PROBES - 1]} (1 bytes)`, 0, '']);
  expect(paired(subjects[MAX_PROBES] ?? '')).toEqual([`MSG ${subjects[MAX_PROBES]} (1 bytes)`, 0, '']);
});

test('a reply to where others went is awaited until the subscription ends', () => {
  expect(
    seen([
      inbox,
      pub('ask', 'x', '_INBOX.a.1'),
      pub('ask', 'x', '_INBOX.a.b.1'),
      pub('ask', 'x', '_INBOX.a.2'),
      msg('_INBOX.a.2', 'y'),
      client('UNSUB 1\r\n'),
      pub('ask', 'x', '_INBOX.a.3'),
    ]).map(([summary, status]) => [summary, status]),
  ).toEqual([
    ['PUB ask → _INBOX.a.b.1 (1 bytes)', null],
    ['PUB ask → _INBOX.a.2 (1 bytes)', 0],
    ['UNSUB 1', null],
    ['PUB ask → _INBOX.a.3 (1 bytes)', null],
    ['PUB ask → _INBOX.a.1 (1 bytes)', null],
  ]);
});

test(`of more than ${MAX_SUBSCRIPTIONS} subscriptions inboxes are still paired`, () => {
  const many = Array.from({ length: MAX_SUBSCRIPTIONS + 1 }, (_, sid) => `SUB s.${sid} ${sid}\r\n`).join('');
  const calls = after(letIn, [client(many), pub('ask', 'x', '_INBOX.z.1'), msg('_INBOX.z.1', 'y')]);
  expect(calls.map(({ method, status }) => [method, status])).toEqual([['PUB', 0]]);
});

test('a long payload is one call with its whole size, lost bytes in it are counted', () => {
  const size = MAX_WHOLE_BYTES + 100_000;
  const bytes = Buffer.concat([Buffer.from(`PUB big ${size}\r\n`), Buffer.alloc(size, 0x61), Buffer.from('\r\n')]);
  const [whole, next] = after(letIn, [...recut([client(bytes)], [50_000]), pub('news', 'x')]);
  expect(whole).toMatchObject({
    requestSize: bytes.length,
    truncated: true,
    request: { body: { size, truncated: true } },
  });
  expect(next?.summary).toBe('PUB news (1 bytes)');
  const cut = bytes.length - 60_000;
  const lossy = [
    client(bytes.subarray(0, cut)),
    lost('client', 1000),
    client(bytes.subarray(cut + 1000)),
    pub('news', 'x'),
  ];
  expect(after(letIn, lossy)).toMatchObject([{ gap: 1000 }, { summary: 'PUB news (1 bytes)' }]);
});

test('lost bytes and nonsense cost no later call', () => {
  expect(seen([pub('a', 'x'), lost('client', 30), pub('b', 'y')]).map(([summary]) => summary)).toContain(
    'PUB b (1 bytes)',
  );
  expect(seen([pub('a', 'x'), client('WHAT ever\r\n'), pub('b', 'y')]).map(([summary]) => summary)).toContain(
    'PUB b (1 bytes)',
  );
});

test('of a connection joined late the inbox tells what is a request', () => {
  const calls = dissectAll(nats, [pub('ask', 'x', '_INBOX.a.1'), msg('_INBOX.a.1', 'y')], { midStream: true });
  expect(calls).toMatchObject([{ method: 'PUB', status: 0 }]);
});

test.each([
  ['a.b', 'a.b', true],
  ['a.*', 'a.b', true],
  ['a.*', 'a.b.c', false],
  ['a.>', 'a.b.c', true],
  ['a.>', 'a', false],
  ['>', 'a', true],
  ['a.b', 'a', false],
  ['a', 'a.b', false],
])('%s takes %s: %s', (pattern, subject, expected) => {
  expect(matches(pattern, subject)).toBe(expected);
});

test('how the stream is cut never changes what is found', () => {
  const turns = [
    ...verbose,
    inbox,
    pub('ask', 'b', '_INBOX.a.1'),
    server('+OK\r\n+OK\r\n'),
    hmsg('_INBOX.a.1', '\r\nA: b', 'answer'),
  ];
  const whole = dissectAll(nats, turns);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }), (sizes) => {
      expect(dissectAll(nats, recut(turns, sizes))).toEqual(whole);
    }),
  );
});
