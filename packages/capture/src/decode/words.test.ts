import fc from 'fast-check';
import { expect, test } from 'vitest';
import { areSame } from './words.ts';

test('the same bytes are found to be the same, wherever they lie, and no others', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 20 }), fc.nat(3), fc.nat(3), fc.nat(30), (bytes, before, after, changed) => {
      const some = Uint8Array.from([...new Uint8Array(before), ...bytes]);
      const others = Uint8Array.from([...new Uint8Array(after), ...bytes, 1]);
      expect(areSame(some, before, others, after, bytes.length)).toBe(true);
      if (changed >= bytes.length) return;
      others[after + changed] = (others[after + changed] ?? 0) ^ 1;
      expect(areSame(some, before, others, after, bytes.length)).toBe(false);
    }),
  );
});
