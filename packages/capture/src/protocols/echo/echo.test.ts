import fc from 'fast-check';
import { expect, test } from 'vitest';
import { client, dissect, dissectAll, lost, recut, server, type Turn } from '../../dissect/testing/conversation.ts';
import { echo } from './index.ts';
import { MAX_TEXT_BYTES, parseEcho } from './wire.ts';

const say = (id: number, words: string) => Uint8Array.of(id, 0, words.length, ...new TextEncoder().encode(words));

const conversation: readonly Turn[] = [
  client(say(1, 'hello')),
  client(say(2, 'again')),
  server(say(2, 'again')),
  server(say(1, '!busy')),
  client(say(3, 'lonely')),
];

test.each([
  ['nothing', '', { kind: 'more', atLeast: 3 }],
  ['a cut header', '01 00', { kind: 'more', atLeast: 1 }],
  ['a cut text', '01 0002 68', { kind: 'more', atLeast: 1 }],
  ['a message', '01 0002 6869', { kind: 'done', value: { id: 1, text: 'hi', size: 5 }, end: 5 }],
  ['a length past the limit', '01 ffff', { kind: 'bad', fault: 'text too long', at: 0 }],
])('%s', (_, hex, expected) => {
  expect(parseEcho(Buffer.from(hex.replaceAll(' ', ''), 'hex'), 0)).toEqual(expected);
});

test('answers find their request by id', () => {
  const calls = dissectAll(echo, conversation);
  expect(calls.map(({ summary, status, errorText }) => [summary, status, errorText])).toEqual([
    ['ECHO again', 'ok', undefined],
    ['ECHO hello', 'error', 'busy'],
    ['ECHO lonely', null, 'no response'],
  ]);
  expect(calls[1]).toMatchObject({ requestStart: 1000, responseEnd: 4000, requestSize: 8, responseSize: 8 });
});

test('how the stream is cut never changes what is found', () => {
  const whole = dissectAll(echo, conversation);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (sizes) => {
      expect(dissectAll(echo, recut(conversation, sizes))).toEqual(whole);
    }),
  );
});

test('after lost bytes the next message is found', () => {
  const calls = dissectAll(echo, [
    client(say(1, 'one')),
    client(say(2, 'two').subarray(0, 4)),
    lost('client', 2),
    client(say(3, 'three')),
    server(say(3, 'three')),
  ]);
  expect(calls.map(({ summary }) => summary)).toEqual(['ECHO three', 'ECHO one']);
});

test('datagrams are read one by one', () => {
  const calls = dissectAll(echo, conversation, { transport: 'udp' });
  expect(calls.map(({ summary }) => summary)).toEqual(['ECHO again', 'ECHO hello', 'ECHO lonely']);
});

test('the oldest call leaves when too many wait', () => {
  const many = [1, 2, 3].map((id) => client(say(id, 'same')));
  const calls = dissectAll(echo, many, { limits: { maxPending: 2 } });
  expect(calls.map(({ data }) => data?.['echo']?.['id'])).toEqual([1, 2, 3]);
});

test('garbage is skipped, counted, and given up when there is too much of it', () => {
  const faults: string[] = [];
  const garbage = Uint8Array.of(9, 0xff, 0xff);
  const turns = [
    client(say(1, 'one')),
    ...Array.from({ length: 20 }, () => [client(garbage), client(say(2, 'ok'))]).flat(),
  ];
  const { reason, buffered } = dissect(echo, turns, {
    limits: { maxFaults: 3 },
    onFault: (fault) => faults.push(fault),
  });
  expect(faults).toContain('text too long');
  expect(reason).toBe('echo: text too long');
  expect(buffered).toBe(0);
  expect(MAX_TEXT_BYTES).toBeLessThan(0xffff);
});
