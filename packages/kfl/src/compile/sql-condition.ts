/**
 * Checked conditions as SQL. Every condition is 0 or 1, never NULL, so that NOT means not. Where SQL cannot say the same
 * thing it says a little more (`isExact` is false) or nothing at all, and the predicate finishes.
 */

import type { Choice, Typed } from '../types/typed.ts';
import { foldCase } from '../values/compare.ts';
import { compareColumns, equalsConstant, ordersConstant } from './sql-compare.ts';
import {
  type ConditionContext,
  type Constant,
  exactly,
  fromJson,
  guarded,
  isThere,
  joined,
  jsonCondition,
  jsonText,
  type Maybe,
  type Options,
  whenHeld,
} from './sql-pieces.ts';
import { onTexts, toPattern, toTextTest } from './sql-texts.ts';
import { JSON_NUMBERS, type SqlValue, toSqlValue } from './sql-values.ts';

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

function toOrder({ op, left, right, caseless }: Extract<Typed, { kind: 'order' }>, context: ConditionContext): Maybe {
  if (right.kind !== 'constant') return compareColumns(op, { left, right, caseless }, context);
  const value = toSqlValue(left, context);
  return value === undefined ? undefined : ordersConstant(value, op, { constant: right.value, caseless, context });
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
