/**
 * Checked conditions as SQL. Every condition is 0 or 1, never NULL, so that NOT means not. Where SQL cannot say the same
 * thing it says a little more (`isExact` is false) or nothing at all, and the predicate finishes.
 */

import type { Choice, Ordering, TextTest, Typed } from '../types/typed.ts';
import { foldCase, wholeNumber } from '../values/compare.ts';
import type { Missing } from './sql-mapping.ts';
import { JSON_NUMBERS, nullable, type SqlContext, type SqlValue, toSqlValue } from './sql-values.ts';

interface SqlCondition {
  /** True for at least every entry for which the condition holds. */
  readonly sql: string;
  readonly isExact: boolean;
}
type Maybe = SqlCondition | undefined;

type Scalar = Extract<SqlValue, { missing: Missing }>;

const exactly = (sql: string): SqlCondition => ({ sql, isExact: true });
const atLeast = (sql: string): SqlCondition => ({ sql, isExact: false });
const NEVER = exactly('0');

/** Larger patterns may be more than the engine's own limits allow. */
const MAX_SQL_PATTERN_SIZE = 2_000;

export interface ConditionContext extends SqlContext {
  /** Told of each condition that the predicate has to finish. */
  unfinished(node: Typed): void;
}

/** The condition; undefined when SQL can say nothing about it. */
export function toCondition(node: Typed, context: ConditionContext): Maybe {
  switch (node.kind) {
    case 'and': {
      const parts = node.items.map((item) => toCondition(item, context));
      const said = parts.filter((part) => part !== undefined);
      if (said.length === 0) return undefined;
      return {
        sql: joined(said, ' AND '),
        isExact: said.length === parts.length && said.every(({ isExact }) => isExact),
      };
    }
    case 'or': {
      const parts = node.items.map((item) => toCondition(item, context));
      const said = parts.filter((part) => part !== undefined);
      if (said.length < parts.length) return undefined;
      return { sql: joined(said, ' OR '), isExact: said.every(({ isExact }) => isExact) };
    }
    case 'not': {
      const inner = toCondition(node.of, context);
      return inner?.isExact ? exactly(`NOT (${inner.sql})`) : undefined;
    }
    default: {
      const leaf = toLeaf(node, context);
      if (!leaf?.isExact) context.unfinished(node);
      return leaf;
    }
  }
}

const joined = (parts: readonly SqlCondition[], by: string) => parts.map(({ sql }) => `(${sql})`).join(by);

function toLeaf(node: Typed, context: ConditionContext): Maybe {
  switch (node.kind) {
    case 'constant':
      return exactly(node.value === true ? '1' : '0');
    case 'flag':
      return toFlag(node.id, context);
    case 'exists':
      return toExists(node.of, context);
    case 'equal':
      return toEqual(node, context);
    case 'order':
      return toOrder(node, context);
    case 'textTest':
      return toTextTest(node, context);
    case 'like':
    case 'matches':
      return toPattern(node, context);
    case 'member':
      return toMember(node, context);
    case 'oneOf':
      return toOneOf(node, context);
    case 'field':
    case 'step':
    case 'text':
    case 'call':
    case 'arithmetic':
    case 'negate':
      return toTruth(node, context);
    default:
      return undefined;
  }
}

function toFlag(id: string, context: ConditionContext): Maybe {
  const value = context.field({
    kind: 'field',
    name: 'protocols',
    isDeclared: true,
    paths: [['protocols']],
    type: 'strings',
    start: 0,
    end: 0,
  });
  return value?.kind === 'texts' ? exactly(`has(${value.sql}, ${context.binder.text(id)})`) : undefined;
}

/** The condition, and that the value is there. */
function guarded(value: Scalar, condition: string): string {
  const whole =
    value.missing === 'null'
      ? `ifNull(${condition}, 0)`
      : value.missing === 'never'
        ? condition
        : `${isThere(value)} AND ${condition}`;
  return whenHeld(value, whole);
}
/** The condition where the column holds this value. */
const whenHeld = ({ when }: { readonly when?: string }, condition: string) =>
  when === undefined ? condition : `${when} AND (${condition})`;

function isThere({ sql, missing }: Scalar): string {
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

function presence(value: SqlValue): Maybe {
  switch (value.kind) {
    case 'texts':
    case 'map':
    case 'object':
      return exactly(value.there);
    case 'status':
      return exactly(whenHeld(value, `isNotNull(${value.sql}) OR ${value.text} != ''`));
    case 'json':
      return fromJson(value, `JSONType(${value.args}) != 'Null'`);
    default:
      return exactly(whenHeld(value, isThere(value)));
  }
}

/** What holds for the value in the document, save where a list hides it. */
function fromJson({ mayBeList, when }: Extract<SqlValue, { kind: 'json' }>, condition: string): SqlCondition {
  const whole = when === undefined ? condition : `${when} AND (${condition})`;
  return mayBeList === '' ? exactly(whole) : atLeast(`(${whole}) OR ${mayBeList}`);
}

function toExists(of: Typed, context: ConditionContext): Maybe {
  const value = toSqlValue(of, context);
  return value === undefined ? undefined : presence(value);
}

function toTruth(node: Typed, context: ConditionContext): Maybe {
  if (node.type === 'body' && node.kind === 'field') {
    const [path = []] = node.paths;
    const size = context.field({ ...node, paths: [[...path, 'size']], type: 'int' });
    return size?.kind === 'number' ? exactly(guarded(size, `${size.sql} > 0`)) : undefined;
  }
  const value = toSqlValue(node, context);
  if (value === undefined) return undefined;
  switch (value.kind) {
    case 'text':
      return exactly(
        whenHeld(value, value.missing === 'null' ? `ifNull(${value.sql} != '', 0)` : `${value.sql} != ''`),
      );
    case 'number':
    case 'bool':
      return exactly(whenHeld(value, value.missing === 'null' ? `ifNull(${value.sql} != 0, 0)` : `${value.sql} != 0`));
    case 'integer':
      return exactly('1');
    case 'status':
      return exactly(whenHeld(value, `${value.text} != '' OR ifNull(${value.sql} != 0, 0)`));
    case 'texts':
      return exactly(
        value.isMapValue ? `arrayExists(v -> v != '', ${value.sql})` : `${value.there} AND notEmpty(${value.sql})`,
      );
    case 'map':
      return exactly(`notEmpty(mapKeys(${value.sql}))`);
    case 'object':
      return exactly(value.there);
    case 'json': {
      const { args } = value;
      const scalar = `multiIf(JSONType(${args}) = 'String', JSONExtractString(${args}) != '', JSONType(${args}) = 'Bool', JSONExtractBool(${args}), JSONType(${args}) IN ${JSON_NUMBERS}, JSONExtractFloat(${args}) != 0, JSONLength(${args}) > 0)`;
      return fromJson(value, scalar);
    }
  }
}

type Constant = Extract<Typed, { kind: 'constant' }>;

/** The side that is a constant, and the other; undefined when neither is. */
function withConstant(left: Typed, right: Typed): { readonly side: Typed; readonly constant: Constant } | undefined {
  if (right.kind === 'constant') return { side: left, constant: right };
  return left.kind === 'constant' ? { side: right, constant: left } : undefined;
}

function toEqual({ left, right, caseless }: Extract<Typed, { kind: 'equal' }>, context: ConditionContext): Maybe {
  const pair = withConstant(left, right);
  if (pair === undefined) return compareColumns('=', { left, right, caseless }, context);
  const value = toSqlValue(pair.side, context);
  return value === undefined ? undefined : equalsConstant(value, pair.constant.value, { caseless, context });
}

interface Options {
  readonly caseless: boolean;
  readonly context: ConditionContext;
}

/** No engine has a literal for infinity. */
const isInfinite = (constant: Constant['value']) => typeof constant === 'number' && !Number.isFinite(constant);

function equalsConstant(value: SqlValue, constant: Constant['value'], options: Options): Maybe {
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

const guardList = ({ there, sql }: Extract<SqlValue, { kind: 'texts' }>) =>
  there === `notEmpty(${sql})` ? '' : `${there} AND `;

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

/** Lists and maps inside the document are for the predicate. */
function jsonCondition(
  { args, mayBeList }: Extract<SqlValue, { kind: 'json' }>,
  cases: readonly string[],
): SqlCondition {
  const type = `JSONType(${args})`;
  const list = mayBeList === '' ? '' : ` OR ${mayBeList}`;
  return atLeast(`multiIf(${cases.join(', ')}, ${type} = 'Array', 1, 0)${list}`);
}
const jsonText = (args: string, condition: string) => `JSONType(${args}) = 'String', ${condition}`;
const jsonNumber = (args: string, condition: string) => `JSONType(${args}) IN ${JSON_NUMBERS}, ${condition}`;

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

function toOrder({ op, left, right, caseless }: Extract<Typed, { kind: 'order' }>, context: ConditionContext): Maybe {
  if (right.kind !== 'constant') return compareColumns(op, { left, right, caseless }, context);
  const value = toSqlValue(left, context);
  return value === undefined ? undefined : ordersConstant(value, op, { constant: right.value, caseless, context });
}

function ordersConstant(
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

function compareColumns(
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

const textTests: Readonly<Record<TextTest, (text: string, part: string) => string>> = {
  contains: (text, part) => `position(${text}, ${part}) > 0`,
  startsWith: (text, part) => `startsWith(${text}, ${part})`,
  endsWith: (text, part) => `endsWith(${text}, ${part})`,
};

function toTextTest(
  { test, left, right, caseless }: Extract<Typed, { kind: 'textTest' }>,
  context: ConditionContext,
): Maybe {
  const part = right.kind === 'constant' ? right.value : undefined;
  if (typeof part !== 'string' || !part.isWellFormed()) return undefined;
  const value = toSqlValue(left, context);
  return (
    value &&
    onTexts(value, { context, isEmptyEnough: part === '' }, (sql) =>
      part === '' ? '1' : textTests[test](caseless ? `lower(${sql})` : sql, context.binder.text(part)),
    )
  );
}

interface TextOptions {
  readonly context: ConditionContext;
  /** The empty text passes too, so a column in which it means missing has to be asked. */
  readonly isEmptyEnough: boolean;
}

/** A condition on a text, on any text of several, or on the text of a status. */
function onTexts(value: SqlValue, { isEmptyEnough }: TextOptions, condition: (sql: string) => string): Maybe {
  switch (value.kind) {
    case 'text': {
      const plain = condition(value.sql);
      if (isEmptyEnough && value.missing === 'null')
        return exactly(guarded(value, `(isNotNull(${value.sql}) AND ${plain})`));
      return exactly(value.missing === 'null' || isEmptyEnough ? guarded(value, plain) : whenHeld(value, plain));
    }
    case 'integer':
      return exactly(condition(`toString(${value.sql})`));
    case 'texts':
      return exactly(`${guardList(value)}arrayExists(v -> ${condition('v')}, ${value.sql})`);
    case 'status':
      return exactly(whenHeld(value, `${value.text} != '' AND ${condition(value.text)}`));
    case 'json':
      return jsonCondition(value, [jsonText(value.args, condition(`JSONExtractString(${value.args})`))]);
    case 'object':
      return undefined;
    case 'number':
    case 'bool':
    case 'map':
      return NEVER;
  }
}

function toPattern(node: Extract<Typed, { kind: 'like' | 'matches' }>, context: ConditionContext): Maybe {
  const { pattern } = node;
  if (!pattern.source.isWellFormed() || pattern.size > MAX_SQL_PATTERN_SIZE) return undefined;
  const value = toSqlValue(node.of, context);
  if (value === undefined) return undefined;
  const options = { context, isEmptyEnough: pattern.test('') };
  if (node.kind === 'like') {
    const like = pattern.source
      .replace(/[\\%_]/g, String.raw`\$&`)
      .replaceAll('*', '%')
      .replaceAll('?', '_');
    return onTexts(value, options, (sql) => `${sql} LIKE ${context.binder.text(like)}`);
  }
  // The engine's own default lets a dot match line ends.
  return onTexts(value, options, (sql) => `match(${sql}, ${context.binder.text(`(?-s)${pattern.source}`)})`);
}

function toMember({ container, item, caseless }: Extract<Typed, { kind: 'member' }>, context: ConditionContext): Maybe {
  const constant = item.kind === 'constant' ? item.value : undefined;
  const value = toSqlValue(container, context);
  if (constant === undefined || constant === null || value === undefined) return undefined;
  switch (value.kind) {
    case 'texts':
      return equalsConstant(value, constant, { caseless, context });
    case 'map': {
      if (typeof constant !== 'string' || !/^[\x20-\x7e]*$/.test(constant)) return undefined;
      return exactly(`has(mapKeys(${value.sql}), ${context.binder.text(constant.toLowerCase())})`);
    }
    case 'json': {
      if (typeof constant !== 'string' || !constant.isWellFormed()) return undefined;
      const isPart =
        constant === '' ? '1' : `position(JSONExtractString(${value.args}), ${context.binder.text(constant)}) > 0`;
      return jsonCondition(value, [jsonText(value.args, isPart), `JSONType(${value.args}) = 'Object', 1`]);
    }
    default:
      return undefined;
  }
}

function toOneOf({ of, choices, caseless }: Extract<Typed, { kind: 'oneOf' }>, context: ConditionContext): Maybe {
  const value = toSqlValue(of, context);
  if (value === undefined) return undefined;
  const parts = choices.map((choice) => toChoice(choice, value, { caseless, context }));
  const said = parts.filter((part) => part !== undefined);
  if (said.length < parts.length) return undefined;
  return { sql: said.length === 0 ? '0' : joined(said, ' OR '), isExact: said.every(({ isExact }) => isExact) };
}

function toChoice(choice: Choice, value: SqlValue, options: Options): Maybe {
  switch (choice.kind) {
    case 'value':
      return choice.value.kind === 'constant' ? equalsConstant(value, choice.value.value, options) : undefined;
    case 'range': {
      const { from, to } = choice;
      // Of several texts each has to lie between both ends by itself.
      if (from.kind !== 'constant' || to.kind !== 'constant' || value.kind === 'texts') return undefined;
      const least = ordersConstant(value, '>=', { ...options, constant: folded(from.value, options) });
      const most = ordersConstant(value, '<=', { ...options, constant: folded(to.value, options) });
      return least && most && { sql: joined([least, most], ' AND '), isExact: least.isExact && most.isExact };
    }
    case 'network': {
      const network = choice.text.includes('/')
        ? choice.text
        : `${choice.text}/${choice.text.includes(':') ? 128 : 32}`;
      const bound = options.context.binder.text(network);
      // The engine refuses the whole query over one text that is no address.
      return onTexts(value, { context: options.context, isEmptyEnough: false }, (sql) => {
        const isAddress = `(isIPv4String(${sql}) OR isIPv6String(${sql}))`;
        return `(${isAddress} AND isIPAddressInRange(if(${isAddress}, toString(${sql}), '0.0.0.0'), ${bound}))`;
      });
    }
  }
}
const folded = (constant: Constant['value'], { caseless }: Options) =>
  caseless && typeof constant === 'string' ? foldCase(constant) : constant;
