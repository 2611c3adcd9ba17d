import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EmbeddedDriver } from '../driver/embedded.ts';
import { columns } from '../schema/columns.ts';
import { type EntryColumns, flatten, type HeaderColumn } from '../schema/entry-columns.ts';
import { migrate } from '../schema/migrations.ts';
import { anyEntries } from '../testing/arbitrary-entry.ts';
import { NativeBlock } from './native-block.ts';

let directory: string;
let driver: EmbeddedDriver;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'kubeshark-native-'));
  driver = await EmbeddedDriver.open({ dataDirectory: directory });
  await migrate(driver, { database: 'kubeshark', shared: false });
  await driver.execute({ sql: 'CREATE TABLE kubeshark.copy AS kubeshark.entries' });
});
afterAll(async () => {
  await driver.close();
  await rm(directory, { recursive: true, force: true });
});

const stamp = { bucket: 7, stored_at: 1_795_428_000_000_000n, stored_by: 'test' };

/** By hand, because a repeated header is a repeated key. */
function jsonOf(row: EntryColumns): string {
  const map = ({ keys, values }: HeaderColumn) =>
    `{${keys.map((key, at) => `${text(key)}:${text(values[at] ?? '')}`).join(',')}}`;
  const cells = Object.entries(row).map(([name, value]) =>
    name.endsWith('_headers') ? `"${name}":${map(value as HeaderColumn)}` : `"${name}":${text(value)}`,
  );
  return `{"bucket":7,"stored_at":"1795428000000000","stored_by":"test",${cells.join(',')}}`;
}
const text = (value: unknown) =>
  JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'string' ? inner.toWellFormed() : inner));

test('a block holds what the engine would have read from JSON', async () => {
  let next = 1n;
  await fc.assert(
    fc.asyncProperty(anyEntries(0n), async (entries) => {
      const rows = entries.map((entry) => ({ ...flatten(entry), id: String(next++) }));
      const block = new NativeBlock(columns, stamp);
      for (const row of rows) block.append(row);
      await driver.insertNative('kubeshark.entries', block.finish());
      const file = path.join(directory, 'rows.ndjson');
      await writeFile(file, rows.map(jsonOf).join('\n'));
      await driver.execute({
        sql: `INSERT INTO kubeshark.copy FROM INFILE '${file}' SETTINGS async_insert = 0 FORMAT JSONEachRow`,
      });
      const differences = await driver.select({
        sql: `SELECT * FROM ((SELECT * FROM kubeshark.entries EXCEPT SELECT * FROM kubeshark.copy)
UNION ALL (SELECT * FROM kubeshark.copy EXCEPT SELECT * FROM kubeshark.entries)) LIMIT 3`,
      });
      expect(differences.rows).toEqual([]);
    }),
    { numRuns: 5 },
  );
});

test('a block whose lists are all empty is read like any other', async () => {
  const row = { ...flatten({ id: '1', timestamp: 0, error: false } as never), id: '4611686018427387904' };
  const block = new NativeBlock(columns, stamp);
  block.append(row);
  await driver.insertNative('kubeshark.entries', block.finish());
  const { rows } = await driver.select({
    sql: 'SELECT protocols, mapKeys(request_headers), latency FROM kubeshark.entries WHERE id = 4611686018427387904',
  });
  expect(rows).toEqual([[[], [], null]]);
});
