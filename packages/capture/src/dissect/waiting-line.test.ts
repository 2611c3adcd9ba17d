import fc from 'fast-check';
import { expect, test } from 'vitest';
import { WaitingLine } from './waiting-line.ts';

const aStep = fc.oneof(
  fc.record({ kind: fc.constant('push' as const), key: fc.nat(5) }),
  fc.record({ kind: fc.constant('remove' as const), key: fc.nat(5) }),
);

test('what waits is found by its number, in the order it came', () => {
  fc.assert(
    fc.property(fc.array(aStep, { maxLength: 80 }), (steps) => {
      const line = new WaitingLine<{ readonly key: number }>();
      const plain: { readonly key: number }[] = [];
      for (const { kind, key } of steps) {
        const position = plain.findIndex((item) => item.key === key);
        expect(line.find(key)).toBe(position);
        expect(line.find(key, position + 1)).toBe(plain.findIndex((item, at) => at > position && item.key === key));
        if (kind === 'push') {
          const item = { key };
          line.push(key, item);
          plain.push(item);
        } else if (position >= 0) {
          line.remove(position);
          plain.splice(position, 1);
        }
        expect(line.length).toBe(plain.length);
        for (const [at, item] of plain.entries()) {
          expect(line.at(at)).toBe(item);
          expect(line.positionOf(item)).toBe(at);
        }
      }
      expect(line.takeAll()).toEqual(plain);
      expect(line.length).toBe(0);
    }),
  );
});
