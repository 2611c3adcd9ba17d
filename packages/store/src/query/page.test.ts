import type { Entry } from '@kubeshark/model';
import { rowOf } from '@kubeshark/model';
import { anHttpEntry, idAt, START_MICROS } from '@kubeshark/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Store } from '../store.ts';
import { engines, type TestEngine } from '../testing/engines.ts';
import type { PageRequest } from './page.ts';
import type { Condition } from './scope.ts';

/** Over a day, so that several windows are looked at; every third call failed. */
const entries: readonly Entry[] = Array.from({ length: 36 }, (_, index) =>
  anHttpEntry(index * 2400, { status: index % 3 === 0 ? 503 : 200, error: index % 3 === 0 }),
);
const newestFirst = entries.toReversed();

const failed: Condition = { sql: 'status >= {low:Float64}', parameters: { low: 500 } };
/** The same question, asked of the whole entry. */
const failedWhole: Condition = { sql: '1', parameters: {}, residual: ({ status }) => Number(status) >= 500 };
const isFailed = ({ error }: Entry) => error;

describe.each(engines)('pages of %s', (_, start) => {
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

  const all = async (request: PageRequest): Promise<string[]> => {
    const ids: string[] = [];
    let before: string | null | undefined;
    while (before !== null) {
      const page = await store.page({ ...request, before: before ?? request.before });
      ids.push(...page.rows.map(({ id }) => id));
      before = page.next;
    }
    return ids;
  };

  test.each<[name: string, scope: Omit<PageRequest, 'limit'>, expected: (entry: Entry) => boolean]>([
    ['everything', {}, () => true],
    ['a filter in SQL', { where: failed }, isFailed],
    ['a filter over the whole entry', { where: failedWhole }, isFailed],
    ['nothing that matches', { where: { sql: 'status = 999', parameters: {} } }, () => false],
    ['since', { since: START_MICROS + 3_600_000_000 }, ({ timestamp }) => timestamp >= START_MICROS + 3_600_000_000],
    ['until', { until: START_MICROS + 3_600_000_000 }, ({ timestamp }) => timestamp < START_MICROS + 3_600_000_000],
    [
      'before',
      { before: idAt(START_MICROS + 7200_000_000) },
      ({ id }) => BigInt(id) < BigInt(idAt(START_MICROS + 7200_000_000)),
    ],
    [
      'after',
      { after: idAt(START_MICROS + 7200_000_000) },
      ({ id }) => BigInt(id) > BigInt(idAt(START_MICROS + 7200_000_000)),
    ],
    ['the future', { since: 4e15 }, () => false],
  ])('read newest first, page by page: %s', async (_name, scope, expected) => {
    expect(await all({ ...scope, limit: 7 })).toEqual(newestFirst.filter(expected).map(({ id }) => id));
  });

  test('a row is the list row of its entry', async () => {
    const { rows, complete } = await store.page({ limit: 2 });
    expect(rows).toEqual(newestFirst.slice(0, 2).map(rowOf));
    expect(complete).toBe(true);
  });

  test('whole entries can be read in pages', async () => {
    const { entries: read } = await store.entries({ where: failedWhole, limit: 3 });
    expect(read).toEqual(newestFirst.filter(isFailed).slice(0, 3));
  });

  test('entries that arrive while reading do not disturb older pages', async () => {
    const first = await store.page({ limit: 5, until: START_MICROS + 90_000_000_000 });
    await store.insert([anHttpEntry(100_000)]);
    const second = await store.page({ limit: 5, before: first.next ?? undefined });
    expect(second.rows.map(({ id }) => id)).toEqual(newestFirst.slice(5, 10).map(({ id }) => id));
  });

  test('the highest number an id can be is a bound and an entry like any other', async () => {
    const highest = '18446744073709551615';
    expect((await store.page({ before: highest, limit: 1 })).rows).toHaveLength(1);
    expect((await store.page({ after: highest, limit: 1 })).rows).toEqual([]);
    expect(await store.neighbours(highest)).toEqual([]);
    expect(await store.find(highest)).toBeUndefined();
    expect(await store.find('99999999999999999999')).toBeUndefined();
  });

  test('an aborted read rejects', async () => {
    await expect(store.page({ limit: 5, signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'cancelled' });
  });

  test.each([
    ['in SQL', failed],
    ['over whole entries', failedWhole],
  ])('counts %s', async (_name, where) => {
    expect(await store.count({ where })).toEqual({ count: 12, complete: true });
  });
});

describe.each(engines)('an empty store of %s', (_, start) => {
  test('has an empty page and no entry', async () => {
    const engine = await start();
    const store = await engine.open();
    expect(await store.page({ limit: 5 })).toMatchObject({ rows: [], next: null, complete: true });
    expect(await store.count({})).toEqual({ count: 0, complete: true });
    expect(await store.find('1')).toBeUndefined();
    await store.close();
    await engine.dispose();
  });
});
