import type { Entry } from '@kubeshark/model';
import { anHttpEntry, START_MICROS } from '@kubeshark/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Store } from '../store.ts';
import { engines, type TestEngine } from '../testing/engines.ts';
import type { ScanRequest } from './scan.ts';

/** A burst that fills several statements, then calls far apart that leave windows empty. */
const entries: readonly Entry[] = [
  ...Array.from({ length: 1_300 }, (_, index) => anHttpEntry(index / 1_000, { error: index % 3 === 0 })),
  ...Array.from({ length: 20 }, (_, index) => anHttpEntry(3_600 * (index + 1), { error: true })),
];

describe.each(engines)('a scan of %s', (_, start) => {
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

  const since = START_MICROS + 2_000_000;
  test.each<[name: string, scope: ScanRequest, expected: (entry: Entry) => boolean]>([
    ['everything', {}, () => true],
    ['a filter in SQL', { where: { sql: 'error = 1', parameters: {} } }, ({ error }) => error],
    [
      'a filter over the whole entry',
      { where: { sql: '1', parameters: {}, residual: ({ error }) => error } },
      ({ error }) => error,
    ],
    ['since', { since }, ({ timestamp }) => timestamp >= since],
    ['until', { until: since }, ({ timestamp }) => timestamp < since],
    ['nothing that matches', { where: { sql: 'status = 999', parameters: {} } }, () => false],
  ])('%s comes oldest first, whole and once', async (_name, scope, expected) => {
    const found: Entry[] = [];
    for await (const batch of store.scan(scope)) found.push(...batch);
    expect(found).toEqual(entries.filter(expected));
  });

  test('it ends when nobody wants it any more', async () => {
    const gone = new AbortController();
    const reading = (async () => {
      for await (const _batch of store.scan({ signal: gone.signal })) gone.abort();
    })();
    await expect(reading).rejects.toMatchObject({ code: 'cancelled' });
  });
});
