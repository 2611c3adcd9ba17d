/** Numbers over many entries: rate, errors and duration, over time and by what people group by. */

import type { Micros } from '@kubeshark/model';
import { type ChartRequest, coverOf, decide, noTime, readChart, timesOf } from './chart.ts';
import { type Grouping, groupings } from './groupings.ts';
import type { Bounds, Reader, Request } from './reader.ts';
import type { Clause, Scope } from './scope.ts';
import { bucketNumber, rangeOf } from './spans.ts';

/** Milliseconds; null when no call has a latency. */
export interface Percentiles {
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

interface Covered {
  /** The time the numbers are about. */
  readonly since: Micros;
  readonly until: Micros;
  /** False when the filter could not be decided for all entries: the numbers are about the newest. */
  readonly complete: boolean;
}

export interface Histogram extends Covered {
  readonly bucketMicros: number;
  /** In time order without holes. */
  readonly buckets: readonly { readonly at: Micros; readonly count: number; readonly errors: number }[];
}

export interface Point extends Percentiles {
  readonly at: Micros;
  readonly count: number;
  readonly errors: number;
  readonly bytes: number;
}

export interface Series extends Covered {
  readonly bucketMicros: number;
  readonly series: readonly { readonly key: string; readonly points: readonly Point[] }[];
}

export interface Totals extends Covered, Percentiles {
  readonly count: number;
  readonly errors: number;
  readonly bytes: number;
  readonly perSecond: number;
}

export interface TopRow extends Percentiles {
  readonly key: string;
  readonly count: number;
  readonly errors: number;
  readonly bytes: number;
  readonly perSecond: number;
}

export interface Top extends Covered {
  readonly rows: readonly TopRow[];
  /** True when there are more groups than were asked for. */
  readonly truncated: boolean;
}

export interface Latencies extends Covered {
  readonly bucketMicros: number;
  /** Lowest latency of each row in milliseconds, rising; the first has all that is shorter, the last all that is longer. */
  readonly rows: readonly number[];
  /** In time order without holes. */
  readonly columns: readonly { readonly at: Micros; readonly counts: readonly number[] }[];
}

export interface SeriesRequest extends ChartRequest {
  readonly by?: Grouping | undefined;
  /** Series kept when grouping; all others are summed as `other`. */
  readonly limit: number;
}

export type TopOrder = 'count' | 'errors' | 'errorRate' | 'p50' | 'p95' | 'p99' | 'bytes';

export interface TopRequest extends Scope, Bounds {
  readonly by: Grouping;
  readonly order: TopOrder;
  readonly limit: number;
}

export const percentiles = 'quantilesTDigest(0.5, 0.95, 0.99)(latency)';
const bytes = 'sum(ifNull(request_size, 0) + ifNull(response_size, 0))';
const OTHER = 'other';

const orders: Readonly<Record<TopOrder, string>> = {
  count: 'total',
  errors: 'failed',
  errorRate: 'failed / total',
  p50: 'times[1]',
  p95: 'times[2]',
  p99: 'times[3]',
  bytes: 'volume',
};

/** An engine's list of percentiles; an empty one has NaN, which JSON cannot say. */
export function percentilesOf(value: unknown): Percentiles {
  const [p50 = null, p95 = null, p99 = null] = value as (number | null)[];
  return { p50, p95, p99 };
}

const SECOND_MICROS = 1_000_000;
/** Anything shorter counts as a second, so that one lone call is not a rate of a million a second. */
const rate = (count: number, { since, until }: { since: Micros; until: Micros }) =>
  count / Math.max(1, (until - since) / SECOND_MICROS);

/** The same with the time it covers. */
export async function prepare(reader: Reader, asked: Scope & Bounds) {
  const decided = await decide(reader, asked);
  const isBounded = asked.since !== undefined && asked.until !== undefined;
  const found = isBounded ? undefined : await rangeOf(reader, decided.request, decided.scope);
  return { ...decided, range: { since: asked.since ?? found?.since ?? 0, until: asked.until ?? found?.until ?? 0 } };
}

export async function readHistogram(reader: Reader, asked: ChartRequest): Promise<Histogram> {
  const decided = await decide(reader, asked);
  const { clause, complete } = decided;
  const sql = `SELECT ${bucketNumber} AS slot, count(), sum(error) FROM ${reader.table} WHERE ${clause.sql} GROUP BY slot`;
  const chart = await readChart(reader, decided, { asked, statement: { sql } });
  if (chart === undefined) return { ...noTime(asked), complete, buckets: [] };
  const { span, slots } = chart;
  const found = new Map(
    slots.map(([slot, [, count, errors]]) => [slot, { count: Number(count), errors: Number(errors) }]),
  );
  const buckets = timesOf(span).map((at, slot) => ({ at, ...(found.get(slot) ?? { count: 0, errors: 0 }) }));
  return { ...coverOf(span), complete, buckets };
}

const nothing: Omit<Point, 'at'> = { count: 0, errors: 0, bytes: 0, p50: null, p95: null, p99: null };

export async function readSeries(reader: Reader, asked: SeriesRequest): Promise<Series> {
  const decided = await decide(reader, asked);
  const { request, clause, complete } = decided;
  const key = asked.by === undefined ? undefined : groupings[asked.by];
  const keys = key === undefined ? [''] : await busiest(reader, request, { key, clause, limit: asked.limit });
  const name = key && `if(has({store_keys:Array(String)}, ${key}), ${key}, '${OTHER}')`;
  const statement = {
    sql: `SELECT ${bucketNumber} AS slot, ${name ?? "''"} AS series, count(), sum(error), ${bytes}, ${percentiles}
FROM ${reader.table} WHERE ${clause.sql} GROUP BY slot${name === undefined ? '' : ', series'}`,
    ...(key !== undefined && { parameters: { store_keys: keys } }),
  };
  const chart = await readChart(reader, decided, { asked, statement });
  if (chart === undefined) return { ...noTime(asked), complete, series: [] };
  const { span, slots } = chart;
  const found = new Map<string, Map<number, Omit<Point, 'at'>>>(keys.map((each) => [each, new Map()]));
  for (const [slot, [, series, count, errors, volume, times]] of slots) {
    const points = found.get(series as string) ?? new Map<number, Omit<Point, 'at'>>();
    const numbers = { count: Number(count), errors: Number(errors), bytes: Number(volume) };
    points.set(slot, { ...numbers, ...percentilesOf(times) });
    found.set(series as string, points);
  }
  const times = timesOf(span);
  const series = [...found].map(([each, points]) => ({
    key: each,
    points: times.map((at, slot) => ({ at, ...(points.get(slot) ?? nothing) })),
  }));
  return { ...coverOf(span), complete, series };
}

/** The groups with the most entries, busiest first. */
async function busiest(
  reader: Reader,
  request: Request,
  { key, clause, limit }: { readonly key: string; readonly clause: Clause; readonly limit: number },
): Promise<readonly string[]> {
  const { rows } = await request.select({
    sql: `SELECT ${key} AS key, count() AS total FROM ${reader.table} WHERE ${clause.sql}
GROUP BY key ORDER BY total DESC, key LIMIT {store_limit:UInt32}`,
    parameters: { ...clause.parameters, store_limit: limit },
  });
  return rows.map(([name]) => name as string);
}

/** Three rows for each power of ten, from 0.1 ms: a page of a fast cache and a timeout of a minute fit on one chart. */
const ROWS_A_DECADE = 3;
const LOWEST_MILLIS = 0.1;
const latencyRows: readonly number[] = Array.from(
  { length: 18 },
  (_, row) => LOWEST_MILLIS * 10 ** (row / ROWS_A_DECADE),
);
const latencyRow = `least(${latencyRows.length - 1}, greatest(0, toInt32(floor(
log10(greatest(ifNull(latency, 0), ${LOWEST_MILLIS}) / ${LOWEST_MILLIS}) * ${ROWS_A_DECADE}))))`;

export async function readLatencies(reader: Reader, asked: ChartRequest): Promise<Latencies> {
  const decided = await decide(reader, asked);
  const { clause, complete } = decided;
  const sql = `SELECT ${bucketNumber} AS slot, ${latencyRow} AS place, count() FROM ${reader.table}
WHERE (${clause.sql}) AND latency IS NOT NULL GROUP BY slot, place`;
  const chart = await readChart(reader, decided, { asked, statement: { sql } });
  if (chart === undefined) return { ...noTime(asked), complete, rows: latencyRows, columns: [] };
  const columns = timesOf(chart.span).map((at) => ({ at, counts: latencyRows.map(() => 0) }));
  for (const [slot, [, place, count]] of chart.slots) {
    const column = columns[slot];
    if (column !== undefined) column.counts[Number(place)] = Number(count);
  }
  return { ...coverOf(chart.span), complete, rows: latencyRows, columns };
}

export async function readTotals(reader: Reader, asked: Scope & Bounds): Promise<Totals> {
  const { request, clause, range, complete } = await prepare(reader, asked);
  const { rows } = await request.select({
    sql: `SELECT count(), sum(error), ${bytes}, ${percentiles} FROM ${reader.table} WHERE ${clause.sql}`,
    parameters: clause.parameters,
  });
  const [count, errors, volume, times] = rows[0] ?? [];
  return {
    ...range,
    complete,
    count: Number(count),
    errors: Number(errors),
    bytes: Number(volume),
    perSecond: rate(Number(count), range),
    ...percentilesOf(times ?? []),
  };
}

export async function readTop(reader: Reader, asked: TopRequest): Promise<Top> {
  const { request, clause, range, complete } = await prepare(reader, asked);
  const { rows } = await request.select({
    sql: `SELECT ${groupings[asked.by]} AS key, count() AS total, sum(error) AS failed, ${bytes} AS volume,
${percentiles} AS times FROM ${reader.table} WHERE ${clause.sql}
GROUP BY key ORDER BY ${orders[asked.order]} DESC, key LIMIT {store_limit:UInt32}`,
    // One more than asked for tells whether there are more.
    parameters: { ...clause.parameters, store_limit: asked.limit + 1 },
  });
  return {
    ...range,
    complete,
    truncated: rows.length > asked.limit,
    rows: rows.slice(0, asked.limit).map(([key, count, errors, volume, times]) => ({
      key: key as string,
      count: Number(count),
      errors: Number(errors),
      bytes: Number(volume),
      perSecond: rate(Number(count), range),
      ...percentilesOf(times),
    })),
  };
}
