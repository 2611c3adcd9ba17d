import { anHttpEntry } from '@kubeshark/testkit';
import { expect, test } from 'vitest';
import { Batcher } from './batcher.ts';

test('entries leave in batches, in order, each once', async () => {
  const counts: number[] = [];
  const batcher = new Batcher((payload, entries) => {
    counts.push(entries);
    expect(payload.length).toBeGreaterThan(0);
    return Promise.resolve();
  });
  for (let n = 0; n < 1100; n++) batcher.add(anHttpEntry(n));
  await batcher.flush();
  expect([counts, batcher.lost, batcher.waiting]).toEqual([[500, 500, 100], 0, 0]);
});

test('when batches are not taken, only so many wait, and the rest is given up and counted', async () => {
  const taken = Promise.withResolvers<void>();
  let handed = 0;
  const batcher = new Batcher(async (_payload, entries) => {
    handed += entries;
    await taken.promise;
  });
  const entry = anHttpEntry(1);
  for (let n = 0; n < 70 * 500; n++) batcher.add(entry);
  expect(batcher.lost).toBe(6 * 500);
  taken.resolve();
  await batcher.flush();
  expect(handed).toBe(64 * 500);
});

test('an entry too large for any batch is given up and counted', async () => {
  const batcher = new Batcher(() => Promise.reject(new Error('nothing should come')));
  const text = 'x'.repeat(64 * 1024 * 1024);
  batcher.add(anHttpEntry(1, { response: { size: 1, body: { size: text.length, text } } }));
  await batcher.flush();
  expect(batcher.lost).toBe(1);
});
