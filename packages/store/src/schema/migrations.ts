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
  };
}

/** A table of `system`, of all shards together: each shard answered by one of its replicas. */
export function systemTable({ cluster }: Layout, name: 'parts' | 'parts_columns'): string {
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

function engineOf({ database, replicated, shared }: Layout, table: string): string {
  const family = shared ? 'ReplacingMergeTree' : 'MergeTree';
  if (replicated !== true) return `${family}()`;
  return `Replicated${family}('/clickhouse/tables/{shard}/${database}/${table}', '{replica}')`;
}

const migrations: readonly Migration[] = [
  {
    version: 1,
    name: 'entries',
    statements: (layout) => {
      const { entries, localEntries } = tablesOf(layout);
      const lines = [...columns.map(({ name, type, codec }) => `${name} ${type} CODEC(${codec})`), ...skipIndexes];
      const table = `CREATE TABLE IF NOT EXISTS ${localEntries} (
  ${lines.join(',\n  ')},
  time DateTime64(6) ALIAS fromUnixTimestamp64Micro(toInt64(timestamp))
) ENGINE = ${engineOf(layout, 'entries')} PARTITION BY bucket ORDER BY id`;
      const retired = `CREATE TABLE IF NOT EXISTS ${tablesOf(layout).retired}
(at DateTime DEFAULT now(), bucket UInt32, rows UInt64, bytes UInt64, reason LowCardinality(String))
ENGINE = MergeTree ORDER BY at`;
      if (layout.cluster === undefined) return [table, retired];
      return [
        table,
        retired,
        `CREATE TABLE IF NOT EXISTS ${entries} AS ${localEntries}
ENGINE = Distributed('${layout.cluster}', '${layout.database}', 'entries_local', cityHash64(id))`,
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
