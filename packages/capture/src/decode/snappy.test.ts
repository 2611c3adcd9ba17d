import { expect, test } from 'vitest';
import { unsnappy } from './snappy.ts';

const hex = (digits: string) => new Uint8Array(Buffer.from(digits.replaceAll(' ', ''), 'hex'));
const text = (block: string, limit = 1000) => {
  const result = unsnappy(hex(block), limit);
  return result === null ? null : [Buffer.from(result.bytes).toString(), result.isWhole];
};

test.each([
  ['nothing', '00', ['', true]],
  ['a literal', '03 08 616263', ['abc', true]],
  ['a literal whose length has a byte of its own', `3d f0 3c ${'61'.repeat(61)}`, ['a'.repeat(61), true]],
  ['a copy of one byte distance', '09 08 616263 09 03', ['abcabcabc', true]], // length 4 + 2, distance 3
  ['a copy of two bytes distance', '09 08 616263 16 0300', ['abcabcabc', true]],
  ['a copy of four bytes distance', '09 08 616263 17 03000000', ['abcabcabc', true]],
  ['a copy over itself', '08 00 61 1a 0100', ['a'.repeat(8), true]],
  ['a copy before the beginning', '09 08 616263 09 04', null],
  ['a copy of distance 0', '09 08 616263 09 00', null],
  ['a literal that is not there', '09 20 616263', null],
  ['less than the length says', '09 08 616263', null],
  ['a length without an end', 'ffffffffffff', null],
  ['no length', '', null],
])('%s', (_, block, expected) => {
  expect(text(block)).toEqual(expected);
});

test('a length that lies costs no memory', () => {
  expect(text('ffffffff0f 00 61 fe 0100', 40)).toEqual(['a'.repeat(40), false]);
});
