/** What the checker carries along: the catalogue, findings, variables, and what the query asks beside its condition. */

import type { Diagnostic, DiagnosticBag } from '../diagnostics.ts';
import type { Expr, Scalar, Span } from '../syntax/ast.ts';
import type { Fields } from './fields.ts';
import type { TimeUnit, Type } from './type.ts';
import type { Typed } from './typed.ts';

/** What redact(), limit(), rlimit() and leftOff() ask for. */
export interface Effects {
  readonly redact: Typed[];
  limit?: number;
  rlimit?: number;
  leftOff?: string;
}

export interface Context {
  readonly fields: Fields;
  readonly bag: DiagnosticBag;
  readonly effects: Effects;
  /** Microseconds of the moment of asking; undefined in live streams, where it moves. */
  readonly now: number | undefined;
  /** Variables of the macros around, innermost last. */
  readonly locals: { readonly name: string; readonly slot: number }[];
  /** Columns by what a query calls them, after a stage that left only columns. */
  columns?: ReadonlyMap<string, Typed>;
  /** Near names of the unknown ones so far: a text full of misspelt names must not cost a search for each. */
  readonly suggestions: Map<string, readonly string[]>;
  slots: number;
  /** True directly under the query's own `and`, where effects belong. */
  atTop: boolean;
  check(node: Expr): Typed;
}

export const report = (context: Context, diagnostic: Diagnostic) => context.bag.add(diagnostic);

/** A constant with the span of what it was made from. */
export function constant(value: Scalar, at: Span, type: Type = typeOfScalar(value), unit?: TimeUnit): Typed {
  return { kind: 'constant', value, type, start: at.start, end: at.end, ...(unit !== undefined && { unit }) };
}

function typeOfScalar(value: Scalar): Type {
  if (value === null) return 'null';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'string') return 'string';
  return Number.isInteger(value) || typeof value === 'bigint' ? 'int' : 'float';
}

export const isConstant = (node: Typed): node is Extract<Typed, { kind: 'constant' }> => node.kind === 'constant';

/** The constant's text; undefined for anything else. */
export const constantText = (node: Typed | undefined) =>
  node?.kind === 'constant' && typeof node.value === 'string' ? node.value : undefined;
export const constantNumber = (node: Typed | undefined) =>
  node?.kind === 'constant' && typeof node.value === 'number' ? node.value : undefined;

export const spanOf = ({ start, end }: Span): Span => ({ start, end });
