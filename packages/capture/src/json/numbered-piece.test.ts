import fc from 'fast-check';
import { expect, test } from 'vitest';
import { piece } from './json-writer.ts';
import { NumberedPiece } from './numbered-piece.ts';

const aNumber = fc.oneof(fc.nat(9), fc.nat(1200), fc.nat(), fc.maxSafeNat());
const someNumbers = fc.tuple(aNumber, aNumber, aNumber);

test('numbers stand between their texts, whatever stood there before', () => {
  fc.assert(
    fc.property(fc.array(someNumbers, { maxLength: 8 }), fc.string({ maxLength: 9 }), (rows, text) => {
      const numbered = new NumberedPiece([text, '-', '', text].map(piece));
      expect(Buffer.from(numbered.written).toString()).toBe(`${text}0-00${text}`);
      for (const [a, b, c] of rows) {
        numbered.set(1, b);
        numbered.set(0, a);
        numbered.set(2, c);
        expect(Buffer.from(numbered.written).toString()).toBe(`${text}${a}-${b}${c}${text}`);
      }
    }),
  );
});

test('numbers have as many digits as they were given at least', () => {
  fc.assert(
    fc.property(fc.array(aNumber, { maxLength: 8 }), fc.integer({ min: 1, max: 9 }), (numbers, least) => {
      const numbered = new NumberedPiece(['<', '>'].map(piece), [least]);
      expect(Buffer.from(numbered.written).toString()).toBe(`<${'0'.repeat(least)}>`);
      for (const number of numbers) {
        numbered.set(0, number);
        expect(Buffer.from(numbered.written).toString()).toBe(`<${String(number).padStart(least, '0')}>`);
      }
    }),
  );
});
