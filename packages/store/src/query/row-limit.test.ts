import { anHttpEntry } from '@kubeshark/testkit';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { StoreError } from '../errors.ts';
import type { Store } from '../store.ts';
import { engines, type TestEngine } from '../testing/engines.ts';
import type { Condition } from './scope.ts';

/** Over a day, so that several windows are looked at; every third call failed. */
const entries = Array.from({ length: 36 }, (_, index) => anHttpEntry(index * 2400, { error: index % 3 === 0 }));
const failed = entries.filter(({ error }) => error).map(({ id }) => id);
const inSql: Condition = { sql: 'error = 1', parameters: {} };
const overWhole: Condition = { sql: '1', parameters: {}, residual: ({ error }) => error };

/** The answer with the lowest allowance of rows that gives one. */
async function firstAnswer<T>(ask: (rows: number) => Promise<T>): Promise<T> {
  for (let rows = 1; ; rows++) {
    const answer = await ask(rows).catch((error: unknown) => error as StoreError);
    if (!(answer instanceof StoreError)) return answer;
    expect(answer.code).toBe('rows');
  }
}

const shards = 'two ClickHouse shards';

const refusals: readonly (readonly [name: string, ask: (store: Store, rows: number) => Promise<unknown>])[] = [
  ['a count', (store, rows) => store.count({ where: inSql, rows })],
  ['a page', (store, rows) => store.page({ where: inSql, limit: 50, rows })],
  ['a chart', (store, rows) => store.histogram({ buckets: 10, rows })],
  ['the map', (store, rows) => store.serviceMap({ by: 'service', rows })],
];

describe.each(engines.filter(([name]) => name !== shards))('a limit of rows on %s', (_, start) => {
  let engine: TestEngine;
  let store: Store;
  beforeAll(async () => {
    engine = await start();
    store = await engine.open();
    await store.insert(entries);
  });
  afterAll(async () => {
    await store.close();
    await engine.dispose();
  });

  test.each(refusals)('refuses %s that would read more at once', async (_name, ask) => {
    await expect(ask(store, 1)).rejects.toMatchObject({ code: 'rows' });
  });

  test('ends a search between two windows with what was found, and the next page goes on from there', async () => {
    const first = await firstAnswer((rows) => store.page({ where: overWhole, limit: 50, rows }));
    expect(first.complete).toBe(false);
    const rest = await store.page({ where: overWhole, limit: 50, before: first.next ?? undefined });
    expect(rest.complete).toBe(true);
    expect([...first.rows, ...rest.rows].map(({ id }) => id)).toEqual(failed.toReversed());
  });

  test('counts what was looked at, and says that it was not all', async () => {
    const { count, complete } = await firstAnswer((rows) => store.count({ where: overWhole, rows }));
    expect({ complete, isPart: count > 0 && count < failed.length }).toEqual({ complete: false, isPart: true });
  });
});

// With servers of its own for each question: those that tests start out of chDB's library may not survive what one shard refuses
// to another, once they have said so.
describe.each(engines.filter(([name]) => name === shards))('a limit of rows on %s', (_, start) => {
  test.each(refusals)('refuses %s that would read more at once', async (_name, ask) => {
    const engine = await start();
    onTestFinished(() => engine.dispose());
    const store = await engine.open();
    await store.insert(entries);
    await expect(ask(store, 1)).rejects.toMatchObject({ code: 'rows' });
    await store.close();
  });

  test('lets through what both have little enough of', async () => {
    const engine = await start();
    onTestFinished(() => engine.dispose());
    const store = await engine.open();
    await store.insert(entries);
    const { count, complete } = await store.count({ where: inSql, rows: 10 * entries.length });
    expect({ count, complete }).toEqual({ count: failed.length, complete: true });
    await store.close();
  });
});
