import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteInterner, Interner, MAX_PROBES } from './interner.ts';
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

test('keys chosen to have one hash are not looked for among all of them', () => {
  const multiplier = 0x9e3779b1;
  const wanted = 0x5eed;
  const keys = Array.from({ length: 2000 }, (_, i) => {
    const key = Buffer.alloc(8);
    key.writeInt32LE(i);
    // What the first word leaves is taken back by the second.
    const left = Math.imul(key.length ^ i, multiplier);
    key.writeInt32LE(left ^ (left >>> 15) ^ wanted, 4);
    return key;
  });
  let made = 0;
  const interner = new ByteInterner((bytes, start) => {
    made++;
    return Buffer.from(bytes.subarray(start, start + 4)).readInt32LE();
  });
  for (let pass = 0; pass < 2; pass++) for (const [i, key] of keys.entries()) expect(interner.of(key, 0, 8)).toBe(i);
  expect(made).toBe(2 * keys.length - MAX_PROBES);
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
