import { expect, test } from 'vitest';
import { pathOfLiteral } from './path-literal.ts';

const PATH = '/orders?page=2';
const plain = Buffer.from(PATH);
const huffman = Buffer.from('60f6485b11fe56398b00bf', 'hex');
const pathOf = (bytes: Buffer, isHuffman: boolean) => pathOfLiteral({ bytes, start: 0, end: bytes.length, isHuffman });

test.each([
  ['as it is', plain, false],
  ['in Huffman code', huffman, true],
])('a path %s is one, whenever it comes', (_how, bytes, isHuffman) => {
  const path = pathOf(bytes, isHuffman);
  expect(path?.text).toBe(PATH);
  const { start = 0, end = 0, queryStart = 0 } = path ?? {};
  expect([end - start, queryStart - start]).toEqual([PATH.length, PATH.indexOf('?')]);
  expect(Buffer.from(path?.bytes ?? []).toString('latin1', start, end)).toBe(PATH);
  expect(pathOf(Buffer.from(bytes), isHuffman)).toBe(path);
});

test('a broken code is none, whenever it comes', () => {
  for (let i = 0; i < 2; i += 1) expect(pathOf(Buffer.from('00', 'hex'), true)).toBeNull();
});
