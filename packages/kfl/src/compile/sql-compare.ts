/** `==` and `<` in SQL, by how a value is kept: the same meaning as values/compare.ts. */

import type { Ordering, Typed } from '../types/typed.ts';
import { wholeNumber } from '../values/compare.ts';
import {
  type ConditionContext,
  type Constant,
  exactly,
  guarded,
  guardList,
  jsonCondition,
  jsonNumber,
  jsonText,
  type Maybe,
  NEVER,
  type Options,
  type Scalar,
  whenHeld,
} from './sql-pieces.ts';
import { nullable, type SqlValue, toSqlValue } from './sql-values.ts';

/** No engine has a literal for infinity. */
const isInfinite = (constant: Constant['value']) => typeof constant === 'number' && !Number.isFinite(constant);

export function equalsConstant(value: SqlValue, constant: Constant['value'], options: Options): Maybe {
  if (isInfinite(constant)) return undefined;
  const { context } = options;
  const { binder } = context;
  switch (value.kind) {
    case 'text':
      return typeof constant === 'boolean' ? NEVER : textEquals(value, constant, options);
    case 'texts': {
      if (typeof constant === 'boolean') return NEVER;
      const inner = textEquals({ kind: 'text', sql: 'v', missing: 'never' }, constant, options);
      if (inner === undefined) return undefined;
      // The whole array has an index over its values.
      const hint =
        typeof constant === 'string' && value.source !== undefined && !options.caseless
          ? `has(${value.source}, ${binder.text(constant)}) AND `
          : '';
      return exactly(`${hint}${guardList(value)}arrayExists(v -> ${inner.sql}, ${value.sql})`);
    }
    case 'number': {
      const number = typeof constant === 'string' ? wholeNumber(constant) : constant;
      if (typeof number === 'boolean' || number === null || number === undefined) return NEVER;
      return typeof number === 'bigint'
        ? undefined
        : exactly(guarded(value, `${value.sql} = ${binder.number(number)}`));
    }
    case 'bool':
      return typeof constant === 'boolean' ? exactly(guarded(value, `${value.sql} = ${constant ? 1 : 0}`)) : NEVER;
    case 'integer':
      return integerEquals(value, constant, context);
    case 'status':
      return statusEquals(value, constant, context);
    case 'map':
      return NEVER;
    case 'object':
      return undefined;
    case 'json':
      return jsonEquals(value, constant, context);
  }
}

function textEquals(
  value: Scalar,
  constant: Exclude<Constant['value'], boolean>,
  { caseless, context }: Options,
): Maybe {
  if (typeof constant === 'string') {
    // An empty text would be a missing one in such a column.
    if (!constant.isWellFormed() || (constant === '' && value.missing === 'empty')) return undefined;
    const side = caseless ? `lower(${value.sql})` : value.sql;
    const condition = `${side} = ${context.binder.text(constant)}`;
    return exactly(value.missing === 'null' ? guarded(value, condition) : whenHeld(value, condition));
  }
  const whole = wholeText(constant);
  if (constant === null || whole === undefined) return NEVER;
  return exactly(guarded(value, wholeCondition(value.sql, '=', context.binder.text(whole))));
}

/** Decimal digits of a whole number; undefined for fractions and for what no 128-bit integer holds. */
function wholeText(number: number | bigint | null): string | undefined {
  if (typeof number === 'number' && !Number.isSafeInteger(number)) return undefined;
  const text = String(number);
  return wholeNumber(text) === undefined ? undefined : text;
}

/** A text that is a whole number is that number. */
const wholeCondition = (sql: string, op: string, digits: string) =>
  `(match(${sql}, '^-?[0-9]{1,38}$') AND ifNull(toInt128OrNull(${sql}) ${op} toInt128(${digits}), 0))`;

/** The text an id is: digits without leading zeros. */
const CANONICAL = /^(?:0|[1-9]\d{0,19})$/;
const MAX_UINT64 = 2n ** 64n - 1n;

function integerEquals(value: Scalar, constant: Constant['value'], { binder }: ConditionContext): Maybe {
  const text = typeof constant === 'string' ? constant : (wholeText(constant as number | bigint) ?? '');
  if (!CANONICAL.test(text) || BigInt(text) > MAX_UINT64) return NEVER;
  return exactly(`${value.sql} = ${binder.integer(text)}`);
}

function statusEquals(
  value: Extract<SqlValue, { kind: 'status' }>,
  constant: Constant['value'],
  { binder }: ConditionContext,
): Maybe {
  const { sql, text } = value;
  if (typeof constant === 'boolean' || constant === null) return NEVER;
  if (typeof constant === 'bigint') return undefined;
  if (typeof constant === 'number') return exactly(whenHeld(value, `ifNull(${sql} = ${binder.number(constant)}, 0)`));
  const number = wholeNumber(constant);
  if (!constant.isWellFormed() || constant === '' || typeof number === 'bigint') return undefined;
  const asText = `${text} = ${binder.text(constant)}`;
  if (number === undefined) return exactly(whenHeld(value, asText));
  return exactly(whenHeld(value, `${asText} OR (${text} = '' AND ifNull(${sql} = ${binder.number(number)}, 0))`));
}

function jsonEquals(
  value: Extract<SqlValue, { kind: 'json' }>,
  constant: Constant['value'],
  { binder }: ConditionContext,
): Maybe {
  const { args } = value;
  if (typeof constant === 'string') {
    if (!constant.isWellFormed()) return undefined;
    const number = wholeNumber(constant);
    const same = jsonText(args, `JSONExtractString(${args}) = ${binder.text(constant)}`);
    if (number === undefined) return jsonCondition(value, [same]);
    return jsonCondition(value, [
      same,
      jsonNumber(args, `JSONExtractFloat(${args}) = ${binder.number(Number(number))}`),
    ]);
  }
  if (typeof constant === 'boolean') {
    return jsonCondition(value, [`JSONType(${args}) = 'Bool', JSONExtractBool(${args}) = ${constant ? 1 : 0}`]);
  }
  const number = Number(constant);
  return jsonCondition(value, [
    jsonNumber(args, `JSONExtractFloat(${args}) = ${binder.number(number)}`),
    jsonText(args, '1'),
  ]);
}

export function ordersConstant(
  value: SqlValue,
  op: Ordering,
  options: Options & { readonly constant: Constant['value'] },
): Maybe {
  const { constant, context } = options;
  const { binder } = context;
  if (constant === null || typeof constant === 'boolean') return NEVER;
  if (isInfinite(constant)) return undefined;
  switch (value.kind) {
    case 'text':
      return textOrders(value, op, options);
    case 'texts': {
      const inner = textOrders({ kind: 'text', sql: 'v', missing: 'never' }, op, options);
      return inner && exactly(`${guardList(value)}arrayExists(v -> ${inner.sql}, ${value.sql})`);
    }
    case 'number': {
      const number = typeof constant === 'string' ? wholeNumber(constant) : constant;
      if (number === undefined) return NEVER;
      return typeof number === 'bigint'
        ? undefined
        : exactly(guarded(value, `${value.sql} ${op} ${binder.number(number)}`));
    }
    case 'integer': {
      if (typeof constant === 'string')
        return constant.isWellFormed() ? exactly(`toString(${value.sql}) ${op} ${binder.text(constant)}`) : undefined;
      const text = wholeText(constant);
      if (text === undefined || !CANONICAL.test(text) || BigInt(text) > MAX_UINT64) return undefined;
      return exactly(`${value.sql} ${op} ${binder.integer(text)}`);
    }
    case 'status':
      if (typeof constant !== 'number') return undefined;
      return exactly(whenHeld(value, `ifNull(${value.sql} ${op} ${binder.number(constant)}, 0)`));
    case 'json':
      return jsonOrders(value, op, options);
    case 'object':
      return undefined;
    case 'bool':
    case 'map':
      return NEVER;
  }
}

function textOrders(
  value: Scalar,
  op: Ordering,
  { constant, caseless, context }: Options & { readonly constant: Constant['value'] },
): Maybe {
  if (typeof constant === 'string') {
    if (!constant.isWellFormed()) return undefined;
    return exactly(
      guarded(value, `${caseless ? `lower(${value.sql})` : value.sql} ${op} ${context.binder.text(constant)}`),
    );
  }
  const whole = wholeText(constant as number | bigint);
  return whole === undefined
    ? undefined
    : exactly(guarded(value, wholeCondition(value.sql, op, context.binder.text(whole))));
}

function jsonOrders(
  value: Extract<SqlValue, { kind: 'json' }>,
  op: Ordering,
  { constant, context }: Options & { readonly constant: Constant['value'] },
): Maybe {
  const { args } = value;
  const { binder } = context;
  if (typeof constant === 'number') {
    return jsonCondition(value, [
      jsonNumber(args, `JSONExtractFloat(${args}) ${op} ${binder.number(constant)}`),
      jsonText(args, '1'),
    ]);
  }
  if (typeof constant !== 'string' || !constant.isWellFormed()) return undefined;
  return jsonCondition(value, [
    jsonText(args, `JSONExtractString(${args}) ${op} ${binder.text(constant)}`),
    jsonNumber(args, '1'),
  ]);
}

export function compareColumns(
  op: string,
  { left, right, caseless }: { readonly left: Typed; readonly right: Typed; readonly caseless: boolean },
  context: ConditionContext,
): Maybe {
  const a = toSqlValue(left, context);
  const b = toSqlValue(right, context);
  if (a === undefined || b === undefined || a.kind !== b.kind) return undefined;
  if (
    (a.kind !== 'text' && a.kind !== 'number' && a.kind !== 'bool') ||
    (b.kind !== 'text' && b.kind !== 'number' && b.kind !== 'bool')
  )
    return undefined;
  const side = (value: Scalar) => (caseless ? `lower(${nullable(value)})` : nullable(value));
  return exactly(`ifNull(${side(a)} ${op} ${side(b)}, 0)`);
}
