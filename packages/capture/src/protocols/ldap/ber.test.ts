import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Elements, headAt, integerIn } from './ber.ts';

const bytes = (...octets: number[]) => Uint8Array.from(octets);

test.each<[string, number[], ReturnType<typeof headAt>]>([
  ['a short length', [0x04, 3, 1, 2, 3], { tag: 0x04, start: 2, end: 5 }],
  ['a long length', [0x30, 0x82, 0x01, 0x00], { tag: 0x30, start: 4, end: 260 }],
  ['a length with leading zeros, as Windows writes it', [0x30, 0x84, 0, 0, 0, 5], { tag: 0x30, start: 6, end: 11 }],
  ['nothing yet', [0x30], undefined],
  ['half a length', [0x30, 0x84, 0, 0], undefined],
  ['an indefinite length', [0x30, 0x80], 'bad'],
  ['a length of five bytes', [0x30, 0x85, 0, 0, 0, 0, 1], 'bad'],
  ['a tag of several bytes', [0x1f, 0x81], 'bad'],
])('the head of an element: %s', (_, octets, head) => {
  expect(headAt(bytes(...octets), 0)).toEqual(head);
});

test.each<[number[], number | undefined]>([
  [[5], 5],
  [[0xff], -1],
  [[0x80, 0x00], -32768],
  [[0x7f, 0xff, 0xff, 0xff], 2 ** 31 - 1],
  [[], undefined],
  [[1, 2, 3, 4, 5, 6, 7], undefined],
])('the number %j is %s', (octets, value) => {
  expect(integerIn(bytes(...octets), { tag: 2, start: 0, end: octets.length })).toBe(value);
});

test('walking over any bytes ends, inside them', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (any) => {
      const all = new Elements(any);
      let last = 0;
      for (let one = all.next(); one !== undefined; one = all.next()) {
        expect(one.end).toBeLessThanOrEqual(any.length);
        expect(one.start).toBeGreaterThan(last);
        last = one.end;
      }
    }),
  );
});
