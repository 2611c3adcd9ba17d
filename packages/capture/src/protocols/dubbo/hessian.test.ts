import { expect, test } from 'vitest';
import { HessianReader, MAX_DEPTH, MAX_VALUES } from './hessian.ts';

const read = (hex: string) => {
  const reader = new HessianReader(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
  const value = reader.value();
  return reader.isOver ? 'over' : reader.left > 0 ? `${reader.left} left` : value;
};

test.each([
  ['null', '4e', null],
  ['true', '54', true],
  ['false', '46', false],
  ['an int in one byte', '80', -16],
  ['an int in two', 'c7 00', -256],
  ['an int in three', 'd0 00 00', -262_144],
  ['an int', '49 fffffffe', -2],
  ['a long in one byte', 'd8', -8],
  ['a long in two', 'f0 00', -2048],
  ['a long in three', '38 00 00', -262_144],
  ['a long in four', '59 00000007', 7],
  ['a long', '4c 0000010000000000', 2 ** 40],
  ['a long that is no exact number', '4c 7fffffffffffffff', '9223372036854775807'],
  ['a double of 0', '5b', 0],
  ['a double of 1', '5c', 1],
  ['a double in a byte', '5d 80', -128],
  ['a double in a short', '5e 8000', -32_768],
  ['a double in thousandths', '5f 000005dc', 1.5],
  ['a double', '44 3ff8000000000000', 1.5],
  ['a double that is no number', '44 7ff8000000000000', 'NaN'],
  ['a date in ms', '4a 0000018bcfe56800', '2023-11-14T22:13:20.000Z'],
  ['a date in minutes', '4b 00000001', '1970-01-01T00:01:00.000Z'],
  ['a date beyond all time', '4a 7fffffffffffffff', '9223372036854776000 ms'],
  ['a short text', '02 6869', 'hi'],
  ['a text of letters that are two bytes', '02 c3b6c39f', 'öß'],
  ['a text in two pieces', '52 0002 6869 53 0001 21', 'hi!'],
  ['a longer text', '30 02 6869', 'hi'],
  ['binary', '22 abcd', '2 bytes'],
  ['binary in two pieces', '41 0002 abcd 42 0001 ef', '3 bytes'],
  ['a list of known length', '7a 91 92', [1, 2]],
  ['a list of a type', '71 04 4c697374 91', [1]],
  ['a list up to its end', '57 91 92 5a', [1, 2]],
  ['a list with its length before it', '58 92 91 92', [1, 2]],
  ['a map', '48 01 61 91 5a', { a: 1 }],
  ['a map of a type', '4d 01 54 01 61 91 5a', { a: 1 }],
  ['a map whose keys are numbers', '48 91 92 5a', { 1: 2 }],
  ['an object', '43 01 41 92 01 61 01 62 60 91 92', { class: 'A', a: 1, b: 2 }],
  ['a value that stood before', '51 90', '#0'],
  ['nothing', '', 'over'],
  ['a code nobody knows', '50', 'over'],
  ['an int that is cut', '49 0000', 'over'],
  ['a text longer than what is here', '05 6869', 'over'],
  ['a list without its end', '57 91', 'over'],
  ['a list longer than what is here', '58 49 7fffffff 91', 'over'],
  ['an object of no class', '6f', 'over'],
  ['a class with too many fields', '43 01 41 49 7fffffff', 'over'],
  ['a negative count', '58 8f 91', 'over'],
])('%s', (_, hex, expected) => {
  expect(read(hex)).toEqual(expected);
});

test('lists in lists and values without end stop at the limits', () => {
  expect(read('79'.repeat(MAX_DEPTH * 4))).toBe('over');
  expect(read(`57${'90'.repeat(2 * MAX_VALUES)}5a`)).toBe('over');
});
