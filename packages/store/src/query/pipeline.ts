/** KFL queries with stages, over what is stored. */

import { type Column, type Compiled, compileSqlPipeline, type Run, startRun } from '@kubeshark/kfl';
import { type Entry, sqlMapping } from '@kubeshark/model';
import { conditionOf } from './condition.ts';
import { descend, type Stretch } from './descend.ts';
import { entryOf, wholeEntry } from './entry-rows.ts';
import type { Bounds, Reader, Request } from './reader.ts';
import { clauseOf, type Scope } from './scope.ts';

export interface PipelineRequest extends Omit<Scope, 'where'>, Bounds {
  readonly query: Compiled;
}

export interface Table {
  readonly columns: readonly Column[];
  /** Cells in the order of the columns; a missing value is null. */
  readonly rows: readonly (readonly unknown[])[];
  /** Groups, rows and values that the language's limits left out. */
  readonly dropped: number;
  /** False when the allowance of time or rows ran out: the table is about the newest entries. */
  readonly complete: boolean;
  readonly scanned: number;
  readonly elapsedMillis: number;
}

export type Answer =
  | ({ readonly kind: 'table' } & Table)
  | { readonly kind: 'entries'; readonly entries: readonly Entry[]; readonly complete: boolean };

const WHOLE_CHUNK = 1_000;

/** Runs the query: as one statement where SQL can say all of it, else over whole entries, newest first. */
export async function readPipeline(reader: Reader, asked: PipelineRequest): Promise<Answer> {
  const request = reader.begin(asked);
  return (await runInEngine(reader, request, asked)) ?? runHere(reader, request, asked);
}

async function runInEngine(reader: Reader, request: Request, asked: PipelineRequest): Promise<Answer | undefined> {
  const { query, since, until } = asked;
  // Without groups there is nothing to save: rows are wanted newest first, and a limit ends the search early.
  if (!query.stages.some(({ kind }) => kind === 'aggregate')) return undefined;
  const range = clauseOf({ since, until });
  const source = { table: reader.table, where: range.sql };
  const pipeline = compileSqlPipeline(query, sqlMapping, { source });
  if (pipeline === undefined) return undefined;
  const { rows } = await request.select({
    sql: pipeline.sql,
    parameters: { ...pipeline.parameters, ...range.parameters },
  });
  const { scanned, elapsedMillis } = request;
  const cells = inOrder(
    query,
    rows.map((row) => pipeline.decode(row)),
  );
  return { kind: 'table', columns: pipeline.columns, rows: cells, dropped: 0, complete: true, scanned, elapsedMillis };
}

async function runHere(reader: Reader, request: Request, asked: PipelineRequest): Promise<Answer> {
  const { query, since, until } = asked;
  const run = startRun(query);
  const scope: Scope = { where: conditionOf(query), since, until };
  const stretches = descend(reader, request, { scope, select: wholeEntry, chunk: WHOLE_CHUNK });
  const complete = await pushAll(run, stretches);
  const result = run.finish();
  if (result.kind === 'entries')
    return { kind: 'entries', entries: result.entries as unknown as readonly Entry[], complete };
  const { columns, rows, dropped } = result;
  const { scanned, elapsedMillis } = request;
  return { kind: 'table', columns, rows: inOrder(query, rows), dropped, complete, scanned, elapsedMillis };
}

/** True when the run has seen all it wants. It asks the predicate itself, so what SQL let through too much stays out. */
async function pushAll(run: Run, stretches: AsyncGenerator<Stretch, boolean>): Promise<boolean> {
  for (;;) {
    const step = await stretches.next();
    if (step.done === true) return step.value;
    for (const row of step.value.rows) if (!run.push(entryOf(row))) return true;
  }
}

type Cells = readonly unknown[];

/** Groups that the query does not sort, by their cells from left to right: a table looks the same each time. */
function inOrder(query: Compiled, rows: readonly Cells[]): readonly Cells[] {
  const last = query.stages.findLast(({ kind }) => kind === 'aggregate' || kind === 'sort');
  return last?.kind === 'aggregate' ? rows.toSorted(compareRows) : rows;
}

/** What is missing comes last. */
function compareRows(left: Cells, right: Cells): number {
  for (const [at, a] of left.entries()) {
    const b = right[at];
    if (a === b) continue;
    if (a === null || b === null) return a === null ? 1 : -1;
    if (typeof a === 'number' && typeof b === 'number') return a - b;
    return textOf(a) < textOf(b) ? -1 : 1;
  }
  return 0;
}

const textOf = (cell: unknown): string => (typeof cell === 'string' ? cell : (JSON.stringify(cell) ?? ''));
