import { expect, test } from 'vitest';
import { Groups, HOLD_MICROS } from './groups.ts';
import type { Told } from './sighting.ts';

const told = (id: number, isn = `isn-${id}`, node = 'n1'): Told => ({
  id: String(id),
  timestamp: 0,
  node,
  transport: 'tcp',
  isn,
  call: 'GET /',
  src: { is: 'pod', ip: '10.1.0.5', port: 40_000 },
  dst: { is: 'pod', ip: '10.1.0.9', port: 80, node: 'n2' },
  latency: 1,
});

test('a group is open for its time, whoever looks when, and has one keeper', () => {
  const groups = new Groups();
  const group = groups.add(told(1, 'a', 'n1'), 0);
  expect(groups.close(HOLD_MICROS - 1)).toEqual([]);
  expect(groups.add(told(2, 'a', 'n2'), HOLD_MICROS - 1)).toBe(group);
  expect(groups.close(HOLD_MICROS)).toEqual([group]);
  expect(group.keeper, 'the one on the server’s node').toBe('2');
  expect(groups.add(told(3, 'a', 'n3'), HOLD_MICROS + 1), 'late').toBe(group);
  expect(group.keeper).toBe('2');
});

test('a sighting that is told again stays where it is', () => {
  const groups = new Groups();
  const first = groups.add(told(1), 0);
  groups.close(HOLD_MICROS);
  expect(groups.add(told(1), 5_000_000)).toBe(first);
  expect(first.sightings).toHaveLength(1);
});

test('what ended half a minute ago is forgotten, and of more than 20,000 the oldest', () => {
  const groups = new Groups();
  groups.add(told(1), 0);
  groups.close(29_000_000);
  expect(groups.knows('1')).toBe(true);
  groups.close(31_000_000);
  expect(groups.knows('1')).toBe(false);
  for (let id = 2; id < 30_000; id++) groups.add(told(id), 40_000_000);
  groups.close(41_000_000);
  expect([groups.knows('2'), groups.knows('29999')]).toEqual([false, true]);
  expect(groups.add(told(30_000, 'isn-2'), 41_000_000).sightings, 'a late one of those stands alone').toHaveLength(1);
});

test('the same call ten thousand times on one connection is ten thousand calls, whichever place is told first', () => {
  const groups = new Groups();
  const at = (n: number) => n * 1_000;
  const COUNT = 10_000;
  // An hour of it before, forgotten by now.
  for (let n = 0; n < COUNT; n++) groups.add({ ...told(1_000_000 + n, 'one', 'n1'), timestamp: -1e9 }, -1e9);
  groups.close(-900_000_000);
  groups.close(0);
  for (let n = 0; n < COUNT; n++) groups.add({ ...told(n + 1, 'one', 'n2'), timestamp: at(n) }, at(n));
  const joined = Array.from({ length: COUNT }, (_, n) => {
    const { sightings } = groups.add({ ...told(COUNT + n + 1, 'one', 'n1'), timestamp: at(n) }, at(n));
    return sightings.map(({ id }) => Number(id));
  });
  expect(joined).toEqual(Array.from({ length: COUNT }, (_, n) => [n + 1, COUNT + n + 1]));
});
