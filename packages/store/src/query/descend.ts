/**
 * Reads entries newest first, in windows of time that grow while they are cheap. Without windows, `ORDER BY id DESC`
 * opens every part of the table; with them a search also has somewhere to stop, and to go on from.
 */

import type { EntryId } from '@kubeshark/model';
import type { Row } from '../driver/driver.ts';
import { StoreError } from '../errors.ts';
import type { Reader, Request } from './reader.ts';
import { clauseOf, idNumber, lowestIdSince, MAX_ID, type Scope } from './scope.ts';

export interface Descent {
  readonly scope: Scope;
  /** Ids below this only; without it from the newest. */
  readonly before?: EntryId | undefined;
  /** Ids above this only. */
  readonly after?: EntryId | undefined;
  readonly select: string;
  /** Most rows of one statement. */
  readonly chunk: number;
}

/** Rows of one statement, and the id below which nothing has been looked at yet. */
export interface Stretch {
  readonly rows: readonly Row[];
  readonly down: bigint;
}

const micros = (seconds: number) => BigInt(seconds * 1_000_000) << 12n;
const FIRST_WINDOW = micros(5 * 60);
const SMALLEST_WINDOW = micros(1);
/** What one window should take: each costs a few milliseconds of its own, and is a place to stop. */
const WINDOW_MILLIS = 250;
const MOST_GROWTH = 64;
const LEAST_GROWTH = 0.5;

/**
 * Stretches of what matches, newest first; the first selected column must be the id. Returns true when all was looked
 * at, false when time was up before; rejects with `timeout` when it was up before anything was looked at.
 */
export async function* descend(reader: Reader, request: Request, descent: Descent): AsyncGenerator<Stretch, boolean> {
  const range = await rangeOf(reader, request, descent);
  if (range === undefined) return true;
  let { high } = range;
  const top = high;
  let window = FIRST_WINDOW;
  while (high > range.low) {
    // On a grid: the engine remembers which parts hold nothing for a condition, and asks the same one again.
    const low = highest([((high - 1n) / window) * window, range.low]);
    const started = performance.now();
    let stretch: Stretch;
    try {
      stretch = await readWindow(reader, request, { ...descent, low, high });
    } catch (error) {
      const isPartial = high !== top && error instanceof StoreError && error.code === 'timeout';
      if (!isPartial) throw error;
      return false;
    }
    yield stretch;
    high = stretch.down;
    const growth = WINDOW_MILLIS / (performance.now() - started);
    window = highest([scaled(window, Math.min(Math.max(growth, LEAST_GROWTH), MOST_GROWTH)), SMALLEST_WINDOW]);
  }
  return true;
}

interface Range {
  readonly low: bigint;
  /** Exclusive. */
  readonly high: bigint;
}

async function readWindow(
  { table }: Reader,
  request: Request,
  { scope, select, chunk, low, high }: Descent & Range,
): Promise<Stretch> {
  const clause = clauseOf(scope);
  const { rows } = await request.select({
    sql: `SELECT ${select} FROM ${table}
WHERE id >= {store_low:UInt64} AND id < {store_high:UInt64} AND ${clause.sql} ORDER BY id DESC LIMIT {store_chunk:UInt32}`,
    parameters: { ...clause.parameters, store_low: String(low), store_high: String(high), store_chunk: chunk },
  });
  const last = rows.at(-1);
  const down = rows.length < chunk || last === undefined ? low : BigInt(last[0] as string);
  return { rows, down };
}

/** The ids to look at; undefined when there is nothing. */
async function rangeOf(
  { table }: Reader,
  request: Request,
  { scope, before, after }: Descent,
): Promise<Range | undefined> {
  const below = before === undefined ? MAX_ID : idNumber(before);
  const above = after === undefined ? 0n : idNumber(after);
  // A bound that is no id has nothing on either side.
  if (below === undefined || above === undefined) return undefined;
  const { rows } = await request.select({ sql: `SELECT count(), min(id), max(id) FROM ${table}` });
  const [count, min, max] = rows[0] ?? [];
  if (Number(count) === 0) return undefined;
  const since = scope.since === undefined ? 0n : lowestIdSince(scope.since);
  const low = highest([BigInt(min as string), after === undefined ? 0n : above + 1n, since]);
  const newest = BigInt(max as string);
  const high = before !== undefined && below <= newest ? below : newest + 1n;
  return high > low ? { low, high } : undefined;
}

/** Twice, four, eight … times or half as long: windows of one grid lie inside those of the next. */
function scaled(window: bigint, growth: number): bigint {
  const doublings = Math.floor(Math.log2(growth));
  return doublings < 0 ? window / 2n : window << BigInt(doublings);
}

/** Math.max does not take 64-bit integers. */
function highest(values: readonly bigint[]): bigint {
  let found = values[0] ?? 0n;
  for (const value of values) if (value > found) found = value;
  return found;
}
