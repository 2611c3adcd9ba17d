/**
 * Replicated tables as far as the test servers have them: chDB's library takes part in everything a Keeper is asked, and opens no
 * port for other replicas to fetch from, which keeps its replicated tables read-only. So this shows that both replicas find
 * each other, and what a hub does with replicas that have lost their Keeper; copying of parts is not shown.
 */

import { anHttpEntry } from '@kubeshark/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { openStore } from '../store.ts';
import { freePorts, startServers, TEST_CLUSTER } from '../testing/clickhouse-server.ts';
import { hasZooKeeper, startZooKeeper } from '../testing/zookeeper.ts';
import { ServerDriver } from './server.ts';

const TABLES = ['entries_local', 'events_local', 'notices_local', 'reports_local', 'texts_local'];

test.skipIf(!hasZooKeeper)(
  'two replicas keep the same tables, and refuse entries while they are read-only (needs zookeeper)',
  async () => {
    const [port = 0] = await freePorts(1);
    const keeper = await startZooKeeper(port);
    onTestFinished(() => keeper.dispose());
    const servers = await startServers(2, keeper.port);
    onTestFinished(() => servers.dispose());
    const store = await openStore({ urls: servers.urls, cluster: TEST_CLUSTER, replicated: true, blockMillis: 1 });
    onTestFinished(() => store.close());

    for (const [index, url] of servers.urls.entries()) {
      const server = new ServerDriver({ urls: [url] });
      const { rows } = await server.select({
        sql: 'SELECT table, zookeeper_path, replica_name, total_replicas FROM system.replicas ORDER BY table',
      });
      await server.close();
      const place = (table: string) => `/clickhouse/tables/1/kubeshark/${table.replace('_local', '')}`;
      expect(rows).toEqual(TABLES.map((table) => [table, place(table), `replica-${index}`, 2]));
    }

    // What an agent sent stays with it: this is no fault of the entries.
    await expect(store.insert([anHttpEntry(1)])).rejects.toMatchObject({ code: 'unavailable' });
    expect(await store.count({})).toEqual({ count: 0, complete: true });
    // Reading does not need both.
    await servers.kill(0);
    expect(await store.count({})).toEqual({ count: 0, complete: true });
  },
  120_000,
);
