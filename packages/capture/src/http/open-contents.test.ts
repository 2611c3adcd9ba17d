import { expect, test } from 'vitest';
import { OpenContents } from './open-contents.ts';

/** Contents by name, and what was cut of them in which order. */
function aPool(limit: number) {
  const pool = new OpenContents(limit);
  const cut: string[] = [];
  return { pool, cut, content: (name: string) => ({ cut: () => cut.push(name) }) };
}

test('the oldest are cut until a quarter is free, never the one that is written to', () => {
  const { pool, cut, content } = aPool(1000);
  const [a, b, c] = [content('a'), content('b'), content('c')];
  pool.keeps(a, 400);
  pool.keeps(b, 300);
  pool.keeps(a, 500);
  pool.keeps(c, 200);
  expect([pool.size, cut]).toEqual([1000, []]);
  pool.keeps(a, 501);
  expect([pool.size, cut, pool.cuts]).toEqual([701, ['b'], 1]);
  pool.keeps(c, 800);
  expect([pool.size, cut, pool.cuts]).toEqual([800, ['b', 'a'], 2]);
  // One that is larger than all may be stays: its own limit bounds it.
  pool.keeps(c, 5000);
  expect([pool.size, cut]).toEqual([5000, ['b', 'a']]);
});

test('what is over no longer counts, however often it says so', () => {
  const { pool, cut, content } = aPool(1000);
  const a = content('a');
  pool.keeps(a, 900);
  pool.leaves(a);
  pool.leaves(a);
  pool.keeps(content('b'), 1000);
  expect([pool.size, cut]).toEqual([1000, []]);
});
