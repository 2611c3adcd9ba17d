/** The calls before and after one on its connection. */

import type { EntryId, EntryRow } from '@kubeshark/model';
import { listRow, listRowOf } from './entry-rows.ts';
import type { Bounds, Reader } from './reader.ts';
import { idNumber, MAX_ID } from './scope.ts';

/** Rows on each side. */
const SIDE_ROWS = 50;
/** A connection may be open for months; what is further away is no neighbour. */
const REACH = 24n * 3600n * 1_000_000n * 4096n;

/** Oldest first, the entry itself included; empty when there is no such entry. */
export async function readNeighbours(reader: Reader, id: EntryId, bounds: Bounds = {}): Promise<readonly EntryRow[]> {
  const at = idNumber(id);
  if (at === undefined) return [];
  const request = reader.begin(bounds);
  const found = await request.select({
    sql: `SELECT connection_id FROM ${reader.table} WHERE id = {id:UInt64} LIMIT 1`,
    parameters: { id },
  });
  const connection = found.rows[0]?.[0] as string | undefined;
  if (connection === undefined) return [];
  const low = at > REACH ? at - REACH : 0n;
  const high = at < MAX_ID - REACH ? at + REACH : MAX_ID;
  const parameters = { id, connection, low: String(low), high: String(high), limit: SIDE_ROWS + 1 };
  const select = `SELECT ${listRow} FROM ${reader.table} WHERE connection_id = {connection:String}`;
  const [before, after] = await Promise.all([
    request.select({
      sql: `${select} AND id >= {low:UInt64} AND id <= {id:UInt64} ORDER BY id DESC LIMIT {limit:UInt32}`,
      parameters,
    }),
    request.select({
      sql: `${select} AND id > {id:UInt64} AND id <= {high:UInt64} ORDER BY id LIMIT {limit:UInt32}`,
      parameters,
    }),
  ]);
  return [...before.rows.toReversed(), ...after.rows.slice(0, SIDE_ROWS)].map(listRowOf);
}
