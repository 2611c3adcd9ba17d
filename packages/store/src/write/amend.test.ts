import type { Entry } from '@kubeshark/model';
import { anHttpEntry } from '@kubeshark/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Store } from '../store.ts';
import { engines, type TestEngine } from '../testing/engines.ts';

const named = (entry: Entry, pod: string): Entry => ({
  ...entry,
  src: { ...entry.src, name: pod, namespace: 'shop', pod, labels: { app: `it's \\ "${pod}"\n` } },
});

describe.each(engines)('correcting entries of %s', (_, start) => {
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

  test('names and labels that came later are there, and everything else is as it was', async () => {
    const entries = Array.from({ length: 50 }, (_, n) => anHttpEntry(n));
    await store.insert(entries);
    const [first, second, third] = entries as [Entry, Entry, Entry];
    const later = [named(first, 'late-1'), named(second, 'late-2')];
    expect(await store.amend({ entries: later, removed: [third.id] })).toEqual({ namesOnly: 0 });
    expect(await store.find(first.id)).toEqual(later[0]);
    expect(await store.find(second.id)).toEqual(later[1]);
    expect(await store.find(third.id)).toBeUndefined();
    expect(await store.findAll(entries.map(({ id }) => id))).toHaveLength(49);
    expect(await store.find(anHttpEntry(4).id)).toEqual(anHttpEntry(4));
    expect(
      await store.count({ where: { sql: 'src_pod = {pod:String}', parameters: { pod: 'late-1' } } }),
    ).toMatchObject({ count: 1 });
  });

  test('more than one statement holds is corrected all the same; of what none holds the names are', async () => {
    const long = (n: number, length: number) =>
      anHttpEntry(n, { summary: 'x', node: 'n', capture: { note: 'y'.repeat(length) } as never });
    const entries = [...Array.from({ length: 5 }, (_, n) => long(100 + n, 50_000)), long(110, 300_000)];
    await store.insert(entries);
    expect(await store.amend({ entries: entries.map((entry) => named(entry, 'big')), removed: [] })).toEqual({
      namesOnly: 1,
    });
    const found = await store.findAll(entries.map(({ id }) => id));
    expect(found.filter(({ src }) => src.pod === 'big')).toHaveLength(6);
    expect(found.filter(({ src }) => src.labels !== undefined)).toHaveLength(5);
  });

  test('an id that is not stored, or none at all, changes nothing', async () => {
    const before = await store.count({});
    await store.amend({
      entries: [named(anHttpEntry(999), 'never')],
      removed: [anHttpEntry(998).id, 'no id; DROP TABLE x'],
    });
    expect(await store.count({})).toEqual(before);
    expect(await store.findAll([anHttpEntry(999).id, 'no id'])).toEqual([]);
  });
});
