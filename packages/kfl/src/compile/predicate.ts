/** Checked tree to closures: `(entry) => boolean`, compiled once; plain comparisons allocate nothing. */

import { MAX_MACRO_STEPS } from '../limits.ts';
import type { Choice, Typed } from '../types/typed.ts';
import { calculate, negated } from '../values/arithmetic.ts';
import type { Value } from '../values/compare.ts';
import { areEqual, foldCase, isTrue } from '../values/compare.ts';
import { parseNetwork } from '../values/network.ts';
import { eachOf, listOf, sizeOf, textOf } from '../values/path.ts';
import { addMonths } from '../values/time.ts';
import { cheapestFirst } from './cost.ts';
import type { Document, Read, Test } from './read.ts';
import { directAccess, readComputed, readField, readMapKey, readStep, testFlag } from './read.ts';
import {
  foldedValue,
  isMember,
  isOrdered,
  testEqual,
  testEqualFlag,
  testEqualNumber,
  testEqualText,
  testEqualTextAt,
  testOrder,
  testOrderNumber,
  testPattern,
  testText,
  testTextConstant,
} from './tests.ts';

export interface PredicateOptions {
  /** Microseconds of the moment, read for each entry; needed when the query was checked without a fixed moment. */
  readonly clock?: () => number;
}

interface Frame {
  readonly clock: () => number;
  /** Values of macro variables by slot: one query runs at a time, so one frame serves. */
  readonly locals: Value[];
  /** Elements that macros may still look at for this entry; undefined when the query has none. */
  steps?: number;
}

/** The condition as a function. A value that is not a yes or no counts as KFL §3 says. */
export function compileTest(node: Typed, { clock = () => Date.now() * 1000 }: PredicateOptions = {}): Test {
  const frame: Frame = { clock, locals: [] };
  return withSteps(frame, toTest(node, frame));
}

/** The value of an expression as a function. */
export function compileRead(node: Typed, { clock = () => Date.now() * 1000 }: PredicateOptions = {}): Read {
  const frame: Frame = { clock, locals: [] };
  return withSteps(frame, toRead(node, frame));
}

/** Each entry gets the steps anew; a query without macros needs no counting. */
function withSteps<T>(frame: Frame, run: (entry: Document) => T): (entry: Document) => T {
  if (frame.steps === undefined) return run;
  return (entry) => {
    frame.steps = MAX_MACRO_STEPS;
    return run(entry);
  };
}

function toTest(node: Typed, frame: Frame): Test {
  switch (node.kind) {
    case 'constant': {
      const value = isTrue(node.value);
      return () => value;
    }
    case 'flag':
      return testFlag(node.id);
    case 'and':
      return all(cheapestFirst(node.items).map((item) => toTest(item, frame)));
    case 'or':
      return any(cheapestFirst(node.items).map((item) => toTest(item, frame)));
    case 'not': {
      const test = toTest(node.of, frame);
      return (entry) => !test(entry);
    }
    case 'exists': {
      const read = toRead(node.of, frame);
      return (entry) => {
        const value = read(entry);
        return value !== null && value !== undefined;
      };
    }
    case 'equal':
      return toEqual(node, frame);
    case 'order':
      return toOrder(node, frame);
    case 'textTest': {
      const left = toRead(node.left, frame);
      if (node.right.kind === 'constant' && typeof node.right.value === 'string' && !node.caseless) {
        return testTextConstant(node.test, left, node.right.value);
      }
      return testText(node.test, { left, right: toRead(node.right, frame), caseless: node.caseless });
    }
    case 'like':
    case 'matches': {
      const { pattern } = node;
      return testPattern(toRead(node.of, frame), (text) => pattern.test(text));
    }
    case 'member':
      return toMember(node, frame);
    case 'oneOf':
      return toOneOf(node, frame);
    case 'choose': {
      const test = toTest(node.test, frame);
      const then = toTest(node.whenTrue, frame);
      const otherwise = toTest(node.whenFalse, frame);
      return (entry) => (test(entry) ? then(entry) : otherwise(entry));
    }
    case 'macro':
      return toMacroTest(node, frame);
    default: {
      const read = toRead(node, frame);
      return truthOf(node, read);
    }
  }
}

/** Truth by type: a body is true when it has bytes, a repeated header when any of its values is true. */
function truthOf({ type }: Typed, read: Read): Test {
  if (type === 'body') return (entry) => isTrue(sizeOf(read(entry)));
  if (type === 'strings') return (entry) => isTrue(listOf(read(entry)));
  if (type !== 'texts') return (entry) => isTrue(read(entry));
  return (entry) => {
    const value = read(entry);
    if (typeof value === 'string') return value !== '';
    return Array.isArray(value) ? value.some(isTrue) : isTrue(value);
  };
}

function all(tests: readonly Test[]): Test {
  const [a = () => true, b = () => true, c = () => true] = tests;
  if (tests.length === 1) return a;
  if (tests.length === 2) return (entry) => a(entry) && b(entry);
  if (tests.length === 3) return (entry) => a(entry) && b(entry) && c(entry);
  return (entry) => {
    for (const test of tests) if (!test(entry)) return false;
    return true;
  };
}

function any(tests: readonly Test[]): Test {
  const [a = () => false, b = () => false] = tests;
  if (tests.length === 1) return a;
  if (tests.length === 2) return (entry) => a(entry) || b(entry);
  return (entry) => {
    for (const test of tests) if (test(entry)) return true;
    return false;
  };
}

function toEqual({ left, right, caseless }: Extract<Typed, { kind: 'equal' }>, frame: Frame): Test {
  const [side, other] = left.kind === 'constant' ? [right, left] : [left, right];
  const read = toRead(side, frame);
  if (other.kind === 'constant') {
    const { value } = other;
    if (typeof value === 'string') {
      const direct = caseless ? undefined : directAccess(side);
      return direct === undefined ? testEqualText(read, value, caseless) : testEqualTextAt(direct, read, value);
    }
    if (typeof value === 'number') return testEqualNumber(read, value);
    if (typeof value === 'boolean') return testEqualFlag(read, value);
  }
  return testEqual(read, toRead(other, frame), caseless);
}

function toOrder({ op, left, right, caseless }: Extract<Typed, { kind: 'order' }>, frame: Frame): Test {
  const read = toRead(left, frame);
  if (right.kind === 'constant' && typeof right.value === 'number') return testOrderNumber(op, read, right.value);
  const other = toRead(right, frame);
  if (!caseless) return testOrder(op, read, other);
  return testOrder(
    op,
    (entry) => foldedValue(read(entry)),
    (entry) => foldedValue(other(entry)),
  );
}

function toMember({ container, item, caseless }: Extract<Typed, { kind: 'member' }>, frame: Frame): Test {
  const whole = toRead(container, frame);
  const one = toRead(item, frame);
  const isMap = container.type === 'map';
  const list = container.type === 'strings' ? listOf : (value: Value) => value;
  if (!caseless) return (entry) => isMember(list(whole(entry)), one(entry), isMap);
  return (entry) => isMember(foldedValue(list(whole(entry))), foldedValue(one(entry)), isMap);
}

function toOneOf(node: Extract<Typed, { kind: 'oneOf' }>, frame: Frame): Test {
  const read = toRead(node.of, frame);
  const constants = new Set<Value>();
  const rest: ((value: Value) => boolean)[] = [];
  for (const choice of node.choices) {
    if (choice.kind === 'value' && choice.value.kind === 'constant') {
      const { value } = choice.value;
      constants.add(value);
      // What the set cannot tell: whole numbers written as text, and numbers past 2^53.
      if (value !== null && typeof value !== 'boolean')
        rest.push((other) => typeof other !== typeof value && areEqual(other, value));
    }
  }
  const moving = node.choices.filter((choice) => choice.kind !== 'value' || choice.value.kind !== 'constant');
  const tests = moving.map((choice) => choiceTest(choice, frame));
  const { caseless } = node;
  return (entry) => {
    const value = read(entry);
    if (value === null || value === undefined) return false;
    const passes = (one: Value): boolean => {
      const item = caseless && typeof one === 'string' ? foldCase(one) : one;
      return constants.has(item) || rest.some((test) => test(item)) || tests.some((test) => test(entry, item));
    };
    return Array.isArray(value) ? value.some(passes) : passes(value);
  };
}

function choiceTest(choice: Choice, frame: Frame): (entry: Parameters<Test>[0], value: Value) => boolean {
  switch (choice.kind) {
    case 'value': {
      const other = toRead(choice.value, frame);
      return (entry, value) => areEqual(value, other(entry));
    }
    case 'range': {
      const from = toRead(choice.from, frame);
      const to = toRead(choice.to, frame);
      return (entry, value) => isOrdered('>=', value, from(entry)) && isOrdered('<=', value, to(entry));
    }
    case 'network': {
      const contains = parseNetwork(choice.text);
      return (_, value) => typeof value === 'string' && contains?.(value) === true;
    }
  }
}

function toMacroTest(node: Extract<Typed, { kind: 'macro' }>, frame: Frame): Test {
  const { op } = node;
  if (op === 'filter' || op === 'map') {
    const read = toMacroList(node, frame);
    return (entry) => isTrue(read(entry));
  }
  const items = toItems(node.source, frame);
  const body = toTest(node.body, frame);
  const { locals } = frame;
  const { slot } = node;
  return (entry) => {
    for (const item of items(entry)) {
      locals[slot] = item;
      if (body(entry) === (op === 'exists')) return op === 'exists';
    }
    return op === 'all';
  };
}

/** The elements of a list, the keys of a map; none of anything else, and none beyond what one entry may cost. */
function toItems(source: Typed, frame: Frame): (entry: Document) => readonly Value[] {
  const read = toRead(source, frame);
  const isList = source.type === 'strings' || source.type === 'texts';
  frame.steps = MAX_MACRO_STEPS;
  return (entry) => {
    const value = isList ? listOf(read(entry)) : read(entry);
    const items: readonly Value[] = Array.isArray(value)
      ? value
      : typeof value === 'object' && value !== null
        ? Object.keys(value)
        : [];
    const left = frame.steps ?? 0;
    frame.steps = Math.max(left - items.length, 0);
    return items.length > left ? items.slice(0, left) : items;
  };
}

function toMacroList(node: Extract<Typed, { kind: 'macro' }>, frame: Frame): Read {
  const items = toItems(node.source, frame);
  const { locals } = frame;
  const { slot } = node;
  if (node.op === 'map') {
    const body = toRead(node.body, frame);
    return (entry) =>
      items(entry).map((item) => {
        locals[slot] = item;
        return body(entry);
      });
  }
  const keeps = toTest(node.body, frame);
  return (entry) =>
    items(entry).filter((item) => {
      locals[slot] = item;
      return keeps(entry);
    });
}

function toRead(node: Typed, frame: Frame): Read {
  switch (node.kind) {
    case 'constant': {
      const { value } = node;
      return () => value;
    }
    case 'field':
      return readField(node);
    case 'local': {
      const { locals } = frame;
      const { slot } = node;
      return () => locals[slot] ?? null;
    }
    case 'step':
      return toStep(node, frame);
    case 'text': {
      const read = toRead(node.of, frame);
      return (entry) => textOf(read(entry));
    }
    case 'arithmetic': {
      const left = toRead(node.left, frame);
      const right = toRead(node.right, frame);
      const { op } = node;
      return (entry) => calculate(op, left(entry), right(entry));
    }
    case 'negate': {
      const read = toRead(node.of, frame);
      return (entry) => negated(read(entry));
    }
    case 'call':
      return toCall(node, frame);
    case 'now': {
      const { clock } = frame;
      const { plusMonths } = node;
      return plusMonths === 0 ? () => clock() : () => addMonths(clock(), plusMonths);
    }
    case 'choose': {
      const test = toTest(node.test, frame);
      const then = toRead(node.whenTrue, frame);
      const otherwise = toRead(node.whenFalse, frame);
      return (entry) => (test(entry) ? then(entry) : otherwise(entry));
    }
    case 'fallback': {
      const read = toRead(node.of, frame);
      const otherwise = toRead(node.otherwise, frame);
      return (entry) => read(entry) ?? otherwise(entry);
    }
    case 'macro':
      return node.op === 'exists' || node.op === 'all' ? toMacroTest(node, frame) : toMacroList(node, frame);
    case 'list': {
      const items = node.items.map((item) => toRead(item, frame));
      return (entry) => items.map((read) => read(entry) ?? null);
    }
    case 'map': {
      const entries = node.entries.map(({ key, value }) => [toRead(key, frame), toRead(value, frame)] as const);
      return (entry) => Object.fromEntries(entries.map(([key, value]) => [String(key(entry)), value(entry) ?? null]));
    }
    default:
      // Everything else is a yes or no.
      return toTest(node, frame);
  }
}

function toStep({ of, step }: Extract<Typed, { kind: 'step' }>, frame: Frame): Read {
  const isMap = of.type === 'map';
  const direct = isMap && step.kind === 'key' ? directAccess(of) : undefined;
  if (direct !== undefined && step.kind === 'key') return readMapKey(direct, step.name);
  const inner = toRead(of, frame);
  const read: Read = of.type === 'strings' ? (entry) => listOf(inner(entry)) : inner;
  if (step.kind === 'computed') return readComputed(read, toRead(step.key, frame), isMap);
  // Every value of a header map is a text, also of those that are repeated.
  if (isMap && step.kind === 'each') {
    return (entry) => {
      const values = eachOf(read(entry));
      return Array.isArray(values) ? values.flat() : null;
    };
  }
  return readStep(read, step, isMap);
}

function toCall({ row, args }: Extract<Typed, { kind: 'call' }>, frame: Frame): Read {
  const { run = () => null } = row;
  const reads = args.map((argument) =>
    argument.type === 'strings' ? wrapped(toRead(argument, frame)) : toRead(argument, frame),
  );
  const [first = () => null, second] = reads;
  if (row.name === 'json' || row.name === 'xml') return remembered(first, run);
  if (second === undefined) return (entry) => run(first(entry) ?? null);
  return (entry) => run(...reads.map((read) => read(entry) ?? null));
}
const wrapped =
  (read: Read): Read =>
  (entry) =>
    listOf(read(entry));

/** Several conditions on one body parse it once. */
function remembered(read: Read, run: (value: Value) => Value): Read {
  let lastInput: Value;
  let lastOutput: Value = null;
  return (entry) => {
    const input = read(entry) ?? null;
    if (input !== lastInput) {
      lastInput = input;
      lastOutput = run(input);
    }
    return lastOutput;
  };
}
