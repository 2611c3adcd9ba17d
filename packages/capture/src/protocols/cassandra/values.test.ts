import { expect, test } from 'vitest';
import { ByteReader } from '../../decode/byte-reader.ts';
import { type CqlType, cqlValue, typeOf, untypedValue } from './values.ts';

const hex = (digits: string) => new Uint8Array(Buffer.from(digits.replaceAll(' ', ''), 'hex'));
const type = (digits: string): CqlType => typeOf(new ByteReader(hex(digits)));

test.each([
  ['bigint', '0002', '0000000000000007', 7],
  ['bigint beyond what a number holds', '0002', '7fffffffffffffff', '9223372036854775807'],
  ['counter', '0005', 'ffffffffffffffff', -1],
  ['blob', '0003', '00ff', '0x00ff'],
  ['boolean', '0004', '01', true],
  ['decimal', '0006', '00000002 07c6', '19.90'],
  ['decimal below one', '0006', '00000003 ff', '-0.001'],
  ['decimal with zeros behind it', '0006', 'fffffffe 05', '500'],
  ['double', '0007', '3ff8000000000000', 1.5],
  ['float that is no number', '0008', '7fc00000', 'NaN'],
  ['int', '0009', 'ffffffff', -1],
  ['timestamp', '000b', '0000000000000000', '1970-01-01T00:00:00.000Z'],
  ['uuid', '000c', '00112233445566778899aabbccddeeff', '00112233-4455-6677-8899-aabbccddeeff'],
  ['text', '000d', '6869', 'hi'],
  ['varint', '000e', 'ff00', -256],
  ['inet', '0010', '0a000001', '10.0.0.1'],
  ['date', '0011', '80000001', '1970-01-02'],
  ['time', '0012', '0000000000000005', '5 ns'],
  ['smallint', '0013', 'fffe', -2],
  ['tinyint', '0014', '7f', 127],
  ['list<int>', '0020 0009', '00000002 00000004 00000001 ffffffff', [1, null]],
  ['set<text>', '0022 000d', '00000001 00000001 61', ['a']],
  ['map<text, int>', '0021 000d 0009', '00000001 00000001 61 00000004 00000007', [['a', 7]]],
  ['tuple<int, text>', '0031 0002 0009 000d', '00000004 00000001 00000001 62', [1, 'b']],
  ['a user-defined type', '0030 0001 6b 0001 74 0001 0001 78 0009', '00000004 00000005', { x: 5 }],
  ['a value of the wrong size', '0009', 'ff', '0xff'],
  ['a custom type', '0000 0001 41', '61', 'a'],
  ['a type nobody knows', '00aa', '61', 'a'],
])('%s', (_, of, bytes, expected) => {
  expect(cqlValue(hex(bytes), type(of))).toEqual(expected);
});

test('types inside types are bounded, and so are lists whose count lies', () => {
  const reader = new ByteReader(hex('0020'.repeat(40)));
  typeOf(reader);
  expect(reader.isShort).toBe(true);
  expect(cqlValue(hex('7fffffff 00000004 00000001'), type('0020 0009'))).toEqual([1]);
});

test('a value whose type nobody told is text where it is text', () => {
  expect([untypedValue(hex('6869')), untypedValue(hex('0001'))]).toEqual(['hi', '0x0001']);
});
