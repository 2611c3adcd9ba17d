/** What a node of the map is in KFL, as either end of a call. */

import type { MapEdge, MapNode } from '@kubeshark/contract';
import type { MapGrouping } from '../../lib/search.ts';
import { type FieldValue, termOf } from '../../lib/term.ts';

type Side = 'src' | 'dst';

/** The values that make an end of a call this node: its name, and the namespace it is told apart by. */
function endValues(side: Side, node: MapNode, by: MapGrouping): readonly FieldValue[] {
  if (node.kind === 'external' || by === 'ip') return [{ field: `${side}.ip`, value: node.name }];
  if (by === 'namespace') return [{ field: `${side}.namespace`, value: node.name }];
  const name = { field: `${side}.${by === 'service' ? 'name' : by}`, value: node.name };
  return node.namespace === undefined ? [name] : [name, { field: `${side}.namespace`, value: node.namespace }];
}

/** The condition that an end of a call is this node. */
export const endTerm = (side: Side, node: MapNode, by: MapGrouping): string =>
  endValues(side, node, by)
    .map((value) => termOf(value))
    .join(' and ');

/** What the menu of a node offers: calls to it first, then calls from it. */
export const nodeValues = (node: MapNode, by: MapGrouping): readonly FieldValue[] => [
  ...endValues('dst', node, by),
  ...endValues('src', node, by),
];

/** What the menu of a call offers: who calls, and who is called. */
export function edgeValues(edge: MapEdge, nodes: readonly MapNode[], by: MapGrouping): readonly FieldValue[] {
  const [from, to] = [edge.from, edge.to].map((id) => nodes.find((node) => node.id === id));
  return [
    ...(from === undefined ? [] : endValues('src', from, by)),
    ...(to === undefined ? [] : endValues('dst', to, by)),
  ];
}
