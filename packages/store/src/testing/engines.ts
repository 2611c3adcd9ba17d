/** The engines every store test runs on. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Driver } from '../driver/driver.ts';
import { EmbeddedDriver } from '../driver/embedded.ts';
import { ServerDriver } from '../driver/server.ts';
import type { Layout } from '../schema/migrations.ts';
import { openStore, type Store } from '../store.ts';
import { startServers, TEST_CLUSTER } from './clickhouse-server.ts';

/** Tests insert one thing after the other: nothing is gained by waiting for more. */
const BLOCK_MILLIS = 2;

export interface TestEngine {
  /** A store on what this engine holds; several may be opened one after the other. */
  open(): Promise<Store>;
  /** The engine without the store around it, while no store is open. */
  driver(): Promise<Driver>;
  /** Where its stores keep their tables. */
  readonly layout: Layout;
  dispose(): Promise<void>;
}

async function embedded(): Promise<TestEngine> {
  const dataDirectory = await mkdtemp(path.join(tmpdir(), 'kubeshark-store-'));
  return {
    open: () => openStore({ dataDirectory, blockMillis: BLOCK_MILLIS }),
    driver: () => EmbeddedDriver.open({ dataDirectory }),
    layout: { database: 'kubeshark', shared: false },
    dispose: () => rm(dataDirectory, { recursive: true, force: true }),
  };
}

async function servers(count: number): Promise<TestEngine> {
  const started = await startServers(count);
  const cluster = count === 1 ? {} : { cluster: TEST_CLUSTER };
  return {
    open: () => openStore({ urls: started.urls, blockMillis: BLOCK_MILLIS, ...cluster }),
    driver: () => Promise.resolve(new ServerDriver({ urls: started.urls })),
    layout: { database: 'kubeshark', shared: true, ...cluster },
    dispose: () => started.dispose(),
  };
}

export const engines: readonly (readonly [name: string, start: () => Promise<TestEngine>])[] = [
  ['chDB', embedded],
  ['a ClickHouse server', () => servers(1)],
  ['two ClickHouse shards', () => servers(2)],
];
