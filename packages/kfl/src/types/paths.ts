/** From `request.headers["X"]` to the field that is meant and the steps that remain. */

import { noColumn, unknownField } from '../diagnostics.ts';
import type { Expr, Span } from '../syntax/ast.ts';
import { printExpr } from '../syntax/printer.ts';
import { microsPer } from '../syntax/units.ts';
import { nearest } from '../values/nearest.ts';
import type { Context } from './context.ts';
import { constant, report, spanOf } from './context.ts';
import type { FoundField } from './fields.ts';
import type { TimeUnit, Type } from './type.ts';
import type { FieldNode, Step, Typed } from './typed.ts';

interface Part extends Span {
  readonly name: string;
}

/** Names from the root on, as far as they are written out; undefined when the root is not a name. */
function namesOf(node: Expr): readonly Part[] | undefined {
  if (node.kind === 'name') return [{ name: node.name, ...spanOf(node) }];
  if (node.kind === 'member') {
    const before = namesOf(node.object);
    return before && [...before, { name: node.name, start: node.end - node.name.length, end: node.end }];
  }
  if (node.kind === 'index' && node.index.kind === 'literal' && typeof node.index.value === 'string') {
    const before = namesOf(node.object);
    return before && [...before, { name: node.index.value, ...spanOf(node.index) }];
  }
  return undefined;
}

/** A name, or a chain of names and steps that begins with one. */
export function checkPath(node: Expr, context: Context): Typed {
  if (context.columns !== undefined) return checkColumn(node, context, context.columns);
  const parts = namesOf(node);
  const [root] = parts ?? [];
  if (parts === undefined || root === undefined) return checkStep(node, context);
  const local = context.locals.findLast(({ name }) => name === root.name);
  if (local !== undefined) {
    const start: Typed = { kind: 'local', slot: local.slot, name: local.name, type: 'json', ...spanOf(root) };
    return parts.slice(1).reduce<Typed>((of, part) => withKey(of, part), start);
  }
  const { fields } = context;
  for (let count = parts.length; count > 0; count--) {
    const name = parts
      .slice(0, count)
      .map((part) => part.name)
      .join('.');
    const found = fields.find(name);
    if (found !== undefined) return continueField(found, { parts, count, node }, context);
  }
  const flag = parts.length === 1 ? fields.flag(root.name) : undefined;
  if (flag !== undefined) return { kind: 'flag', id: flag.id, type: 'bool', ...spanOf(root) };
  return unknownPath(parts, node, context);
}

interface Chain {
  readonly parts: readonly Part[];
  /** Parts that name the field. */
  readonly count: number;
  readonly node: Expr;
}

function continueField(found: FoundField, { parts, count, node }: Chain, context: Context): Typed {
  const rest = parts.slice(count);
  const last = parts[count - 1] ?? node;
  const field = fieldNode(found, { start: node.start, end: last.end });
  const [next] = rest;
  if (next === undefined) return scaled(field, found);
  const isText = field.type !== 'map' && field.type !== 'json';
  if (isText || context.fields.isGroup(found.name))
    return unknownPath(parts, node, context, field.paths[0]?.concat(rest.map(({ name }) => name)));
  if (field.type === 'map') return rest.reduce<Typed>((of, part) => withKey(of, part), field);
  const names = rest.map(({ name }) => name);
  return {
    ...field,
    name: [field.name, ...names].join('.'),
    paths: field.paths.map((path) => [...path, ...names]),
    extended: true,
    end: node.end,
  };
}

/** The field as it lies in the document. */
export function fieldNode({ name, spec }: FoundField, span: Span): FieldNode {
  const paths = spec.path === undefined ? [name] : [spec.path].flat();
  return {
    kind: 'field',
    name,
    isDeclared: true,
    paths: paths.map((path) => path.split('.')),
    type: paths.length > 1 && spec.type !== 'json' ? 'strings' : spec.type,
    ...spanOf(span),
    ...(spec.when !== undefined && { when: spec.when }),
    ...(spec.protocols !== undefined && { protocols: spec.protocols }),
    ...(spec.caseless && { caseless: true as const }),
    ...(spec.unit !== undefined && { fieldUnit: spec.unit }),
    ...(spec.type === 'duration' && { unit: timeUnit(spec.unit) }),
  };
}
const timeUnit = (unit: string | undefined): TimeUnit => (unit === 'us' || unit === 's' ? unit : 'ms');

/** An older spelling may count in another unit: the value is multiplied. */
function scaled(field: FieldNode, found: FoundField): Typed {
  const { unit } = found;
  if (unit === undefined || unit === 'bytes' || field.unit === undefined || unit === field.unit) return field;
  const factor = microsPer[field.unit] / microsPer[unit];
  const span = spanOf(field);
  return { kind: 'arithmetic', op: '*', left: field, right: constant(factor, span), type: 'duration', unit, ...span };
}

/** Reported at the part where the catalogue ends, and read from the document as it stands. */
function unknownPath(parts: readonly Part[], node: Expr, context: Context, path?: readonly string[]): Typed {
  const name = parts.map((part) => part.name).join('.');
  const last = parts.at(-1) ?? { ...spanOf(node), name };
  const whole = { start: parts[0]?.start ?? node.start, end: last.end };
  report(context, unknownField(whole, name, suggestionsFor(name, context)));
  return {
    kind: 'field',
    name,
    isDeclared: false,
    extended: true,
    paths: [path ?? parts.map((part) => part.name)],
    type: 'json',
    ...spanOf(node),
  };
}

/** Unknown names that get suggestions: someone with more has another problem than spelling. */
const MAX_SUGGESTED_NAMES = 10;

function suggestionsFor(name: string, { suggestions, fields }: Context): readonly string[] {
  const known = suggestions.get(name);
  if (known !== undefined || suggestions.size >= MAX_SUGGESTED_NAMES) return known ?? [];
  const found = nearest(name, fields.names);
  suggestions.set(name, found);
  return found;
}

/** After `stats` and its kin a path is the name of a column, in any of its spellings. */
function checkColumn(node: Expr, context: Context, columns: ReadonlyMap<string, Typed>): Typed {
  const text = printExpr(node);
  const column = columns.get(text) ?? columns.get(context.fields.find(text)?.name ?? text);
  if (column !== undefined) return { ...column, ...spanOf(node) };
  if (node.kind === 'name') {
    const local = context.locals.findLast(({ name }) => name === node.name);
    if (local !== undefined)
      return { kind: 'local', slot: local.slot, name: local.name, type: 'json', ...spanOf(node) };
  }
  if (node.kind !== 'name' && node.kind !== 'member') return checkStep(node, context);
  report(context, noColumn(node, text, nearest(text, columns.keys())));
  return constant(null, node);
}

function checkStep(node: Expr, context: Context): Typed {
  switch (node.kind) {
    case 'member':
      return withKey(context.check(node.object), { name: node.name, start: node.start, end: node.end });
    case 'each':
      return step(context.check(node.object), { kind: 'each' }, node);
    case 'descend':
      return step(context.check(node.object), { kind: 'descend', name: node.name }, node);
    case 'index': {
      const of = context.check(node.object);
      const key = context.check(node.index);
      if (key.kind === 'constant' && typeof key.value === 'number')
        return step(of, { kind: 'index', index: key.value }, node);
      if (key.kind === 'constant' && typeof key.value === 'string')
        return withKey(of, { name: key.value, ...spanOf(node) });
      return step(of, { kind: 'computed', key }, node);
    }
    default:
      return context.check(node);
  }
}

const withKey = (of: Typed, { name, start, end }: Part): Typed => step(of, { kind: 'key', name }, { start, end });

function step(of: Typed, taken: Step, span: Span): Typed {
  return { kind: 'step', of, step: taken, type: typeAfter(of.type, taken), start: of.start, end: span.end };
}

function typeAfter(type: Type, { kind }: Step): Type {
  if (type === 'map') return kind === 'each' ? 'strings' : 'texts';
  if (type === 'strings') return kind === 'each' ? 'strings' : kind === 'index' ? 'string' : 'json';
  return 'json';
}
