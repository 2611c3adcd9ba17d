/** How many entries a scope has. */

import { descend } from './descend.ts';
import { entryOf, wholeEntry } from './entry-rows.ts';
import type { Bounds, Reader } from './reader.ts';
import { clauseOf, type Scope } from './scope.ts';

export interface Count {
  readonly count: number;
  /** False when the allowance of time or rows ran out before all entries were looked at. */
  readonly complete: boolean;
}

const WHOLE_CHUNK = 500;

export async function readCount(reader: Reader, asked: Scope & Bounds): Promise<Count> {
  const request = reader.begin(asked);
  const residual = asked.where?.residual;
  if (residual === undefined) {
    const clause = clauseOf(asked);
    const { rows } = await request.select({
      sql: `SELECT count() FROM ${reader.table} WHERE ${clause.sql}`,
      parameters: clause.parameters,
    });
    return { count: Number(rows[0]?.[0] ?? 0), complete: true };
  }
  let count = 0;
  const stretches = descend(reader, request, { scope: asked, select: wholeEntry, chunk: WHOLE_CHUNK });
  for (;;) {
    const step = await stretches.next();
    if (step.done === true) return { count, complete: step.value };
    count += step.value.rows.filter((row) => residual(entryOf(row))).length;
  }
}
