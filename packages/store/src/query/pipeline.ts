/** KFL queries with stages, over what is stored. */

import { type Column, type Compiled, startRun } from '@kubeshark/kfl';
import type { Entry } from '@kubeshark/model';
import { conditionOf } from './condition.ts';
import { descend } from './descend.ts';
import { entryOf, wholeEntry } from './entry-rows.ts';
import type { Bounds, Reader } from './reader.ts';
import type { Scope } from './scope.ts';

export interface PipelineRequest extends Omit<Scope, 'where'>, Bounds {
  readonly query: Compiled;
}

export interface Table {
  readonly columns: readonly Column[];
  /** Cells in the order of the columns; a missing value is null. */
  readonly rows: readonly (readonly unknown[])[];
  /** Groups, rows and values that the language's limits left out. */
  readonly dropped: number;
  /** False when time ran out: the table is about the newest entries. */
  readonly complete: boolean;
  readonly scanned: number;
  readonly elapsedMillis: number;
}

export type Answer =
  | ({ readonly kind: 'table' } & Table)
  | { readonly kind: 'entries'; readonly entries: readonly Entry[]; readonly complete: boolean };

const WHOLE_CHUNK = 1_000;

/** Runs the query's stages over the entries its condition lets through, newest first. */
export async function readPipeline(
  reader: Reader,
  { query, since, until, ...bounds }: PipelineRequest,
): Promise<Answer> {
  const request = reader.begin(bounds);
  const run = startRun(query);
  const scope: Scope = { where: conditionOf(query), since, until };
  const stretches = descend(reader, request, { scope, select: wholeEntry, chunk: WHOLE_CHUNK });
  let complete = false;
  for (let wantsMore = true; wantsMore; ) {
    const step = await stretches.next();
    if (step.done === true) {
      complete = step.value;
      break;
    }
    // The run asks the predicate itself, so what SQL let through too much is left out here.
    for (const row of step.value.rows) {
      wantsMore = run.push(entryOf(row));
      if (!wantsMore) {
        complete = true;
        break;
      }
    }
  }
  const result = run.finish();
  if (result.kind === 'entries')
    return { kind: 'entries', entries: result.entries as unknown as readonly Entry[], complete };
  const { columns, rows, dropped } = result;
  const { scanned, elapsedMillis } = request;
  return { kind: 'table', columns, rows, dropped, complete, scanned, elapsedMillis };
}
