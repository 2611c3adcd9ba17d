/** Tree to checked tree: names resolved, types and units known, constants folded. Always gives both tree and findings. */

import type { Diagnostic } from '../diagnostics.ts';
import { alwaysSame, constantNeeded, DiagnosticBag, wrongType } from '../diagnostics.ts';
import { MAX_DIAGNOSTICS } from '../limits.ts';
import type { ArithmeticOp, Expr, Query } from '../syntax/ast.ts';
import { calculate, negated } from '../values/arithmetic.ts';
import { isTrue } from '../values/compare.ts';
import { checkCall } from './calls.ts';
import { asText, checkBinary, comparisonOps, groupOf, not } from './comparisons.ts';
import type { Context, Effects } from './context.ts';
import { constant, isConstant, report, spanOf } from './context.ts';
import { fieldsOf } from './fields.ts';
import { checkPath } from './paths.ts';
import type { Schema } from './schema.ts';
import type { CheckedStage } from './stages.ts';
import { checkStages } from './stages.ts';
import type { Type } from './type.ts';
import { typeName } from './type.ts';
import type { Typed } from './typed.ts';
import { inSameUnit, inUnit } from './units.ts';

export interface CheckOptions {
  /** Microseconds that `now()` stands for; absent, it moves: it is read for each entry. */
  readonly now?: number;
}

export interface Checked {
  /** Absent when every entry is meant. */
  readonly filter?: Typed;
  readonly stages: readonly CheckedStage[];
  readonly effects: Readonly<Effects>;
  readonly diagnostics: readonly Diagnostic[];
}

/** Resolves a tree against a catalogue. Never throws; where something is wrong, a constant stands in its place. */
export function check(tree: Query, schema: Schema, options: CheckOptions = {}): Checked {
  const bag = new DiagnosticBag(MAX_DIAGNOSTICS);
  const effects: Effects = { redact: [] };
  const context: Context = {
    fields: fieldsOf(schema),
    bag,
    effects,
    now: options.now,
    locals: [],
    suggestions: new Map(),
    slots: 0,
    atTop: true,
    check: (node) => checkExpr(node, context),
  };
  const filter = tree.filter === undefined ? undefined : context.check(tree.filter);
  const stages = checkStages(tree.stages, context);
  return { ...(filter !== undefined && { filter }), stages, effects, diagnostics: bag.list() };
}

function checkExpr(node: Expr, context: Context): Typed {
  const wasAtTop = context.atTop;
  if (node.kind !== 'and' && node.kind !== 'call') context.atTop = false;
  const checked = dispatch(node, context);
  context.atTop = wasAtTop;
  return checked;
}

function dispatch(node: Expr, context: Context): Typed {
  switch (node.kind) {
    case 'literal':
      return constant(node.value, node);
    case 'regex':
      return constant(node.pattern, node);
    case 'duration':
      return constant(node.micros, node, 'duration', 'us');
    case 'size':
      return constant(node.bytes, node, 'int');
    case 'missing':
      return constant(null, node);
    case 'name':
    case 'member':
    case 'index':
    case 'each':
    case 'descend':
      return checkPath(node, context);
    case 'call':
      return checkCall(node, context);
    case 'macro':
      return checkMacro(node, context);
    case 'and':
    case 'or':
      return checkJunction(node, context);
    case 'not':
      return not(foldedTruth(context.check(node.operand)), node);
    case 'negate':
      return checkNegate(node, context);
    case 'exists':
      return checkExists(node, context);
    case 'binary':
      if (comparisonOps.has(node.op)) return checkBinary(node, context);
      return checkArithmetic(node.op as ArithmeticOp, node, context);
    case 'conditional':
      return checkConditional(node, context);
    case 'list':
      return { kind: 'list', items: node.items.map((item) => context.check(item)), type: 'list', ...spanOf(node) };
    case 'map': {
      const entries = node.entries.map(({ key, value }) => ({ key: context.check(key), value: context.check(value) }));
      return { kind: 'map', entries, type: 'json', ...spanOf(node) };
    }
    case 'range':
      report(context, constantNeeded(node, 'A range stands after `in`; elsewhere a value'));
      return constant(null, node);
  }
}

/** A constant as a condition: what it counts as. */
const foldedTruth = (node: Typed): Typed => (isConstant(node) ? constant(isTrue(node.value), node) : node);

function checkJunction(node: Extract<Expr, { kind: 'and' | 'or' }>, context: Context): Typed {
  const kept: Typed[] = [];
  const decides = node.kind === 'or';
  let decided = false;
  for (const item of node.items) {
    const checked = context.check(item);
    if (!isConstant(checked)) {
      kept.push(checked);
      continue;
    }
    const value = isTrue(checked.value);
    // `true` and `false` are written on purpose; other constants are mistakes.
    if (item.kind === 'literal' && typeof item.value !== 'boolean') report(context, alwaysSame(item, value));
    if (value === decides) decided = true;
  }
  const [first] = kept;
  if (decided) return constant(decides, node);
  if (first === undefined) return constant(!decides, node);
  if (kept.length === 1)
    return first.type === 'bool' ? first : { kind: node.kind, items: kept, type: 'bool', ...spanOf(node) };
  return { kind: node.kind, items: kept, type: 'bool', ...spanOf(node) };
}

function checkExists(node: Extract<Expr, { kind: 'exists' }>, context: Context): Typed {
  const of = context.check(node.operand);
  return isConstant(of) ? constant(of.value !== null, node) : { kind: 'exists', of, type: 'bool', ...spanOf(node) };
}

function checkNegate(node: Extract<Expr, { kind: 'negate' }>, context: Context): Typed {
  const of = context.check(node.operand);
  if (!['number', 'duration', 'any'].includes(groupOf(of.type))) {
    report(context, wrongType(node, '-', typeName(of.type)));
    return constant(null, node);
  }
  const { unit } = of;
  if (isConstant(of)) return constant(negated(of.value) as number | bigint | null, node, of.type, unit);
  return { kind: 'negate', of, type: of.type, ...spanOf(node), ...(unit !== undefined && { unit }) };
}

function checkConditional(node: Extract<Expr, { kind: 'conditional' }>, context: Context): Typed {
  const test = context.check(node.test);
  const then = context.check(node.whenTrue);
  const otherwise = context.check(node.whenFalse);
  if (isConstant(test)) return isTrue(test.value) ? then : otherwise;
  const type = then.type === otherwise.type && then.unit === otherwise.unit ? then.type : 'json';
  return {
    kind: 'choose',
    test,
    whenTrue: asText(then),
    whenFalse: asText(otherwise),
    type: type === 'body' ? 'string' : type,
    ...spanOf(node),
  };
}

function checkMacro(node: Extract<Expr, { kind: 'macro' }>, context: Context): Typed {
  const source = context.check(node.source);
  const slot = context.slots++;
  context.locals.push({ name: node.variable, slot });
  const body = context.check(node.body);
  context.locals.pop();
  const type: Type = node.op === 'exists' || node.op === 'all' ? 'bool' : 'list';
  return { kind: 'macro', op: node.op, source, slot, body, type, ...spanOf(node) };
}

function checkArithmetic(op: ArithmeticOp, node: Extract<Expr, { kind: 'binary' }>, context: Context): Typed {
  const [left, right] = sameUnit(asText(context.check(node.left)), asText(context.check(node.right)));
  const result = resultOf(op, left, right);
  if (result === undefined) {
    const odd = groupOf(left.type) === 'number' || groupOf(left.type) === 'duration' ? right : left;
    report(context, wrongType(node, op, typeName(odd.type)));
    return constant(null, node);
  }
  const unit = result === 'duration' ? (left.unit ?? right.unit ?? 'us') : undefined;
  if (isConstant(left) && isConstant(right)) {
    const value = calculate(op, left.value, right.value) as number | bigint | string | null;
    return constant(value, node, value === null ? 'null' : result, unit);
  }
  return { kind: 'arithmetic', op, left, right, type: result, ...spanOf(node), ...(unit !== undefined && { unit }) };
}

/** Durations beside durations are brought to one unit, beside a point in time to microseconds. */
function sameUnit(left: Typed, right: Typed): readonly [Typed, Typed] {
  if (left.type === 'time' && right.type === 'duration') return [left, inUnit(right)];
  if (right.type === 'time' && left.type === 'duration') return [inUnit(left), right];
  return left.type === 'duration' && right.type === 'duration' ? inSameUnit(left, right) : [left, right];
}
/** Type of the result; undefined when the operator does not work on these. */
function resultOf(op: ArithmeticOp, left: Typed, right: Typed): Type | undefined {
  const [a, b] = [groupOf(left.type), groupOf(right.type)];
  if (a === 'any' || b === 'any') {
    if (left.type === 'list' && right.type === 'list') return op === '+' ? 'list' : undefined;
    return [a, b].some((group) => group === 'bool' || group === 'map') ? undefined : 'json';
  }
  if (a === 'number' && b === 'number')
    return left.type === 'int' && right.type === 'int' && op !== '/' ? 'int' : 'float';
  if (a === 'text' && b === 'text') return op === '+' ? 'string' : undefined;
  const sum = op === '+' || op === '-';
  if (a === 'time' && b === 'time') return op === '-' ? 'duration' : undefined;
  if (a === 'time') return sum && (b === 'duration' || b === 'number') ? 'time' : undefined;
  if (b === 'time') return op === '+' && (a === 'duration' || a === 'number') ? 'time' : undefined;
  if (a === 'duration' && b === 'duration') return op === '/' ? 'float' : op === '*' ? undefined : 'duration';
  if (a === 'duration' && b === 'number') return 'duration';
  return a === 'number' && b === 'duration' && op !== '/' && op !== '%' ? 'duration' : undefined;
}
