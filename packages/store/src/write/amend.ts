/**
 * Corrects entries that are stored: what their ends are called is known only later. The columns are rewritten in place,
 * part by part, so that a reader sees an entry as it was or as it is now, never twice and never not at all.
 */

import { setTimeout } from 'node:timers/promises';
import type { Entry, EntryId } from '@kubeshark/model';
import type { Driver, Parameter } from '../driver/driver.ts';
import { StoreError } from '../errors.ts';
import { endpointTexts } from '../schema/columns.ts';
import { type EntryColumns, flatten } from '../schema/entry-columns.ts';
import { type Layout, systemTable, tablesOf } from '../schema/migrations.ts';

export interface Amendment {
  /** Whole entries that are stored under the same ids; their ends, and what has no column of its own, are written anew. */
  readonly entries: readonly Entry[];
  /** Entries that turned out to be others' second sightings. */
  readonly removed: readonly EntryId[];
}

export interface AmendReport {
  /** Entries whose names are corrected and nothing else: a statement cannot hold the rest of them. */
  readonly namesOnly: number;
}

/** A server takes 128 KB of one value (`http_max_field_value_size`); quoting can double it. */
const MAX_CHUNK_BYTES = 60 * 1024;
/** Each value is looked for in a list, for each row of a part. */
const MAX_CHUNK_ENTRIES = 1_000;
const POLL_MILLIS = 50;
/** A rewrite of the largest part of a busy store takes seconds; what takes longer does not come to an end. */
const MAX_WAIT_MILLIS = 120_000;

/** What may change: never what an index, the order or the partition is made of. */
const amendedTexts = (['src', 'dst'] as const).flatMap((side) =>
  endpointTexts.filter((text) => text !== 'ip').map((text) => `${side}_${text}` as const),
);

const numberOf = /^\d{1,20}$/;

export async function amend(driver: Driver, layout: Layout, { entries, removed }: Amendment): Promise<AmendReport> {
  const rows = entries.map(flatten).filter(({ id }) => numberOf.test(id));
  let chunk: EntryColumns[] = [];
  let bytes = 0;
  for (const row of rows) {
    const size = sizeOf(row);
    if (chunk.length === MAX_CHUNK_ENTRIES || bytes + size > MAX_CHUNK_BYTES) {
      if (chunk.length > 0) await rewrite(driver, layout, update(chunk));
      chunk = [];
      bytes = 0;
    }
    chunk.push(row);
    bytes += size;
  }
  if (chunk.length > 0) await rewrite(driver, layout, update(chunk));
  const gone = removed.filter((id) => numberOf.test(id));
  for (let from = 0; from < gone.length; from += MAX_CHUNK_ENTRIES)
    await rewrite(driver, layout, remove(gone.slice(from, from + MAX_CHUNK_ENTRIES)));
  return { namesOnly: rows.filter((row) => !isRestSmall(row)).length };
}

const isRestSmall = ({ extra }: EntryColumns): boolean => Buffer.byteLength(extra) <= MAX_CHUNK_BYTES;

/** What a row adds to the longest value of a statement, or more. */
const sizeOf = (row: EntryColumns): number =>
  amendedTexts.reduce(
    (sum, name) => sum + Buffer.byteLength(row[name]),
    isRestSmall(row) ? Buffer.byteLength(row.extra) : 0,
  );

interface Rewrite {
  readonly command: string;
  readonly parameters: Readonly<Record<string, Parameter>>;
  /** By which it is found among those that are under way. */
  readonly mark: string;
}

function update(rows: readonly EntryColumns[]): Rewrite {
  const ids = rows.map(({ id }) => id);
  const whole = rows.filter(isRestSmall);
  const names = Object.fromEntries(amendedTexts.map((name) => [name, rows.map((row) => row[name])]));
  const assignments = amendedTexts.map(
    (name) => `${name} = transform(id, {ids:Array(UInt64)}, {${name}:Array(String)}, toString(${name}))`,
  );
  if (whole.length > 0) assignments.push('extra = transform(id, {whole:Array(UInt64)}, {extra:Array(String)}, extra)');
  return {
    command: `UPDATE ${assignments.join(', ')} WHERE id IN {ids:Array(UInt64)}`,
    parameters: { ids, ...names, whole: whole.map(({ id }) => id), extra: whole.map(({ extra }) => extra) },
    mark: ids[0] ?? '',
  };
}

const remove = (ids: readonly EntryId[]): Rewrite => ({
  command: 'DELETE WHERE id IN {ids:Array(UInt64)}',
  parameters: { ids },
  mark: ids[0] ?? '',
});

/** Begins a rewrite and waits for its end outside of the lane of writes: inserts go on meanwhile. */
async function rewrite(driver: Driver, layout: Layout, { command, parameters, mark }: Rewrite): Promise<void> {
  const { localEntries } = tablesOf(layout);
  await driver.execute({ sql: `ALTER TABLE ${localEntries} ${command}`, parameters });
  const [database = '', table = ''] = localEntries.split('.');
  const deadline = performance.now() + MAX_WAIT_MILLIS;
  for (;;) {
    const { rows } = await driver.select({
      sql: `SELECT max(latest_fail_reason) FROM ${systemTable(layout, 'mutations')}
WHERE database = {database:String} AND table = {table:String} AND NOT is_done AND position(command, {mark:String}) > 0
HAVING count() > 0`,
      parameters: { database, table, mark },
    });
    if (rows[0] === undefined) return;
    const failure = String(rows[0][0]);
    if (failure === '' && performance.now() < deadline) {
      await setTimeout(POLL_MILLIS);
      continue;
    }
    // It would be tried for ever.
    await driver.execute({
      sql: `KILL MUTATION WHERE database = {database:String} AND table = {table:String} AND position(command, {mark:String}) > 0`,
      parameters: { database, table, mark },
    });
    throw new StoreError('engine', `stored entries were not corrected: ${failure || 'it took too long'}`);
  }
}
