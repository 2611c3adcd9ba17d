/** Tree to text in the house spelling. Reading it again gives the same tree (spans aside). */

import type { Aggregate, Expr, Query, Scalar, Stage } from './ast.ts';
import { AND, COMPARISON, NOT, OR, POSTFIX, PRODUCT, precedenceOf, SUM, UNARY } from './operators.ts';

/** Strength with which a node holds together. */
function precedence(node: Expr): number {
  switch (node.kind) {
    case 'conditional':
      return 0;
    case 'or':
      return OR;
    case 'and':
      return AND;
    case 'not':
      return isFoldedNot(node.operand) ? COMPARISON : NOT;
    case 'exists':
      return COMPARISON;
    case 'binary':
      return precedenceOf.get(node.op) ?? COMPARISON;
    case 'range':
      return COMPARISON;
    case 'negate':
      return UNARY;
    case 'literal':
      return typeof node.value === 'number' && node.value < 0 ? UNARY : POSTFIX + 1;
    case 'duration':
      return node.text.startsWith('-') ? UNARY : POSTFIX + 1;
    default:
      return POSTFIX + 1;
  }
}

/** `not (a in b)` is written `a not in b`. */
const isFoldedNot = (operand: Expr): operand is Extract<Expr, { kind: 'binary' }> =>
  operand.kind === 'binary' && operand.op === 'in';

/** Numbers have no members: `(5).x` needs its brackets to be read the same way. */
const isNumeric = (node: Expr) =>
  node.kind === 'duration' || node.kind === 'size' || (node.kind === 'literal' && typeof node.value !== 'string');

function within(node: Expr, least: number): string {
  const text = printExpr(node);
  return precedence(node) < least ? `(${text})` : text;
}
const receiver = (node: Expr) => (isNumeric(node) ? `(${printExpr(node)})` : within(node, POSTFIX));

export function printExpr(node: Expr): string {
  switch (node.kind) {
    case 'literal':
      return printScalar(node.value);
    case 'duration':
    case 'size':
      return node.text;
    case 'regex':
      return `r"${node.pattern.replaceAll('"', '\\"')}"`;
    case 'name':
      return node.name;
    case 'member':
      return `${receiver(node.object)}.${node.name}`;
    case 'index':
      return `${receiver(node.object)}[${printExpr(node.index)}]`;
    case 'each':
      return `${receiver(node.object)}.*`;
    case 'descend':
      return `${receiver(node.object)}..${node.name}`;
    case 'call':
      return printCall(node.name, node.args);
    case 'macro':
      return `${receiver(node.source)}.${node.op}(${node.variable}, ${printExpr(node.body)})`;
    case 'list':
      return `[${node.items.map(printExpr).join(', ')}]`;
    case 'map':
      return `{${node.entries.map(({ key, value }) => `${within(key, OR)}: ${printExpr(value)}`).join(', ')}}`;
    case 'range':
      return `${within(node.from, SUM)}..${within(node.to, SUM)}`;
    case 'not':
      return isFoldedNot(node.operand)
        ? printBinary(node.operand.left, 'not in', node.operand.right)
        : `not ${within(node.operand, NOT)}`;
    case 'negate':
      // `-5` would be read as the number; what is negated here is an expression.
      return isNumeric(node.operand) || node.operand.kind === 'negate'
        ? `-(${printExpr(node.operand)})`
        : `-${within(node.operand, UNARY)}`;
    case 'exists':
      return `${within(node.operand, COMPARISON)} exists`;
    case 'and':
      return node.items.map((item) => within(item, AND + 1)).join(' and ');
    case 'or':
      return node.items.map((item) => within(item, OR + 1)).join(' or ');
    case 'binary':
      return printBinary(node.left, node.op, node.right);
    case 'conditional':
      return `${within(node.test, OR)} ? ${printExpr(node.whenTrue)} : ${printExpr(node.whenFalse)}`;
    case 'missing':
      return '';
  }
}

function printBinary(left: Expr, op: string, right: Expr): string {
  const level =
    op === 'not in' ? COMPARISON : (precedenceOf.get(op as Extract<Expr, { kind: 'binary' }>['op']) ?? COMPARISON);
  // Comparisons do not chain; sums and products lean to the left.
  const leftLeast = level === COMPARISON ? SUM : level;
  const rightLeast = level === PRODUCT ? UNARY : level === SUM ? PRODUCT : SUM;
  const members = op.endsWith('in') && right.kind === 'range' ? printExpr(right) : within(right, rightLeast);
  return `${within(left, leftLeast)} ${op} ${members}`;
}

/** Methods of the house are written after their value, the rest before their arguments. */
const asMethod: ReadonlySet<string> = new Set('lower upper size length split base64 json xml trim'.split(' '));

function printCall(name: string, args: readonly Expr[]): string {
  const [first, ...rest] = args;
  if (first !== undefined && asMethod.has(name)) return `${receiver(first)}.${name}(${rest.map(printExpr).join(', ')})`;
  return `${name}(${args.map(printExpr).join(', ')})`;
}

function printScalar(value: Scalar): string {
  if (typeof value === 'string') return printString(value);
  if (typeof value !== 'number') return String(value);
  if (value === Number.POSITIVE_INFINITY) return '1e999';
  return value === Number.NEGATIVE_INFINITY ? '-1e999' : String(value);
}

/** JSON's escapes in double quotes; backslashes are easier to read in backticks. */
function printString(value: string): string {
  if (value.includes('\\') && !/[`\p{C}]/u.test(value)) return `\`${value}\``;
  return JSON.stringify(value);
}

export function printAggregate({ name, args }: Pick<Aggregate, 'name' | 'args'>): string {
  return `${name}(${args.map(printExpr).join(', ')})`;
}

export function printStage(stage: Stage): string {
  const by = (fields: readonly Expr[]) => (fields.length > 0 ? ` by ${fields.map(printExpr).join(', ')}` : '');
  const aggregates = (list: readonly Aggregate[]) =>
    list.map((one) => printAggregate(one) + (one.as === undefined ? '' : ` as ${one.as}`)).join(', ');
  switch (stage.kind) {
    case 'where':
      return `where ${printExpr(stage.filter)}`;
    case 'count':
      return `count${by(stage.by)}`;
    case 'stats':
      return `stats ${aggregates(stage.aggregates)}${by(stage.by)}`;
    case 'top':
      return `top ${stage.count} ${printExpr(stage.field)}${stage.aggregate ? ` by ${aggregates([stage.aggregate])}` : ''}`;
    case 'timechart':
      return `timechart ${printExpr(stage.span)} ${aggregates(stage.aggregates)}${by(stage.by ? [stage.by] : [])}`;
    case 'sort':
      return `sort ${stage.keys.map((key) => (key.descending ? '-' : '') + within(key.by, POSTFIX)).join(', ')}`;
    case 'limit':
      return `limit ${stage.count}`;
    case 'fields':
      return `fields ${stage.fields.map(printExpr).join(', ')}`;
    case 'distinct':
      return `distinct ${printExpr(stage.field)}`;
  }
}

/** The whole query in the house spelling. */
export function print(query: Query): string {
  const filter = query.filter === undefined ? '' : printExpr(query.filter);
  return [filter, ...query.stages.map((stage) => `| ${printStage(stage)}`)].filter((part) => part !== '').join(' ');
}
