/** A KFL query as a filter of the store. */

import { type Compiled, compileSql } from '@kubeshark/kfl';
import { sqlMapping } from '@kubeshark/model';
import type { Condition } from './scope.ts';

/** What SQL can say of the query's condition, and its predicate where that is not all; undefined when everything is meant. */
export function conditionOf(compiled: Compiled): Condition | undefined {
  if (compiled.isValid && compiled.filter === undefined) return undefined;
  const { sql, parameters, isExact } = compileSql(compiled, sqlMapping);
  return { sql, parameters, ...(!isExact && { residual: compiled.predicate }) };
}
