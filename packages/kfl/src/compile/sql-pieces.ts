/** What conditions in SQL are put together from: presence, exactness, and values inside the document. */

import type { Typed } from '../types/typed.ts';
import type { Missing } from './sql-mapping.ts';
import { JSON_NUMBERS, type SqlContext, type SqlValue } from './sql-values.ts';

export interface SqlCondition {
  /** True for at least every entry for which the condition holds. */
  readonly sql: string;
  readonly isExact: boolean;
}
export type Maybe = SqlCondition | undefined;

export type Scalar = Extract<SqlValue, { missing: Missing }>;

export const exactly = (sql: string): SqlCondition => ({ sql, isExact: true });
const atLeast = (sql: string): SqlCondition => ({ sql, isExact: false });
export const NEVER = exactly('0');

export interface ConditionContext extends SqlContext {
  /** Told of each condition that the predicate has to finish. */
  unfinished(node: Typed): void;
}

/** The condition, and that the value is there. */
export function guarded(value: Scalar, condition: string): string {
  const whole =
    value.missing === 'null'
      ? `ifNull(${condition}, 0)`
      : value.missing === 'never'
        ? condition
        : `${isThere(value)} AND ${condition}`;
  return whenHeld(value, whole);
}
/** The condition where the column holds this value. */
export const whenHeld = ({ when }: { readonly when?: string }, condition: string) =>
  when === undefined ? condition : `${when} AND (${condition})`;

export function isThere({ sql, missing }: Scalar): string {
  switch (missing) {
    case 'never':
      return '1';
    case 'null':
      return `isNotNull(${sql})`;
    case 'empty':
      return `${sql} != ''`;
    case 'zero':
      return `${sql} != 0`;
  }
}

/** What holds for the value in the document, save where a list hides it. */
export function fromJson({ mayBeList, when }: Extract<SqlValue, { kind: 'json' }>, condition: string): SqlCondition {
  const whole = when === undefined ? condition : `${when} AND (${condition})`;
  return mayBeList === '' ? exactly(whole) : atLeast(`(${whole}) OR ${mayBeList}`);
}

export type Constant = Extract<Typed, { kind: 'constant' }>;

export interface Options {
  readonly caseless: boolean;
  readonly context: ConditionContext;
}

export const guardList = ({ there, sql }: Extract<SqlValue, { kind: 'texts' }>) =>
  there === `notEmpty(${sql})` ? '' : `${there} AND `;

/** Lists and maps inside the document are for the predicate. */
export function jsonCondition(
  { args, mayBeList }: Extract<SqlValue, { kind: 'json' }>,
  cases: readonly string[],
): SqlCondition {
  const type = `JSONType(${args})`;
  const list = mayBeList === '' ? '' : ` OR ${mayBeList}`;
  return atLeast(`multiIf(${cases.join(', ')}, ${type} = 'Array', 1, 0)${list}`);
}
export const jsonText = (args: string, condition: string) => `JSONType(${args}) = 'String', ${condition}`;
export const jsonNumber = (args: string, condition: string) => `JSONType(${args}) IN ${JSON_NUMBERS}, ${condition}`;

export const joined = (parts: readonly SqlCondition[], by: string) => parts.map(({ sql }) => `(${sql})`).join(by);
