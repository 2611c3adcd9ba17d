/** Binary operators as data: one loop in the parser reads them all, one in the printer writes them. */

import type { BinaryOp } from './ast.ts';

export interface Operator {
  readonly op: BinaryOp;
  /** Higher binds tighter. */
  readonly precedence: number;
  /** The spelling stands for `not (a op b)`. */
  readonly negated?: true;
  readonly doc: string;
}

export const OR = 1;
export const AND = 2;
export const NOT = 3;
export const COMPARISON = 4;
export const SUM = 5;
export const PRODUCT = 6;
export const UNARY = 7;
export const POSTFIX = 8;

/** Every spelling, in lower case; the first of an operator is the one that is printed. */
export const operators: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ['==', { op: '==', precedence: COMPARISON, doc: 'Equal. A list is equal when any element is.' }],
  ['=', { op: '==', precedence: COMPARISON, doc: 'The same as `==`.' }],
  ['!=', { op: '!=', precedence: COMPARISON, doc: 'Exactly `not (a == b)`: also true when the field is missing.' }],
  ['<=', { op: '<=', precedence: COMPARISON, doc: 'Less or equal; false across types and for missing fields.' }],
  ['<', { op: '<', precedence: COMPARISON, doc: 'Less; false across types and for missing fields.' }],
  ['>=', { op: '>=', precedence: COMPARISON, doc: 'Greater or equal; false across types and for missing fields.' }],
  ['>', { op: '>', precedence: COMPARISON, doc: 'Greater; false across types and for missing fields.' }],
  ['contains', { op: 'contains', precedence: COMPARISON, doc: 'Part of a text, element of a list, key of a map.' }],
  ['startswith', { op: 'startsWith', precedence: COMPARISON, doc: 'Begins with the text.' }],
  ['endswith', { op: 'endsWith', precedence: COMPARISON, doc: 'Ends with the text.' }],
  ['matches', { op: 'matches', precedence: COMPARISON, doc: 'A part of the text matches the RE2 pattern.' }],
  ['=~', { op: 'matches', precedence: COMPARISON, doc: 'The same as `matches`.' }],
  ['!~', { op: 'matches', precedence: COMPARISON, negated: true, doc: 'Exactly `not (a matches b)`.' }],
  [
    'like',
    { op: 'like', precedence: COMPARISON, doc: 'The whole text fits the glob: `*` is any text, `?` any character.' },
  ],
  [
    'in',
    {
      op: 'in',
      precedence: COMPARISON,
      doc: 'One of a list, within a range (`400..499`) or an address range, a key of a map.',
    },
  ],
  ['+', { op: '+', precedence: SUM, doc: 'Sum; joins texts and lists.' }],
  ['-', { op: '-', precedence: SUM, doc: 'Difference.' }],
  ['*', { op: '*', precedence: PRODUCT, doc: 'Product.' }],
  ['/', { op: '/', precedence: PRODUCT, doc: 'Quotient, with a fraction; null when divided by zero.' }],
  ['%', { op: '%', precedence: PRODUCT, doc: 'Remainder of whole numbers.' }],
]);

/** Words that are operators or constants and so cannot be fields by themselves. */
export const keywords: ReadonlySet<string> = new Set(
  'and or not in contains startswith endswith matches exists like true false null nil'.split(' '),
);

export const precedenceOf = new Map<BinaryOp, number>(
  [...operators.values()].map(({ op, precedence }) => [op, precedence]),
);
