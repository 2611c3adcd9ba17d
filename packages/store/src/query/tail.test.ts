import { anHttpEntry } from '@kubeshark/testkit';
import { expect, test } from 'vitest';
import { openStore } from '../store.ts';
import { startServers } from '../testing/clickhouse-server.ts';

test('a hub is told of every entry that others store, once, and not of its own', async () => {
  const servers = await startServers(1);
  const [one, two] = await Promise.all(
    ['one', 'two'].map((hub) => openStore({ urls: servers.urls, hub, blockMillis: 1 })),
  );
  if (one === undefined || two === undefined) throw new Error('no stores');
  await two.insert([anHttpEntry(0)]);
  const tail = one.tail();
  expect(await tail.read(), 'what was there before is history').toEqual({ entries: [], skipped: 0 });
  const taken = [anHttpEntry(5), anHttpEntry(3)];
  await Promise.all([one.insert([anHttpEntry(1)]), two.insert(taken)]);
  expect(await tail.read()).toEqual({ entries: [anHttpEntry(3), anHttpEntry(5)], skipped: 0 });
  expect(await tail.read()).toEqual({ entries: [], skipped: 0 });
  await two.insert([anHttpEntry(4)]);
  expect(await tail.read(), 'an id below those seen before').toEqual({ entries: [anHttpEntry(4)], skipped: 0 });
  await two.insert(Array.from({ length: 2_010 }, (_, second) => anHttpEntry(100 + second)));
  const many = await tail.read();
  expect([many.entries.length, many.skipped]).toEqual([2_000, 10]);
  expect(await tail.read()).toEqual({ entries: [], skipped: 0 });
  await Promise.all([one.close(), two.close()]);
  await servers.dispose();
});
