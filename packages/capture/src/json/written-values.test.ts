import fc from 'fast-check';
import { expect, test } from 'vitest';
import { plainPayload } from '../decode/payload.ts';
import { JsonWriter } from './json-writer.ts';
import { insideQuotes, writeBody, writeUtf8 } from './written-values.ts';

function written(write: (json: JsonWriter) => void): string {
  const json = new JsonWriter();
  write(json);
  return Buffer.from(json.written()).toString('utf8');
}

const text = fc.string({ unit: 'binary', maxLength: 60 });
const control = fc.integer({ min: 0, max: 0x7f }).map((code) => Buffer.of(0x7b, code, 0x22));
const anyBytes = fc.oneof(
  fc.uint8Array({ maxLength: 60 }),
  text.map((value) => new Uint8Array(Buffer.from(value))),
  control,
);

test('a text out of bytes is the text they decode to', () => {
  fc.assert(
    fc.property(anyBytes, fc.nat(5), (bytes, skipped) => {
      const start = Math.min(skipped, bytes.length);
      const expected = JSON.stringify(Buffer.from(bytes.subarray(start)).toString('utf8'));
      expect(written((json) => writeUtf8(json, bytes, start, bytes.length))).toBe(expected);
      expect(`"${Buffer.from(insideQuotes(JSON.parse(expected) as string)).toString()}"`).toBe(expected);
    }),
  );
});

test('a payload is what plainPayload makes of it', () => {
  const facts = fc.record({
    more: fc.nat(3),
    isCut: fc.boolean(),
    limit: fc.integer({ min: 0, max: 70 }),
    mime: fc.constantFrom('', 'text/plain', 'application/json', 'image/png', 'x/"y"'),
  });
  fc.assert(
    fc.property(anyBytes, facts, (bytes, { more, ...rest }) => {
      const size = bytes.length + more;
      if (size === 0) return;
      const place = { bytes: Buffer.concat([Buffer.of(1), bytes, Buffer.of(2)]), from: 1, to: bytes.length + 1 };
      const expected = `,"body":${JSON.stringify(plainPayload(bytes, { size, ...rest }))}`;
      expect(written((json) => writeBody(json, place, { size, ...rest }))).toBe(expected);
    }),
    { numRuns: 500 },
  );
});
