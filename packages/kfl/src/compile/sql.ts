/** The condition of a query as SQL of the ClickHouse dialect, and what of it the predicate has to finish. */

import type { Span } from '../syntax/ast.ts';
import type { Compiled } from './compile.ts';
import { toCondition } from './sql-condition.ts';
import { Binder, type SqlMapping, type SqlParameters } from './sql-mapping.ts';
import type { ConditionContext } from './sql-pieces.ts';
import { entryFields } from './sql-values.ts';

export interface SqlOptions {
  /** Begins the names of parameters; two clauses in one statement need two. Default `p`. */
  readonly prefix?: string;
}

export interface Sql {
  /** True for at least every entry that matches; every literal is a `{p0:Type}` placeholder. */
  readonly sql: string;
  readonly parameters: SqlParameters;
  /** False when `sql` lets through entries that do not match: the predicate has to look at each. */
  readonly isExact: boolean;
  /** Parts of the query's text that the predicate finishes. */
  readonly residual: readonly Span[];
  /** Columns outside of list rows that are read: headers, bodies, the document. */
  readonly heavy: readonly string[];
}

/** Never throws. A query with errors matches nothing, here as well. */
export function compileSql(compiled: Compiled, mapping: SqlMapping, { prefix = 'p' }: SqlOptions = {}): Sql {
  const { filter, isValid } = compiled;
  if (!isValid || filter === undefined) {
    return { sql: isValid ? '1' : '0', parameters: {}, isExact: true, residual: [], heavy: [] };
  }
  const binder = new Binder(prefix);
  const heavy = new Set<string>();
  const residual: Span[] = [];
  const context: ConditionContext = {
    binder,
    heavy,
    field: entryFields(mapping, binder, heavy),
    unfinished: ({ start, end }) => residual.push({ start, end }),
  };
  const condition = toCondition(filter, context);
  if (condition === undefined) return { sql: '1', parameters: {}, isExact: false, residual, heavy: [] };
  return {
    sql: condition.sql,
    parameters: usedIn(condition.sql, binder.parameters),
    isExact: condition.isExact,
    residual: condition.isExact ? [] : residual,
    heavy: [...heavy],
  };
}

/** A part that was given up may have bound literals: a server refuses parameters that nothing uses. */
export function usedIn(sql: string, parameters: SqlParameters): SqlParameters {
  return Object.fromEntries(Object.entries(parameters).filter(([name]) => sql.includes(`{${name}:`)));
}
