import { compile, type PipelineResult, runQuery } from '@kubeshark/kfl';
import { type Entry, kflSchema } from '@kubeshark/model';
import { anHttpEntry } from '@kubeshark/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Store } from '../store.ts';
import { engines, type TestEngine } from '../testing/engines.ts';
import { injections } from '../testing/injections.ts';
import { conditionOf } from './condition.ts';
import type { Answer } from './pipeline.ts';

const entries: readonly Entry[] = Array.from({ length: 300 }, (_, second) => {
  const status = second % 10 === 0 ? 503 : 200;
  const latency = (second % 50) + (second % 3);
  const base = anHttpEntry(second);
  return {
    ...base,
    status,
    latency,
    error: status === 503,
    endpoint: `GET /${second % 3}`,
    response: { size: second, status, latency },
  };
});
const newestFirst = entries.toReversed();

describe.each(engines)('queries over %s', (_, start) => {
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

  test.each([
    'http | stats p95(response.latency), errorRate(), count() by endpoint | sort -p95 | limit 20',
    'response.status >= 500 | count by endpoint | sort endpoint',
    'http | timechart 1m count(), avg(response.latency)',
    'http | top 2 endpoint',
    'request.headers["host"] == "cart" | stats sum(response.size)',
    'redis | stats count()',
    'http | fields timestamp, endpoint | limit 3',
    'http | distinct endpoint',
  ])('%s', async (text) => {
    const query = compile(text, kflSchema);
    expect(query.diagnostics).toEqual([]);
    const { rows: expected, ...rest } = runQuery(query, newestFirst) as Extract<PipelineResult, { kind: 'table' }>;
    const answer = await store.run({ query });
    expect(answer).toMatchObject({ ...rest, complete: true });
    const { rows } = answer as Extract<Answer, { kind: 'table' }>;
    const isOrdered =
      query.stages.some(({ kind }) => kind === 'sort') || !query.stages.some(({ kind }) => kind === 'aggregate');
    const texts = (table: readonly unknown[]) => table.map((row) => JSON.stringify(row));
    if (isOrdered) expect(rows).toEqual(expected);
    else expect(new Set(texts(rows))).toEqual(new Set(texts(expected)));
  });

  test.each([
    'response.status >= 500',
    'not error and response.latency < 5ms',
    'response.size % 7 == 3',
    'timestamp > "2026-11-23T10:02:00Z" and endpoint endsWith "1"',
  ])('pages of %s', async (text) => {
    const query = compile(text, kflSchema);
    const { rows } = await store.page({ where: conditionOf(query), limit: 20 });
    const expected = newestFirst.filter((entry) => query.predicate(entry)).slice(0, 20);
    expect(rows.map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
  });

  test.each(injections)('an injection finds nothing and does nothing: %j', async (text) => {
    const query = compile(text, kflSchema);
    expect((await store.page({ where: conditionOf(query), limit: 5 })).rows).toEqual([]);
    expect(await store.count({})).toEqual({ count: entries.length, complete: true });
    expect(await store.values({ path: text, prefix: text, limit: 5 })).toEqual([]);
    expect(await store.find(text)).toBeUndefined();
    expect(await store.neighbours(text)).toEqual([]);
    expect((await store.page({ before: text, limit: 1 })).rows).toEqual([]);
  });

  test('a query with errors matches nothing', async () => {
    const query = compile('response.status >=', kflSchema);
    expect((await store.page({ where: conditionOf(query), limit: 5 })).rows).toEqual([]);
  });
});
