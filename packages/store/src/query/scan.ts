/** Whole entries oldest first, as many as there are: for exports and recordings. Each window has its own allowance of time. */

import type { Entry, EntryId } from '@kubeshark/model';
import { entryOf, wholeEntry } from './entry-rows.ts';
import type { Reader } from './reader.ts';
import { clauseOf, lowestIdSince, type Scope } from './scope.ts';

export interface ScanRequest extends Scope {
  readonly signal?: AbortSignal | undefined;
}

/** Entries of one statement: a few megabytes at the usual size. */
const CHUNK = 500;
const micros = (seconds: number) => BigInt(seconds * 1_000_000) << 12n;
const FIRST_WINDOW = micros(60);
/** What one window should take; longer ones are halved, shorter ones doubled. */
const WINDOW_MILLIS = 250;

/** Batches in the order of their ids. What is stored after the first batch was asked for is not looked for. */
export async function* scanEntries(reader: Reader, scope: ScanRequest): AsyncGenerator<readonly Entry[]> {
  const { where, signal } = scope;
  const accepts = where?.residual ?? (() => true);
  const range = await rangeOf(reader, scope);
  if (range === undefined) return;
  let { low } = range;
  let window = FIRST_WINDOW;
  let last: EntryId | undefined;
  while (low < range.high) {
    let high = low + window;
    if (high > range.high) high = range.high;
    const started = performance.now();
    const clause = clauseOf(scope);
    const { rows } = await reader.begin({ signal }).select({
      sql: `SELECT ${wholeEntry} FROM ${reader.table}
WHERE id >= {store_low:UInt64} AND id < {store_high:UInt64} AND ${clause.sql} ORDER BY id LIMIT {store_chunk:UInt32}`,
      parameters: { ...clause.parameters, store_low: String(low), store_high: String(high), store_chunk: CHUNK },
    });
    const found: Entry[] = [];
    for (const row of rows) {
      const entry = entryOf(row);
      // Two hubs on one database may have stored a row at the same moment; it is merged away later.
      if (entry.id !== last && accepts(entry)) found.push(entry);
      last = entry.id;
    }
    if (found.length > 0) yield found;
    low = rows.length === CHUNK && last !== undefined ? BigInt(last) + 1n : high;
    const took = performance.now() - started;
    if (took < WINDOW_MILLIS / 2) window *= 2n;
    else if (took > WINDOW_MILLIS && window > 1n) window /= 2n;
  }
}

/** The ids there are, the highest excluded; undefined when there are none. */
async function rangeOf(
  reader: Reader,
  { since, signal }: ScanRequest,
): Promise<{ low: bigint; high: bigint } | undefined> {
  const { rows } = await reader
    .begin({ signal })
    .select({ sql: `SELECT count(), min(id), max(id) FROM ${reader.table}` });
  const [count, min, max] = rows[0] ?? [];
  if (Number(count) === 0) return undefined;
  const oldest = BigInt(min as string);
  const first = since === undefined ? 0n : lowestIdSince(since);
  return { low: first > oldest ? first : oldest, high: BigInt(max as string) + 1n };
}
