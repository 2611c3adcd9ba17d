/** Calls: arguments, the functions that become something else, and those that act on the whole query. */

import {
  badTime,
  constantNeeded,
  countOutOfRange,
  unknownFunction,
  wholeQueryOnly,
  wrongArguments,
} from '../diagnostics.ts';
import { MAX_ROWS } from '../limits.ts';
import type { Expr, Scalar, Span } from '../syntax/ast.ts';
import { parse } from '../syntax/parser.ts';
import { parseDuration } from '../syntax/units.ts';
import { nearest } from '../values/nearest.ts';
import { addMonths, parseTime } from '../values/time.ts';
import { asText } from './comparisons.ts';
import type { Context } from './context.ts';
import { constant, constantNumber, constantText, isConstant, report, spanOf } from './context.ts';
import type { FunctionRow } from './functions.ts';
import { functionNames, functionOf, momentUnits, monthUnits } from './functions.ts';
import type { Typed } from './typed.ts';

type Call = Extract<Expr, { kind: 'call' }>;

export function checkCall(node: Call, context: Context): Typed {
  const row = functionOf(node.name);
  if (row === undefined) {
    const name = { start: node.nameStart, end: node.nameStart + node.name.length };
    report(context, unknownFunction(name, node.name, nearest(node.name, functionNames)));
    for (const argument of node.args) context.check(argument);
    return constant(null, node);
  }
  const [least, most] = row.arity;
  if (node.args.length < least || node.args.length > most) {
    report(context, wrongArguments(node, row.signature));
    return constant(null, node);
  }
  const special = specials[row.name];
  if (special !== undefined) return special(node, context);
  if (momentUnits.has(row.name) || monthUnits.has(row.name)) return checkMoment(node, context);
  return plainCall(row, node, context);
}

function plainCall(row: FunctionRow, node: Call, context: Context): Typed {
  // A body's size is that of the wire; everything else looks at its text.
  const args = node.args.map((argument) =>
    row.name === 'size' ? context.check(argument) : asText(context.check(argument)),
  );
  if (args.every(isConstant) && row.run !== undefined) {
    const value = row.run(...args.map(({ value }) => value));
    if (value === null || typeof value !== 'object')
      return constant((value ?? null) as Scalar, node, value === null ? 'null' : row.result);
  }
  return { kind: 'call', row, args, type: row.result, ...spanOf(node) };
}

const specials: Readonly<Partial<Record<string, (node: Call, context: Context) => Typed>>> = {
  now: (node, { now }) =>
    now === undefined ? { kind: 'now', plusMonths: 0, type: 'time', ...spanOf(node) } : constant(now, node, 'time'),
  timestamp: (node, context) => {
    const text = constantText(onlyArgument(node, context));
    if (text === undefined || parseTime(text) !== undefined) return plainCall(required('timestamp'), node, context);
    report(context, badTime(node.args[0] ?? node, text));
    return constant(null, node);
  },
  duration: (node, context) => {
    const text = constantText(onlyArgument(node, context));
    const micros = text === undefined ? undefined : parseDuration(text);
    if (micros !== undefined) return constant(micros, node, 'duration', 'us');
    report(context, constantNeeded(node.args[0] ?? node, 'The duration, such as "5m",'));
    return constant(null, node);
  },
  map_get: (node, context) => {
    const [map, key, otherwise] = node.args;
    if (map === undefined || key === undefined) return constant(null, node);
    const of = context.check({ kind: 'index', object: map, index: key, ...spanOf(node) });
    if (otherwise === undefined) return of;
    const value = context.check(otherwise);
    return {
      kind: 'fallback',
      of,
      otherwise: value,
      type: of.type === 'texts' && value.type === 'string' ? 'texts' : 'json',
      ...spanOf(node),
    };
  },
  redact: (node, context) => {
    for (const argument of node.args) context.effects.redact.push(redacted(argument, context));
    return effect(node, context);
  },
  limit: (node, context) => {
    context.effects.limit = countOf(node, context);
    return effect(node, context);
  },
  rlimit: (node, context) => {
    context.effects.rlimit = countOf(node, context);
    return effect(node, context);
  },
  leftOff: (node, context) => {
    const id = onlyArgument(node, context);
    if (id.kind === 'constant' && id.value !== null && id.type !== 'bool') context.effects.leftOff = String(id.value);
    else report(context, constantNeeded(id, 'The id'));
    return effect(node, context);
  },
};

function required(name: string): FunctionRow {
  const row = functionOf(name);
  if (row === undefined) throw new Error(`the table has no ${name}()`);
  return row;
}

const onlyArgument = (node: Call, context: Context): Typed => {
  const [first] = node.args;
  return first === undefined ? constant(null, node) : context.check(first);
};

function effect(node: Call, context: Context): Typed {
  if (!context.atTop) report(context, wholeQueryOnly(node, node.name));
  return constant(true, node);
}

function countOf(node: Call, context: Context): number {
  const argument = onlyArgument(node, context);
  const count = constantNumber(argument);
  if (count !== undefined && Number.isInteger(count) && count >= 1 && count <= MAX_ROWS) return count;
  report(context, countOutOfRange(argument, MAX_ROWS));
  return MAX_ROWS;
}

/** v1 names what to redact in a text; a path written out is meant the same way. */
function redacted(argument: Expr, context: Context): Typed {
  if (argument.kind !== 'literal' || typeof argument.value !== 'string') return context.check(argument);
  const { tree, diagnostics } = parse(argument.value.replace(/^\$\.?/, ''));
  const span: Span = argument;
  if (tree.filter === undefined || diagnostics.length > 0) {
    report(context, constantNeeded(span, 'The path of a field'));
    return constant(null, span);
  }
  return context.check(moved(tree.filter, span));
}

/** The nodes of an inner text with the span of the text they came from. */
function moved(node: Expr, span: Span): Expr {
  const at = spanOf(span);
  switch (node.kind) {
    case 'member':
    case 'each':
    case 'descend':
      return { ...node, object: moved(node.object, span), ...at };
    case 'index':
      return { ...node, object: moved(node.object, span), index: { ...node.index, ...at }, ...at };
    case 'call':
      return { ...node, args: node.args.map((argument) => moved(argument, span)), nameStart: at.start, ...at };
    default:
      return { ...node, ...at };
  }
}

/** `minutes(-5)`: so far from now. */
function checkMoment(node: Call, context: Context): Typed {
  const count = constantNumber(onlyArgument(node, context));
  if (count === undefined) {
    report(context, constantNeeded(node.args[0] ?? node, 'The count'));
    return constant(null, node);
  }
  const months = monthUnits.get(node.name);
  const micros = count * (momentUnits.get(node.name) ?? 0);
  const { now } = context;
  if (months !== undefined) {
    const plusMonths = Math.trunc(count * months);
    return now === undefined
      ? { kind: 'now', plusMonths, type: 'time', ...spanOf(node) }
      : constant(addMonths(now, plusMonths), node, 'time');
  }
  if (now !== undefined) return constant(now + micros, node, 'time');
  const left: Typed = { kind: 'now', plusMonths: 0, type: 'time', ...spanOf(node) };
  return {
    kind: 'arithmetic',
    op: '+',
    left,
    right: constant(micros, node, 'duration', 'us'),
    type: 'time',
    ...spanOf(node),
  };
}
