import { expect, test } from 'vitest';
import type { Driver } from '../driver/driver.ts';
import { type Layout, migrate } from './migrations.ts';

/** What a new database of this layout is told to do; the engines' own tests show that they take it, replication aside. */
async function statementsFor(layout: Layout): Promise<readonly string[]> {
  const told: string[] = [];
  const driver: Pick<Driver, 'select' | 'execute'> = {
    select: () => Promise.resolve({ rows: [['0']], rowsRead: 0, bytesRead: 0 }),
    execute: ({ sql }) => {
      told.push(sql);
      return Promise.resolve();
    },
  };
  await migrate(driver as Driver, layout);
  return told;
}

const engines = (statements: readonly string[]) =>
  statements.flatMap((sql) => [
    ...sql.matchAll(/CREATE TABLE IF NOT EXISTS (\S+)[\s\S]*?ENGINE = (\w+\([^)]*\)|\w+)/g),
  ]);

test.each<[name: string, layout: Layout, expected: Readonly<Record<string, string>>]>([
  [
    'embedded',
    { database: 'k', shared: false },
    { 'k.entries': 'MergeTree()', 'k.migrations': 'MergeTree', 'k.retired': 'MergeTree' },
  ],
  [
    'one server',
    { database: 'k', shared: true },
    {
      'k.entries': 'ReplacingMergeTree()',
      'k.texts': 'MergeTree()',
      'k.reports': 'ReplacingMergeTree(at)',
      'k.notices': 'MergeTree()',
    },
  ],
  [
    'a replicated cluster',
    { database: 'k', shared: true, cluster: 'c', replicated: true },
    {
      'k.entries_local': "ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/k/entries', '{replica}')",
      'k.entries': "Distributed('c', 'k', 'entries_local', cityHash64(id)",
      'k.texts_local': "ReplicatedMergeTree('/clickhouse/tables/{shard}/k/texts', '{replica}')",
      'k.texts': "Distributed('c', 'k', 'texts_local', cityHash64(name)",
      'k.reports_local': "ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/k/reports', '{replica}', at)",
      'k.reports': "Distributed('c', 'k', 'reports_local', cityHash64(hub)",
      'k.notices_local': "ReplicatedMergeTree('/clickhouse/tables/{shard}/k/notices', '{replica}')",
    },
  ],
])('the tables of %s', async (_name, layout, expected) => {
  const found = new Map(engines(await statementsFor(layout)).map(([, table, engine]) => [table ?? '', engine ?? '']));
  for (const [table, engine] of Object.entries(expected))
    expect(found.get(table)?.replace(/\)$/, '')).toBe(engine.replace(/\)$/, ''));
});
