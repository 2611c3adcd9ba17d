/** Where in a query the cursor stands: decided from the tokens before it, so that it works in broken text. */

import type { Span } from '../syntax/ast.ts';
import type { Token } from '../syntax/lexer.ts';
import { COMPARISON, keywords, operators } from '../syntax/operators.ts';
import { parse } from '../syntax/parser.ts';
import { printExpr } from '../syntax/printer.ts';
import type { Fields, FoundField } from '../types/fields.ts';
import { lex } from './tokens.ts';

interface Typed extends Span {
  /** What was typed of the word under the cursor; the span is what a choice replaces. */
  readonly prefix: string;
}

export type Place =
  | (Typed & { readonly kind: 'nothing' | 'stage' | 'aggregate' })
  | (Typed & {
      readonly kind: 'operand';
      /** The path before the last dot. */
      readonly path: string;
      readonly isCondition: boolean;
      /** Protocols that the query is already about. */
      readonly protocols: ReadonlySet<string>;
    })
  | (Typed & { readonly kind: 'operator'; readonly field: FoundField | undefined; readonly stage: string | undefined })
  | (Typed & { readonly kind: 'value'; readonly field: FoundField | undefined; readonly isQuoted: boolean })
  | (Typed & { readonly kind: 'key'; readonly field: FoundField | undefined; readonly isQuoted: boolean })
  | (Typed & { readonly kind: 'column'; readonly columns: readonly string[] });

export function placeAt(text: string, offset: number, fields: Fields): Place {
  const all = lex(text);
  const touched = all.find(({ kind, start, end }) => kind !== 'end' && start < offset && offset <= end);
  const before = all.filter(({ kind, end }) => kind !== 'comment' && kind !== 'end' && end <= offset);
  if (touched?.kind === 'comment' || touched?.kind === 'regex')
    return { kind: 'nothing', prefix: '', start: offset, end: offset };
  if (touched?.kind === 'string' && isInside(text, touched, offset)) {
    return insideString({ text, offset, fields, touched, before: before.filter((token) => token !== touched) });
  }
  const start = wordStart(before, offset);
  const rest = before.filter(({ end }) => end <= start);
  const typed: Typed = { prefix: text.slice(start, offset), start, end: wordEnd(all, offset) };
  return placeAfter(rest, typed, { text, fields, offset });
}

/** Between the quotes, or behind an opening one that was never closed. */
function isInside(text: string, { start, end }: Span, offset: number): boolean {
  const isClosed = end - start > 1 && text[end - 1] === text[start];
  return offset < end || !isClosed;
}

interface InString {
  readonly text: string;
  readonly offset: number;
  readonly fields: Fields;
  readonly touched: Token;
  readonly before: readonly Token[];
}

function insideString({ text, offset, fields, touched, before }: InString): Place {
  const start = touched.start + 1;
  const isClosed = touched.end - touched.start > 1 && text[touched.end - 1] === text[touched.start];
  const typed = { prefix: text.slice(start, offset), start, end: isClosed ? touched.end - 1 : touched.end };
  const rest = before.filter(({ end }) => end <= touched.start);
  const last = rest.at(-1);
  if (isSymbol(last, '[')) {
    const field = fieldBefore(rest.slice(0, -1), fields);
    if (field !== undefined) return { kind: 'key', field, isQuoted: true, ...typed };
  }
  return { kind: 'value', field: comparedField(rest, fields), isQuoted: true, ...typed };
}

const isSymbol = (token: Token | undefined, ...texts: readonly string[]) =>
  token?.kind === 'symbol' && texts.includes(token.text);
const isWord = (token: Token | undefined, ...words: readonly string[]) =>
  token?.kind === 'name' && words.includes(token.text.toLowerCase());

/** A path is one word: `request.pa` begins at `request`. */
function wordStart(before: readonly Token[], offset: number): number {
  let start = offset;
  for (const token of before.toReversed()) {
    const isPart = token.kind === 'name' || isSymbol(token, '.');
    if (!isPart || token.end !== start) return start;
    start = token.start;
  }
  return start;
}
function wordEnd(all: readonly Token[], offset: number): number {
  const under = all.find(({ kind, start, end }) => kind === 'name' && start <= offset && offset <= end);
  return under === undefined ? offset : Math.max(under.end, offset);
}

interface Query {
  readonly text: string;
  readonly fields: Fields;
  /** Of the pipe before the cursor, else of the cursor. */
  readonly offset: number;
}

function placeAfter(rest: readonly Token[], typed: Typed, query: Query): Place {
  const last = rest.at(-1);
  if (isSymbol(last, '|')) return { kind: 'stage', ...typed };
  const pipe = rest.findLastIndex((token) => isSymbol(token, '|'));
  const stage = pipe === -1 ? undefined : stageName(rest[pipe + 1]);
  if (stage !== undefined && stage !== 'where')
    return placeInStage(stage, rest.slice(pipe + 2), { typed, query: { ...query, offset: rest[pipe]?.start ?? 0 } });
  return placeInCondition(rest.slice(pipe + 1 + (stage === undefined ? 0 : 1)), { typed, query, stage });
}
const stageName = (token: Token | undefined) => (token?.kind === 'name' ? token.text.toLowerCase() : undefined);

interface At {
  readonly typed: Typed;
  readonly query: Query;
  readonly stage?: string | undefined;
}

function placeInCondition(rest: readonly Token[], { typed, query, stage }: At): Place {
  const last = rest.at(-1);
  if (isSymbol(last, '[')) {
    const field = fieldBefore(rest.slice(0, -1), query.fields);
    if (field?.spec.type === 'map') return { kind: 'key', field, isQuoted: false, ...typed };
  }
  const field = comparedField(rest, query.fields);
  if (field !== undefined) return { kind: 'value', field, isQuoted: false, ...typed };
  if (last !== undefined && endsOperand(last)) {
    return { kind: 'operator', field: fieldBefore(rest, query.fields), stage, ...typed };
  }
  return operand(typed, query, true);
}

function operand(typed: Typed, { text, fields }: Query, isCondition: boolean): Place {
  const dot = typed.prefix.lastIndexOf('.');
  return {
    kind: 'operand',
    path: typed.prefix.slice(0, Math.max(dot, 0)),
    isCondition,
    protocols: protocolsIn(text, fields),
    ...typed,
  };
}

/** Is something complete before the cursor, so that an operator follows? */
function endsOperand(token: Token): boolean {
  if (token.kind === 'symbol')
    return token.text === ')' || token.text === ']' || token.text === '}' || token.text === '*';
  if (token.kind !== 'name') return true;
  const word = token.text.toLowerCase();
  return !keywords.has(word) || ['exists', 'true', 'false', 'null', 'nil'].includes(word);
}

/** The field of which a value is wanted: `field ==`, `field in [a,`. */
function comparedField(rest: readonly Token[], fields: Fields): FoundField | undefined {
  let at = rest.length - 1;
  // Inside a list: back to its bracket.
  if (isSymbol(rest[at], ',', '[', '(')) {
    while (at >= 0 && !isSymbol(rest[at], '[', '(')) at--;
    at--;
    if (!isWord(rest[at], 'in')) return undefined;
  }
  const operator = rest[at];
  if (operator === undefined || (operator.kind !== 'symbol' && operator.kind !== 'name')) return undefined;
  if (operators.get(operator.text.toLowerCase())?.precedence !== COMPARISON) return undefined;
  const before = isWord(rest[at - 1], 'not') ? at - 1 : at;
  return fieldBefore(rest.slice(0, before), fields);
}

/** The declared field whose path ends the tokens: `… request.headers`, also with a key: `request.headers["x"]`. */
function fieldBefore(tokens: readonly Token[], fields: Fields): FoundField | undefined {
  let end = tokens.length;
  if (isSymbol(tokens[end - 1], ']')) {
    const open = tokens.findLastIndex((token) => isSymbol(token, '['));
    const found = fieldBefore(tokens.slice(0, Math.max(open, 0)), fields);
    // A header is a text, whatever its map is.
    return found?.spec.type === 'map'
      ? { ...found, name: found.name, spec: { type: 'string', doc: found.spec.doc } }
      : found;
  }
  const names: string[] = [];
  while (end > 0) {
    const token = tokens[end - 1];
    if (token?.kind !== 'name') break;
    names.unshift(token.text);
    if (!isSymbol(tokens[end - 2], '.')) break;
    end -= 2;
  }
  return names.length === 0 ? undefined : fields.find(names.join('.'));
}

/** Protocols named as conditions that every match has to meet. */
function protocolsIn(text: string, fields: Fields): ReadonlySet<string> {
  const { filter } = parse(text).tree;
  const items = filter === undefined ? [] : filter.kind === 'and' ? filter.items : [filter];
  return new Set(items.flatMap((item) => (item.kind === 'name' ? (fields.flag(item.name)?.id ?? []) : [])));
}

function placeInStage(stage: string, rest: readonly Token[], { typed, query }: At): Place {
  const last = rest.at(-1);
  const depth = rest.reduce((open, token) => open + (isSymbol(token, '(') ? 1 : isSymbol(token, ')') ? -1 : 0), 0);
  const by = rest.findLastIndex((token) => isWord(token, 'by'));
  const columns = columnsBefore(query);
  const field = (): Place =>
    columns === undefined ? operand(typed, query, false) : { kind: 'column', columns, ...typed };
  if (depth > 0) return field();
  if (last !== undefined && endsOperand(last) && !isWord(last, 'by')) {
    const wantsMore = (stage === 'top' && rest.length === 1) || (stage === 'timechart' && rest.length === 1);
    if (!wantsMore) return { kind: 'operator', field: undefined, stage, ...typed };
  }
  switch (stage) {
    case 'stats':
      return by === -1 ? { kind: 'aggregate', ...typed } : field();
    case 'timechart':
      if (rest.length === 0) return { kind: 'nothing', ...typed };
      return by === -1 ? { kind: 'aggregate', ...typed } : field();
    case 'top':
      if (rest.length === 0) return { kind: 'nothing', ...typed };
      return by === -1 ? field() : { kind: 'aggregate', ...typed };
    case 'count':
      return by === -1 ? { kind: 'operator', field: undefined, stage, ...typed } : field();
    case 'limit':
      return { kind: 'nothing', ...typed };
    default:
      return field();
  }
}

/** Columns that the stages before the cursor leave; undefined while there are entries. */
function columnsBefore({ text, offset }: Query): readonly string[] | undefined {
  const stages = parse(text).tree.stages.filter(({ end }) => end <= offset);
  const last = stages.findLast(({ kind }) => kind !== 'where' && kind !== 'sort' && kind !== 'limit');
  switch (last?.kind) {
    case 'count':
      return [...last.by.map(printExpr), 'count'];
    case 'stats':
      return [...last.by.map(printExpr), ...last.aggregates.map((one) => one.as ?? one.name)];
    case 'timechart':
      return [
        'time',
        ...(last.by === undefined ? [] : [printExpr(last.by)]),
        ...last.aggregates.map((one) => one.as ?? one.name),
      ];
    case 'top':
      return [
        printExpr(last.field),
        last.aggregate === undefined ? 'count' : (last.aggregate.as ?? last.aggregate.name),
      ];
    case 'fields':
      return last.fields.map(printExpr);
    case 'distinct':
      return [printExpr(last.field)];
    default:
      return undefined;
  }
}
