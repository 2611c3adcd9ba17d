import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { PlannedCall } from './call.ts';
import { type Pace, paced } from './pace.ts';

const calls = (...offsets: number[]) => offsets.map((offset, index) => ({ index, offset }) as PlannedCall);
const dues = (list: readonly PlannedCall[], pace: Pace) => [...paced(list, pace)].map(({ due }) => Math.round(due));

test.each<[string, Pace, number[]]>([
  ['as recorded', {}, [0, 100, 400]],
  ['twice as fast', { speed: 2 }, [0, 50, 200]],
  ['as fast as can be', { speed: 'max' }, [0, 0, 0]],
  ['at a rate', { rate: 10 }, [0, 100, 200]],
  ['twice over', { loops: 2 }, [0, 100, 400, 410, 510, 810]],
  ['for a time', { loops: 9, durationSeconds: 0.41 }, [0, 100, 400, 410]],
])('%s', (_name, pace, expected) => {
  expect(dues(calls(0, 100, 400), pace)).toEqual(expected);
});

test('a ramp reaches its rate at its end and never goes back in time', () => {
  const rising = [...paced(calls(0), { rate: 100, rampSeconds: 2, loops: 500 })].map(({ due }) => due);
  // Half the rate on average while it rises.
  expect(rising.filter((due) => due < 2_000)).toHaveLength(100);
  expect(rising.filter((due) => due >= 3_000 && due < 3_999)).toHaveLength(100);
  expect(rising).toEqual(rising.toSorted((a, b) => a - b));
});

test('a plan is due in its own order, whatever the pace', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(10_000), { maxLength: 50 }).map((list) => list.toSorted((a, b) => a - b)),
      fc.record({ speed: fc.double({ min: 0.1, max: 100, noNaN: true }), loops: fc.integer({ min: 1, max: 3 }) }),
      (offsets, pace) => {
        const list = [...paced(calls(...offsets), pace)].map(({ due }) => due);
        expect(list).toHaveLength(offsets.length * pace.loops);
        expect(list).toEqual(list.toSorted((a, b) => a - b));
      },
    ),
  );
});

test('nothing is due of nothing', () => expect(dues([], { loops: 1_000_000_000 })).toEqual([]));
