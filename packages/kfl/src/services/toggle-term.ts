/** Click-to-filter: is a term in a query; adds it, turns it around, or takes it out again. */

import type { Expr, Query } from '../syntax/ast.ts';
import { parse } from '../syntax/parser.ts';
import { print, printExpr } from '../syntax/printer.ts';
import { commentsOf } from './format.ts';

export type TermOp = '==' | '!=';

export interface Term {
  /** A field's path as queries write it, or a protocol's name. */
  readonly field: string;
  readonly op: TermOp;
  /** `true` with a protocol's name is the name by itself; null is a missing value. */
  readonly value: string | number | boolean | null;
}

const at = { start: 0, end: 0 };

/** The conditions of a query that must all hold; one that is not an `and` is alone. */
const conjuncts = ({ filter }: Query): readonly Expr[] =>
  filter === undefined ? [] : filter.kind === 'and' ? filter.items : [filter];

/** Must the term hold for this query? One inside an `or` or a `not` need not. */
export function hasTerm(text: string, term: Term): boolean {
  const field = parse(term.field).tree.filter;
  if (field === undefined) return false;
  const wanted = termOf(field, term.op, term.value);
  return conjuncts(parse(text).tree).some((item) => isSame(item, wanted));
}

/**
 * The query with the term. The same term is taken out, its opposite is replaced; stages and comments stay. A query that
 * cannot be read is left as it is, since a term in the middle of it could mean anything.
 */
export function toggleTerm(text: string, term: Term): string {
  const { tree, diagnostics } = parse(text);
  const field = parse(term.field).tree.filter;
  if (field === undefined || diagnostics.some(({ severity }) => severity === 'error')) return text;
  const wanted = termOf(field, term.op, term.value);
  const opposite = termOf(field, term.op === '==' ? '!=' : '==', term.value);
  const items = conjuncts(tree);
  const kept = items.filter((item) => !isSame(item, wanted) && !isSame(item, opposite));
  const isThere = items.some((item) => isSame(item, wanted));
  const next = isThere ? kept : [...kept, wanted];
  return [...commentsOf(text), printed(tree, next)].filter((line) => line !== '').join('\n');
}

function printed(tree: Query, items: readonly Expr[]): string {
  const [first] = items;
  const { filter: _, ...rest } = tree;
  if (first === undefined) return print(rest);
  return print({ ...rest, filter: items.length === 1 ? first : { kind: 'and', items, ...at } });
}

function termOf(field: Expr, op: TermOp, value: Term['value']): Expr {
  if (value === true && field.kind === 'name') return op === '==' ? field : { kind: 'not', operand: field, ...at };
  return { kind: 'binary', op, left: field, right: { kind: 'literal', value, ...at }, ...at };
}

/** Written the same; `not (a == b)` is `a != b`. */
function isSame(left: Expr, right: Expr): boolean {
  return printExpr(plain(left)) === printExpr(right);
}
function plain(node: Expr): Expr {
  if (node.kind !== 'not' || node.operand.kind !== 'binary' || node.operand.op !== '==') return node;
  return { ...node.operand, op: '!=' };
}
