/** Usual calls are read as bytes and written from them; read in pieces, they are built and described: both must agree. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { client, dissectAll, server, type Turn } from '../../dissect/testing/conversation.ts';
import { redis } from './index.ts';

type Word = string | Uint8Array;
type Reply = Word | number | null | { readonly status: string } | { readonly failure: string } | readonly Reply[];

const bulk = (word: Word): Buffer => {
  const bytes = Buffer.from(word);
  return Buffer.concat([Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n')]);
};
const commandOf = (words: readonly Word[]): Buffer =>
  Buffer.concat([Buffer.from(`*${words.length}\r\n`), ...words.map(bulk)]);
function replyOf(reply: Reply): Buffer {
  if (reply === null) return Buffer.from('$-1\r\n');
  if (typeof reply === 'number') return Buffer.from(`:${reply}\r\n`);
  if (typeof reply === 'string' || reply instanceof Uint8Array) return bulk(reply);
  if (Array.isArray(reply)) return Buffer.concat([Buffer.from(`*${reply.length}\r\n`), ...reply.map(replyOf)]);
  return Buffer.from('status' in reply ? `+${reply.status}\r\n` : `-${(reply as { failure: string }).failure}\r\n`);
}

/** The same calls, whole and byte by byte. How one is written is held against its description by `dissectAll`. */
function expectSame(turns: readonly Turn[]): void {
  const single = turns.flatMap(({ side, bytes }, index) =>
    Array.from(bytes, (byte) => ({ side, bytes: Uint8Array.of(byte), at: (index + 1) * 1000 })),
  );
  const whole = dissectAll(redis, turns);
  expect(whole.length).toBeGreaterThan(0);
  expect(JSON.stringify(dissectAll(redis, single))).toBe(JSON.stringify(whole));
}

const word: fc.Arbitrary<Word> = fc.oneof(
  fc.string({ unit: fc.constantFrom(...Array.from('abz09:{}"\'\\ \t\u0001\u007fäß€😀')), maxLength: 12 }),
  fc.stringMatching(/^[a-z]{1,6}:[0-9]{1,8}$/),
  fc.constantFrom('x'.repeat(199), 'x'.repeat(200), `${'x'.repeat(210)}"`, 'LIMIT', 'STREAMS', 'BY', '2', '\ufeffa'),
  fc.constantFrom(
    '{"a":'.repeat(45),
    'a\\'.repeat(99),
    `${'it\'s "\n" '.repeat(24)}`,
    '{"name":"Ann","n":7}',
    '\u0001\u007f\\',
  ),
  fc.uint8Array({ maxLength: 6 }),
);
const name = fc.constantFrom(
  ...'GET set Mget MSET DEL HGETALL hget LRANGE EXISTS ZADD XREAD EVAL BITOP SORT JSON.GET SOMETHING OBJECT EXPIRE'.split(
    ' ',
  ),
);
const line = fc.string({ unit: fc.constantFrom(...'OK ERR WRONG_1abé"\\'.split('')), maxLength: 10 });
const { reply } = fc.letrec<{ reply: Reply }>((tie) => ({
  reply: fc.oneof(
    { maxDepth: 3 },
    word,
    fc.constant(null),
    fc.integer(),
    fc.constantFrom(0, -1, 2 ** 53, -(2 ** 60)),
    line.map((status) => ({ status })),
    line.map((failure) => ({ failure })),
    fc.array(tie('reply'), { maxLength: 4 }),
  ),
}));
const exchange = fc.record({ words: fc.tuple(name, fc.array(word, { maxLength: 6 })), reply });

test('whole calls are described and written as those that come byte by byte', () => {
  fc.assert(
    fc.property(fc.array(exchange, { minLength: 1, maxLength: 4 }), (exchanges) => {
      const turns = exchanges.flatMap(({ words: [first, more], reply: answer }) => [
        client(commandOf([first, ...more])),
        server(replyOf(answer)),
      ]);
      expectSame([client(commandOf(['PING'])), server('+PONG\r\n'), ...turns]);
    }),
    { numRuns: 300 },
  );
});

test.each([
  ['a number with zeros before it', ['INCR', 'a'], ':007\r\n'],
  ['a number that is none', ['INCR', 'a'], ':seven\r\n'],
  ['an empty number', ['INCR', 'a'], ':\r\n'],
  ['minus zero', ['INCR', 'a'], ':-0\r\n'],
  ['a list that is nil', ['BLPOP', 'a', '0'], '*-1\r\n'],
  ['a command that waits in a transaction', ['HGETALL', 'a'], '+QUEUED\r\n'],
  ['one more key than is listed', ['MGET', ...Array.from({ length: 257 }, (_, i) => `k${i}`)], '*0\r\n'],
  ['one more argument than is listed', ['SADD', 'a', ...Array.from({ length: 1025 }, (_, i) => `${i}`)], ':0\r\n'],
  ['a command without its keys', ['DEL'], '-ERR wrong number of arguments\r\n'],
  ['a command nobody knows', ['FLY'], '-ERR unknown command\r\n'],
  ['a reply that nests deeper than most', ['EVAL', 'x', '0'], `${'*1\r\n'.repeat(12)}:1\r\n`],
])('%s is read the same whole and byte by byte', (_, words, answer) => {
  expectSame([client(commandOf(words)), server(answer)]);
});

test('a pipeline that waits longer than its chunk keeps its commands', () => {
  const commands = Array.from({ length: 50 }, (_, i) => commandOf(['SET', `key:${i}`, 'v'.repeat(i * 3)]));
  const turns = [...commands.map(client), ...commands.map((_, i) => server(i % 7 === 0 ? '-OOM full\r\n' : '+OK\r\n'))];
  const calls = dissectAll(redis, turns);
  expect(calls.map(({ summary }) => summary.slice(0, 12).trim())).toEqual(
    commands.map((_, i) => `SET key:${i} ${i === 0 ? '""' : 'v'.repeat(i * 3)}`.slice(0, 12).trim()),
  );
  expect(calls[0]).toMatchObject({ status: 'OOM', error: true, errorText: 'OOM full' });
});

test.each([197, 198, 199, 200, 201])('a line is cut at the same character, quoted or not: %i', (length) => {
  for (const sign of ['x', '"', '\n', '\u0001', '\\', "'", ' '])
    for (const before of [0, 1, 2, 3]) {
      const value = `${'y'.repeat(length - 'SET a '.length - before)}${sign.repeat(4)}`;
      expectSame([client(commandOf(['SET', 'a', value, 'EX', '1'])), server('+OK\r\n')]);
    }
});

test('a command that is larger than what is kept of one is cut, whole or not', () => {
  const turns = [client(commandOf(['SET', 'a', 'x'.repeat(100)])), server('+OK\r\n')];
  const [call] = dissectAll(redis, turns, { limits: { maxBodyBytes: 50 } });
  expect(call).toMatchObject({ truncated: true, method: 'SET' });
});
