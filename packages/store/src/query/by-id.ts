/** Entries by their ids. */

import type { Entry, EntryId } from '@kubeshark/model';
import { entryOf, wholeEntry } from './entry-rows.ts';
import type { Reader } from './reader.ts';
import { idNumber } from './scope.ts';

/** Ids of one look-up: 20 digits each, and a statement may have 256 KB. */
const LOOK_UP_IDS = 2_000;

export async function readEntry(reader: Reader, id: EntryId): Promise<Entry | undefined> {
  if (idNumber(id) === undefined) return undefined;
  const { rows } = await reader.begin().select({
    sql: `SELECT ${wholeEntry} FROM ${reader.table} WHERE id = {id:UInt64} LIMIT 1`,
    parameters: { id },
  });
  return rows[0] === undefined ? undefined : entryOf(rows[0]);
}

/** Those of the ids that are stored, in any order. */
export async function readEntriesOf(reader: Reader, ids: readonly EntryId[]): Promise<readonly Entry[]> {
  const found: Entry[] = [];
  const request = reader.begin();
  const asked = ids.filter((id) => idNumber(id) !== undefined);
  for (let start = 0; start < asked.length; start += LOOK_UP_IDS) {
    const { rows } = await request.select({
      sql: `SELECT ${wholeEntry} FROM ${reader.table} WHERE id IN {ids:Array(UInt64)}`,
      parameters: { ids: asked.slice(start, start + LOOK_UP_IDS) },
    });
    for (const row of rows) found.push(entryOf(row));
  }
  return found;
}

/** Those of the ids that are stored. */
export async function readKnownIds(reader: Reader, ids: readonly EntryId[]): Promise<ReadonlySet<EntryId>> {
  const known = new Set<EntryId>();
  const request = reader.begin();
  for (let start = 0; start < ids.length; start += LOOK_UP_IDS) {
    const { rows } = await request.select({
      sql: `SELECT id FROM ${reader.table} WHERE id IN {ids:Array(UInt64)}`,
      parameters: { ids: ids.slice(start, start + LOOK_UP_IDS) },
    });
    for (const [id] of rows) known.add(id as EntryId);
  }
  return known;
}
