import fc from 'fast-check';
import { expect, test } from 'vitest';
import { answerIn, MAX_ANSWER_BYTES, mayBeAnswer } from './jetstream.ts';

const part = fc.constantFrom(
  ...['"seq"', '"type"', '"err_code"', '"stream"', '"', '\\', ',', 'lorem ipsum', 'se', 'ä', '"s', '7'],
);

test('what may be an answer has a key that tells, or an escape, wherever it stands', () => {
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), fc.nat(3), (parts, before) => {
      const text = `{${parts.join('')}`;
      const bytes = Buffer.from(`${' '.repeat(before)}${text}  "type"`);
      const expected = /\\|"(?:se|ty|er)/.test(text.slice(1));
      expect(mayBeAnswer(bytes, before, before + Buffer.byteLength(text))).toBe(expected);
    }),
    { numRuns: 2000 },
  );
});

test('a payload longer than any answer is none', () => {
  const answer = (length: number) => Buffer.from('{"stream":"S","seq":4}'.padEnd(length));
  expect(answerIn(answer(MAX_ANSWER_BYTES))).toEqual({ stream: 'S', sequence: 4 });
  expect(answerIn(answer(MAX_ANSWER_BYTES + 1))).toBeUndefined();
  expect(mayBeAnswer(answer(MAX_ANSWER_BYTES), 0, MAX_ANSWER_BYTES)).toBe(true);
  expect(mayBeAnswer(answer(MAX_ANSWER_BYTES + 1), 0, MAX_ANSWER_BYTES + 1)).toBe(false);
});
