/** The tables, as numbered steps that are never changed once released: a step that turns out wrong gets a successor. */

import type { Driver } from '../driver/driver.ts';
import { StoreError } from '../errors.ts';
import { columns } from './columns.ts';

/** Where the tables are and what kind of tables they are. */
export interface Layout {
  readonly database: string;
  /** Name of a cluster in the server's `remote_servers`: rows are spread over its shards by id. */
  readonly cluster?: string | undefined;
  /** Replicated tables, which need a Keeper on the server's side. */
  readonly replicated?: boolean | undefined;
  /** Several hubs may write: a row that came twice at the same moment, through two hubs, is merged away. */
  readonly shared: boolean;
}

interface Migration {
  readonly version: number;
  readonly name: string;
  readonly statements: (layout: Layout) => readonly string[];
}

/** Tables by their role. In a cluster each shard keeps its part in a table of its own, behind one that spans them. */
export function tablesOf({ database, cluster }: Layout) {
  const local = cluster === undefined ? '' : '_local';
  return {
    entries: `${database}.entries`,
    localEntries: `${database}.entries${local}`,
    /** What retention has dropped. */
    retired: `${database}.retired`,
    migrations: `${database}.migrations`,
    /** Texts and reports of hubs that share the database. */
    texts: `${database}.texts`,
    localTexts: `${database}.texts${local}`,
    reports: `${database}.reports`,
    localReports: `${database}.reports${local}`,
    /** The audit log of hubs that share the database. */
    events: `${database}.events`,
    localEvents: `${database}.events${local}`,
    /** What those hubs tell each other as it happens. */
    notices: `${database}.notices`,
    localNotices: `${database}.notices${local}`,
  };
}

/** A table of `system`, of all shards together: each shard answered by one of its replicas. */
export function systemTable({ cluster }: Layout, name: 'parts' | 'parts_columns' | 'mutations'): string {
  return cluster === undefined ? `system.${name}` : `cluster('${cluster}', system.${name})`;
}

/** Values that are rare enough for an index to skip most of the data; built when parts are first merged. */
const skipIndexes = [
  'INDEX by_timestamp timestamp TYPE minmax',
  'INDEX by_stored_at stored_at TYPE minmax',
  'INDEX by_status status TYPE minmax',
  'INDEX by_error error TYPE minmax',
  'INDEX by_latency latency TYPE minmax',
  'INDEX by_path request_path TYPE ngrambf_v1(4, 16384, 2, 0)',
  'INDEX by_request_header mapValues(request_headers) TYPE bloom_filter(0.01)',
  'INDEX by_response_header mapValues(response_headers) TYPE bloom_filter(0.01)',
  'INDEX by_trace trace_id TYPE bloom_filter(0.01)',
  'INDEX by_connection connection_id TYPE bloom_filter(0.01)',
];

/** Questions about who looked at what are asked months later; an event takes some hundred bytes. */
const EVENT_DAYS = 400;
/** A notice is of use for a minute. */
const NOTICE_MINUTES = 10;

interface Engine {
  readonly family: 'MergeTree' | 'ReplacingMergeTree';
  /** Of a replacing one: the column whose highest value stays. */
  readonly version?: string;
}

function engineOf({ database, replicated }: Layout, table: string, { family, version }: Engine): string {
  const own = version === undefined ? [] : [version];
  if (replicated !== true) return `${family}(${own.join(', ')})`;
  const place = [`'/clickhouse/tables/{shard}/${database}/${table}'`, "'{replica}'"];
  return `Replicated${family}(${[...place, ...own].join(', ')})`;
}

/** In a cluster, the table that spans the local ones of all shards. */
function spanning({ cluster, database }: Layout, table: string, shardBy: string): readonly string[] {
  if (cluster === undefined) return [];
  return [
    `CREATE TABLE IF NOT EXISTS ${database}.${table} AS ${database}.${table}_local
ENGINE = Distributed('${cluster}', '${database}', '${table}_local', ${shardBy})`,
  ];
}

const migrations: readonly Migration[] = [
  {
    version: 1,
    name: 'entries',
    statements: (layout) => {
      const lines = [...columns.map(({ name, type, codec }) => `${name} ${type} CODEC(${codec})`), ...skipIndexes];
      const family = layout.shared ? 'ReplacingMergeTree' : 'MergeTree';
      return [
        `CREATE TABLE IF NOT EXISTS ${tablesOf(layout).localEntries} (
  ${lines.join(',\n  ')},
  time DateTime64(6) ALIAS fromUnixTimestamp64Micro(toInt64(timestamp))
) ENGINE = ${engineOf(layout, 'entries', { family })} PARTITION BY bucket ORDER BY id`,
        `CREATE TABLE IF NOT EXISTS ${tablesOf(layout).retired}
(at DateTime DEFAULT now(), bucket UInt32, rows UInt64, bytes UInt64, reason LowCardinality(String))
ENGINE = MergeTree ORDER BY at`,
        ...spanning(layout, 'entries', 'cityHash64(id)'),
      ];
    },
  },
  {
    version: 2,
    name: 'what hubs share',
    statements: (layout) => {
      // An embedded store has one hub, which keeps such things beside it.
      if (!layout.shared) return [];
      const { localTexts, localReports } = tablesOf(layout);
      return [
        `CREATE TABLE IF NOT EXISTS ${localTexts}
(name String, version UInt64, at DateTime64(6) DEFAULT now64(6), writer String, text String CODEC(ZSTD(3)))
ENGINE = ${engineOf(layout, 'texts', { family: 'MergeTree' })} ORDER BY (name, version)`,
        `CREATE TABLE IF NOT EXISTS ${localReports}
(hub String, at DateTime64(3) DEFAULT now64(3), text String CODEC(ZSTD(1)))
ENGINE = ${engineOf(layout, 'reports', { family: 'ReplacingMergeTree', version: 'at' })} ORDER BY hub TTL toDateTime(at) + INTERVAL 1 DAY`,
        ...spanning(layout, 'texts', 'cityHash64(name)'),
        ...spanning(layout, 'reports', 'cityHash64(hub)'),
      ];
    },
  },
  {
    version: 3,
    name: 'the audit log that hubs share',
    statements: (layout) => {
      if (!layout.shared) return [];
      return [
        `CREATE TABLE IF NOT EXISTS ${tablesOf(layout).localEvents}
(at UInt64, text String CODEC(ZSTD(3)))
ENGINE = ${engineOf(layout, 'events', { family: 'MergeTree' })} ORDER BY at
TTL toDateTime(intDiv(at, 1000000)) + INTERVAL ${EVENT_DAYS} DAY`,
        ...spanning(layout, 'events', 'cityHash64(text)'),
      ];
    },
  },
  {
    version: 4,
    name: 'what hubs tell each other',
    statements: (layout) => {
      if (!layout.shared) return [];
      return [
        `CREATE TABLE IF NOT EXISTS ${tablesOf(layout).localNotices}
(at UInt64 DEFAULT toUnixTimestamp64Micro(now64(6)), hub String, kind LowCardinality(String), place UInt32, text String CODEC(ZSTD(1)))
ENGINE = ${engineOf(layout, 'notices', { family: 'MergeTree' })} ORDER BY at PARTITION BY intDiv(at, ${NOTICE_MINUTES} * 60000000)
TTL toDateTime(intDiv(at, 1000000)) + INTERVAL ${NOTICE_MINUTES} MINUTE
SETTINGS ttl_only_drop_parts = 1, merge_with_ttl_timeout = 300`,
        ...spanning(layout, 'notices', 'cityHash64(at, hub)'),
      ];
    },
  },
];

const SCHEMA_VERSION = migrations.length;

/** Brings the tables up to this program's version. Rejects with `newer-schema` when they are ahead of it. */
export async function migrate(driver: Driver, layout: Layout): Promise<void> {
  const table = tablesOf(layout).migrations;
  const current = await versionOf(driver, layout);
  if (current === 0) {
    await driver.execute({ sql: `CREATE DATABASE IF NOT EXISTS ${layout.database}` });
    await driver.execute({
      sql: `CREATE TABLE IF NOT EXISTS ${table} (version UInt32, name String, applied_at DateTime DEFAULT now())
ENGINE = MergeTree ORDER BY version`,
    });
  }
  if (current > SCHEMA_VERSION)
    throw new StoreError(
      'newer-schema',
      `the stored data has schema version ${current}, this program knows ${SCHEMA_VERSION}: use a newer kubeshark or another data directory`,
    );
  for (const { version, name, statements } of migrations.slice(current)) {
    // Each statement can be repeated, so a step that was cut off in the middle is simply run again.
    for (const sql of statements(layout)) await driver.execute({ sql });
    await driver.execute({
      sql: `INSERT INTO ${table} (version, name) SELECT {version:UInt32}, {name:String}`,
      parameters: { version, name },
    });
  }
}

/** The last step applied; 0 when there is nothing yet. */
async function versionOf(driver: Driver, layout: Layout): Promise<number> {
  const known = await driver.select({
    sql: "SELECT count() FROM system.tables WHERE database = {database:String} AND name = 'migrations'",
    parameters: { database: layout.database },
  });
  if (known.rows[0]?.[0] === '0') return 0;
  const { rows } = await driver.select({ sql: `SELECT max(version) FROM ${tablesOf(layout).migrations}` });
  return Number(rows[0]?.[0] ?? 0);
}
