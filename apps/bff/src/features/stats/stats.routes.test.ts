import { endpoints } from '@kubeshark/contract';
import { anHttpEntry, idAt, START_MICROS } from '@kubeshark/testkit';
import { expect, test } from 'vitest';
import type { z } from 'zod';
import { startHub } from '../../testing/hub.ts';

/** Ten calls a second apart; every fifth failed. */
const entries = Array.from({ length: 10 }, (_, n) =>
  anHttpEntry(0, {
    id: idAt(START_MICROS + n * 1e6),
    timestamp: START_MICROS + n * 1e6,
    latency: n + 1,
    status: n % 5 === 0 ? 503 : 200,
    error: n % 5 === 0,
  }),
);
const range = `since=${START_MICROS}&until=${START_MICROS + 10e6}`;

test('every aggregate counts the same entries', async () => {
  const hub = await startHub();
  await hub.services.store.insert(entries);
  const ask = async <N extends keyof typeof endpoints>(name: N, query = '') => {
    const answer = await fetch(`${hub.url}${endpoints[name].path}?${range}&${query}`);
    return endpoints[name].response.parse(await answer.json()) as z.output<(typeof endpoints)[N]['response']>;
  };

  expect(await ask('totals')).toMatchObject({ count: 10, errors: 2 });
  expect(await ask('totals', 'q=dst.name+==+%22nobody%22')).toMatchObject({ count: 0 });
  expect(await ask('totals', 'q=error')).toMatchObject({ count: 2, errors: 2 });
  expect((await ask('histogram', 'buckets=10')).buckets.map(({ count }) => count)).toEqual(Array(10).fill(1));
  expect((await ask('series', 'by=protocol&buckets=1')).series.map(({ key }) => key)).toEqual(['http']);
  expect((await ask('latencies', 'buckets=1')).columns[0]?.counts.slice(2, 7)).toEqual([0, 2, 2, 5, 1]);
  expect((await ask('top', 'by=status')).rows.map(({ key, count }) => [key, count])).toEqual([
    ['200', 8],
    ['503', 2],
  ]);
  expect((await ask('map')).edges).toMatchObject([{ count: 10, errors: 2 }]);
  expect((await ask('values', 'field=dst.name')).values).toEqual([{ value: 'cart', count: 10 }]);
});

test('the calls around one are found by its connection', async () => {
  const hub = await startHub();
  await hub.services.store.insert(entries);
  const answer = await fetch(`${hub.url}/api/entries/${entries[4]!.id}/neighbours`);
  const { rows } = endpoints.neighbours.response.parse(await answer.json());
  expect(rows.map(({ id }) => id)).toEqual(entries.map(({ id }) => id));
});
