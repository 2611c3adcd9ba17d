import { expect, test } from 'vitest';
import { MAX_SPARES, Spares } from './spares.ts';

test('what was given last is taken first, each once', () => {
  const spares = new Spares<{ name: string }>();
  spares.give({ name: 'a' });
  spares.give({ name: 'b' });
  expect([spares.take()?.name, spares.take()?.name, spares.take()]).toEqual(['b', 'a', undefined]);
});

test('no more than the limit are kept', () => {
  const spares = new Spares();
  for (let i = 0; i < 2 * MAX_SPARES; i++) spares.give({});
  let kept = 0;
  while (spares.take() !== undefined) kept++;
  expect(kept).toBe(MAX_SPARES);
});
