import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteReader } from '../../decode/byte-reader.ts';
import { JsonWriter } from '../../json/json-writer.ts';
import { skipValue, typeInfo } from './types.ts';
import { readValue } from './values.ts';
import { writeValue } from './written-values.ts';

const MODERN = { hasCollation: true, isModern: true };

function valueIn(hex: string, isColumn = false) {
  const reader = new ByteReader(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
  const type = typeInfo(reader, MODERN);
  if (type === undefined) return 'unknown';
  const passing = new ByteReader(reader.bytes, reader.at);
  const json = new JsonWriter();
  writeValue(json, new ByteReader(reader.bytes, reader.at), type, isColumn);
  const value = readValue(reader, type, isColumn);
  expect(json.isRefused ? 'refused' : Buffer.from(json.written()).toString()).toBe(
    reader.isShort ? 'refused' : JSON.stringify(value),
  );
  skipValue(passing, type, isColumn);
  expect([passing.at, passing.isShort]).toEqual([reader.at, reader.isShort]);
  return reader.isShort ? 'short' : reader.left > 0 ? `${reader.left} left` : value;
}
const collation = '0904d00034';

test.each([
  ['null', '1f', null],
  ['tinyint', '30 ff', 255],
  ['smallint', '34 feff', -2],
  ['int', '38 07000000', 7],
  ['bigint', '7f ffffffffffffff7f', '9223372036854775807'],
  ['int that may be null', '26 04 04 ffffffff', -1],
  ['int that is null', '26 04 00', null],
  ['bit', '68 01 01 01', true],
  ['real', '6d 04 04 0000c03f', 1.5],
  ['float', '6d 08 08 000000000000f8bf', -1.5],
  ['float that is no number', '6d 08 08 000000000000f87f', null],
  ['money', '6e 08 08 00000000 39300000', '1.2345'],
  ['smallmoney', '6e 04 04 c7cfffff', '-1.2345'],
  ['decimal', '6c 05 0902 05 01 39300000', '123.45'],
  ['decimal below zero', '6c 05 0902 05 00 05000000', '-0.05'],
  ['datetime', '3d 00000000 00000000', '1900-01-01T00:00:00.000'],
  ['smalldatetime', '3a 0000 3c00', '1900-01-01T01:00:00'],
  ['date', '28 03 3af90a', '1970-01-01'],
  ['time', '29 03 04 10270000', '00:00:10.000'],
  ['datetime2', '2a 03 07 10270000 3af90a', '1970-01-01T00:00:10.000'],
  ['datetimeoffset', '2b 03 09 10270000 3af90a 3c00', '1970-01-01T00:00:10.000Z'],
  ['uniqueidentifier', '24 10 10 00112233445566778899aabbccddeeff', '33221100-5544-7766-8899-aabbccddeeff'],
  ['varchar', `a7 4000 ${collation} 0200 6162`, 'ab'],
  ['nvarchar', `e7 4000 ${collation} 0400 61006200`, 'ab'],
  ['nvarchar that is null', `e7 4000 ${collation} ffff`, null],
  ['nvarchar(max) in pieces', `e7 ffff ${collation} 0400000000000000 02000000 6100 02000000 6200 00000000`, 'ab'],
  ['nvarchar(max) of unknown length', `e7 ffff ${collation} feffffffffffffff 02000000 6100 00000000`, 'a'],
  ['nvarchar(max) that is null', `e7 ffff ${collation} ffffffffffffffff`, null],
  ['nvarchar(max) that is empty', `e7 ffff ${collation} 0000000000000000 00000000`, ''],
  ['nvarchar(max) beyond ASCII', `e7 ffff ${collation} 0200000000000000 02000000 f600 00000000`, 'ö'],
  ['varchar(max)', `a7 ffff ${collation} 0200000000000000 02000000 6122 00000000`, 'a"'],
  ['varbinary(max)', 'a5 ffff 0200000000000000 02000000 abcd 00000000', 'abcd'],
  ['nvarchar of an odd length', `e7 4000 ${collation} 0300 610062`, 'a\ufffd'],
  ['varchar beyond ASCII', `a7 4000 ${collation} 0200 61e9`, 'a\\xe9'],
  ['bigint below zero', '26 08 08 ffffffffffffffff', -1],
  ['bigint that a number holds', '26 08 08 ffffffffffff1f00', 9007199254740991],
  ['bigint that none holds', '7f 0000000000002000', '9007199254740992'],
  ['smallint that may be null', '26 02 02 0080', -32768],
  ['tinyint that may be null', '26 01 01 ff', 255],
  ['bit that is not set', '32 00', false],
  ['varbinary', 'a5 4000 0200 abcd', 'abcd'],
  ['xml', 'f1 00 0200000000000000 02000000 6100 00000000', 'a'],
  ['sql_variant of an int', '62 0c000000 06000000 38 00 07000000', 7],
  ['sql_variant that is null', '62 0c000000 00000000', null],
  ['a type nobody knows', '99 00', 'unknown'],
  ['a value that is cut', '38 0700', 'short'],
  ['a length that lies', 'a5 4000 ff00 abcd', 'short'],
  ['pieces without end', `e7 ffff ${collation} feffffffffffffff 02000000 6100`, 'short'],
])('%s', (_, hex, expected) => {
  expect(valueIn(hex)).toEqual(expected);
});

const formats = [
  '26 08',
  '68 01',
  '6d 08',
  `a7 4000 ${collation}`,
  `e7 4000 ${collation}`,
  `e7 ffff ${collation}`,
  '62 0c000000',
];
test('any bytes are written as they are read, passed over as they are read, or refused', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...formats, '24 10', '6e 08', '2a 07', '6c 05 0902'),
      fc.uint8Array({ maxLength: 40 }),
      (type, bytes) => {
        expect(() => valueIn(`${type}${Buffer.from(bytes).toString('hex')}`)).not.toThrow();
      },
    ),
    { numRuns: 2000 },
  );
});

test('text of a column has a pointer before it', () => {
  expect(valueIn(`23 ffffff7f ${collation} 02 aabb 0000000000000000 02000000 6162`, true)).toBe('ab');
  expect(valueIn(`23 ffffff7f ${collation} 00`, true)).toBeNull();
});
