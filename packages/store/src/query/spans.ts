/** Charts: which times they cover and how they are cut into buckets. */

import type { Micros } from '@kubeshark/model';
import type { Reader, Request } from './reader.ts';
import { clauseOf, type Scope, timeOfId } from './scope.ts';

/** A stretch of time in equal buckets; `since` is a multiple of the bucket. */
export interface Span {
  readonly since: Micros;
  readonly until: Micros;
  readonly bucketMicros: number;
  readonly buckets: number;
}

const second = 1_000_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
/** Lengths people can read off an axis. */
const lengths = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500].map((millis) => millis * 1000),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * second),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * minute),
  ...[1, 2, 3, 6, 12].map((n) => n * hour),
  ...[1, 2, 7, 14, 28].map((n) => n * day),
];

/** The first and last time in scope; undefined when nothing is. */
export async function rangeOf(
  reader: Reader,
  request: Request,
  scope: Scope,
): Promise<{ readonly since: Micros; readonly until: Micros } | undefined> {
  const clause = clauseOf(scope);
  const { rows } = await request.select({
    sql: `SELECT count(), min(timestamp), max(timestamp) FROM ${reader.table} WHERE ${clause.sql}`,
    parameters: clause.parameters,
  });
  const [count, first, last] = rows[0] ?? [];
  if (Number(count) === 0) return undefined;
  return { since: first as number, until: Math.floor(last as number) + 1 };
}

/**
 * The time of all entries by their ids, which the engine knows without reading: nearly, since calls begin before they get
 * their id, and what was stored a moment ago may be missing. Undefined when there are none.
 */
export async function timeOf(reader: Reader): Promise<{ readonly since: Micros; readonly until: Micros } | undefined> {
  const extent = await reader.extent.read();
  return extent && { since: timeOfId(extent.oldest), until: timeOfId(extent.newest) + 1 };
}

/** At most `buckets` buckets of a readable length over the time given. */
export function cut(since: Micros, until: Micros, buckets: number): Span {
  const fits = (length: number) => Math.ceil(until / length) - Math.floor(since / length) <= buckets;
  const longest = lengths.at(-1) ?? day;
  // Only a range of years needs more than the longest.
  const bucketMicros = lengths.find(fits) ?? Math.ceil((until - since) / Math.max(1, buckets - 1) / longest) * longest;
  const first = Math.floor(since / bucketMicros) * bucketMicros;
  const last = Math.ceil(until / bucketMicros) * bucketMicros;
  return { since: first, until: last, bucketMicros, buckets: Math.max(1, Math.round((last - first) / bucketMicros)) };
}

/** SQL of the number of a row's bucket, with the parameters it needs. Below zero for what is before the span. */
export const bucketNumber = 'toInt64(floor((timestamp - {store_origin:Float64}) / {store_bucket:Float64}))';
export const bucketParameters = ({ since, bucketMicros }: Span) => ({
  store_origin: since,
  store_bucket: bucketMicros,
});
