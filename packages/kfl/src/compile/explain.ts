/** What a query asks, for people and for planners. */

import type { Span } from '../syntax/ast.ts';
import type { CheckedStage } from '../types/stages.ts';
import type { Typed } from '../types/typed.ts';
import { typedParts } from '../types/typed.ts';
import type { Compiled } from './compile.ts';
import { compileSql } from './sql.ts';
import type { SqlMapping, SqlParameters } from './sql-mapping.ts';

export interface Explanation {
  /** The query in the house spelling. */
  readonly normal: string;
  /** Declared fields and paths that are read, in the order they are met. */
  readonly fields: readonly string[];
  /** Protocols of which an entry must carry one to match; undefined when any entry may. */
  readonly protocols?: readonly string[];
  readonly sql: string;
  readonly parameters: SqlParameters;
  /** False when the predicate has to look at what SQL lets through. */
  readonly isExact: boolean;
  /** Parts of the query's text that the predicate finishes. */
  readonly residual: readonly (Span & { readonly text: string })[];
  /** SQL answers it from the columns that list rows have: no headers, bodies or documents are read. */
  readonly isSummaryOnly: boolean;
}

/** Says what the condition of a query needs; stages add the fields they read. */
export function explain(compiled: Compiled, mapping: SqlMapping): Explanation {
  const { filter, stages, text, normal } = compiled;
  const { sql, parameters, isExact, residual, heavy } = compileSql(compiled, mapping);
  const values = stages.flatMap(valuesOf);
  const protocols = filter === undefined ? undefined : protocolsOf(filter);
  return {
    normal,
    fields: [...new Set([...(filter === undefined ? [] : [filter]), ...values].flatMap(fieldsIn))],
    ...(protocols !== undefined && { protocols: [...protocols] }),
    sql,
    parameters,
    isExact,
    residual: residual.map(({ start, end }) => ({ start, end, text: text.slice(start, end) })),
    isSummaryOnly: isExact && heavy.length === 0,
  };
}

function valuesOf(stage: CheckedStage): readonly Typed[] {
  switch (stage.kind) {
    case 'where':
      return [stage.filter];
    case 'aggregate':
      return [...stage.keys.map(({ value }) => value), ...stage.aggregates.flatMap(({ of }) => of ?? [])];
    case 'fields':
      return stage.columns.map(({ value }) => value);
    case 'sort':
    case 'limit':
      return [];
  }
}

function fieldsIn(node: Typed): readonly string[] {
  if (node.kind === 'flag') return ['protocols'];
  return node.kind === 'field' ? [node.name] : typedParts(node).flatMap(fieldsIn);
}

/** Protocols one of which must be carried for the condition to hold; undefined when it can hold without any. */
function protocolsOf(node: Typed): ReadonlySet<string> | undefined {
  switch (node.kind) {
    case 'flag':
      return new Set([node.id]);
    case 'and': {
      const sets = node.items.map(protocolsOf).filter((set) => set !== undefined);
      // Each of them must hold; the smallest says most.
      return sets.toSorted((a, b) => a.size - b.size)[0];
    }
    case 'or': {
      const sets = node.items.map(protocolsOf);
      return sets.every((set) => set !== undefined) ? new Set(sets.flatMap((set) => [...set])) : undefined;
    }
    case 'equal':
    case 'order':
    case 'textTest':
      return protocolsOfField(node.left) ?? protocolsOfField(node.right);
    case 'exists':
    case 'like':
    case 'matches':
    case 'oneOf':
      return protocolsOfField(node.of);
    case 'member':
      return protocolsOfField(node.container);
    default:
      return protocolsOfField(node);
  }
}

/** A field that only some protocols fill is missing from the entries of all others. */
function protocolsOfField(node: Typed): ReadonlySet<string> | undefined {
  if (node.kind === 'step' || node.kind === 'text') return protocolsOfField(node.of);
  return node.kind === 'field' && node.protocols !== undefined ? new Set(node.protocols) : undefined;
}
