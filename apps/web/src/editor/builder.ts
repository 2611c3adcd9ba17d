/** A query as a tree of rules a person can click together, and back to text. What has no rule form stays as text. */

import { type Expr, parse, print } from '@kubeshark/kfl';
import { kflSchema } from '@kubeshark/model';

export type BuilderNode = Group | Rule | ProtocolRule | TextRule;

export interface Group {
  readonly kind: 'group';
  readonly join: 'and' | 'or';
  readonly negated: boolean;
  readonly items: readonly BuilderNode[];
}

/** `field operator value`, or `field exists`. */
export interface Rule {
  readonly kind: 'rule';
  readonly negated: boolean;
  readonly field: string;
  readonly operator: RuleOperator;
  readonly value: string;
  /** The value is text and stands in quotes; otherwise it is KFL as it is: a number, a duration, a list. */
  readonly isText: boolean;
}

/** `http`: the call is of this protocol. */
interface ProtocolRule {
  readonly kind: 'protocol';
  readonly negated: boolean;
  readonly id: string;
}

/** A condition the builder has no form for. */
interface TextRule {
  readonly kind: 'text';
  readonly negated: boolean;
  readonly text: string;
}

export const ruleOperators = [
  '==',
  '!=',
  '>',
  '>=',
  '<',
  '<=',
  'contains',
  'startsWith',
  'endsWith',
  'matches',
  'like',
  'in',
  'exists',
] as const;
export type RuleOperator = (typeof ruleOperators)[number];

export interface BuilderQuery {
  readonly root: Group;
  /** Everything from the first pipe on, as text. */
  readonly stages: string;
}

const source = (filter: Expr): string => print({ start: 0, end: 0, filter, stages: [] });

/** Every spelling of a protocol flag and the id it stands for. */
const flags = new Map(
  kflSchema.flags.flatMap(({ id, aliases = [] }) => [id, ...aliases].map((name) => [name, id] as const)),
);

const isPath = (node: Expr): boolean =>
  node.kind === 'name' ||
  (node.kind === 'member' && isPath(node.object)) ||
  (node.kind === 'index' && isPath(node.object) && node.index.kind === 'literal');

const isValue = (node: Expr): boolean =>
  node.kind === 'literal' ||
  node.kind === 'duration' ||
  node.kind === 'size' ||
  node.kind === 'range' ||
  (node.kind === 'list' && node.items.every(isValue));

const flip = (node: BuilderNode): BuilderNode => ({ ...node, negated: !node.negated });

function nodeOf(node: Expr): BuilderNode {
  if (node.kind === 'and' || node.kind === 'or') {
    return { kind: 'group', join: node.kind, negated: false, items: node.items.map(nodeOf) };
  }
  if (node.kind === 'not') return flip(nodeOf(node.operand));
  const id = node.kind === 'name' ? flags.get(node.name) : undefined;
  if (id !== undefined) return { kind: 'protocol', negated: false, id };
  return ruleOf(node) ?? { kind: 'text', negated: false, text: source(node) };
}

/** A condition with the form of a rule; null for one without. */
function ruleOf(node: Expr): Rule | null {
  if (node.kind === 'exists' && isPath(node.operand)) {
    const field = source(node.operand);
    return { kind: 'rule', negated: false, field, operator: 'exists', value: '', isText: false };
  }
  if (node.kind !== 'binary' || !isPath(node.left) || !isValue(node.right)) return null;
  const operator = ruleOperators.find((word) => word === node.op);
  if (operator === undefined) return null;
  const text = node.right.kind === 'literal' && typeof node.right.value === 'string' ? node.right.value : undefined;
  const value = text ?? source(node.right);
  return { kind: 'rule', negated: false, field: source(node.left), operator, value, isText: text !== undefined };
}

export const emptyGroup: Group = { kind: 'group', join: 'and', negated: false, items: [] };

/** The query as a tree; null when it does not parse. */
export function readBuilder(text: string): BuilderQuery | null {
  const { tree, diagnostics } = parse(text);
  if (diagnostics.some(({ severity }) => severity === 'error')) return null;
  const node = tree.filter === undefined ? emptyGroup : nodeOf(tree.filter);
  const root = node.kind === 'group' ? node : { ...emptyGroup, items: [node] };
  const { start, end, stages } = tree;
  return { root, stages: stages.length === 0 ? '' : print({ start, end, stages }) };
}

function textOf(node: BuilderNode): string {
  const inner = innerText(node);
  if (inner === '' || !node.negated) return inner;
  return `not (${inner})`;
}

function innerText(node: BuilderNode): string {
  switch (node.kind) {
    case 'protocol':
      return node.id;
    case 'text':
      return node.text;
    case 'rule': {
      const { field, operator, value, isText } = node;
      if (field === '') return '';
      if (operator === 'exists') return `${field} exists`;
      if (value.trim() === '' && !isText) return '';
      return `${field} ${operator} ${isText ? JSON.stringify(value) : value}`;
    }
    case 'group':
      return node.items
        .map((item) => (item.kind === 'group' || item.kind === 'text' ? bracketed(textOf(item)) : textOf(item)))
        .filter((text) => text !== '')
        .join(` ${node.join} `);
  }
}

const bracketed = (text: string): string => (text === '' ? '' : `(${text})`);

/** The text of a tree in the house spelling; rules that are not filled in yet are left out. */
export function writeBuilder({ root, stages }: BuilderQuery): string {
  const text = [textOf(root), stages.trim()].filter((part) => part !== '').join(' ');
  const { tree, diagnostics } = parse(text);
  return diagnostics.some(({ severity }) => severity === 'error') ? text : print(tree).trim();
}

/** Fields to choose from: those of the protocols in the query first. */
export function fieldsFor(
  protocols: readonly string[],
): readonly { readonly group: string; readonly items: readonly string[] }[] {
  const names = Object.keys(kflSchema.fields);
  const own = names.filter((name) => kflSchema.fields[name]?.protocols?.some((id) => protocols.includes(id)));
  const common = names.filter((name) => kflSchema.fields[name]?.protocols === undefined);
  const rest = names.filter((name) => !own.includes(name) && !common.includes(name));
  return [
    { group: 'Of this protocol', items: own },
    { group: 'Of every call', items: common },
    { group: 'Of other protocols', items: rest },
  ].filter(({ items }) => items.length > 0);
}

export const protocolIds: readonly string[] = kflSchema.flags.map(({ id }) => id);

const NUMBER = /^-?\d[\w.]*$/; // 5, 1.5, 500ms, 10KB

/** Does what a person typed for this field stand in quotes? */
export function quotes(field: string, value: string): boolean {
  if (/^\s*\[/.test(value) || /^(true|false|null)$/.test(value) || /\.\./.test(value)) return false;
  const type = kflSchema.fields[field]?.type;
  return !NUMBER.test(value) || type === 'string' || type === 'strings' || type === 'ip';
}
