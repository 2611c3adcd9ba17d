/** Usual calls are read as bytes and written from them; read in pieces, they are built and described: both must agree. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { client, dissectAll, server, type Turn } from '../../dissect/testing/conversation.ts';
import { memcached } from './index.ts';

const CRLF = Buffer.from('\r\n');
const lines = (...parts: (string | Uint8Array)[]): Buffer =>
  Buffer.concat(parts.flatMap((part) => [Buffer.from(part), CRLF]));

/** The same calls, whole and byte by byte. How one is written is held against its description by `dissectAll`. */
function expectSame(turns: readonly Turn[]): void {
  const single = turns.flatMap(({ side, bytes }, index) =>
    Array.from(bytes, (byte) => ({ side, bytes: Uint8Array.of(byte), at: (index + 1) * 1000 })),
  );
  const whole = dissectAll(memcached, turns);
  expect(whole.length).toBeGreaterThan(0);
  expect(JSON.stringify(dissectAll(memcached, single))).toBe(JSON.stringify(whole));
}

const key = fc.oneof(
  fc.stringMatching(/^[a-z]{1,6}:[0-9]{1,8}$/),
  fc.constantFrom('a', 'noreply', 'k"\\x', 'k'.repeat(250), 'schlüssel', '\u0001'),
);
const value = fc.oneof(
  fc.uint8Array({ maxLength: 8 }),
  fc
    .constantFrom('', '{"a":"b\\n"}', 'käse', 'x'.repeat(3000), '\u0000\u0001', 'END\r\n', '\u001bf')
    .map((text) => Buffer.from(text)),
);
const command = fc.oneof(
  fc.tuple(fc.constantFrom('get', 'gets'), key).map(([name, of]) => lines(`${name} ${of}`)),
  fc
    .tuple(fc.constantFrom('set', 'add', 'append'), key, fc.constantFrom('0 60', '0 -1', '7  1'), value, fc.boolean())
    .map(([name, of, flags, bytes, isSilent]) =>
      lines(`${name} ${of} ${flags} ${bytes.length}${isSilent ? ' noreply' : ''}`, bytes),
    ),
  key.map((of) => lines(`cas ${of} 0 0 1 77`, 'x')),
  fc
    .tuple(fc.constantFrom('incr', 'touch', 'decr'), key, fc.constantFrom('5', '5 noreply', 'noreply', ''))
    .map((words) => lines(words.join(' '))),
  fc.tuple(key, fc.constantFrom('', ' ', ' noreply', ' 0')).map(([of, more]) => lines(`delete ${of}${more}`)),
  fc.constantFrom('get a b', 'mg a v', 'version', 'gat 60 a').map((line) => lines(line)),
);
const reply = fc.oneof(
  fc.tuple(key, fc.constantFrom('', ' 9', ' ', ' 9 9'), value, fc.boolean()).map(([of, more, bytes, isTwice]) => {
    const found = [`VALUE ${of} 0 ${bytes.length}${more}`, bytes];
    return lines(...found, ...(isTwice ? found : []), 'END');
  }),
  fc
    .constantFrom(
      'END',
      'STORED',
      'NOT_STORED',
      'EXISTS',
      'NOT_FOUND',
      'DELETED',
      'TOUCHED',
      'OK',
      '5',
      '123456789012',
      '5 ',
      'HD',
      'EN',
    )
    .map((line) => lines(line)),
  fc.constantFrom('ERROR', 'SERVER_ERROR out of memory', 'CLIENT_ERROR bad data chunk').map((line) => lines(line)),
);

test('whole calls are described and written as those that come byte by byte', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(command, reply), { minLength: 1, maxLength: 5 }), (calls) => {
      const turns = calls.flatMap(([asked, answered]) => [client(asked), server(answered)]);
      expectSame([client('set a 0 0 1\r\nx\r\n'), server('STORED\r\n'), ...turns]);
    }),
    { numRuns: 500 },
  );
});

test('a pipeline that waits longer than its chunk keeps its commands', () => {
  const count = 40;
  const turns = Array.from({ length: count }, (_, i) => client(`set key:${i} 0 60 ${i}\r\n${'v'.repeat(i)}\r\n`));
  const answers = Array.from({ length: count }, (_, i) => server(i % 5 === 0 ? 'SERVER_ERROR busy\r\n' : 'STORED\r\n'));
  const calls = dissectAll(memcached, [...turns, ...answers]);
  expect(calls.map(({ summary, status, request }) => [summary, status, request?.body?.text ?? ''])).toEqual(
    turns.map((_, i) => [`set key:${i}`, i % 5 === 0 ? 'SERVER_ERROR' : 0, 'v'.repeat(i)]),
  );
});

test('a value larger than what is kept of one is cut, whole or not', () => {
  const turns = [client(`set a 0 0 100\r\n${'x'.repeat(100)}\r\n`), server('STORED\r\n')];
  const [call] = dissectAll(memcached, turns, { limits: { maxBodyBytes: 50 } });
  expect(call).toMatchObject({ truncated: true, request: { body: { truncated: true, text: 'x'.repeat(50) } } });
});
