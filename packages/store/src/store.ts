/** The door of the store: opens one of the two engines and answers with entries. */

import type { Entry, EntryId } from '@kubeshark/model';
import type { Driver } from './driver/driver.ts';
import { EmbeddedDriver, type EmbeddedOptions } from './driver/embedded.ts';
import { readEntry, readKnownIds } from './query/by-id.ts';
import { readCount } from './query/count.ts';
import { type Page, type PageRequest, readEntries, readPage } from './query/page.ts';
import type { Bounds } from './query/reader.ts';
import { Reader } from './query/reader.ts';
import type { Scope } from './query/scope.ts';
import { type Layout, migrate, tablesOf } from './schema/migrations.ts';
import { type InsertReport, Writer, type WriterStats } from './write/writer.ts';

export interface StoreOptions extends EmbeddedOptions {
  /** Name of this hub among those that share a database; default `hub`. */
  readonly hub?: string;
}

export interface Store {
  /**
   * Stores entries; resolves when they are stored. Entries that are there already are counted and left alone, so a batch
   * can be sent again. Rejects with a StoreError when the batch may not be stored: the caller keeps it and tries later.
   */
  insert(entries: readonly Entry[]): Promise<InsertReport>;
  /** The same JSON that was stored; undefined when there is no such entry, or not any more. */
  find(id: EntryId): Promise<Entry | undefined>;
  /** A page of list rows, newest first. */
  page(request: PageRequest): Promise<Page>;
  /** A page of whole entries, newest first: for exports and replays. */
  entries(request: PageRequest): Promise<Omit<Page, 'rows'> & { readonly entries: readonly Entry[] }>;
  count(scope: Scope & Bounds): Promise<{ readonly count: number; readonly complete: boolean }>;
  stats(): Promise<StoreStats>;
  close(): Promise<void>;
}

export interface StoreStats {
  readonly engine: 'chdb' | 'clickhouse';
  /** Entries held. */
  readonly entries: number;
  readonly writer: WriterStats;
}

const SECONDS_OF_HOUR = 3600;
const defaultHub = 'hub';

/** Opens a store. Rejects with a StoreError: `locked`, `newer-schema` or `unavailable`. */
export async function openStore(options: StoreOptions): Promise<Store> {
  const driver = await EmbeddedDriver.open(options);
  try {
    return await openOn(driver, { database: 'kubeshark', shared: false }, options);
  } catch (error) {
    await driver.close();
    throw error;
  }
}

async function openOn(driver: Driver, layout: Layout, { hub = defaultHub }: StoreOptions): Promise<Store> {
  await migrate(driver, layout);
  const table = tablesOf(layout).entries;
  const reader = new Reader(driver, table);
  const { rows } = await driver.select({ sql: `SELECT max(id) FROM ${table}` });
  const writer = new Writer({
    driver,
    table,
    hub,
    bucketSeconds: () => SECONDS_OF_HOUR,
    highestStored: (rows[0]?.[0] as string | undefined) ?? '0',
    lookUp: (ids) => readKnownIds(reader, ids),
  });
  return {
    insert: (entries) => writer.insert(entries),
    find: (id) => readEntry(reader, id),
    page: (request) => readPage(reader, request),
    entries: (request) => readEntries(reader, request),
    count: (scope) => readCount(reader, scope),
    stats: async () => ({
      engine: 'chdb',
      entries: (await readCount(reader, {})).count,
      writer: writer.stats,
    }),
    close: async () => {
      await writer.close();
      await driver.close();
    },
  };
}
