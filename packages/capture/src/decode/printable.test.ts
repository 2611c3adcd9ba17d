import fc from 'fast-check';
import { expect, test } from 'vitest';
import { beginOf, printable } from './printable.ts';

test.each([
  ['text as it is', Buffer.from('grüße\n'), 'grüße\n'],
  ['odd bytes escaped, the text between them readable', Uint8Array.of(0, 0xff, 0x61, 0x62, 0x5c), '\\x00\\xffab\\x5c'],
  ['nothing', new Uint8Array(0), ''],
])('%s', (_, bytes, expected) => {
  expect(printable(bytes)).toBe(expected);
});

test('the beginning of a long value shows what all of it would', () => {
  const unit = fc.constantFrom('a', 'ä', '€', '😀');
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 60 }), fc.nat(8), (text, characters) => {
      const bytes = Buffer.from(text);
      const begin = beginOf(bytes, characters);
      expect(printable(begin).slice(0, characters)).toBe(text.slice(0, characters));
      expect(printable(begin).length > characters).toBe(text.length > characters);
    }),
  );
  expect(beginOf(Buffer.alloc(10_000, 0xbf), 100).length).toBeLessThanOrEqual(404);
});
