import { expect, test } from 'vitest';
import { jsonOf } from './values.ts';

const hex = (text: string): Uint8Array => Buffer.from(text.replaceAll(' ', ''), 'hex');

test.each([
  ['bool', 16, '01', true],
  ['int2', 21, 'fffe', -2],
  ['int4', 23, '00000007', 7],
  ['int8 past 2^53 keeps its digits', 20, '7fffffffffffffff', '9223372036854775807'],
  ['float8', 701, '400921fb54442d18', Math.PI],
  ['text', 25, '68c3a9', 'hé'],
  ['bytea', 17, '00ff', '\\x00ff'],
  ['date', 1082, '00000001', '2000-01-02'],
  ['timestamptz', 1184, '00000000000f4240', '2000-01-01T00:00:01.000Z'],
  ['uuid', 2950, '0123456789abcdef0123456789abcdef', '01234567-89ab-cdef-0123-456789abcdef'],
  ['jsonb', 3802, '01 7b7d', '{}'],
  ['numeric 1234.5', 1700, '0002 0000 0000 0001 04d2 1388', '1234.5'],
  ['numeric -0.0001', 1700, '0001 ffff 4000 0004 0001', '-0.0001'],
  ['an unknown type', 99999, 'abcd', '\\xabcd'],
  ['an integer of the wrong length', 23, '01', '\\x01'],
])('binary %s', (_name, type, bytes, expected) => {
  expect(jsonOf(hex(bytes), type, 1)).toBe(expected);
});

test.each([
  ['bool', 16, 't', true],
  ['int4', 23, '42', 42],
  ['int8 past 2^53 keeps its digits', 20, '9223372036854775807', '9223372036854775807'],
  ['text', 25, '42', '42'],
])('text %s', (_name, type, text, expected) => {
  expect(jsonOf(Buffer.from(text), type, 0)).toBe(expected);
});
