import { expect, test } from 'vitest';
import { HighWater } from './duplicates.ts';

/** An id of an agent: its number is the low 12 bits. */
const id = (micros: number, agent: number) => String(BigInt(micros) * 4096n + BigInt(agent));

test('ids above what was stored at the start and above the last of their agent are new', () => {
  const water = new HighWater(id(100, 7));
  expect(water.take(id(100, 7))).toBe(false);
  expect(water.take(id(100, 8))).toBe(true);
  expect(water.take(id(101, 7))).toBe(true);
  expect(water.take(id(101, 7))).toBe(false);
  expect(water.take(id(101, 8))).toBe(true);
  expect(water.take(id(99, 1))).toBe(false);
});

test('after a doubt everything taken so far has to be looked up', () => {
  const water = new HighWater('0');
  water.take(id(50, 1));
  water.doubt();
  expect(water.take(id(50, 1))).toBe(false);
  expect(water.take(id(49, 2))).toBe(false);
  expect(water.take(id(51, 1))).toBe(true);
});
