/** KFL over the product's own catalogue. A chunk of its own: loaded when a query is first typed, checked or highlighted. */

import { compile, type Diagnostic } from '@kubeshark/kfl';
import { type EntryRow, kflSchema } from '@kubeshark/model';

export { hasTerm, toggleTerm } from '@kubeshark/kfl';
export { readingOf } from './reading.ts';

interface CheckedQuery {
  readonly isValid: boolean;
  readonly diagnostics: readonly Diagnostic[];
  /** In the house spelling. */
  readonly normal: string;
  /** The query has stages after a pipe: its answer is a table, not a list of calls. */
  readonly isTable: boolean;
}

export function checkQuery(text: string): CheckedQuery {
  if (text.trim() === '') return { isValid: true, diagnostics: [], normal: '', isTable: false };
  const { isValid, diagnostics, normal, tree } = compile(text, kflSchema);
  return { isValid, diagnostics, normal, isTable: tree.stages.length > 0 };
}

/**
 * Does a row of the list match? Only what a row carries can be asked: a condition on bodies or headers matches none.
 * Null when the query does not compile.
 */
export function rowPredicate(text: string): ((row: EntryRow) => boolean) | null {
  const { isValid, predicate } = compile(text, kflSchema);
  if (!isValid) return null;
  return (row) => predicate(asEntry(row));
}

const asEntry = (row: EntryRow): object => ({
  ...row,
  [row.protocol]: {},
  request: row.requestSize === null ? null : { size: row.requestSize, method: row.method },
  response: row.responseSize === null ? null : { size: row.responseSize, status: row.status, latency: row.latency },
});
