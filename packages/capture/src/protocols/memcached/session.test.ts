import fc from 'fast-check';
import { expect, test } from 'vitest';
import { binary } from '../../../fixtures/memcached/talk.ts';
import { client, dissect, dissectAll, lost, recut, server, type Turn } from '../../dissect/testing/conversation.ts';
import { memcached } from './index.ts';
import { MAX_WHOLE_BYTES } from './message.ts';

const found = (...turns: Turn[]) => dissectAll(memcached, turns);
const told = (...turns: Turn[]) => found(...turns).map(({ summary, status, error }) => [summary, status, error]);

test('commands and replies in order, pipelined', () => {
  expect(
    told(
      client('set user:7 0 60 5\r\nhello\r\nget user:7 user:8\r\nincr n 1\r\n'),
      server('STORED\r\nVALUE user:7 0 5\r\nhello\r\nEND\r\nNOT_FOUND\r\n'),
    ),
  ).toEqual([
    ['set user:7', 0, false],
    ['get user:7 user:8', 0, false],
    ['incr n', 0, false],
  ]);
});

test.each([
  ['a hit', 'VALUE a 0 1\r\nx\r\nVALUE b 0 1\r\ny\r\nEND\r\n', { hit: true }],
  ['a miss', 'END\r\n', { hit: false }],
])('%s is told', (_, reply, data) => {
  expect(found(client('get a b\r\n'), server(reply))).toMatchObject([{ endpoint: 'get a', data: { memcached: data } }]);
});

test.each(['ERROR', 'CLIENT_ERROR bad data chunk', 'SERVER_ERROR out of memory storing object'])(
  '%s is an error',
  (reply) => {
    const [call] = found(
      client('get a\r\n'),
      server('END\r\n'),
      client('set a 0 0 1\r\nx\r\n'),
      server(`${reply}\r\n`),
    ).slice(1);
    expect(call).toMatchObject({ status: reply.split(' ')[0], error: true, errorText: reply });
  },
);

test('noreply leaves at once, statistics are one reply', () => {
  const calls = found(
    client('set a 0 0 1 noreply\r\nx\r\nstats\r\n'),
    server('STAT pid 1\r\nSTAT version 1.6\r\nEND\r\n'),
  );
  expect(calls).toMatchObject([
    { summary: 'set a', response: null, error: false },
    { response: { stats: { pid: '1', version: '1.6' } } },
  ]);
});

test('quiet meta commands: misses say nothing, marks tell which was found', () => {
  const calls = found(
    client('mg a v q O1\r\nmg b v q O2\r\nms c 1 q\r\nx\r\nmn\r\n'),
    server('VA 1 O2\r\ny\r\nMN\r\n'),
  );
  expect(calls.map(({ summary, response, error }) => [summary, response?.['reply'], error])).toEqual([
    ['mg a', undefined, false],
    ['mg b', 'VA 1 O2', false],
    ['ms c', undefined, false],
    ['mn', 'MN', false],
  ]);
  expect(calls[0]).toMatchObject({ data: { memcached: { hit: false } } });
});

test('the binary protocol pairs by its mark, and keeps no secret', () => {
  const reply = (opcode: number, opaque: number, status = 0, value = '') => {
    const wire = binary(opcode, { opaque, value });
    wire[0] = 0x81;
    wire.writeUInt16BE(status, 6);
    return wire;
  };
  const calls = found(
    client(
      Buffer.concat([
        binary(33, { key: 'PLAIN', value: '\0app\0s3cret' }),
        binary(9, { key: 'a', opaque: 1 }),
        binary(0, { key: 'b', opaque: 2 }),
      ]),
    ),
    server(Buffer.concat([reply(33, 33, 0x20, 'Auth failure'), reply(0, 2, 1, 'Not found')])),
  );
  expect(calls.map(({ summary, status, error }) => [summary, status, error])).toEqual([
    ['sasl_auth PLAIN', 'AUTH_ERROR', true],
    ['getq a', null, false],
    ['get b', 0, false],
  ]);
  expect(JSON.stringify(calls)).not.toContain('s3cret');
});

test('values longer than what is read whole, in both directions', () => {
  const value = 'v'.repeat(MAX_WHOLE_BYTES * 2);
  const calls = dissectAll(
    memcached,
    [
      client(`set a 0 0 ${value.length}\r\n${value}\r\n`),
      server('STORED\r\n'),
      client('get a\r\n'),
      server(`VALUE a 0 ${value.length}\r\n${value}\r\nEND\r\n`),
    ],
    { limits: { maxBodyBytes: 1000 } },
  );
  expect(calls).toMatchObject([
    { truncated: true, request: { body: { size: value.length } } },
    { truncated: true, response: { body: { size: value.length } } },
  ]);
});

test('over UDP replies are joined by their request, in any order', () => {
  const datagram = (id: number, sequence: number, total: number, text: string) =>
    Buffer.concat([Buffer.of(0, id, 0, sequence, 0, total, 0, 0), Buffer.from(text)]);
  const calls = dissectAll(
    memcached,
    [
      client(datagram(1, 0, 1, 'get a\r\n')),
      client(datagram(2, 0, 1, 'get b\r\n')),
      server(datagram(2, 0, 1, 'END\r\n')),
      server(datagram(1, 1, 2, 'lo\r\nEND\r\n')),
      server(datagram(1, 0, 2, 'VALUE a 0 5\r\nhel')),
      client(datagram(3, 0, 1, 'get c\r\n')),
    ],
    { transport: 'udp' },
  );
  expect(calls).toMatchObject([
    { summary: 'get b', data: { memcached: { hit: false } } },
    { summary: 'get a', response: { body: { text: 'hello' } } },
    { summary: 'get c', error: true, errorText: 'no reply' },
  ]);
});

test('what waits when the connection ends is an error, the capture’s end says nothing', () => {
  const turns = [client('get a\r\n'), server('END\r\n'), client('get b\r\n')];
  expect(dissectAll(memcached, turns)[1]).toMatchObject({ error: true });
  expect(dissectAll(memcached, turns, { closed: 'end-of-capture' })[1]).toMatchObject({ error: false });
});

test('lost bytes: inside a long value they are counted, else the next line is found', () => {
  const size = MAX_WHOLE_BYTES + 1000;
  const inside = found(
    client(`set a 0 0 ${size}\r\n${'v'.repeat(MAX_WHOLE_BYTES)}`),
    lost('client', 500),
    client(`${'v'.repeat(500)}\r\nget b\r\n`),
    server('STORED\r\nEND\r\n'),
  );
  expect(inside).toMatchObject([
    { summary: 'set a', gap: 500, truncated: true },
    { summary: 'get b', gap: 0 },
  ]);
  const between = found(
    client('get a\r\n'),
    server('END\r\n'),
    lost('client', 50),
    client('alf a line\r\nget c\r\n'),
    server('END\r\n'),
  );
  expect(between.map(({ summary }) => summary)).toContain('get c');
});

test('too many waiting commands leave, the oldest first', () => {
  const { calls } = dissect(memcached, [client('set a 0 0 1\r\nx\r\n'.repeat(2000))], { closed: 'end-of-capture' });
  expect(calls).toHaveLength(2000);
  expect(calls.some(({ anomalies }) => anomalies?.includes('memcached: too many commands wait for a reply'))).toBe(
    true,
  );
});

test('how the stream is cut never changes what is found', () => {
  const turns = [
    client('set a 0 0 5\r\nhello\r\nget a b\r\nmg a v q O1\r\nmn\r\n'),
    server('STORED\r\nVALUE a 0 5\r\nhello\r\nEND\r\nVA 5 O1\r\nhello\r\nMN\r\n'),
  ];
  const whole = dissectAll(memcached, turns);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (sizes) => {
      expect(dissectAll(memcached, recut(turns, sizes))).toEqual(whole);
    }),
  );
});
