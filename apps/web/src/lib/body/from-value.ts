/** A plain value (an entry, a part of one) as the tree the viewer draws. */

import { container, leaf, type TreeNode } from './tree.ts';

/** Deeper values end in an ellipsis; an entry is JSON, so this only guards against nonsense. */
const MAX_DEPTH = 60;

export function treeOf(value: unknown, depth = 0): TreeNode {
  if (value === null || value === undefined) return leaf('null', 'null');
  if (typeof value === 'string') return leaf('string', value);
  if (typeof value === 'number' || typeof value === 'bigint') return leaf('number', String(value));
  if (typeof value === 'boolean') return leaf('boolean', String(value));
  if (typeof value !== 'object' || depth > MAX_DEPTH) return leaf('string', '…');
  const members = Object.entries(value).map(([key, member]) => ({ key, node: treeOf(member, depth + 1) }));
  return container(Array.isArray(value) ? 'array' : 'object', members);
}
