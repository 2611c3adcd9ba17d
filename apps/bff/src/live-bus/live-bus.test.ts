import { anHttpEntry } from '@kubeshark/testkit';
import { expect, test } from 'vitest';
import { LiveBus } from './live-bus.ts';

const ids = (items: readonly { entry: { id: string } }[] | undefined) => items?.map(({ entry }) => entry.id);

test('what comes after a sequence is exactly what was published after it', () => {
  const bus = new LiveBus();
  bus.publish([anHttpEntry(0, { id: '1' }), anHttpEntry(0, { id: '2' })]);
  const position = bus.sequence;
  bus.publish([anHttpEntry(0, { id: '3' })]);
  bus.publish([anHttpEntry(0, { id: '4' })]);

  expect(ids(bus.after(position))).toEqual(['3', '4']);
  expect(bus.after(bus.sequence)).toEqual([]);
});

test('an entry that is sent again is not passed on again', () => {
  const bus = new LiveBus();
  const seen: string[] = [];
  bus.subscribe((items) => seen.push(...(ids(items) ?? [])));
  bus.publish([anHttpEntry(0, { id: '1' })]);
  bus.publish([anHttpEntry(0, { id: '1' }), anHttpEntry(0, { id: '2' })]);

  expect(seen).toEqual(['1', '2']);
  expect(bus.sequence).toBe(2);
});

test.each([
  ['count', { maxItems: 3 }, ['8', '9', '10']],
  ['bytes', { maxBytes: 10_000 }, ['8', '9', '10']],
  ['bytes that not even one entry fits in', { maxBytes: 100 }, []],
])('memory is bounded by %s: the oldest go, and asking for them says so', (_name, limits, kept) => {
  const bus = new LiveBus(limits);
  for (let n = 1; n <= 10; n++) bus.publish([anHttpEntry(0, { id: String(n) })]);

  expect(ids(bus.after(10 - kept.length))).toEqual(kept);
  expect(bus.after(10 - kept.length - 1)).toBeUndefined();
  expect(bus.find('1')).toBeUndefined();
  expect(bus.find('10')?.id).toBe(kept.at(-1));
});

test('a sequence from the future is not answered', () => {
  expect(new LiveBus().after(1)).toBeUndefined();
});
