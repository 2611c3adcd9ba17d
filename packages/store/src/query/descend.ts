/**
 * Reads entries newest first, in windows of time that grow while they are cheap. Without windows, `ORDER BY id DESC`
 * opens every part of the table; with them a search also has somewhere to stop, and to go on from.
 */

import type { EntryId } from '@kubeshark/model';
import type { Row } from '../driver/driver.ts';
import { StoreError } from '../errors.ts';
import type { Extent } from './extent.ts';
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

const BEYOND_IDS = MAX_ID + 1n;
const micros = (seconds: number) => BigInt(seconds * 1_000_000) << 12n;
/** Of everything, a page is full at once; the fewer parts are opened for it the better. */
const FIRST_WINDOW = micros(5 * 60);
/** With a filter it may not be: a handful of partitions at the usual retention, in one statement. */
const FIRST_FILTERED_WINDOW = micros(6 * 3600);
const SMALLEST_WINDOW = micros(1);
/** A text that is looked for in each of these takes a second of one core. */
const FIRST_ROWS = 2_000_000;
/** What one window should take: each costs a few milliseconds of its own, and is a place to stop. */
const WINDOW_MILLIS = 500;
const MOST_GROWTH = 64;
const LEAST_GROWTH = 0.5;

/**
 * Stretches of what matches, newest first; the first selected column must be the id. Returns true when all was looked
 * at, false when the allowance of time or rows was used up before; rejects with `timeout` or `rows` when that happened
 * before anything was looked at.
 */
export async function* descend(reader: Reader, request: Request, descent: Descent): AsyncGenerator<Stretch, boolean> {
  const extent = await reader.extent.read();
  const range = rangeOf(descent);
  if (extent === undefined || range === undefined) return true;
  const isFiltered = descent.scope.where !== undefined;
  let window = firstWindow(extent, isFiltered);
  let { high } = range;
  let isFirst = true;
  while (high > range.low) {
    // What was stored since the extent was read is above its newest, and must not widen the window.
    const from = high > extent.newest ? extent.newest + 1n : high;
    // On a grid: the engine remembers which parts hold nothing for a condition, and asks the same one again.
    const below = ((from - 1n) / window) * window;
    const low = below <= extent.oldest || below < range.low ? range.low : below;
    const started = performance.now();
    let stretch: Stretch;
    try {
      stretch = await readWindow(reader, request, { ...descent, low, high });
    } catch (error) {
      const isUsedUp = error instanceof StoreError && (error.code === 'timeout' || error.code === 'rows');
      if (isFirst || !isUsedUp) throw error;
      return false;
    }
    isFirst = false;
    yield stretch;
    high = stretch.down;
    const growth = WINDOW_MILLIS / (performance.now() - started);
    window = highest(scaled(window, Math.min(Math.max(growth, LEAST_GROWTH), MOST_GROWTH)), SMALLEST_WINDOW);
  }
  return true;
}

/** Never more rows than one statement should look through, by the mean of all. */
function firstWindow({ entries, oldest, newest }: Extent, isFiltered: boolean): bigint {
  const wanted = isFiltered ? FIRST_FILTERED_WINDOW : FIRST_WINDOW;
  if (entries <= FIRST_ROWS) return wanted;
  const ofRows = ((newest - oldest) * BigInt(FIRST_ROWS)) / BigInt(entries);
  return highest(ofRows < wanted ? ofRows : wanted, SMALLEST_WINDOW);
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
WHERE id >= {store_low:UInt64} AND id <= {store_last:UInt64} AND ${clause.sql} ORDER BY id DESC LIMIT {store_chunk:UInt32}`,
    parameters: { ...clause.parameters, store_low: String(low), store_last: String(high - 1n), store_chunk: chunk },
  });
  const last = rows.at(-1);
  const down = rows.length < chunk || last === undefined ? low : BigInt(last[0] as string);
  return { rows, down };
}

/** The ids to look at, the highest excluded; undefined when there can be none. */
function rangeOf({ scope, before, after }: Descent): Range | undefined {
  const high = before === undefined ? BEYOND_IDS : idNumber(before);
  const above = after === undefined ? -1n : idNumber(after);
  // A bound that is no id has nothing on either side.
  if (high === undefined || above === undefined) return undefined;
  const since = scope.since === undefined ? 0n : lowestIdSince(scope.since);
  const low = highest(above + 1n, since);
  return high > low ? { low, high } : undefined;
}

/** Twice, four, eight … times or half as long: windows of one grid lie inside those of the next. */
function scaled(window: bigint, growth: number): bigint {
  const doublings = Math.floor(Math.log2(growth));
  return doublings < 0 ? window / 2n : window << BigInt(doublings);
}

/** Math.max does not take 64-bit integers. */
const highest = (a: bigint, b: bigint): bigint => (a > b ? a : b);
