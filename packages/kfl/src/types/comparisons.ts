/** Comparisons: which types go together, what a constant becomes beside a field, and the operation that results. */

import { alwaysSame, badAddress, badPattern, badTime, constantNeeded, neverTrue, wrongType } from '../diagnostics.ts';
import type { BinaryOp, Expr, Span, TextOp } from '../syntax/ast.ts';
import { areEqual, foldCase, order, wholeNumber } from '../values/compare.ts';
import { parseAddress, parseNetwork } from '../values/network.ts';
import { compileGlob, compilePattern } from '../values/pattern.ts';
import { parseTime } from '../values/time.ts';
import type { Context } from './context.ts';
import { constant, constantText, isConstant, report, spanOf } from './context.ts';
import type { Type } from './type.ts';
import { typeName } from './type.ts';
import type { Choice, Ordering, Typed } from './typed.ts';
import { inSameUnit, withoutFactor } from './units.ts';

type Group = 'number' | 'text' | 'bool' | 'time' | 'duration' | 'map' | 'any';

export function groupOf(type: Type): Group {
  switch (type) {
    case 'int':
    case 'float':
      return 'number';
    case 'string':
    case 'strings':
    case 'texts':
    case 'ip':
    case 'body':
    case 'bytes':
      return 'text';
    case 'bool':
    case 'time':
    case 'duration':
    case 'map':
      return type;
    case 'json':
    case 'list':
    case 'null':
      return 'any';
  }
}

export const not = (of: Typed, span: Span): Typed =>
  isConstant(of) ? constant(of.value !== true, span) : { kind: 'not', of, type: 'bool', ...spanOf(span) };

/** A body compares as its text. */
export const asText = (node: Typed): Typed =>
  node.type === 'body' ? { kind: 'text', of: node, type: 'string', ...spanOf(node) } : node;

const isCaseless = (...nodes: readonly Typed[]) =>
  nodes.some((node) => node.kind === 'field' && node.caseless === true);
const folded = (node: Typed, caseless: boolean): Typed =>
  caseless && node.kind === 'constant' && typeof node.value === 'string'
    ? { ...node, value: foldCase(node.value) }
    : node;

export function checkBinary(node: Extract<Expr, { kind: 'binary' }>, context: Context): Typed {
  const { op } = node;
  switch (op) {
    case '==':
    case '!=': {
      const equal = checkEqual(context.check(node.left), context.check(node.right), { span: node, context });
      return op === '==' ? equal : not(equal, node);
    }
    case '<':
    case '<=':
    case '>':
    case '>=':
      return checkOrder(op, context.check(node.left), { right: context.check(node.right), span: node, context });
    case 'in':
      return checkIn(node, context);
    default:
      return checkText(op as TextOp, node, context);
  }
}

interface Place {
  readonly span: Span;
  readonly context: Context;
}

function checkEqual(leftRaw: Typed, rightRaw: Typed, { span, context }: Place): Typed {
  for (const [side, other] of [
    [leftRaw, rightRaw],
    [rightRaw, leftRaw],
  ] as const) {
    if (!isConstant(side) || side.value !== null) continue;
    return isConstant(other)
      ? constant(other.value === null, span)
      : not({ kind: 'exists', of: other, type: 'bool', ...spanOf(span) }, span);
  }
  const [left, right] = together(leftRaw, rightRaw, context);
  const isClear = mayMeet(left, right);
  if (!isClear) report(context, neverTrue(span, describe(left), describe(right)));
  if (isConstant(left) && isConstant(right)) return constant(areEqual(left.value, right.value), span);
  const caseless = isCaseless(left, right);
  return {
    kind: 'equal',
    left: folded(left, caseless),
    right: folded(right, caseless),
    caseless,
    type: 'bool',
    ...spanOf(span),
  };
}

function checkOrder(
  op: Ordering,
  leftRaw: Typed,
  { right: rightRaw, span, context }: Place & { readonly right: Typed },
): Typed {
  for (const side of [leftRaw, rightRaw]) {
    if (!['bool', 'map', 'ip', 'bytes', 'list'].includes(side.type)) continue;
    report(context, wrongType(span, op, typeName(side.type)));
    return constant(false, span);
  }
  const [left, right] = together(leftRaw, rightRaw, context);
  if (!mayMeet(left, right)) report(context, neverTrue(span, describe(left), describe(right)));
  if (isConstant(left) && isConstant(right)) return constant(holds(op, order(left.value, right.value)), span);
  // The field to the left: the back ends know one order.
  if (isConstant(left)) return orderNode(mirrored[op], right, { right: left, span });
  return orderNode(op, left, { right, span });
}

const mirrored: Readonly<Record<Ordering, Ordering>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' };

function orderNode(op: Ordering, left: Typed, { right, span }: { readonly right: Typed; readonly span: Span }): Typed {
  const caseless = isCaseless(left, right);
  return {
    kind: 'order',
    op,
    left: folded(left, caseless),
    right: folded(right, caseless),
    caseless,
    type: 'bool',
    ...spanOf(span),
  };
}

export function holds(op: Ordering, ordering: number | undefined): boolean {
  if (ordering === undefined) return false;
  switch (op) {
    case '<':
      return ordering < 0;
    case '<=':
      return ordering <= 0;
    case '>':
      return ordering > 0;
    case '>=':
      return ordering >= 0;
  }
}

/** Both sides as values that compare: bodies as text, times and durations as numbers of one unit. */
function together(left: Typed, right: Typed, context: Context): readonly [Typed, Typed] {
  const [a, b] = withoutFactor(...inSameUnit(asText(left), asText(right)));
  return [timeConstant(a, b, context), timeConstant(b, a, context)];
}

/** A text beside a point in time is one. */
function timeConstant(node: Typed, other: Typed, context: Context): Typed {
  const text = other.type === 'time' ? constantText(node) : undefined;
  if (text === undefined) return node;
  const micros = parseTime(text);
  if (micros !== undefined) return constant(micros, node, 'time');
  report(context, badTime(node, text));
  return constant(null, node);
}

/** Could some entry make these two comparable? */
function mayMeet(left: Typed, right: Typed): boolean {
  if (left.type === 'null' || right.type === 'null') return true;
  for (const [side, other] of [
    [left, right],
    [right, left],
  ] as const) {
    const text = constantText(side);
    if (text !== undefined && other.type === 'ip') return parseAddress(text) !== undefined;
    if (text !== undefined && groupOf(other.type) === 'number') return wholeNumber(text) !== undefined;
  }
  const [a, b] = [groupOf(left.type), groupOf(right.type)];
  if (a === b || a === 'any' || b === 'any') return true;
  const pair = new Set([a, b]);
  if (pair.has('number')) return pair.has('text') || pair.has('time') || pair.has('duration');
  return false;
}

const describe = (node: Typed) =>
  isConstant(node) && node.type !== 'time' && node.type !== 'duration'
    ? `the value ${typeof node.value === 'string' ? JSON.stringify(node.value.slice(0, 40)) : node.value}`
    : typeName(node.type);

function checkText(op: TextOp, node: Extract<Expr, { kind: 'binary' }>, context: Context): Typed {
  const left = asText(context.check(node.left));
  const right = asText(context.check(node.right));
  const group = groupOf(left.type);
  const holdsItems = left.type === 'strings' || left.type === 'list' || left.type === 'map' || left.type === 'json';
  if ((group !== 'text' && group !== 'any' && group !== 'map') || (group === 'map' && op !== 'contains')) {
    report(context, wrongType(node, op, typeName(left.type)));
    return constant(false, node);
  }
  if (op === 'like' || op === 'matches') return checkPattern(op, left, { right, span: node, context });
  if (op === 'contains' && holdsItems) return member(left, right, node);
  if (groupOf(right.type) !== 'text' && groupOf(right.type) !== 'any') {
    report(context, wrongType(node, op, typeName(right.type)));
    return constant(false, node);
  }
  const caseless = isCaseless(left, right);
  return { kind: 'textTest', test: op, left, right: folded(right, caseless), caseless, type: 'bool', ...spanOf(node) };
}

function checkPattern(
  op: 'like' | 'matches',
  of: Typed,
  { right, span, context }: Place & { readonly right: Typed },
): Typed {
  const source = constantText(right);
  if (source === undefined) {
    report(context, constantNeeded(right, op === 'like' ? 'The glob' : 'The pattern'));
    return constant(false, span);
  }
  if (op === 'like') return { kind: 'like', of, pattern: compileGlob(source), type: 'bool', ...spanOf(span) };
  const compiled = compilePattern(source);
  if ('pattern' in compiled) return { kind: 'matches', of, pattern: compiled.pattern, type: 'bool', ...spanOf(span) };
  report(context, badPattern(right, compiled.fault));
  return constant(false, span);
}

function member(container: Typed, item: Typed, span: Span): Typed {
  const caseless = isCaseless(container, item);
  if (['string', 'texts', 'ip'].includes(container.type)) {
    const right = folded(item, caseless);
    return { kind: 'textTest', test: 'contains', left: container, right, caseless, type: 'bool', ...spanOf(span) };
  }
  return { kind: 'member', container, item: folded(item, caseless), caseless, type: 'bool', ...spanOf(span) };
}

function checkIn(node: Extract<Expr, { kind: 'binary' }>, context: Context): Typed {
  const of = asText(context.check(node.left));
  const { right } = node;
  const listed =
    right.kind === 'list'
      ? right.items
      : right.kind === 'range' || (of.type === 'ip' && right.kind === 'literal')
        ? [right]
        : undefined;
  if (listed === undefined) {
    const container = asText(context.check(right));
    if (['strings', 'list', 'map', 'json', 'texts', 'string', 'ip', 'null'].includes(container.type))
      return member(container, of, node);
    report(context, wrongType(node, 'in', typeName(container.type)));
    return constant(false, node);
  }
  const choices = listed.flatMap((item) => checkChoice(item, of, context) ?? []);
  if (listed.length === 0) report(context, alwaysSame(node, false));
  const caseless = isCaseless(of);
  const fold = (choice: Choice): Choice =>
    choice.kind === 'value' ? { ...choice, value: folded(choice.value, caseless) } : choice;
  return { kind: 'oneOf', of, choices: choices.map(fold), caseless, type: 'bool', ...spanOf(node) };
}

function checkChoice(item: Expr, of: Typed, context: Context): Choice | undefined {
  if (item.kind === 'range') {
    const from = together(of, context.check(item.from), context)[1];
    const to = together(of, context.check(item.to), context)[1];
    for (const end of [from, to]) {
      if (!['bool', 'map', 'list', 'ip'].includes(end.type) && of.type !== 'ip') continue;
      report(context, wrongType(item, '..', typeName(of.type === 'ip' ? 'ip' : end.type)));
      return undefined;
    }
    if (!mayMeet(of, from) || !mayMeet(of, to)) report(context, neverTrue(item, describe(of), 'values of this range'));
    return { kind: 'range', from, to };
  }
  const value = context.check(item);
  const text = of.type === 'ip' ? constantText(value) : undefined;
  if (text !== undefined) {
    if (parseNetwork(text) !== undefined) return { kind: 'network', text };
    report(context, badAddress(item, text));
    return undefined;
  }
  const paired = together(of, value, context)[1];
  if (!mayMeet(of, paired)) report(context, neverTrue(item, describe(of), describe(paired)));
  return { kind: 'value', value: paired };
}

/** Comparisons of the language, for arithmetic to tell apart. */
export const comparisonOps: ReadonlySet<BinaryOp> = new Set<BinaryOp>([
  '==',
  '!=',
  '<',
  '<=',
  '>',
  '>=',
  'in',
  'contains',
  'startsWith',
  'endsWith',
  'matches',
  'like',
]);
