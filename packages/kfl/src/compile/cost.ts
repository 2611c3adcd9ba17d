/** Which of several conditions to ask first: the cheap ones. Conditions have no effects, so their order is free. */

import type { Typed } from '../types/typed.ts';
import { typedParts } from '../types/typed.ts';

/** Rough nanoseconds of a node by itself. */
function ownCost(node: Typed): number {
  switch (node.kind) {
    case 'constant':
    case 'local':
    case 'list':
    case 'and':
    case 'or':
    case 'not':
      return 0;
    case 'flag':
      return 5;
    case 'field':
      return node.type === 'body' ? 20 : 5;
    case 'step':
      return node.step.kind === 'descend' ? 1_000 : 20;
    case 'textTest':
      return node.left.kind === 'text' ? 1_000 : 20;
    case 'like':
      return node.of.kind === 'text' ? 2_000 : 50;
    case 'matches':
      return node.of.kind === 'text' ? 20_000 : 300;
    case 'call':
      return node.row.name === 'json' || node.row.name === 'xml' ? 50_000 : 100;
    case 'macro':
      return 500;
    default:
      return 5;
  }
}

function costOf(node: Typed): number {
  return typedParts(node).reduce((sum, part) => sum + costOf(part), ownCost(node));
}

/** The same conditions, cheapest first; equals keep their order. */
export function cheapestFirst(items: readonly Typed[]): readonly Typed[] {
  return items
    .map((item) => ({ item, cost: costOf(item) }))
    .toSorted((a, b) => a.cost - b.cost)
    .map(({ item }) => item);
}
