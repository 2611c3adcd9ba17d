/**
 * Text to tree, always: a hole is a node of its own (`missing`), so that completion and colours work in broken text.
 * The v1 and CEL spellings become the same nodes as the house's: `has(x)` is `x exists`, `x.contains(y)` is
 * `x contains y`, `a =~ b` is `a matches b`.
 */

import type { Diagnostic } from '../diagnostics.ts';
import { chainedComparison, DiagnosticBag, tooLong, unclosedBracket, unexpected } from '../diagnostics.ts';
import { MAX_DIAGNOSTICS, MAX_QUERY_LENGTH } from '../limits.ts';
import type { BinaryOp, Expr, MacroOp, Query, Span } from './ast.ts';
import { Cursor } from './cursor.ts';
import { tokenize } from './lexer.ts';
import { COMPARISON, keywords, operators, PRODUCT, SUM } from './operators.ts';
import { parseStages } from './stages.ts';

export interface Parsed {
  readonly tree: Query;
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads any text into a tree and what is wrong with it. Never throws; a text over the limit is not read at all. */
export function parse(text: string): Parsed {
  const bag = new DiagnosticBag(MAX_DIAGNOSTICS);
  const span = { start: 0, end: text.length };
  if (text.length > MAX_QUERY_LENGTH) {
    bag.add(tooLong(text.length, MAX_QUERY_LENGTH));
    return { tree: { ...span, filter: { kind: 'missing', ...span }, stages: [] }, diagnostics: bag.list() };
  }
  const cursor = new Cursor(tokenize(text, bag), bag);
  const filter = cursor.atEnd || cursor.isSymbol('|') ? undefined : parseFilter(cursor, text);
  const stages = parseStages(cursor, text, parseExpr);
  return { tree: { ...span, ...(filter !== undefined && { filter }), stages }, diagnostics: bag.list() };
}

/** The condition before the first stage; what does not fit is reported and joined on, so that it still has colours. */
function parseFilter(cursor: Cursor, text: string): Expr {
  const items = [parseExpr(cursor)];
  while (!cursor.atEnd && !cursor.isSymbol('|')) {
    const { token } = cursor;
    cursor.report(unexpected(token, text.slice(token.start, token.end)));
    const before = token;
    if (token.kind === 'symbol' && !'([{-!'.includes(token.text)) cursor.take();
    else items.push(parseExpr(cursor));
    if (cursor.token === before) cursor.take();
  }
  return joined('and', items);
}

function parseExpr(cursor: Cursor): Expr {
  return cursor.nested(() => parseConditional(cursor)) ?? hole(cursor);
}

function parseConditional(cursor: Cursor): Expr {
  const test = parseOr(cursor);
  if (!cursor.takeSymbol('?')) return test;
  const whenTrue = parseExpr(cursor);
  if (!cursor.takeSymbol(':')) cursor.expect('`:` and the other value');
  const whenFalse = parseExpr(cursor);
  return { kind: 'conditional', test, whenTrue, whenFalse, start: test.start, end: whenFalse.end };
}

function parseOr(cursor: Cursor): Expr {
  const items = [parseAnd(cursor)];
  while (cursor.takeWord('or') || cursor.takeSymbol('||')) items.push(parseAnd(cursor));
  return joined('or', items);
}

function parseAnd(cursor: Cursor): Expr {
  const items = [parseNot(cursor)];
  while (cursor.takeWord('and') || cursor.takeSymbol('&&')) items.push(parseNot(cursor));
  return joined('and', items);
}

function joined(kind: 'and' | 'or', items: readonly Expr[]): Expr {
  const [first] = items;
  const last = items.at(-1);
  if (first === undefined || last === undefined || items.length === 1)
    return first ?? { kind: 'missing', start: 0, end: 0 };
  return { kind, items, start: first.start, end: last.end };
}

function parseNot(cursor: Cursor): Expr {
  const { start } = cursor.token;
  if (!cursor.takeWord('not') && !cursor.takeSymbol('!')) return parseComparison(cursor);
  const operand = cursor.nested(() => parseNot(cursor)) ?? hole(cursor);
  return { kind: 'not', operand, start, end: operand.end };
}

function parseComparison(cursor: Cursor): Expr {
  cursor.term();
  let left = parseBinary(cursor, SUM);
  let compared = false;
  for (;;) {
    const negated = cursor.isWord('not') && isComparison(cursor, 1) && cursor.takeWord('not');
    const { token } = cursor;
    if (cursor.isWord('exists') && cursor.takeWord('exists')) {
      left = { kind: 'exists', operand: left, start: left.start, end: token.end };
    } else {
      const operator = operatorAt(cursor, COMPARISON);
      if (operator === undefined) return left;
      if (compared) cursor.report(chainedComparison(token));
      cursor.take();
      const right = operator.op === 'in' ? parseMembers(cursor) : parseBinary(cursor, SUM);
      left = binary(operator.op, left, right);
      if (operator.negated) left = { kind: 'not', operand: left, start: left.start, end: left.end };
    }
    if (negated) left = { kind: 'not', operand: left, start: left.start, end: left.end };
    compared = true;
  }
}

const operatorAt = (cursor: Cursor, precedence: number) => {
  const { token } = cursor;
  if (token.kind !== 'symbol' && token.kind !== 'name') return undefined;
  const operator = operators.get(token.text.toLowerCase());
  return operator?.precedence === precedence ? operator : undefined;
};
const isComparison = (cursor: Cursor, ahead: number) => {
  const token = cursor.peek(ahead);
  if (token.kind !== 'name') return false;
  return token.text.toLowerCase() === 'exists' || operators.get(token.text.toLowerCase())?.precedence === COMPARISON;
};

/** v1 compares with `== r"…"`: that is a match. */
function binary(op: BinaryOp, left: Expr, right: Expr): Expr {
  const span = { start: left.start, end: right.end };
  if (right.kind === 'regex' && (op === '==' || op === '!=')) {
    const match: Expr = { kind: 'binary', op: 'matches', left, right: pattern(right), ...span };
    return op === '==' ? match : { kind: 'not', operand: match, ...span };
  }
  return { kind: 'binary', op, left, right: op === 'matches' ? pattern(right) : right, ...span };
}
const pattern = (node: Expr): Expr =>
  node.kind === 'regex' ? { kind: 'literal', value: node.pattern, start: node.start, end: node.end } : node;

function parseBinary(cursor: Cursor, precedence: number): Expr {
  const next = () => (precedence === PRODUCT ? parseUnary(cursor) : parseBinary(cursor, precedence + 1));
  let left = next();
  for (let count = 0; ; count++) {
    const operator = operatorAt(cursor, precedence);
    if (operator === undefined) return left;
    cursor.take();
    cursor.term();
    const before = left;
    // A chain leans to the left: each further operand is a level of the tree.
    const right = cursor.nested(next, count) ?? hole(cursor);
    left = binary(operator.op, before, right);
  }
}

/** What follows `in`: a list, a range, an address range, or anything that has elements. */
function parseMembers(cursor: Cursor): Expr {
  const open = cursor.token;
  if (cursor.takeSymbol('(')) return { kind: 'list', ...parseItems(cursor, open, ')') };
  const from = parseBinary(cursor, SUM);
  return parseRange(cursor, from);
}

function parseRange(cursor: Cursor, from: Expr): Expr {
  if (!cursor.takeSymbol('..')) return from;
  const to = parseBinary(cursor, SUM);
  return { kind: 'range', from, to, start: from.start, end: to.end };
}

function parseUnary(cursor: Cursor): Expr {
  const { start } = cursor.token;
  if (!cursor.takeSymbol('-')) return parsePostfix(cursor);
  const operand = cursor.nested(() => parseUnary(cursor)) ?? hole(cursor);
  const span = { start, end: operand.end };
  if (operand.kind === 'literal' && (typeof operand.value === 'number' || typeof operand.value === 'bigint')) {
    return { kind: 'literal', value: -operand.value, ...span };
  }
  if (operand.kind === 'duration' && !operand.text.startsWith('-')) {
    return { kind: 'duration', micros: -operand.micros, text: `-${operand.text}`, ...span };
  }
  return { kind: 'negate', operand, ...span };
}

const isNumeric = (node: Expr) =>
  node.kind === 'duration' || node.kind === 'size' || (node.kind === 'literal' && typeof node.value !== 'string');

function parsePostfix(cursor: Cursor): Expr {
  let node = parsePrimary(cursor);
  for (let levels = 1; ; levels++) {
    const step = isNumeric(node) ? undefined : parseStep(cursor, node, levels);
    if (step === undefined) return node;
    node = step;
  }
}

function parseStep(cursor: Cursor, object: Expr, levels: number): Expr | undefined {
  const { token } = cursor;
  const span = () => ({ start: object.start, end: cursor.lastEnd });
  if (cursor.isSymbol('..') && cursor.peek(1).kind === 'name') {
    cursor.take();
    const name = cursor.take();
    return cursor.nested<Expr>(() => ({ kind: 'descend', object, name: nameText(name), ...span() }), levels);
  }
  if (cursor.takeSymbol('.')) {
    if (cursor.takeSymbol('*')) return { kind: 'each', object, ...span() };
    const name = cursor.token;
    if (name.kind !== 'name' || (!cursor.isSymbol('(', 1) && isSeparated(cursor, token, name))) {
      cursor.expect('a name after the dot');
      return { kind: 'member', object, name: '', ...span() };
    }
    cursor.take();
    return cursor.nested(() => {
      const open = cursor.token;
      if (!cursor.takeSymbol('(')) return { kind: 'member' as const, object, name: name.text, ...span() };
      return parseCall(cursor, name, { open, receiver: object });
    }, levels);
  }
  if (!cursor.takeSymbol('[')) return undefined;
  return cursor.nested<Expr>(() => {
    if (cursor.isSymbol('*') && cursor.isSymbol(']', 1)) {
      cursor.take();
      cursor.take();
      return { kind: 'each', object, ...span() };
    }
    const index = parseExpr(cursor);
    if (!cursor.takeSymbol(']')) cursor.report(unclosedBracket(token, '['));
    return { kind: 'index', object, index, ...span() };
  }, levels);
}

const nameText = (token: { readonly kind: string; readonly text?: string }) => token.text ?? '';

/** `a. and b` while typing: the word after a gap is the operator, not a member. */
const isSeparated = (cursor: Cursor, dot: Span, name: Span & { readonly text: string }) =>
  name.start > dot.end && keywords.has(name.text.toLowerCase()) && !cursor.atEnd;

interface CallHead {
  readonly open: Span;
  readonly receiver?: Expr;
}

const macros: ReadonlySet<string> = new Set<MacroOp>(['exists', 'all', 'filter', 'map']);
const textMethods: ReadonlyMap<string, BinaryOp> = new Map([
  ['contains', 'contains'],
  ['startsWith', 'startsWith'],
  ['endsWith', 'endsWith'],
  ['matches', 'matches'],
]);

/** A call whose opening bracket was taken; the spellings that stand for an operator become it. */
function parseCall(cursor: Cursor, name: Span & { readonly text: string }, { open, receiver }: CallHead): Expr {
  const given = parseItems(cursor, open, ')').items;
  const args = receiver === undefined ? given : [receiver, ...given];
  const span = { start: receiver?.start ?? name.start, end: cursor.lastEnd };
  const [first, second, third] = args;
  if (name.text === 'has' && args.length === 1 && first !== undefined)
    return { kind: 'exists', operand: first, ...span };
  const op = textMethods.get(name.text);
  if (op !== undefined && args.length === 2 && first !== undefined && second !== undefined) {
    return { ...binary(op, first, second), ...span };
  }
  if (receiver !== undefined && macros.has(name.text) && args.length === 3 && second?.kind === 'name') {
    if (first !== undefined && third !== undefined) {
      return { kind: 'macro', op: name.text as MacroOp, source: first, variable: second.name, body: third, ...span };
    }
  }
  return { kind: 'call', name: name.text, nameStart: name.start, args, ...span };
}

/** Expressions (and ranges) separated by commas, up to the closing bracket. */
function parseItems(cursor: Cursor, open: Span, close: string): Span & { readonly items: readonly Expr[] } {
  const items: Expr[] = [];
  while (!cursor.isSymbol(close) && !cursor.atEnd) {
    cursor.term();
    items.push(parseRange(cursor, parseExpr(cursor)));
    if (!cursor.takeSymbol(',')) break;
  }
  if (!cursor.takeSymbol(close)) cursor.report(unclosedBracket(open, close === ')' ? '(' : '['));
  return { items, start: open.start, end: cursor.lastEnd };
}

function parsePrimary(cursor: Cursor): Expr {
  const { token } = cursor;
  const span = { start: token.start, end: token.end };
  switch (token.kind) {
    case 'string':
      cursor.take();
      return { kind: 'literal', value: token.value, ...span };
    case 'regex':
      cursor.take();
      return { kind: 'regex', pattern: token.value, ...span };
    case 'number':
      cursor.take();
      return { kind: 'literal', value: token.value, ...span };
    case 'duration':
      cursor.take();
      return { kind: 'duration', micros: token.micros, text: token.text, ...span };
    case 'size':
      cursor.take();
      return { kind: 'size', bytes: token.bytes, text: token.text, ...span };
    case 'name':
      return parseName(cursor, token);
    case 'symbol':
      if (cursor.takeSymbol('[')) return { kind: 'list', ...parseItems(cursor, token, ']') };
      if (cursor.takeSymbol('{')) return parseMap(cursor, token);
      if (cursor.takeSymbol('(')) return parseGroup(cursor, token);
      break;
    case 'comment':
    case 'end':
      break;
  }
  cursor.expect('a field or a value');
  return hole(cursor);
}

function parseGroup(cursor: Cursor, open: Span): Expr {
  const inner = parseExpr(cursor);
  if (!cursor.takeSymbol(')')) cursor.report(unclosedBracket(open, '('));
  return { ...inner, start: open.start, end: cursor.lastEnd };
}

const constants: ReadonlyMap<string, null | boolean> = new Map([
  ['true', true],
  ['false', false],
  ['null', null],
  ['nil', null],
]);

function parseName(cursor: Cursor, token: Span & { readonly text: string }): Expr {
  const span = { start: token.start, end: token.end };
  const word = token.text.toLowerCase();
  const open = cursor.peek(1);
  if (cursor.isSymbol('(', 1) && (!keywords.has(word) || textMethods.has(token.text))) {
    cursor.take();
    cursor.take();
    return parseCall(cursor, token, { open });
  }
  const constant = constants.get(word);
  if (constant !== undefined) {
    cursor.take();
    return { kind: 'literal', value: constant, ...span };
  }
  if (keywords.has(word)) {
    cursor.expect('a field or a value');
    return hole(cursor);
  }
  cursor.take();
  return { kind: 'name', name: token.text, ...span };
}

function parseMap(cursor: Cursor, open: Span): Expr {
  const entries: { key: Expr; value: Expr }[] = [];
  while (!cursor.isSymbol('}') && !cursor.atEnd) {
    cursor.term();
    const key = parseOrKey(cursor);
    if (!cursor.takeSymbol(':')) cursor.expect('`:` and a value');
    entries.push({ key, value: parseExpr(cursor) });
    if (!cursor.takeSymbol(',')) break;
  }
  if (!cursor.takeSymbol('}')) cursor.report(unclosedBracket(open, '{'));
  return { kind: 'map', entries, start: open.start, end: cursor.lastEnd };
}
/** A key is read without `? :`, whose colon it would take. */
const parseOrKey = (cursor: Cursor): Expr => cursor.nested(() => parseOr(cursor)) ?? hole(cursor);

function hole(cursor: Cursor): Expr {
  const at = cursor.atEnd ? cursor.lastEnd : cursor.token.start;
  return { kind: 'missing', start: at, end: at };
}
