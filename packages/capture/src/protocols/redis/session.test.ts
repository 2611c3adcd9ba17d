import fc from 'fast-check';
import { expect, test } from 'vitest';
import { client, dissectAll, lost, recut, server, type Turn } from '../../dissect/testing/conversation.ts';
import { redis } from './index.ts';

/** A command as clients send it: a list of bulk strings. */
const command = (line: string): string => {
  const words = line.split(' ');
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
};
const sends = (...lines: string[]): Turn => client(lines.map(command).join(''));

interface Seen {
  readonly summary: string;
  readonly status: number | string | null;
  readonly redis: Readonly<Record<string, unknown>>;
}
const seen = (conversation: readonly Turn[]): Seen[] =>
  dissectAll(redis, conversation).map(({ summary, status, data }) => ({
    summary,
    status,
    redis: data?.['redis'] ?? {},
  }));
const summaries = (conversation: readonly Turn[]): string[] => seen(conversation).map(({ summary }) => summary);

test('a cache miss is told from a hit', () => {
  const [miss, hit] = seen([sends('GET cart:1'), server('$-1\r\n'), sends('GET cart:2'), server('$2\r\nhi\r\n')]);
  expect(miss).toMatchObject({ status: 0, redis: { command: 'GET', key: 'cart:1', hit: false, response: null } });
  expect(hit).toMatchObject({ redis: { key: 'cart:2', hit: true, response: 'hi' } });
});

test('pipelined commands get their replies in order, an error keeps its word', () => {
  const calls = seen([sends('SET a 1', 'LPUSH a 2', 'GET a'), server('+OK\r\n-WRONGTYPE Operation\r\n$1\r\n1\r\n')]);
  expect(calls.map(({ summary, status }) => [summary, status])).toEqual([
    ['SET a 1', 0],
    ['LPUSH a 2', 'WRONGTYPE'],
    ['GET a', 0],
  ]);
});

test('a subscription is confirmed for each channel, messages come without a command', () => {
  const confirmed = (channel: string, count: number) =>
    `*3\r\n$9\r\nsubscribe\r\n$${channel.length}\r\n${channel}\r\n:${count}\r\n`;
  const calls = summaries([
    sends('SUBSCRIBE news jobs'),
    server(confirmed('news', 1)),
    server(confirmed('jobs', 2)),
    server('*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$2\r\nhi\r\n'),
    sends('PING'),
    server('*2\r\n$4\r\npong\r\n$0\r\n\r\n'),
  ]);
  expect(calls).toEqual(['SUBSCRIBE news jobs', 'message news hi', 'PING']);
});

test('a RESP3 push between command and reply is not the reply', () => {
  const calls = summaries([sends('GET a'), server('>2\r\n+invalidate\r\n*1\r\n$1\r\nb\r\n'), server('$1\r\n1\r\n')]);
  expect(calls).toEqual(['invalidate ["b"]', 'GET a'].map((line) => line.replace('["b"]', '"[\\"b\\"]"')));
});

test('commands whose replies are switched off do not wait for them', () => {
  const calls = seen([
    sends('CLIENT REPLY SKIP', 'SET a 1', 'GET a'),
    server('$1\r\n1\r\n'),
    sends('CLIENT REPLY OFF', 'SET b 2', 'CLIENT REPLY ON', 'GET b'),
    server('+OK\r\n$1\r\n2\r\n'),
  ]);
  expect(calls.map(({ summary, status }) => [summary, status])).toEqual([
    ['CLIENT REPLY SKIP', null],
    ['SET a 1', null],
    ['GET a', 0],
    ['CLIENT REPLY OFF', null],
    ['SET b 2', null],
    ['CLIENT REPLY ON', 0],
    ['GET b', 0],
  ]);
});

test('a replica gets a snapshot and then commands, which nobody answers', () => {
  const calls = summaries([
    sends('PSYNC ? -1'),
    server('\n'),
    server('\n\n+FULLRESYNC 8371b4fb1155b71f4a04d3e1bc3e18c4a990aeeb 0\r\n'),
    server('\n$9\r\nREDIS0009'),
    server(command('SET a 1')),
    sends('REPLCONF ACK 31'),
    server(command('DEL a')),
  ]);
  expect(calls).toEqual(['PSYNC ? -1', 'SET a 1', 'REPLCONF ACK 31', 'DEL a']);
});

test('a snapshot without a length ends at its mark', () => {
  const mark = 'm'.repeat(40);
  const conversation = [
    sends('PSYNC ? -1'),
    server('+FULLRESYNC 8371b4fb1155b71f4a04d3e1bc3e18c4a990aeeb 0\r\n'),
    server(`$EOF:${mark}\r\nsome mmm data${mark}${command('SET a 1')}`),
  ];
  for (const size of [1, 7, 39, 41, 1000])
    expect(summaries(recut(conversation, [size]))).toEqual(['PSYNC ? -1', 'SET a 1']);
});

test('MONITOR is answered once and then tells every command', () => {
  const line = '+1700000000.1 [0 127.0.0.1:5000] "GET" "a"\r\n';
  expect(summaries([sends('MONITOR'), server('+OK\r\n'), server(line)])).toEqual(['MONITOR', line.slice(1, -2)]);
});

test('MONITOR tells commands between the replies to commands of its own', () => {
  const line = '+1700000000.1 [0 127.0.0.1:5000] "GET" "a"\r\n';
  const calls = summaries([sends('MONITOR'), server('+OK\r\n'), sends('PING'), server(line), server('+PONG\r\n')]);
  expect(calls).toEqual(['MONITOR', line.slice(1, -2), 'PING']);
});

const told = (kind: string, channel: string, left: number) =>
  `*3\r\n$${kind.length}\r\n${kind}\r\n${channel === '' ? '$-1' : `$${channel.length}\r\n${channel}`}\r\n:${left}\r\n`;

test('leaving all channels is confirmed once for each, whatever patterns and shard channels are left', () => {
  const calls = summaries([
    sends('SUBSCRIBE a b', 'PSUBSCRIBE c*', 'SSUBSCRIBE d'),
    server(
      told('subscribe', 'a', 1) + told('subscribe', 'b', 2) + told('psubscribe', 'c*', 3) + told('ssubscribe', 'd', 1),
    ),
    sends('UNSUBSCRIBE'),
    server(told('unsubscribe', 'a', 2) + told('unsubscribe', 'b', 1)),
    sends('PING'),
    server('*3\r\n$8\r\nsmessage\r\n$1\r\nd\r\n$2\r\nhi\r\n' + '*2\r\n$4\r\npong\r\n$0\r\n\r\n'),
    sends('PUNSUBSCRIBE', 'SUNSUBSCRIBE', 'UNSUBSCRIBE', 'GET a'),
    server(`${told('punsubscribe', 'c*', 0) + told('sunsubscribe', 'd', 0) + told('unsubscribe', '', 0)}$1\r\n1\r\n`),
  ]);
  expect(calls).toEqual([
    'SUBSCRIBE a b',
    'PSUBSCRIBE c*',
    'SSUBSCRIBE d',
    'UNSUBSCRIBE',
    'smessage d hi',
    'PING',
    'PUNSUBSCRIBE',
    'SUNSUBSCRIBE',
    'UNSUBSCRIBE',
    'GET a',
  ]);
});

test('a shard channel that moves away is left without having been asked for', () => {
  const calls = summaries([
    sends('SSUBSCRIBE d'),
    server(told('ssubscribe', 'd', 1).replace('*', '>')),
    sends('GET a'),
    server(`${told('sunsubscribe', 'd', 0).replace('*', '>')}$1\r\n1\r\n`),
  ]);
  expect(calls).toEqual(['SSUBSCRIBE d', 'sunsubscribe d 0', 'GET a']);
});

test('SYNC, of old, is answered with the snapshot itself', () => {
  const whole = seen([
    sends('PING'),
    server('+PONG\r\n'),
    client('SYNC\r\n'),
    server('\n$9\r\nREDIS0009'),
    server(command('SET a 1')),
  ]);
  expect(whole.map(({ summary, status }) => [summary, status])).toEqual([
    ['PING', 0],
    ['SYNC', 0],
    ['SET a 1', 0],
  ]);
  const refused = seen([
    sends('PING'),
    client('SYNC\r\n'),
    server('+PONG\r\n-NOMASTERLINK no\r\n'),
    sends('GET a'),
    server('$-1\r\n'),
  ]);
  expect(refused.map(({ summary, status }) => [summary, status])).toEqual([
    ['PING', 0],
    ['SYNC', 'NOMASTERLINK'],
    ['GET a', 0],
  ]);
});

test('where a key has moved to is the error', () => {
  const calls = dissectAll(redis, [
    sends('GET a', 'ASKING', 'GET b'),
    server('-MOVED 3999 10.0.0.2:6381\r\n+OK\r\n-ASK 3999 10.0.0.3:6381\r\n'),
  ]);
  expect(calls.map(({ status, errorText }) => [status, errorText])).toEqual([
    ['MOVED', 'MOVED 3999 10.0.0.2:6381'],
    [0, undefined],
    ['ASK', 'ASK 3999 10.0.0.3:6381'],
  ]);
});

test('an error inside a transaction is the error of its EXEC', () => {
  const [, , exec] = seen([
    sends('MULTI', 'LPUSH a 1', 'EXEC'),
    server('+OK\r\n+QUEUED\r\n*2\r\n:1\r\n-WRONGTYPE Operation against a key\r\n'),
  ]);
  expect(exec).toMatchObject({ summary: 'EXEC', status: 'WRONGTYPE', redis: { errorKind: 'WRONGTYPE' } });
});

const hash = 'ab'.repeat(32);
test.each([
  ['AUTH', [sends('AUTH app s3cret'), server('+OK\r\n')]],
  ['HELLO', [sends('HELLO 3 AUTH app s3cret'), server('%0\r\n')]],
  ['a setting', [sends('CONFIG SET maxmemory 1 requirepass s3cret'), server('+OK\r\n')]],
  ['a setting that is read', [sends('CONFIG GET *'), server('*4\r\n+maxmemory\r\n+1\r\n+masterauth\r\n+s3cret\r\n')]],
  ['a setting that is read as a map', [sends('CONFIG GET *'), server('%1\r\n+masterauth\r\n+s3cret\r\n')]],
  ['a user', [sends('ACL SETUSER app on >s3cret'), server('+OK\r\n')]],
  ['a user that is read', [sends('ACL LIST'), server(`*1\r\n+user app on #${hash} ~*\r\n`)]],
  ['what is known of a user', [sends('ACL GETUSER app'), server(`*2\r\n+passwords\r\n*1\r\n+${hash}\r\n`)]],
  ['a new password', [sends('ACL GENPASS'), server('$6\r\ns3cret\r\n')]],
  ['a sentinel', [sends('SENTINEL SET main auth-pass s3cret'), server('+OK\r\n')]],
  ['MIGRATE', [sends('MIGRATE h 6379 k 0 10 AUTH s3cret'), server('+OK\r\n')]],
  [
    'a line of MONITOR',
    [sends('MONITOR'), server('+OK\r\n+1700000000.1 [0 127.0.0.1:5000] "CONFIG" "SET" "requirepass" "s3cret"\r\n')],
  ],
] satisfies [string, Turn[]][])('no password is in what leaves: %s', (_, conversation) => {
  const text = JSON.stringify(dissectAll(redis, conversation));
  expect(text).toContain('[REDACTED]');
  expect(text).not.toContain('s3cret');
  expect(text).not.toContain(hash);
});

test('words of an inline command may be quoted', () => {
  const [call] = seen([client('SETEX greeting 10 "hello world"\r\n'), server('+OK\r\n')]);
  expect(call?.redis['args']).toEqual(['greeting', '10', 'hello world']);
});

test('a command without a reply fails when the connection ends, not when the capture does', () => {
  const waiting = [sends('BLPOP queue 0')];
  expect(dissectAll(redis, waiting, { closed: 'reset' })[0]).toMatchObject({
    error: true,
    errorText: 'connection reset before the reply',
  });
  expect(dissectAll(redis, waiting, { closed: 'end-of-capture' })[0]).toMatchObject({ error: false });
});

test('after lost bytes the next command and its reply are found', () => {
  const calls = seen([
    sends('GET a'),
    server('$1\r\n1\r\n'),
    sends('GET b'),
    lost('server', 7),
    sends('GET c'),
    server('$1\r\n3\r\n'),
  ]);
  expect(calls.map(({ summary, status }) => [summary, status])).toEqual([
    ['GET a', 0],
    ['GET b', null],
    ['GET c', 0],
  ]);
});

test.each(['+OK', '_', ':7', ',1.5', '#t', '-ERR no', '$-1', '*0'])(
  'joined in its middle, a reply %s is not passed over',
  (reply) => {
    const conversation = [sends('GET a'), server(`${reply}\r\n`), sends('GET b'), server('$1\r\n1\r\n')];
    const found = dissectAll(redis, conversation, { midStream: true, clientKnown: false, serverPort: 6379 });
    expect(found.map(({ summary }) => summary)).toEqual(['GET a', 'GET b']);
    expect(found[1]).toMatchObject({ data: { redis: { response: '1' } } });
  },
);

test('bytes lost inside a long value cost that value its end and nothing else', () => {
  const calls = seen([
    sends('GET a'),
    server(`$1000\r\n${'x'.repeat(400)}`),
    lost('server', 500),
    server(`${'x'.repeat(100)}\r\n`),
    sends('GET b'),
    server('$1\r\n2\r\n'),
  ]);
  expect(calls.map(({ summary }) => summary)).toEqual(['GET a', 'GET b']);
  expect(calls[0]?.redis['response']).toBe('x'.repeat(500));
});

test('how the stream is cut never changes what is found', () => {
  const conversation = [
    sends('MGET a b', 'HGETALL h'),
    server('*2\r\n$1\r\n1\r\n$-1\r\n%1\r\n+f\r\n:1\r\n'),
    sends('EVAL script 1 k v'),
    server('-ERR no\r\n'),
  ];
  const whole = seen(conversation);
  expect(whole).toHaveLength(3);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (sizes) => {
      expect(seen(recut(conversation, sizes))).toEqual(whole);
    }),
  );
});

test.each([
  ['HTTP', client('GET / HTTP/1.1\r\nHost: a\r\n\r\n'), server('HTTP/1.1 200 OK\r\n\r\n')],
  ['memcached', client('get foo\r\n'), server('END\r\n')],
  ['NATS', server('INFO {}\r\n'), client('CONNECT {}\r\nPING\r\n')],
  ['POP3', server('+OK POP3 ready\r\n'), client('USER a\r\n')],
])('%s is somebody else’s', (_name, ...conversation) => {
  expect(dissectAll(redis, conversation)).toEqual([]);
});
