/** A query in plain words, for people who do not write queries. */

import { type Expr, parse, print, type Stage } from '@kubeshark/kfl';
import { kflSchema } from '@kubeshark/model';

const operators: Readonly<Record<string, string>> = {
  '==': 'is',
  '!=': 'is not',
  '<': 'is below',
  '<=': 'is at most',
  '>': 'is above',
  '>=': 'is at least',
  contains: 'contains',
  startsWith: 'begins with',
  endsWith: 'ends with',
  matches: 'fits the pattern',
  like: 'looks like',
  in: 'is one of',
};

const flags = new Map(
  kflSchema.flags.flatMap(({ id, aliases = [] }) => [id, ...aliases].map((name) => [name, id] as const)),
);

const source = (node: Expr): string => print({ start: 0, end: 0, filter: node, stages: [] });

function words(node: Expr): string {
  switch (node.kind) {
    case 'and':
      return node.items.map(words).join(' and ');
    case 'or':
      return `(${node.items.map(words).join(' or ')})`;
    case 'not':
      return `not ${words(node.operand)}`;
    case 'exists':
      return `${source(node.operand)} is there`;
    case 'name': {
      const flag = flags.get(node.name);
      return flag === undefined ? `${node.name} is there` : `it is a ${flag} call`;
    }
    case 'member':
    case 'index':
      return `${source(node)} is there`;
    case 'binary': {
      const operator = operators[node.op];
      return operator === undefined ? source(node) : `${source(node.left)} ${operator} ${source(node.right)}`;
    }
    default:
      return source(node);
  }
}

function stageWords(stage: Stage): string {
  const by = (list: readonly Expr[]) => (list.length === 0 ? '' : ` for each ${list.map(source).join(', ')}`);
  const functions = (list: readonly { readonly name: string; readonly args: readonly Expr[] }[]) =>
    list.map(({ name, args }) => (args.length === 0 ? name : `${name} of ${args.map(source).join(', ')}`)).join(', ');
  switch (stage.kind) {
    case 'where':
      return `keep those where ${words(stage.filter)}`;
    case 'count':
      return `count them${by(stage.by)}`;
    case 'stats':
      return `show ${functions(stage.aggregates)}${by(stage.by)}`;
    case 'top':
      return `show the ${stage.count} most frequent ${source(stage.field)}`;
    case 'timechart':
      return `show ${functions(stage.aggregates)} every ${source(stage.span)}${by(stage.by === undefined ? [] : [stage.by])}`;
    case 'sort':
      return `sorted by ${stage.keys.map(({ by: key, descending }) => `${source(key)}${descending ? ', highest first' : ''}`).join(', ')}`;
    case 'limit':
      return `the first ${stage.count}`;
    case 'fields':
      return `show only ${stage.fields.map(source).join(', ')}`;
    case 'distinct':
      return `every different ${source(stage.field)} once`;
  }
}

/** One sentence; empty for a query that does not parse. */
export function readingOf(text: string): string {
  const { tree, diagnostics } = parse(text);
  if (diagnostics.some(({ severity }) => severity === 'error')) return '';
  const calls = tree.filter === undefined ? 'All calls' : `Calls where ${words(tree.filter)}`;
  return [calls, ...tree.stages.map(stageWords)].join('; then ').replace(/^Calls where \((.*)\)$/, 'Calls where $1');
}
