import { expect, test } from 'vitest';
import { binary } from '../../../fixtures/memcached/talk.ts';
import { MAX_WHOLE_BYTES, readRest } from './message.ts';
import { readAny, startsWithAny } from './read.ts';
import { MAX_KEYS, MAX_LINE_BYTES } from './text.ts';

const bytes = (text: string | Uint8Array) => new Uint8Array(Buffer.from(text as string));

test.each([
  ['client', 'set a 0 60 2\r\nhi\r\n', { name: 'set', keys: ['a'], args: ['0', '60', '2'], left: 0 }],
  ['client', 'cas a 0 0 2 77 noreply\r\nhi\r\n', { name: 'cas', isSilent: true, args: ['0', '0', '2', '77'] }],
  ['client', 'get a b\n', { name: 'get', keys: ['a', 'b'] }],
  ['client', 'gat 60 a b\r\n', { keys: ['a', 'b'], args: ['60'] }],
  ['client', 'ms a 2 T0 q O1\r\nhi\r\n', { keys: ['a'], isQuiet: true, opaque: 'O1' }],
  ['client', 'set a 0 0 nonsense\r\n', { name: 'set', value: undefined }],
  ['server', 'VALUE a 0 2 9\r\nhi\r\n', { word: 'VALUE', key: 'a', isPart: true }],
  ['server', 'VA 2 t5 O1\r\nhi\r\n', { word: 'VA', opaque: 'O1', isPart: false }],
  ['server', '42\r\n', { word: 'NUMBER', text: '42' }],
  ['server', 'SERVER_ERROR out of memory\r\n', { word: 'SERVER_ERROR', text: 'out of memory' }],
  ['server', 'key=a exp=-1\r\n', { isPart: true }],
  [
    'client',
    binary(1, { key: 'a', extras: Buffer.alloc(8), value: 'hi' }),
    { name: 'set', keys: ['a'], opaque: '00000001' },
  ],
  ['client', binary(33, { key: 'PLAIN', value: 's3cret' }), { name: 'sasl_auth', value: undefined }],
  ['client', binary(0x5f, {}), { name: 'opcode 95' }],
] as const)('the %s says %j', (side, said, expected) => {
  const wire = bytes(said);
  expect(readAny(side, wire, 0)).toMatchObject({ kind: 'done', value: expected, end: wire.length });
  for (const length of [1, wire.length - 1]) expect(readAny(side, wire.subarray(0, length), 0).kind).toBe('more');
});

test.each([
  ['client', 'GET / HTTP/1.1\r\n'],
  ['server', 'VALUE a 0 99999999999\r\n'],
  ['server', 'VA -1\r\n'],
  ['client', 'x'.repeat(MAX_LINE_BYTES + 2)],
  ['client', binary(0, { key: 'a' }).fill(0xff, 2, 4)],
  ['client', binary(0, {}).fill(0xff, 8, 12)],
  ['client', binary(0, {}).fill(1, 5, 6)],
] as const)('no memcached of the %s: %#', (side, said) => {
  expect(readAny(side, bytes(said), 0).kind).toBe('bad');
});

test('a long value is read by its beginning, keys are bounded', () => {
  const long = bytes(`set a 0 0 ${MAX_WHOLE_BYTES * 2}\r\n${'x'.repeat(MAX_WHOLE_BYTES)}`);
  expect(readAny('client', long, 0)).toMatchObject({ value: { left: MAX_WHOLE_BYTES + 2 } });
  expect(readRest(bytes('abc'), 0, 2)).toMatchObject({ value: { left: 0, size: 2 }, end: 2 });
  const keys = readAny('client', bytes(`get ${Array.from({ length: 1000 }, (_, i) => `k${i}`).join(' ')}\r\n`), 0);
  expect(keys.kind === 'done' && keys.value.kind === 'command' && keys.value.keys.length).toBe(MAX_KEYS);
});

test.each([
  ['client', 'set a 0 60 2\r\n', 'yes'],
  ['client', 'get a\r\n', 'more'],
  ['client', 'GET a\r\n', 'no'],
  ['client', 'PUBLISH a 2\r\n', 'no'],
  ['server', 'END\r\n', 'yes'],
  ['server', 'OK\r\n', 'more'],
  ['server', '+OK\r\n', 'no'],
  ['client', binary(0, { key: 'a' }), 'yes'],
  ['server', binary(0, { key: 'a' }), 'no'],
] as const)('the %s may begin with %j: %s', (side, said, answer) => {
  expect(startsWithAny(bytes(said), 0, side)).toBe(answer);
});
