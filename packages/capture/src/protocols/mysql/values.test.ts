import { expect, test } from 'vitest';
import { ByteReader } from '../../decode/byte-reader.ts';
import { Type, UNSIGNED } from './codes.ts';
import { binaryRow, binaryValue, textRow } from './values.ts';

const hex = (text: string): Uint8Array => Buffer.from(text.replaceAll(' ', ''), 'hex');
const column = (type: number, charset = 33, flags = 0) => ({ name: 'a', table: 't', type, charset, flags });

test.each([
  ['TINY', Type.TINY, 0, 'ff', -1],
  ['TINY UNSIGNED', Type.TINY, UNSIGNED, 'ff', 255],
  ['SHORT', Type.SHORT, 0, 'feff', -2],
  ['LONG', Type.LONG, 0, '07000000', 7],
  ['LONGLONG past 2^53 keeps its digits', Type.LONGLONG, 0, 'ffffffffffffff7f', '9223372036854775807'],
  ['DOUBLE', Type.DOUBLE, 0, '182d4454fb210940', Math.PI],
  ['FLOAT', Type.FLOAT, 0, '0000c03f', 1.5],
  ['VAR_STRING', Type.VAR_STRING, 0, '03 68c3a9', 'hé'],
  ['DATE', Type.DATE, 0, '04 e807 02 03', '2024-02-03'],
  ['DATETIME', Type.DATETIME, 0, '07 e807 02 03 04 05 06', '2024-02-03 04:05:06'],
  ['DATETIME with micros', Type.DATETIME, 0, '0b e807 02 03 04 05 06 40e20100', '2024-02-03 04:05:06.123456'],
  ['DATETIME of zeros', Type.DATETIME, 0, '00', '0000-00-00 00:00:00'],
  ['TIME', Type.TIME, 0, '08 01 01000000 02 03 04', '-26:03:04'],
  ['TIME with micros', Type.TIME, 0, '0c 00 00000000 02 03 04 40e20100', '02:03:04.123456'],
  ['TIME of zeros', Type.TIME, 0, '00', '00:00:00'],
  ['BIT', Type.BIT, 0, '01 05', '0x05'],
  ['NULL', Type.NULL, 0, '', null],
  ['a length that lies', Type.VAR_STRING, 0, 'fe ffffffffffffffff 61', 'a'],
])('binary %s', (_name, type, flags, bytes, expected) => {
  expect(binaryValue(new ByteReader(hex(bytes)), column(type, 33, flags))).toBe(expected);
});

test.each([
  ['a number', Type.LONG, 33, '02 3432', 42],
  ['a big number', Type.LONGLONG, 33, '13 39323233333732303336383534373735383037', '9223372036854775807'],
  ['a decimal keeps its digits', 246, 33, '05 31392e3930', '19.90'],
  ['text', Type.VAR_STRING, 33, '03 68c3a9', 'hé'],
  ['bytes', Type.BLOB, 63, '02 00ff', '0x00ff'],
  ['text of a function that is declared binary', Type.VAR_STRING, 63, '02 6869', 'hi'],
  ['NULL', Type.VAR_STRING, 33, 'fb', null],
])('text %s', (_name, type, charset, bytes, expected) => {
  expect(textRow(new ByteReader(hex(bytes)), [column(type, charset)])).toEqual([expected]);
});

test('a binary row tells what is NULL from its third bit on', () => {
  // 00, the bitmap (column 2 is NULL), 1, 3
  const columns = [Type.TINY, Type.TINY, Type.TINY].map((type) => column(type));
  expect(binaryRow(new ByteReader(hex('00 08 01 03')), columns)).toEqual([1, null, 3]);
});

test('a row that is cut has the values that were whole', () => {
  const columns = [Type.LONG, Type.LONG].map((type) => column(type));
  expect(binaryRow(new ByteReader(hex('00 00 07000000 08')), columns)[0]).toBe(7);
  expect(textRow(new ByteReader(hex('01 37')), columns)).toEqual([7]);
});
