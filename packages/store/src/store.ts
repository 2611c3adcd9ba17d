/** The door of the store: opens one of the two engines and answers with entries. */

import type { Entry, EntryId, EntryRow } from '@kubeshark/model';
import type { Driver } from './driver/driver.ts';
import { EmbeddedDriver, type EmbeddedOptions } from './driver/embedded.ts';
import { ServerDriver, type ServerOptions } from './driver/server.ts';
import { StoreError } from './errors.ts';
import { readEntriesOf, readEntry, readKnownIds } from './query/by-id.ts';
import type { ChartRequest } from './query/chart.ts';
import { type Count, readCount } from './query/count.ts';
import { readNeighbours } from './query/neighbours.ts';
import { type Page, type PageRequest, readEntries, readPage } from './query/page.ts';
import { type Answer, type PipelineRequest, readPipeline } from './query/pipeline.ts';
import { type Bounds, Reader } from './query/reader.ts';
import { type ScanRequest, scanEntries } from './query/scan.ts';
import type { Scope } from './query/scope.ts';
import { type MapRequest, readServiceMap, type ServiceMap } from './query/service-map.ts';
import { openTail, type Tail } from './query/tail.ts';
import {
  type Histogram,
  type Latencies,
  readHistogram,
  readLatencies,
  readSeries,
  readTop,
  readTotals,
  type Series,
  type SeriesRequest,
  type Top,
  type TopRequest,
  type Totals,
} from './query/traffic.ts';
import { type FieldValue, readValues, type ValuesRequest } from './query/values.ts';
import { type Layout, migrate, tablesOf } from './schema/migrations.ts';
import { type SharedEvents, sharedEvents } from './shared/events.ts';
import { type SharedNotices, sharedNotices } from './shared/notices.ts';
import { type HubReports, hubReports } from './shared/reports.ts';
import { type SharedTexts, sharedTexts } from './shared/texts.ts';
import { type Amendment, type AmendReport, amend } from './write/amend.ts';
import { Buckets } from './write/buckets.ts';
import { type Holdings, readHoldings } from './write/holdings.ts';
import { Keeper, type StoreState } from './write/keeper.ts';
import { Retention, type RetentionLimits } from './write/retention.ts';
import { type InsertReport, Writer, type WriterStats } from './write/writer.ts';

interface HubOptions {
  /** Name of this hub among those that share a database; default `hub`. */
  readonly hub?: string;
  /** Longest an entry waits to be stored together with others, in milliseconds; default 250. */
  readonly blockMillis?: number;
  /** What to keep; default everything, as long as the disk has room. */
  readonly retention?: RetentionLimits;
}

/** Embedded: the data lies in a directory that only one process can have open. */
export interface EmbeddedStoreOptions extends EmbeddedOptions, HubOptions {}

/** On ClickHouse servers, which several hubs may share. */
export interface ServerStoreOptions extends ServerOptions, HubOptions {
  /** Default: the path of the first address, else `kubeshark`. */
  readonly database?: string;
  /** Name of a cluster in the servers' `remote_servers`: entries are spread over its shards. */
  readonly cluster?: string;
  /** Replicated tables; the servers need a Keeper and the macros `shard` and `replica`. */
  readonly replicated?: boolean;
}

export type StoreOptions = EmbeddedStoreOptions | ServerStoreOptions;

export interface Store {
  /**
   * Stores entries; resolves when they are stored. Entries that are there already are counted and left alone, so a batch
   * can be sent again. Rejects with a StoreError when the batch may not be stored: the caller keeps it and tries later.
   */
  insert(entries: readonly Entry[]): Promise<InsertReport>;
  /**
   * Corrects stored entries, whose ends have got their names, and takes out those that were no calls of their own. An id
   * that is not stored is left alone. Costs a rewrite of the parts they are in: for a few, now and then.
   */
  amend(amendment: Amendment): Promise<AmendReport>;
  /** The same JSON that was stored; undefined when there is no such entry, or not any more. */
  find(id: EntryId): Promise<Entry | undefined>;
  /** Those of these that are stored, in any order. */
  findAll(ids: readonly EntryId[]): Promise<readonly Entry[]>;
  /** A page of list rows, newest first. */
  page(request: PageRequest): Promise<Page>;
  /** A page of whole entries, newest first: for exports and replays. */
  entries(request: PageRequest): Promise<Omit<Page, 'rows'> & { readonly entries: readonly Entry[] }>;
  /** All whole entries of a scope, oldest first, batch by batch. */
  scan(request: ScanRequest): AsyncGenerator<readonly Entry[]>;
  count(scope: Scope & Bounds): Promise<Count>;
  /** The calls before and after one on its connection, oldest first, the entry itself included. */
  neighbours(id: EntryId, bounds?: Bounds): Promise<readonly EntryRow[]>;
  /** Calls and errors over time. */
  histogram(request: ChartRequest): Promise<Histogram>;
  /** Rate, errors and duration over time, in one series or one for each of the busiest groups. */
  series(request: SeriesRequest): Promise<Series>;
  /** How many calls took how long, over time. */
  latencies(request: ChartRequest): Promise<Latencies>;
  /** Rate, errors and duration of each group. */
  top(request: TopRequest): Promise<Top>;
  totals(scope: Scope & Bounds): Promise<Totals>;
  serviceMap(request: MapRequest): Promise<ServiceMap>;
  /** The most frequent values of a field, for completion. */
  values(request: ValuesRequest): Promise<readonly FieldValue[]>;
  /** Runs a KFL query with its stages. */
  run(request: PipelineRequest): Promise<Answer>;
  /** What other hubs on the same database store from now on; for the live streams of this one. */
  tail(): Tail;
  /** What the hubs on one database share; undefined where there can be only one hub. */
  readonly shared:
    | {
        readonly texts: SharedTexts;
        readonly reports: HubReports;
        readonly events: SharedEvents;
        readonly notices: SharedNotices;
      }
    | undefined;
  /** Changes what is kept, from now on; resolves when what is too much has been dropped. */
  retain(limits: RetentionLimits): Promise<void>;
  /** What the store holds, how it is doing and what it has counted. */
  stats(): Promise<StoreStats>;
  close(): Promise<void>;
}

export interface StoreStats extends StoreState, Holdings {
  readonly engine: 'chdb' | 'clickhouse';
  readonly retention: RetentionLimits;
  readonly writer: WriterStats;
}

const DEFAULT_HUB = 'hub';
/** An insert costs about the same for a thousand rows as for one; people do not notice a quarter of a second. */
const DEFAULT_BLOCK_MILLIS = 250;
const DEFAULT_DATABASE = 'kubeshark';
/** Names that are written into statements as they are. */
const identifier = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/;

/** Opens a store. Rejects with a StoreError: `locked`, `newer-schema` or `unavailable`. */
export async function openStore(options: StoreOptions): Promise<Store> {
  const [driver, layout] = await connect(options);
  try {
    return await openOn(driver, layout, options);
  } catch (error) {
    await driver.close();
    throw error;
  }
}

async function connect(options: StoreOptions): Promise<readonly [Driver, Layout]> {
  if ('dataDirectory' in options)
    return [await EmbeddedDriver.open(options), { database: DEFAULT_DATABASE, shared: false }];
  const { cluster, replicated = false } = options;
  const urls = options.urls.map(addressOf);
  const database = options.database ?? (urls[0]?.pathname.slice(1) || DEFAULT_DATABASE);
  for (const name of [database, cluster ?? DEFAULT_DATABASE])
    if (!identifier.test(name)) throw new StoreError('unavailable', `"${name}" is not a plain name`);
  // Without the path: the client would name a database in every request that the first one has yet to make.
  const servers = urls.map((url) => new URL('/', url).href);
  return [new ServerDriver({ ...options, urls: servers }), { database, cluster, replicated, shared: true }];
}

function addressOf(text: string): URL {
  const url = URL.parse(text);
  if (url !== null && /^https?:$/.test(url.protocol)) return url;
  // Not the text itself: it may hold a password.
  throw new StoreError('unavailable', 'the address of ClickHouse is not like http://user:password@host:8123/database');
}

async function openOn(driver: Driver, layout: Layout, options: StoreOptions): Promise<Store> {
  const { hub = DEFAULT_HUB, blockMillis = DEFAULT_BLOCK_MILLIS } = options;
  await migrate(driver, layout);
  const table = tablesOf(layout).entries;
  const reader = new Reader(driver, table);
  const { rows } = await driver.select({ sql: `SELECT max(id) FROM ${table}` });
  const buckets = new Buckets();
  const retention = new Retention({
    driver,
    layout,
    buckets,
    limits: options.retention ?? {},
    dataDirectory: 'dataDirectory' in options ? options.dataDirectory : undefined,
  });
  const keeper = new Keeper(retention);
  const writer = new Writer({
    driver,
    table,
    hub,
    blockMillis,
    buckets,
    onBlock: (error) => keeper.noteBlock(error),
    highestStored: (rows[0]?.[0] as string | undefined) ?? '0',
    lookUp: (ids) => readKnownIds(reader, ids),
  });
  return {
    insert: (entries) => writer.insert(entries),
    amend: (amendment) => amend(driver, layout, amendment),
    find: (id) => readEntry(reader, id),
    findAll: (ids) => readEntriesOf(reader, ids),
    page: (request) => readPage(reader, request),
    entries: (request) => readEntries(reader, request),
    scan: (request) => scanEntries(reader, request),
    count: (scope) => readCount(reader, scope),
    neighbours: (id, bounds) => readNeighbours(reader, id, bounds),
    histogram: (request) => readHistogram(reader, request),
    latencies: (request) => readLatencies(reader, request),
    series: (request) => readSeries(reader, request),
    top: (request) => readTop(reader, request),
    totals: (scope) => readTotals(reader, scope),
    serviceMap: (request) => readServiceMap(reader, request),
    values: (request) => readValues(reader, request),
    run: (request) => readPipeline(reader, request),
    tail: () => openTail({ reader, hub }),
    shared: layout.shared
      ? {
          texts: sharedTexts(driver, layout),
          reports: hubReports(driver, layout, hub),
          events: sharedEvents(driver, layout),
          notices: sharedNotices(driver, layout, hub),
        }
      : undefined,
    retain: (limits) => {
      retention.setLimits(limits);
      return keeper.sweep();
    },
    stats: async () => ({
      engine: layout.shared ? 'clickhouse' : 'chdb',
      ...keeper.state,
      ...(await readHoldings(driver, layout)),
      retention: retention.limits,
      writer: writer.stats,
    }),
    close: async () => {
      await writer.close();
      await keeper.close();
      await driver.close();
    },
  };
}
