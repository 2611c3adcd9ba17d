/** Numbers over time: one statement for a chart, and which time its buckets cover. */

import type { Micros } from '@kubeshark/model';
import type { Row } from '../driver/driver.ts';
import type { Bounds, Reader } from './reader.ts';
import { type Clause, clauseOf, type Scope } from './scope.ts';
import { resolve } from './select-ids.ts';
import { bucketParameters, cut, rangeOf, type Span, timeOf } from './spans.ts';

export interface ChartRequest extends Scope, Bounds {
  readonly buckets: number;
}

/** A scope that SQL can decide, and the clause that says it. */
export async function decide(reader: Reader, asked: Scope & Bounds) {
  const request = reader.begin(asked);
  const { scope, complete } = await resolve(reader, request, asked);
  return { request, scope, complete, clause: clauseOf(scope) };
}

interface ChartStatement {
  /** Selects the number of the bucket first. */
  readonly sql: string;
  readonly parameters?: Clause['parameters'];
}

/** The rows of a chart by bucket, and the time they cover; undefined when nothing is in scope. */
export async function readChart(
  reader: Reader,
  { request, scope, clause }: Awaited<ReturnType<typeof decide>>,
  { asked, statement }: { readonly asked: ChartRequest; readonly statement: ChartStatement },
): Promise<{ readonly span: Span; readonly slots: readonly (readonly [slot: number, row: Row])[] } | undefined> {
  const over = async ({ since, until }: { since: Micros; until: Micros }) => {
    const span = cut(since, until, asked.buckets);
    const parameters = { ...clause.parameters, ...bucketParameters(span), ...statement.parameters };
    const { rows } = await request.select({ sql: statement.sql, parameters });
    return fitted(span, rows, asked);
  };
  // What a filter leaves may be of a short time only; of everything the engine's books know the time, nearly.
  const known = asked.where === undefined ? await timeOf(reader) : undefined;
  const since = asked.since ?? known?.since;
  const until = asked.until ?? known?.until;
  const guessed = since !== undefined && until !== undefined ? await over({ since, until }) : undefined;
  if (guessed !== undefined) return guessed.slots.length === 0 ? undefined : guessed;
  const range = await rangeOf(reader, request, scope);
  const exact = range && (await over({ since: asked.since ?? range.since, until: asked.until ?? range.until }));
  return exact?.slots.length === 0 ? undefined : exact;
}

/** The span without the buckets at its open ends that hold nothing; undefined when more are needed than were asked for. */
function fitted(span: Span, rows: readonly Row[], { since, until, buckets }: ChartRequest) {
  const slots = rows.map((row): readonly [number, Row] => [Number(row[0]), row]);
  let first = since === undefined ? Number.POSITIVE_INFINITY : 0;
  let last = until === undefined ? Number.NEGATIVE_INFINITY : span.buckets - 1;
  for (const [slot] of slots) {
    first = Math.min(first, slot);
    last = Math.max(last, slot);
  }
  if (slots.length === 0) return { span, slots };
  if (last - first >= Math.max(buckets, span.buckets)) return undefined;
  const [from, to] = [first, last + 1].map((slot) => span.since + slot * span.bucketMicros) as [number, number];
  return {
    span: { ...span, since: from, until: to, buckets: last - first + 1 },
    slots: slots.map(([slot, row]) => [slot - first, row] as const),
  };
}

export const timesOf = ({ since, bucketMicros, buckets }: Span): Micros[] =>
  Array.from({ length: buckets }, (_, slot) => since + slot * bucketMicros);
export const coverOf = ({ since, until, bucketMicros }: Span) => ({ since, until, bucketMicros });
/** Of a chart that has nothing on it. */
export const noTime = ({ since = 0, until = 0 }: ChartRequest) => ({ since, until, bucketMicros: 0 });
