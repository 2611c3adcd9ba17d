import { expect, test } from 'vitest';
import { hexBytes } from '../../decode/hex.ts';
import { readName, skipName } from './names.ts';

const label = (text: string) => {
  const bytes = new TextEncoder().encode(text);
  return Buffer.from([bytes.length, ...bytes]).toString('hex');
};

test.each([
  ['the root', '00', 0, '.'],
  ['labels', `${label('www')}${label('example')}00`, 0, 'www.example'],
  ['a pointer to the start', `${label('example')}00${label('www')}c000`, 9, 'www.example'],
  ['a pointer to a pointer', `${label('a')}00${label('b')}c000${label('c')}c003`, 7, 'c.b.a'],
  ['a dot in a label', `${label('a.b')}00`, 0, String.raw`a\.b`],
  ['a space and UTF-8, as mDNS has', `${label('Café Printer')}${label('local')}00`, 0, 'Café Printer.local'],
  ['octets that are no text', '03ff0041' + '00', 0, String.raw`\255\000A`],
  ['case is kept', `${label('ExAmple')}00`, 0, 'ExAmple'],
])('%s', (_name, hex, offset, expected) => {
  const bytes = hexBytes(hex)!;
  const name = readName(bytes, offset);
  expect(name?.text).toBe(expected);
  expect(name?.end).toBe(skipName(bytes, offset, bytes.length));
});

test.each([
  ['nothing', '', 0],
  ['no end', label('www'), 0],
  ['a label past the end', '05414243', 0],
  ['a pointer to itself', 'c000', 0],
  ['a pointer forwards', 'c00200', 0],
  ['two pointers at each other', 'c002c000', 2],
  ['half a pointer', 'c0', 0],
  ['a reserved label type', '804100', 0],
  ['more than 255 octets', `${label('a'.repeat(63)).repeat(5)}00`, 0],
])('refuses %s', (_name, hex, offset) => {
  expect(readName(hexBytes(hex)!, offset)).toBeNull();
});
