import { anHttpEntry } from '@kubeshark/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Driver } from '../driver/driver.ts';
import type { StoreError } from '../errors.ts';
import { readEntry, readKnownIds } from '../query/by-id.ts';
import { Reader } from '../query/reader.ts';
import { type Layout, migrate, tablesOf } from '../schema/migrations.ts';
import { engines, type TestEngine } from '../testing/engines.ts';
import { Buckets } from './buckets.ts';
import { readHoldings } from './holdings.ts';
import { Keeper } from './keeper.ts';
import { Retention, type RetentionLimits, readPartitions } from './retention.ts';
import { Writer } from './writer.ts';

const hour = 3600;
/** Stored an hour apart, the oldest first. */
const starts = [0, 1, 2, 3].map((hours) => 1_795_428_000 + hours * hour);
const now = (starts.at(-1) as number) + 30;

class FixedBucket extends Buckets {
  start = 0;
  override at(): number {
    return this.start;
  }
}

describe.each(engines)('retention in %s', (_, start) => {
  let engine: TestEngine;
  let driver: Driver;
  let layout: Layout;
  beforeAll(async () => {
    engine = await start();
    driver = await engine.driver();
    layout = engine.layout;
    await migrate(driver, layout);
    const table = tablesOf(layout).entries;
    const buckets = new FixedBucket();
    const reader = new Reader(driver, table);
    for (const [index, bucket] of starts.entries()) {
      buckets.start = bucket;
      const writer = new Writer({
        driver,
        table,
        hub: 'test',
        buckets,
        blockMillis: 1,
        highestStored: '0',
        lookUp: (ids) => readKnownIds(reader, ids),
      });
      await writer.insert(Array.from({ length: 10 }, (_v, n) => anHttpEntry(index * hour + n)));
    }
  });
  afterAll(async () => {
    await driver.close();
    await engine.dispose();
  });

  const sweep = async (limits: RetentionLimits) => {
    const buckets = new Buckets();
    const retention = new Retention({ driver, layout, buckets, limits, now: () => now });
    const { dropped, cleared } = await retention.sweep();
    return {
      dropped: dropped.map(({ bucket, reason }) => [bucket, reason]),
      cleared: cleared.map(({ bucket }) => bucket),
    };
  };
  const [first, second, third, last] = starts as [number, number, number, number];

  test('goes from nothing over bodies and age to size, and never touches what is being written', async () => {
    expect(await sweep({})).toEqual({ dropped: [], cleared: [] });

    expect(await sweep({ bodiesMaxAgeSeconds: 0.9 * hour })).toEqual({ dropped: [], cleared: [first, second] });
    const reader = new Reader(driver, tablesOf(layout).entries);
    const whole = anHttpEntry(3 * hour);
    const old = anHttpEntry(0);
    expect(await readEntry(reader, whole.id)).toEqual(whole);
    const { text: _text, ...bodyWithoutText } = old.response?.body ?? { size: 0 };
    expect(await readEntry(reader, old.id)).toEqual({ ...old, response: { ...old.response, body: bodyWithoutText } });
    expect(await sweep({ bodiesMaxAgeSeconds: 0.9 * hour }), 'once').toEqual({ dropped: [], cleared: [] });

    expect(await sweep({ maxAgeSeconds: 1.9 * hour })).toMatchObject({ dropped: [[first, 'age']] });
    expect(await readHoldings(driver, layout)).toMatchObject({ entries: 30, partitions: 3, retired: 10 });

    const sizes = (await readPartitions(driver, layout)).map(({ bytes }) => bytes);
    const two = (sizes[1] as number) + (sizes[2] as number);
    expect(await sweep({ maxBytes: two })).toMatchObject({ dropped: [[second, 'bytes']] });
    expect(await sweep({ maxBytes: 1 })).toMatchObject({ dropped: [[third, 'bytes']] });
    expect((await readPartitions(driver, layout)).map(({ bucket }) => bucket)).toEqual([last]);
    expect(await readHoldings(driver, layout)).toMatchObject({ entries: 10, retired: 30 });
  });
});

describe('a full disk', () => {
  const [, startEmbedded] = engines[0] as (typeof engines)[number];

  test('is a state that ends with the next block stored, and makes room', async () => {
    const engine = await startEmbedded();
    const driver = await engine.driver();
    await migrate(driver, engine.layout);
    const retention = new Retention({ driver, layout: engine.layout, buckets: new Buckets(), limits: {} });
    const keeper = new Keeper(retention);
    expect(keeper.state).toEqual({ state: 'ok' });
    keeper.noteBlock({ code: 'disk-full', message: 'no space left on device' } as StoreError);
    expect(keeper.state).toEqual({ state: 'degraded', reason: 'disk-full: no space left on device' });
    keeper.noteBlock(undefined);
    expect(keeper.state).toEqual({ state: 'ok' });
    await keeper.close();
    await driver.close();
    await engine.dispose();
  });
});
