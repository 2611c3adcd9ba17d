/** Runs a query over the store: a table when its stages make one, a page of entries otherwise. */

import type { Column, RunBody, RunResult } from '@kubeshark/contract';
import type { Compiled, Column as KflColumn } from '@kubeshark/kfl';
import { type JsonValue, rowOf } from '@kubeshark/model';
import { conditionOf, type Store } from '@kubeshark/store';

/** A pipeline answers within this time with what it has read so far; `truncated` says so. */
const MAX_SECONDS = 20;

export interface RunQueryOptions {
  /** The body's query, compiled for whoever asks. */
  readonly query: Compiled;
  readonly body: RunBody;
  readonly signal: AbortSignal;
}

export async function runQuery(store: Store, { query, body, signal }: RunQueryOptions): Promise<RunResult> {
  const { since, until } = body;
  if (query.stages.length === 0) {
    const limit = Math.min(body.limit, query.limit ?? body.limit);
    const where = conditionOf(query);
    const page = await store.page({ where, since, until, limit, before: query.leftOff, signal });
    return { kind: 'entries', page: { ...page, rows: [...page.rows] } };
  }
  const started = performance.now();
  const answer = await store.run({ query, since, until, signal, seconds: MAX_SECONDS });
  if (answer.kind === 'entries') {
    const rows = answer.entries.slice(0, body.limit).map(rowOf);
    const elapsedMillis = performance.now() - started;
    const { complete } = answer;
    return { kind: 'entries', page: { rows, next: null, complete, scanned: answer.entries.length, elapsedMillis } };
  }
  const { columns, rows, dropped, complete, scanned, elapsedMillis } = answer;
  return {
    kind: 'table',
    columns: columns.map(columnOf),
    rows: rows.slice(0, body.limit).map((row) => row.map(jsonOf)),
    truncated: !complete || dropped > 0 || rows.length > body.limit,
    scanned,
    elapsedMillis,
  };
}

const columnTypes: Partial<Record<KflColumn['type'], Column['type']>> = {
  bool: 'bool',
  int: 'number',
  float: 'number',
  duration: 'number',
  time: 'time',
  string: 'string',
  ip: 'string',
};

const columnOf = ({ name, type, unit }: KflColumn): Column => ({
  name,
  type: columnTypes[type] ?? 'json',
  ...(unit !== undefined && { unit }),
});

/** Whole numbers beyond 2^53 travel as text; JSON would round them. */
const jsonOf = (value: unknown): JsonValue => (typeof value === 'bigint' ? String(value) : (value as JsonValue));
