/** What the thing under the cursor is. */

import type { Expr, Span } from '../syntax/ast.ts';
import { expressionsOf, partsOf } from '../syntax/ast.ts';
import { operators } from '../syntax/operators.ts';
import { parse } from '../syntax/parser.ts';
import { printExpr } from '../syntax/printer.ts';
import { stageDocs } from '../syntax/stages.ts';
import { aggregates } from '../types/aggregates.ts';
import { fieldsOf } from '../types/fields.ts';
import { functionOf } from '../types/functions.ts';
import type { FieldSpec, Schema } from '../types/schema.ts';
import { lex } from './tokens.ts';

export interface Hover extends Span {
  /** What it is called, with its type or signature. */
  readonly title: string;
  readonly doc: string;
  readonly example?: string;
}

/** Undefined where nothing needs explaining. */
export function hover(text: string, offset: number, schema: Schema): Hover | undefined {
  const token = lex(text).find(({ start, end }) => start <= offset && offset < end);
  if (token === undefined) return undefined;
  const span = { start: token.start, end: token.end };
  if (token.kind === 'duration')
    return { ...span, title: `${token.text}`, doc: `A duration: ${token.micros / 1000} ms.` };
  if (token.kind === 'size') return { ...span, title: token.text, doc: `A size: ${token.bytes} bytes.` };
  const path = hoverPath(text, offset, schema);
  if (path !== undefined) return path;
  return token.kind === 'name' || token.kind === 'symbol' ? hoverWord(token.text, span) : undefined;
}

function hoverWord(word: string, span: Span): Hover | undefined {
  const row = functionOf(word);
  if (row !== undefined) return { ...span, title: row.signature, doc: row.doc, example: row.example };
  const aggregate = aggregates.get(word);
  if (aggregate !== undefined)
    return { ...span, title: aggregate.signature, doc: aggregate.doc, example: aggregate.example };
  const lower = word.toLowerCase();
  if (Object.hasOwn(stageDocs, lower)) {
    const stage = stageDocs[lower as keyof typeof stageDocs];
    return { ...span, title: stage.usage, doc: stage.doc, example: stage.example };
  }
  const operator = operators.get(lower);
  return operator && { ...span, title: operator.op, doc: operator.doc };
}

/** The longest declared field whose path the cursor stands in, or a protocol's name. */
function hoverPath(text: string, offset: number, schema: Schema): Hover | undefined {
  const { tree } = parse(text);
  const roots = [...(tree.filter ? [tree.filter] : []), ...tree.stages.flatMap(expressionsOf)];
  const fields = fieldsOf(schema);
  for (const node of roots.flatMap((root) => around(root, offset))) {
    if (node.kind !== 'name' && node.kind !== 'member' && node.kind !== 'index') continue;
    // A key in brackets says nothing by itself: the map it is a key of does.
    const name = printExpr(node.kind === 'index' ? node.object : node);
    const found = fields.find(name);
    if (found !== undefined)
      return { start: node.start, end: node.end, ...describeField(found.name, found.spec, name) };
    const flag = node.kind === 'name' ? fields.flag(node.name) : undefined;
    if (flag !== undefined) return { start: node.start, end: node.end, title: flag.id, doc: flag.doc };
  }
  return undefined;
}

/** Nodes that hold the place, the outermost first. */
function around(node: Expr, offset: number): readonly Expr[] {
  if (offset < node.start || offset >= node.end) return [];
  return [node, ...partsOf(node).flatMap((part) => around(part, offset))];
}

function describeField(name: string, spec: FieldSpec, written: string): Omit<Hover, 'start' | 'end'> {
  const unit = spec.unit === undefined ? '' : ` (${spec.unit})`;
  const only = spec.protocols === undefined ? '' : ` Filled by ${spec.protocols.join(', ')}.`;
  const other = written === name ? '' : ` Another name of ${name}.`;
  return {
    title: `${name}: ${spec.type}${unit}`,
    doc: spec.doc + only + other,
    ...(spec.example !== undefined && { example: spec.example }),
  };
}
