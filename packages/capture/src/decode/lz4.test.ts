import { expect, test } from 'vitest';
import { Unlz4Room, unlz4Frame, unlz4Into } from './lz4.ts';

const hex = (digits: string) => new Uint8Array(Buffer.from(digits.replaceAll(' ', ''), 'hex'));
const HEADER = '04224d18 60 40 82'; // magic, flags (version 1, independent blocks), block size, header checksum
const room = new Unlz4Room();
const text = (frame: string, limit = 1000) => {
  const result = unlz4Frame(hex(frame), limit);
  const told = result === null ? null : [Buffer.from(result.bytes).toString(), result.isWhole];
  // The same in the middle of other bytes, into room that was used before.
  const bytes = hex(`aa${frame}aa`);
  const isDone = unlz4Into(room, { bytes, start: 1, end: bytes.length - 1 }, limit);
  expect(isDone ? [Buffer.from(room.bytes.subarray(0, room.length)).toString(), !room.isCut] : null).toEqual(told);
  return told;
};
/** `a`, then a match of 4 + 15 + 255 + 0 bytes one byte back, then five literals. */
const LONG_MATCH = '1f 61 0100 ff00 50 6263646566';

test.each([
  ['an uncompressed block', `${HEADER} 03000080 616263 00000000`, ['abc', true]],
  ['literals only', `${HEADER} 04000000 30616263 00000000`, ['abc', true]],
  // Three literals, then a match of six bytes three back, then five literals.
  ['a match', `${HEADER} 0c000000 32 616263 0300 50 7878787878 00000000`, ['abcabcabcxxxxx', true]],
  [
    'a match of long length over itself',
    `${HEADER} 0c000000 ${LONG_MATCH} 00000000`,
    [`${'a'.repeat(275)}bcdef`, true],
  ],
  ['two blocks', `${HEADER} 02000080 6162 01000080 63 00000000`, ['abc', true]],
  ['a content size', `04224d18 68 40 0300000000000000 82 03000080 616263 00000000`, ['abc', true]],
  ['block checksums', `04224d18 70 40 82 03000080 616263 11223344 00000000`, ['abc', true]],
  ['another magic', '04224d19 60 40 82 00000000', null],
  ['a block that is cut off', `${HEADER} 09000080 616263`, null],
  ['no end', `${HEADER} 03000080 616263`, null],
  ['a match before the beginning', `${HEADER} 06000000 10 61 0900 10 62 00000000`, null],
  ['a match of distance 0', `${HEADER} 06000000 10 61 0000 10 62 00000000`, null],
  ['literals that are not there', `${HEADER} 02000000 f0 61 00000000`, null],
  ['nothing', '', null],
])('%s', (_, frame, expected) => {
  expect(text(frame)).toEqual(expected);
});

test('a bomb stops at the limit', () => {
  expect(text(`${HEADER} 0c000000 ${LONG_MATCH} 00000000`, 10)).toEqual(['a'.repeat(10), false]);
});
