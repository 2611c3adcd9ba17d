import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MAX_DEPTH, MAX_KEPT_ELEMENTS, type RespValue, ValueBuilder } from './values.ts';
import { readToken, startsLikeResp } from './wire.ts';

const bytesOf = (text: string): Uint8Array => Buffer.from(text, 'utf8');

/** Reads all values of a stream that arrives in pieces of these sizes; a fault ends it. */
function valuesOf(
  bytes: Uint8Array,
  sizes: Iterable<number> = [bytes.length],
  maxBytes = 1 << 20,
): (RespValue | { fault: string })[] {
  const builder = new ValueBuilder(maxBytes);
  const values: (RespValue | { fault: string })[] = [];
  const size = sizes[Symbol.iterator]();
  let start = 0;
  let end = 0;
  while (end < bytes.length) {
    end = Math.min(bytes.length, end + (size.next().value ?? bytes.length));
    for (;;) {
      const parsed = readToken(bytes.subarray(0, end), start, builder.remaining);
      if (parsed.kind === 'bad') return [...values, { fault: parsed.fault }];
      if (parsed.kind === 'more') break;
      expect(parsed.end).toBeGreaterThan(start);
      start = parsed.end;
      const value = builder.take(parsed.value);
      if (value === undefined) continue;
      values.push(value);
      if ('fault' in value) return values;
    }
  }
  return values;
}

test.each([
  ['simple string', '+OK\r\n', 'OK'],
  ['error', '-WRONGTYPE Operation against a key\r\n', { error: 'WRONGTYPE Operation against a key' }],
  ['integer', ':-42\r\n', -42],
  ['integer past 2^53 keeps its digits', ':9223372036854775807\r\n', '9223372036854775807'],
  ['bulk string', '$5\r\nhello\r\n', 'hello'],
  ['empty bulk string', '$0\r\n\r\n', ''],
  ['null bulk string of RESP2', '$-1\r\n', null],
  ['null array of RESP2', '*-1\r\n', null],
  ['empty array', '*0\r\n', []],
  ['command', '*2\r\n$3\r\nGET\r\n$3\r\nkey\r\n', ['GET', 'key']],
  ['nested arrays with nil', '*2\r\n*2\r\n:1\r\n$-1\r\n+x\r\n', [[1, null], 'x']],
  ['null of RESP3', '_\r\n', null],
  ['double', ',3.25\r\n', 3.25],
  ['infinite double is a word', ',inf\r\n', 'inf'],
  ['booleans', '*2\r\n#t\r\n#f\r\n', [true, false]],
  [
    'big number keeps its digits',
    '(3492890328409238509324850943850943825024385\r\n',
    '3492890328409238509324850943850943825024385',
  ],
  ['bulk error', '!21\r\nSYNTAX invalid syntax\r\n', { error: 'SYNTAX invalid syntax' }],
  ['verbatim string loses its format', '=15\r\ntxt:Some string\r\n', 'Some string'],
  ['map', '%2\r\n+first\r\n:1\r\n:2\r\n+second\r\n', { first: 1, '2': 'second' }],
  ['set', '~2\r\n+a\r\n+b\r\n', ['a', 'b']],
  ['push', '>3\r\n+message\r\n+news\r\n+hi\r\n', ['message', 'news', 'hi']],
  ['attributes before a value are read over', '|1\r\n+ttl\r\n:3600\r\n+value\r\n', 'value'],
  ['streamed string', '$?\r\n;4\r\nHell\r\n;1\r\no\r\n;0\r\n', 'Hello'],
  ['streamed array', '*?\r\n:1\r\n:2\r\n.\r\n', [1, 2]],
  ['a map key cannot reach the prototype', '%1\r\n+__proto__\r\n:1\r\n', JSON.parse('{"__proto__":1}')],
  ['inline command', 'EXISTS somekey\r\n', 'EXISTS somekey'],
  ['inline command with a bare LF', 'PING\n', 'PING'],
  ['bytes that are no text', Buffer.from([0x24, 0x33, 13, 10, 0xff, 0x41, 0x00, 13, 10]), '\\xffA\\x00'],
])('reads: %s', (_name, wire, expected) => {
  const values = valuesOf(typeof wire === 'string' ? bytesOf(wire) : wire);
  expect(values.map((value) => ('fault' in value ? value : value.value))).toEqual([expected]);
});

test.each([
  ['a line without CRLF', '+OK\nmore\r\n', 'line without CRLF'],
  ['a length that is no number', '$five\r\n', 'invalid bulk length'],
  ['a length past what a server sends', '$9999999999\r\n', 'invalid bulk length'],
  ['a negative count', '*-7\r\n', 'invalid element count'],
  ['a string longer than its length', '$3\r\nabcdef\r\n', 'bulk string without CRLF'],
  ['an end of nothing', '.\r\n', 'end of an aggregate that was not streamed'],
  ['a chunk of nothing', ';3\r\nabc\r\n', 'chunk outside of a streamed string'],
  ['control bytes', '\u0001\u0002\r\n', 'control byte in an inline command'],
  ['nesting without end', '*1\r\n'.repeat(MAX_DEPTH + 1), 'nesting too deep'],
  ['a null error', '!-1\r\n', 'an error without a text'],
])('refuses: %s', (_name, wire, fault) => {
  expect(valuesOf(bytesOf(wire)).at(-1)).toEqual({ fault });
});

test('a billion announced elements cost nothing until they come', () => {
  expect(valuesOf(bytesOf('*1000000000\r\n:1\r\n'))).toEqual([]);
});

test('elements beyond the limit are read and counted out, not kept', () => {
  const [value] = valuesOf(bytesOf(`*${MAX_KEPT_ELEMENTS + 10}\r\n${':1\r\n'.repeat(MAX_KEPT_ELEMENTS + 10)}`));
  expect(value).toMatchObject({ isTruncated: true });
  expect((value as unknown as { value: unknown[] }).value).toHaveLength(MAX_KEPT_ELEMENTS);
});

test('bytes beyond the limit are read over, and what follows is found', () => {
  const wire = bytesOf(`$100\r\n${'x'.repeat(100)}\r\n+next\r\n`);
  const values = valuesOf(wire, fc.sample(fc.constant(7), 40), 10);
  expect(values).toMatchObject([
    { value: 'x'.repeat(10), isTruncated: true },
    { value: 'next', isTruncated: false },
  ]);
});

test('how the stream is cut never changes what is found', () => {
  const wire = bytesOf(
    '*2\r\n$3\r\nGET\r\n$11\r\nhello world\r\n%1\r\n+a\r\n$?\r\n;2\r\nhi\r\n;0\r\n:12\r\n*?\r\n$-1\r\n.\r\n',
  );
  const whole = valuesOf(wire);
  expect(whole).toHaveLength(4);
  fc.assert(
    fc.property(fc.infiniteStream(fc.integer({ min: 1, max: 9 })), (sizes) => {
      expect(valuesOf(wire, sizes)).toEqual(whole);
    }),
  );
});

test('any bytes at all are read without a throw', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void valuesOf(bytes)));
});

test.each([
  ['*3\r\n', 'yes'],
  ['*', 'more'],
  ['*3', 'more'],
  ['*x', 'no'],
  ['GET / HTTP/1.1\r\n', 'no'],
  ['', 'more'],
] as const)('a head is recognised: %j is %s', (wire, expected) => {
  expect(startsLikeResp(bytesOf(wire), 0, '*')).toBe(expected);
});
