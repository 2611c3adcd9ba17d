/** Click-to-filter on the tree of the query: is this term in it, put it in, take it out. */

import { type Expr, parse, print, type Query } from '@kubeshark/kfl';

const printExpr = (filter: Expr): string => print({ start: 0, end: 0, filter, stages: [] });

/** The conditions that must all hold; one that is not an `and` is alone. */
const conjuncts = (filter: Expr | undefined): readonly Expr[] =>
  filter === undefined ? [] : filter.kind === 'and' ? filter.items : [filter];

/** The query with other conditions, its stages kept; a query that does not parse is left alone. */
function rebuild({ stages, start, end }: Query, items: readonly Expr[]): string {
  const [first, ...rest] = items;
  if (first === undefined) return print({ start, end, stages });
  const filter: Expr = rest.length === 0 ? first : { kind: 'and', items, start, end };
  return print({ start, end, filter, stages });
}

/** The normal form of a term, as it would stand in a query; the text itself when it is not one. */
const normal = (term: string): string => {
  const { filter } = parse(term).tree;
  return filter === undefined ? term : printExpr(filter);
};

/** Must `term` hold for this query? */
export function hasTerm(query: string, term: string): boolean {
  const wanted = normal(term);
  return conjuncts(parse(query).tree.filter).some((item) => printExpr(item) === wanted);
}

/** `query` with `term` as one more condition. */
export function addTerm(query: string, term: string): string {
  if (hasTerm(query, term)) return query;
  const { tree } = parse(query);
  const { filter } = parse(term).tree;
  return filter === undefined ? query : rebuild(tree, [...conjuncts(tree.filter), ...conjuncts(filter)]);
}

/** `query` without `term`. */
export function removeTerm(query: string, term: string): string {
  const { tree } = parse(query);
  const gone = normal(term);
  return rebuild(
    tree,
    conjuncts(tree.filter).filter((item) => printExpr(item) !== gone),
  );
}
