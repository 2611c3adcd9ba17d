import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Interner } from './interner.ts';
import { Slab } from './slab.ts';

test('an interner gives what its function gives, through floods of new values', () => {
  let made = 0;
  const interner = new Interner((text) => {
    made++;
    return `<${text}>`;
  });
  for (let i = 0; i < 20_000; i++) {
    const bytes = Buffer.from(`GET /products/${i % 10_000}`);
    expect(interner.of(bytes, 4, bytes.length)).toBe(`</products/${i % 10_000}>`);
  }
  const before = made;
  const again = Buffer.from('/products/9999');
  expect(interner.of(again, 0, again.length)).toBe('</products/9999>');
  expect(made).toBe(before);
});

test('a slab keeps every copy as it was', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 6000 }), { maxLength: 60 }), (pieces) => {
      const slab = new Slab();
      const copies = pieces.map((piece) => slab.keep(piece));
      expect(copies.map((copy) => [...copy])).toEqual(pieces.map((piece) => [...piece]));
    }),
    { numRuns: 30 },
  );
});
