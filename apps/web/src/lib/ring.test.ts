import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Ring } from './ring.ts';

test('holds what a plain array would hold, at positions that do not move', () => {
  const change = fc.record({ front: fc.boolean(), rows: fc.array(fc.nat(99), { maxLength: 9 }) });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 12 }), fc.array(change, { maxLength: 30 }), (capacity, changes) => {
      const ring = new Ring<number>(capacity);
      let model: number[] = [];
      for (const { front, rows } of changes) {
        const newest = ring.at(ring.end - 1);
        const newestAt = ring.end - 1;
        if (front) {
          const room = capacity - model.length;
          model = [...(room === 0 ? [] : rows.slice(-room)), ...model];
          ring.unshift(rows);
          if (newest !== undefined) expect(ring.at(newestAt)).toBe(newest);
        } else {
          model = [...model, ...rows].slice(-capacity);
          ring.push(rows);
        }
        const revised = (row: number) => (row % 7 === 3 ? undefined : row % 5 === 1 ? row + 1 : row);
        model = model.flatMap((row) => revised(row) ?? []);
        ring.revise(revised);
        expect(ring.toArray()).toEqual(model);
        expect(ring.size).toBe(model.length);
        expect(ring.at(ring.start - 1)).toBeUndefined();
        expect(ring.at(ring.end)).toBeUndefined();
      }
    }),
  );
});
