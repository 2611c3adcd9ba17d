import fc from 'fast-check';
import { expect, test } from 'vitest';
import { JsonWriter, piece } from '../../json/json-writer.ts';
import { merged } from './describe.ts';
import { onlyOf, writeLists } from './written-lists.ts';

test('both lists are written as the one they are described as', () => {
  const json = new JsonWriter();
  const opening = piece(',"offset":[');
  const values = fc.uniqueArray(fc.oneof(fc.nat(4), fc.constantFrom('9007199254740993', 'a "b"')), { maxLength: 4 });
  fc.assert(
    fc.property(values, values, (one, other) => {
      json.length = 0;
      writeLists(json, opening, one, other);
      const both = merged(one, other);
      expect(Buffer.from(json.written()).toString()).toBe(both.length === 0 ? '' : `,"offset":${JSON.stringify(both)}`);
    }),
  );
});

test('the only value of two lists is found', () => {
  const values = fc.uniqueArray(fc.nat(2), { maxLength: 2 });
  fc.assert(
    fc.property(values, values, (one, other) => {
      const both = merged(one, other);
      expect(onlyOf(one, other)).toBe(both.length === 1 ? both[0] : undefined);
    }),
  );
});
