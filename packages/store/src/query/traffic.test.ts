import type { Entry } from '@kubeshark/model';
import { anHttpEntry, START_MICROS } from '@kubeshark/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Store } from '../store.ts';
import { engines, type TestEngine } from '../testing/engines.ts';
import type { Condition } from './scope.ts';

/** Ten minutes of calls: every second one from web to cart, every tenth of them failing, the others to a database. */
const entries: readonly Entry[] = Array.from({ length: 600 }, (_, second) => {
  const latency = (second % 100) + 1;
  const isQuery = second % 2 === 1;
  const error = second % 20 === 0;
  return anHttpEntry(second, {
    latency,
    error,
    status: error ? 500 : 200,
    connection: { id: isQuery ? 'db' : `web ${second % 4}`, transport: 'tcp', index: second },
    src: { ip: '10.0.0.1', port: 40_000, name: 'web', namespace: 'shop', service: 'web' },
    ...(isQuery
      ? {
          protocol: 'postgres',
          endpoint: 'SELECT carts',
          status: second % 3 === 0 ? '42P01' : 0,
          dst: { ip: '10.9.9.9', port: 5432 },
          postgres: { user: second % 3 === 0 ? 'root' : 'shop' },
        }
      : { dst: { ip: '10.0.0.2', port: 80, name: 'cart', namespace: 'shop', workload: 'cart' } }),
  });
});
const END_MICROS = START_MICROS + 600_000_000;
const http: Condition = { sql: 'protocol = {p0:String}', parameters: { p0: 'http' } };
const httpWhole: Condition = { sql: '1', parameters: {}, residual: ({ protocol }) => protocol === 'http' };

describe.each(engines)('numbers over %s', (_, start) => {
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
    ['in SQL', http],
    ['over whole entries', httpWhole],
  ])('a histogram has every bucket, filtered %s', async (_name, where) => {
    const histogram = await store.histogram({
      where,
      buckets: 10,
      since: START_MICROS,
      until: END_MICROS + 60_000_000,
    });
    expect(histogram).toMatchObject({
      since: START_MICROS,
      until: END_MICROS + 120_000_000,
      bucketMicros: 120_000_000,
      complete: true,
    });
    expect(histogram.buckets).toEqual([
      ...[0, 1, 2, 3, 4].map((slot) => ({ at: START_MICROS + slot * 120_000_000, count: 60, errors: 6 })),
      { at: START_MICROS + 600_000_000, count: 0, errors: 0 },
    ]);
  });

  test('a chart of everything begins with the first call and ends with the last', async () => {
    const { since, until, buckets } = await store.histogram({ buckets: 600 });
    expect({ since, until, buckets: buckets.length }).toEqual({ since: START_MICROS, until: END_MICROS, buckets: 600 });
    expect(buckets.reduce((sum, { count }) => sum + count, 0)).toBe(entries.length);
    const half = await store.histogram({ buckets: 10, since: START_MICROS + 300_000_000 });
    expect(half.buckets.reduce((sum, { count }) => sum + count, 0)).toBe(300);
  });

  test('series by what they are grouped by, the rest in one', async () => {
    const { series } = await store.series({ buckets: 10, by: 'status', limit: 2 });
    expect(series.map(({ key }) => key)).toEqual(['200', '0', 'other']);
    expect(series.map(({ points }) => points.reduce((sum, { count }) => sum + count, 0))).toEqual([270, 200, 130]);
    const [all] = (await store.series({ buckets: 1, limit: 1 })).series;
    expect(all?.points).toMatchObject([{ at: START_MICROS, count: 600, errors: 30, bytes: 600 * 420 }]);
    expect(all?.points[0]?.p50).toBeCloseTo(50, -1);
    expect(all?.points[0]?.p99).toBeCloseTo(99, -0.5);
  });

  test.each([
    ['in SQL', http],
    ['over whole entries', httpWhole],
  ])('latencies are counted by their power of ten, filtered %s', async (_name, where) => {
    const { rows, columns } = await store.latencies({ where, buckets: 1, since: START_MICROS, until: END_MICROS });
    const counts = (least: number, most: number) =>
      entries.filter(({ protocol, latency }) => protocol === 'http' && latency! >= least && latency! < most).length;
    expect(rows[3]).toBeCloseTo(1);
    expect(columns).toEqual([
      { at: START_MICROS, counts: rows.map((least, row) => counts(least - 1e-9, (rows[row + 1] ?? Infinity) - 1e-9)) },
    ]);
  });

  test('a call whose time is far from its id is on the chart of everything', async () => {
    const other = await start();
    const own = await other.open();
    const ancient = anHttpEntry(60, { timestamp: 0 });
    await own.insert([anHttpEntry(0), anHttpEntry(59), ancient]);
    const { since, buckets } = await own.histogram({ buckets: 10 });
    expect(since).toBe(0);
    expect(buckets.length).toBeLessThanOrEqual(10);
    expect([buckets[0]?.count, buckets.at(-1)?.count]).toEqual([1, 2]);
    await own.close();
    await other.dispose();
  });

  test('totals', async () => {
    expect(await store.totals({ since: START_MICROS, until: END_MICROS })).toMatchObject({
      count: 600,
      errors: 30,
      bytes: 600 * 420,
      perSecond: 1,
      complete: true,
    });
  });

  test.each([
    ['count', ['GET /carts/{id}', 'SELECT carts']],
    ['errorRate', ['GET /carts/{id}', 'SELECT carts']],
    ['p95', ['SELECT carts', 'GET /carts/{id}']],
  ] as const)('the top endpoints by %s', async (order, keys) => {
    const { rows, truncated } = await store.top({ by: 'endpoint', order, limit: 5 });
    expect(rows.map(({ key }) => key)).toEqual(keys);
    expect(truncated).toBe(false);
    expect((await store.top({ by: 'endpoint', order, limit: 1 })).truncated).toBe(true);
  });

  test('the service map names each end as well as it can', async () => {
    const map = await store.serviceMap({ by: 'service' });
    expect(map.nodes).toEqual([
      { id: 'shop/web', name: 'web', namespace: 'shop', kind: 'service' },
      { id: '10.9.9.9', name: '10.9.9.9', kind: 'external' },
      { id: 'shop/cart', name: 'cart', namespace: 'shop', kind: 'workload' },
    ]);
    expect(map.edges).toMatchObject([
      { from: 'shop/web', to: '10.9.9.9', count: 300, errors: 0, protocols: [{ protocol: 'postgres', count: 300 }] },
      { from: 'shop/web', to: 'shop/cart', count: 300, errors: 30, requestBytes: 36_000, responseBytes: 90_000 },
    ]);
    expect((await store.serviceMap({ by: 'ip' })).nodes.map(({ id }) => id)).toEqual([
      '10.0.0.1',
      '10.0.0.2',
      '10.9.9.9',
    ]);
    expect((await store.serviceMap({ by: 'namespace' })).edges).toMatchObject([
      { from: 'shop', to: '10.9.9.9' },
      { from: 'shop', to: 'shop' },
    ]);
  });

  test.each([
    [
      'protocol',
      '',
      [
        ['http', 300],
        ['postgres', 300],
      ],
    ],
    ['dst.name', 'CA', [['cart', 300]]],
    ['response.status', '42', [['42P01', 100]]],
    [
      'postgres.user',
      '',
      [
        ['shop', 200],
        ['root', 100],
      ],
    ],
    ['connection.transport', '', [['tcp', 600]]],
    ['connection.index', '59', [['59', 1], ...Array.from({ length: 10 }, (_v, index) => [`59${index}`, 1])]],
    ['request.headers["Host"]', '', [['cart', 600]]],
    ['no.such', '', []],
    ["'); DROP TABLE kubeshark.entries", '', []],
  ])('the values of %s that begin with "%s"', async (path, prefix, expected) => {
    const values = await store.values({ path, prefix, limit: 20 });
    expect(values.map(({ value, count }) => [value, count])).toEqual(expected);
  });

  test('neighbours are the calls of the same connection, oldest first', async () => {
    const middle = entries[300] as Entry;
    const rows = await store.neighbours(middle.id);
    const same = entries.filter(({ connection }) => connection.id === middle.connection.id).map(({ id }) => id);
    const at = same.indexOf(middle.id);
    expect(rows.map(({ id }) => id)).toEqual(same.slice(at - 50, at + 51));
    expect(await store.neighbours('12')).toEqual([]);
  });

  test('nothing in scope gives zeros', async () => {
    const scope = { where: { sql: "protocol = 'smtp'", parameters: {} } };
    expect(await store.totals(scope)).toMatchObject({ count: 0, p50: null, perSecond: 0 });
    expect((await store.histogram({ ...scope, buckets: 10 })).buckets).toEqual([]);
    expect((await store.series({ ...scope, buckets: 10, limit: 1 })).series).toEqual([]);
    expect((await store.serviceMap({ ...scope, by: 'pod' })).edges).toEqual([]);
  });
});
