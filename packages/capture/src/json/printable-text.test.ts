import fc from 'fast-check';
import { expect, test } from 'vitest';
import { printable } from '../decode/printable.ts';
import { JsonWriter } from './json-writer.ts';
import { writePrintable } from './printable-text.ts';

test('bytes are written as the JSON of what is shown of them, text or not', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 20 }),
    fc.string({ unit: 'grapheme' }).map((text) => Buffer.from(text)),
    fc
      .string({ unit: fc.constantFrom('ü', '€', '😀', '"', '\\', '\n', '\u2028', '\ufeff', 'a') })
      .map((text) => Buffer.from(text)),
  );
  fc.assert(
    fc.property(bytes, (value) => {
      const json = new JsonWriter();
      writePrintable(json, Uint8Array.of(0xff, ...value, 0xff), 1, value.length + 1);
      expect(Buffer.from(json.written()).toString()).toBe(JSON.stringify(printable(value)));
    }),
    { numRuns: 500 },
  );
});
