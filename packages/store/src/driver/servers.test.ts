/** What only several servers can show. */

import { anHttpEntry } from '@kubeshark/testkit';
import { expect, test } from 'vitest';
import { openStore } from '../store.ts';
import { startServers, TEST_CLUSTER } from '../testing/clickhouse-server.ts';
import { ServerDriver } from './server.ts';

test('a cluster keeps an entry on one shard and answers for all', async () => {
  const servers = await startServers(2);
  const store = await openStore({ urls: servers.urls, cluster: TEST_CLUSTER, blockMillis: 1 });
  await store.insert(Array.from({ length: 100 }, (_, second) => anHttpEntry(second)));
  const shares = await Promise.all(
    servers.urls.map(async (url) => {
      const shard = new ServerDriver({ urls: [url] });
      const { rows } = await shard.select({ sql: 'SELECT count() FROM kubeshark.entries_local' });
      await shard.close();
      return Number(rows[0]?.[0]);
    }),
  );
  expect(shares.reduce((sum, share) => sum + share)).toBe(100);
  expect(Math.min(...shares)).toBeGreaterThan(20);
  expect(await store.count({})).toEqual({ count: 100, complete: true });
  await store.close();
  await servers.dispose();
});

test('two hubs on one database see each other and store a batch once', async () => {
  const servers = await startServers(1);
  const options = { urls: servers.urls, blockMillis: 1 };
  const [one, two] = [await openStore({ ...options, hub: 'one' }), await openStore({ ...options, hub: 'two' })];
  const batch = [anHttpEntry(1), anHttpEntry(2)];
  expect(await one.insert(batch)).toMatchObject({ stored: 2 });
  expect(await two.insert([...batch, anHttpEntry(3)])).toMatchObject({ stored: 1, duplicates: 2 });
  expect((await one.page({ limit: 10 })).rows).toHaveLength(3);
  await Promise.all([one.close(), two.close()]);
  await servers.dispose();
});

test('a server that is gone is passed over, or named as the reason', async () => {
  const servers = await startServers(2);
  const driver = new ServerDriver({ urls: servers.urls });
  expect((await driver.select({ sql: 'SELECT 1' })).rows).toEqual([[1]]);
  await servers.kill(0);
  expect((await driver.select({ sql: 'SELECT 2' })).rows).toEqual([[2]]);
  await servers.kill(1);
  await expect(driver.select({ sql: 'SELECT 3' })).rejects.toMatchObject({ code: 'unavailable' });
  await driver.close();
  await servers.dispose();
});

test.each([
  ['not an address', { urls: ['nonsense'] }],
  ['another protocol', { urls: ['tcp://localhost:9000'] }],
  ['a database that is no name', { urls: ['http://localhost:1/a;b'] }],
  ['a cluster that is no name', { urls: ['http://localhost:1'], cluster: "x'" }],
  ['nobody listening', { urls: ['http://127.0.0.1:1'] }],
])('does not open on %s', async (_name, options) => {
  await expect(openStore(options)).rejects.toMatchObject({ code: 'unavailable' });
});
