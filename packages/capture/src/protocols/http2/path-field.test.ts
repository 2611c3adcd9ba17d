import { expect, test } from 'vitest';
import { pathFieldAt } from './path-field.ts';

const PATH = '/orders?page=2';
const plain = Buffer.from(PATH);
const huffman = Buffer.from('60f6485b11fe56398b00bf', 'hex');
const fieldOf = (bytes: Buffer, isHuffman: boolean) => pathFieldAt({ bytes, start: 0, end: bytes.length, isHuffman });

test.each([
  ['as it is', plain, false],
  ['in Huffman code', huffman, true],
])('a path %s is one field, whenever it comes', (_how, bytes, isHuffman) => {
  const field = fieldOf(bytes, isHuffman);
  expect(field).toMatchObject({ value: PATH, length: ':path'.length + PATH.length });
  expect(field?.path).toMatchObject({ text: PATH, queryStart: PATH.indexOf('?') });
  expect(fieldOf(Buffer.from(bytes), isHuffman)).toBe(field);
});

test('a broken code is none, whenever it comes', () => {
  for (let i = 0; i < 2; i += 1) expect(fieldOf(Buffer.from('00', 'hex'), true)).toBeNull();
});
