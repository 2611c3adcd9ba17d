import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Held, HeldSegments } from './held-segments.ts';
import { advance, distance } from './sequence.ts';

const WINDOW = 200;

/** A segment whose bytes all are its number, so that what came first can be told. */
const segment = (sequence: number, length: number, number: number, cut = 0): Held => ({
  sequence,
  bytes: new Uint8Array(length - cut).fill(number),
  length,
  acknowledged: 0,
  at: number,
});

function taken(held: HeldSegments): Held[] {
  const pieces: Held[] = [];
  for (let first = held.first; first !== undefined; first = held.first) {
    pieces.push({ ...first });
    expect(held.shift()).toBe(held.first === undefined);
  }
  return pieces;
}

test('whatever order and overlap: what came first wins, in order, and memory is given back', () => {
  const sent = fc.array(fc.tuple(fc.nat(WINDOW), fc.integer({ min: 1, max: 40 })), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(sent, fc.nat(0xffff_ffff), (segments, begin) => {
      const budget = { used: 7 };
      const held = new HeldSegments(budget);
      const expected = new Map<number, number>();
      let overlaps = 0;
      for (const [number, [at, length]] of segments.entries()) {
        overlaps += held.add(segment(advance(begin, at), length, number));
        for (let i = at; i < at + length; i++) if (!expected.has(i)) expected.set(i, number);
      }
      const sum = segments.reduce((bytes, [, length]) => bytes + length, 0);
      expect(overlaps > 0).toBe(expected.size < sum);
      expect(budget.used).toBe(7 + held.size);
      const found: [number, number][] = [];
      for (const { sequence, bytes, length } of taken(held)) {
        expect(bytes.length).toBe(length);
        for (const [i, byte] of bytes.entries()) found.push([distance(sequence, begin) + i, byte]);
      }
      expect(found).toEqual([...expected].toSorted(([a], [b]) => a - b));
      expect([held.size, budget.used]).toEqual([0, 7]);
    }),
  );
});

test('a segment that the snap length cut keeps its length', () => {
  const held = new HeldSegments({ used: 0 });
  held.add(segment(110, 10, 1));
  expect(held.add(segment(100, 30, 2, 22))).toBe(1);
  expect(taken(held).map(({ sequence, length, bytes }) => [sequence, length, [...bytes]])).toEqual([
    [100, 10, Array(8).fill(2)],
    [110, 10, Array(10).fill(1)],
    [120, 10, []],
  ]);
});

test('small segments count with what they cost beside their bytes', () => {
  const budget = { used: 0 };
  const held = new HeldSegments(budget);
  for (let i = 0; i < 100; i++) held.add(segment(2 * ((i * 37) % 100), 1, i));
  expect(held.size).toBe(100 * (1 + 160));
  held.clear();
  expect([held.size, held.first, budget.used]).toEqual([0, undefined, 0]);
});
