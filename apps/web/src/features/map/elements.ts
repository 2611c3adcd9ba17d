/** From the hub's map to what is drawn: namespaces as boxes, open or folded into one node. */

import type { MapEdge, MapNode, ServiceMap } from '@kubeshark/contract';
import { formatMillis, formatShare, formatShort } from '../../lib/format.ts';

export type EdgeLabel = 'none' | 'rate' | 'errors' | 'latency';

export interface DrawnNode {
  readonly id: string;
  readonly label: string;
  readonly kind: MapNode['kind'] | 'box';
  readonly parent?: string | undefined;
  readonly isBox: boolean;
  readonly isCollapsed: boolean;
  readonly errorRate: number;
  readonly width: number;
}

export interface DrawnEdge {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly width: number;
  readonly label: string;
  readonly errorRate: number;
}

export interface DrawOptions {
  readonly label: EdgeLabel;
  /** Namespaces folded into one node. */
  readonly collapsed: ReadonlySet<string>;
  readonly hidden: ReadonlySet<string>;
}

/** Id of a namespace's box; no node id has a space in it. */
export const boxId = (namespace: string): string => `namespace ${namespace}`;

/** Pixels of a label at 12 px Inter, near enough for a box around it. */
const widthOf = (label: string): number => Math.min(206, Math.max(54, label.length * 7 + 20));

/** One pixel for a trickle, seven for the busiest edge. */
const widthOfEdge = (count: number, busiest: number): number =>
  1 + 6 * (Math.log1p(count) / Math.log1p(Math.max(1, busiest)));

export const errorRateOf = ({ count, errors }: { readonly count: number; readonly errors: number }): number =>
  count === 0 ? 0 : errors / count;

function labelOf(edge: MapEdge, label: EdgeLabel, seconds: number): string {
  switch (label) {
    case 'none':
      return '';
    case 'rate':
      return `${formatShort(edge.count / seconds)}/s`;
    case 'errors':
      return formatShare(errorRateOf(edge));
    case 'latency':
      return formatMillis(edge.p95);
  }
}

export function draw(map: ServiceMap, { label, collapsed, hidden }: DrawOptions) {
  const namespaces = new Set(map.nodes.flatMap(({ namespace }) => namespace ?? []));
  const isFolded = ({ namespace }: MapNode): boolean => namespace !== undefined && collapsed.has(namespace);
  const shown = map.nodes.filter(({ id }) => !hidden.has(id));
  const drawnAs = new Map(shown.map((node) => [node.id, isFolded(node) ? boxId(node.namespace!) : node.id]));

  const merged = new Map<string, MapEdge>();
  for (const edge of map.edges) {
    const [from, to] = [drawnAs.get(edge.from), drawnAs.get(edge.to)];
    // Calls inside a folded namespace are inside.
    if (from === undefined || to === undefined || (from === to && from !== edge.from)) continue;
    const id = `${from} → ${to}`;
    const before = merged.get(id);
    merged.set(id, before === undefined ? { ...edge, from, to } : sum(before, edge));
  }
  const inbound = new Map<string, { count: number; errors: number }>();
  for (const { to, count, errors } of merged.values()) {
    const before = inbound.get(to) ?? { count: 0, errors: 0 };
    inbound.set(to, { count: before.count + count, errors: before.errors + errors });
  }
  const rate = (id: string) => errorRateOf(inbound.get(id) ?? { count: 0, errors: 0 });

  const boxes = [...namespaces].map((namespace): DrawnNode => {
    const isCollapsed = collapsed.has(namespace);
    const id = boxId(namespace);
    const width = widthOf(namespace);
    return {
      id,
      label: namespace,
      kind: 'box',
      isBox: !isCollapsed,
      isCollapsed,
      errorRate: isCollapsed ? rate(id) : 0,
      width,
    };
  });
  const nodes = shown
    .filter((node) => !isFolded(node))
    .map(
      (node): DrawnNode => ({
        id: node.id,
        label: node.name,
        kind: node.kind,
        parent: node.namespace === undefined ? undefined : boxId(node.namespace),
        isBox: false,
        isCollapsed: false,
        errorRate: rate(node.id),
        width: widthOf(node.name),
      }),
    );
  const inUse = new Set(nodes.flatMap(({ parent }) => parent ?? []));
  const seconds = Math.max(1, (map.until - map.since) / 1e6);
  const busiest = Math.max(1, ...[...merged.values()].map(({ count }) => count));
  const edges = [...merged].map(
    ([id, edge]): DrawnEdge => ({
      id,
      from: edge.from,
      to: edge.to,
      width: widthOfEdge(edge.count, busiest),
      label: labelOf(edge, label, seconds),
      errorRate: errorRateOf(edge),
    }),
  );
  return { nodes: [...boxes.filter(({ id, isCollapsed }) => isCollapsed || inUse.has(id)), ...nodes], edges };
}

/** Two edges as one; of the percentiles the worse is kept, since they cannot be added. */
function sum(a: MapEdge, b: MapEdge): MapEdge {
  const worse = (x: number | null, y: number | null) => (x === null || y === null ? (x ?? y) : Math.max(x, y));
  return {
    ...a,
    count: a.count + b.count,
    errors: a.errors + b.errors,
    requestBytes: a.requestBytes + b.requestBytes,
    responseBytes: a.responseBytes + b.responseBytes,
    p50: worse(a.p50, b.p50),
    p95: worse(a.p95, b.p95),
    p99: worse(a.p99, b.p99),
  };
}
