/** Turns a filter that only whole entries can decide into one that SQL can: the ids of what matches. */

import { descend } from './descend.ts';
import { entryOf, wholeEntry } from './entry-rows.ts';
import type { Reader, Request } from './reader.ts';
import type { Scope } from './scope.ts';

/** 20 digits each, in a statement of at most `MAX_STATEMENT_BYTES`. */
const MAX_IDS = 20_000;
const WHOLE_CHUNK = 500;

export interface Resolved {
  readonly scope: Scope;
  /** False when there are more matches than could be looked at: the newest are in the scope. */
  readonly complete: boolean;
}

/** The scope without a residual predicate. Without one to begin with, nothing is read. */
export async function resolve(reader: Reader, request: Request, scope: Scope): Promise<Resolved> {
  const residual = scope.where?.residual;
  if (residual === undefined) return { scope, complete: true };
  const ids: string[] = [];
  const stretches = descend(reader, request, { scope, select: wholeEntry, chunk: WHOLE_CHUNK });
  for (;;) {
    const step = await stretches.next();
    if (step.done !== true) for (const row of step.value.rows) if (residual(entryOf(row))) ids.push(row[0] as string);
    if (step.done === true || ids.length >= MAX_IDS) {
      const where = { sql: 'id IN {store_ids:Array(UInt64)}', parameters: { store_ids: ids } };
      return { scope: { ...scope, where }, complete: step.done === true && step.value };
    }
  }
}
