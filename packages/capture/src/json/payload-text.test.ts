import fc from 'fast-check';
import { expect, test } from 'vitest';
import { plainPayload } from '../decode/payload.ts';
import { JsonWriter } from './json-writer.ts';
import { writePayload } from './payload-text.ts';

test('a payload is written as the JSON of what is shown of it, text or not', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 20 }),
    fc.string({ unit: 'grapheme', minLength: 1 }).map((text) => Buffer.from(text)),
    fc
      .string({ unit: fc.constantFrom(...'{"a":1}\n\t\u0001'.split('')), minLength: 1 })
      .map((text) => Buffer.from(text)),
  );
  fc.assert(
    fc.property(bytes, (value) => {
      const json = new JsonWriter();
      writePayload(json, Uint8Array.of(0xff, ...value, 0xff), 1, value.length + 1);
      const shown = plainPayload(value, { size: value.length, isCut: false, limit: value.length });
      expect(Buffer.from(json.written()).toString()).toBe(JSON.stringify(shown));
    }),
    { numRuns: 500 },
  );
});
