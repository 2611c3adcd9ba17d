import { setTimeout } from 'node:timers/promises';
import type { Entry } from '@kubeshark/model';
import { anHttpEntry, START_MICROS } from '@kubeshark/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Driver } from '../driver/driver.ts';
import type { Store } from '../store.ts';
import { anyEntries } from '../testing/arbitrary-entry.ts';
import { engines, type TestEngine } from '../testing/engines.ts';
import { Buckets } from './buckets.ts';
import { Writer } from './writer.ts';

describe.each(engines)('inserting into %s', (_, start) => {
  let engine: TestEngine;
  let store: Store;
  beforeAll(async () => {
    engine = await start();
    store = await engine.open();
  });
  afterAll(async () => {
    await store.close();
    await engine.dispose();
  });

  test('every entry is found again as the same JSON', async () => {
    let firstId = 1n;
    await fc.assert(
      fc.asyncProperty(anyEntries(0n), async (entries) => {
        const batch = entries.map((entry, index) => ({ ...entry, id: String(firstId + BigInt(index)) }) as Entry);
        firstId += BigInt(batch.length);
        expect(await store.insert(batch)).toEqual({ stored: batch.length, duplicates: 0, refused: [] });
        for (const entry of batch.slice(0, 5)) expect(await store.find(entry.id)).toEqual(entry);
      }),
      // Made smaller, a failure would take longer than the test may: it is told as it is, with its seed.
      { numRuns: 4, endOnFailure: true },
    );
  });

  test('a batch sent again makes no duplicates, whatever is new in it', async () => {
    const batch = [anHttpEntry(1), anHttpEntry(2), anHttpEntry(3)];
    const again = [anHttpEntry(0.5), ...batch, anHttpEntry(4), anHttpEntry(4)];
    expect(await store.insert(batch)).toMatchObject({ stored: 3, duplicates: 0 });
    expect(await store.insert(again)).toMatchObject({ stored: 2, duplicates: 4 });
    expect(await Promise.all([store.insert(again), store.insert([anHttpEntry(5), ...again])])).toMatchObject([
      { stored: 0, duplicates: 6 },
      { stored: 1, duplicates: 6 },
    ]);
    expect(await store.count({ since: START_MICROS })).toMatchObject({ count: 6 });
  });

  test('still knows what it has when it is opened again', async () => {
    const batch = [anHttpEntry(11), anHttpEntry(12)];
    await store.insert(batch);
    await store.close();
    store = await engine.open();
    expect(await store.insert([...batch, anHttpEntry(13)])).toMatchObject({ stored: 1, duplicates: 2 });
  });

  test.each<[reason: string, entry: unknown]>([
    ['bad-id', { ...anHttpEntry(20), id: '../../etc/passwd' }],
    ['bad-id', { ...anHttpEntry(20), id: '18446744073709551616' }],
    ['bad-id', { ...anHttpEntry(20), id: '007' }],
    ['bad-id', null],
    ['malformed', { ...anHttpEntry(20), timestamp: 'yesterday' }],
    ['malformed', { ...anHttpEntry(20), capture: 1n }],
    ['too-large', { ...anHttpEntry(20), capture: 'x'.repeat(17 * 1024 * 1024) }],
  ])('refuses an entry that is %s and stores the rest of its batch', async (reason, entry) => {
    const good = anHttpEntry(21);
    const report = await store.insert([entry as Entry, good]);
    expect(report.refused).toMatchObject([{ reason }]);
    expect(await store.find(good.id)).toEqual(good);
  });

  test('turns a flood away whole and says so', async () => {
    const flood = Array.from({ length: 100_001 }, () => anHttpEntry(30));
    await expect(store.insert(flood)).rejects.toMatchObject({ code: 'busy' });
    expect((await store.stats()).writer.rejected).toMatchObject({ busy: 100_001 });
  });

  test('a closed store takes and gives nothing', async () => {
    await store.close();
    await expect(store.insert([anHttpEntry(40)])).rejects.toMatchObject({ code: 'closed' });
    await expect(store.find('1')).rejects.toMatchObject({ code: 'closed' });
    store = await engine.open();
  });
});

test('what comes while a block is being stored becomes one block, however long that takes', async () => {
  const stored = Promise.withResolvers<void>();
  let inserts = 0;
  const driver: Pick<Driver, 'exclusive' | 'insertNative'> = {
    exclusive: true,
    insertNative: () => {
      inserts += 1;
      return inserts === 1 ? stored.promise : Promise.resolve();
    },
  };
  const writer = new Writer({
    driver: driver as Driver,
    table: 'entries',
    hub: 'hub',
    buckets: new Buckets(),
    blockMillis: 1,
    highestStored: '0',
    lookUp: () => Promise.resolve(new Set()),
  });
  const first = writer.insert([anHttpEntry(0)]);
  await vi.waitFor(() => expect(inserts).toBe(1));
  const others: Promise<unknown>[] = [];
  for (const second of [1, 2, 3]) {
    others.push(writer.insert([anHttpEntry(second)]));
    await setTimeout(5);
  }
  stored.resolve();
  expect(await Promise.all([first, ...others])).toHaveLength(4);
  expect([inserts, writer.stats.blocks]).toEqual([2, 2]);
});
