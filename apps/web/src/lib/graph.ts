/** Questions about who calls whom: circles, services nobody calls, calls that are slow or fail. */

import type { MapEdge, MapNode, ServiceMap } from '@kubeshark/contract';

/**
 * Circular dependencies: each set of nodes that all reach each other (Tarjan's strongly connected components, without
 * recursion), the shortest way round first named. A node that only calls itself is one too.
 */
export function cyclesOf(edges: readonly Pick<MapEdge, 'from' | 'to'>[]): readonly (readonly string[])[] {
  const next = new Map<string, string[]>();
  for (const { from, to } of edges) {
    if (!next.has(to)) next.set(to, []);
    const list = next.get(from);
    if (list === undefined) next.set(from, [to]);
    else list.push(to);
  }
  return componentsOf(next)
    .filter((nodes) => nodes.length > 1 || next.get(nodes[0]!)!.includes(nodes[0]!))
    .map((nodes) => wayRound(nodes, next))
    .toSorted((a, b) => b.length - a.length || a[0]!.localeCompare(b[0]!));
}

function componentsOf(next: ReadonlyMap<string, readonly string[]>): string[][] {
  const order = new Map<string, number>();
  const low = new Map<string, number>();
  const open: string[] = [];
  const isOpen = new Set<string>();
  const found: string[][] = [];
  for (const root of next.keys()) {
    if (order.has(root)) continue;
    const path = [{ node: root, at: 0 }];
    while (path.length > 0) {
      const step = path.at(-1)!;
      const { node } = step;
      if (!order.has(node)) {
        order.set(node, order.size);
        low.set(node, order.get(node)!);
        open.push(node);
        isOpen.add(node);
      }
      const target = next.get(node)![step.at];
      step.at += 1;
      if (target !== undefined) {
        if (!order.has(target)) path.push({ node: target, at: 0 });
        else if (isOpen.has(target)) low.set(node, Math.min(low.get(node)!, order.get(target)!));
        continue;
      }
      path.pop();
      const parent = path.at(-1)?.node;
      if (parent !== undefined) low.set(parent, Math.min(low.get(parent)!, low.get(node)!));
      if (low.get(node) === order.get(node)) {
        const component = open.splice(open.lastIndexOf(node));
        for (const member of component) isOpen.delete(member);
        found.push(component);
      }
    }
  }
  return found;
}

/** A shortest circle through the first member: `[a, b, c]` means a calls b calls c calls a. */
function wayRound(nodes: readonly string[], next: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const inside = new Set(nodes);
  const first = nodes.toSorted()[0]!;
  const before = new Map<string, string>();
  const queue = [first];
  for (let node = queue.shift(); node !== undefined; node = queue.shift()) {
    for (const target of next.get(node)!) {
      if (target === first) {
        const way = [node];
        while (way[0] !== first) way.unshift(before.get(way[0]!)!);
        return way;
      }
      if (!inside.has(target) || before.has(target)) continue;
      before.set(target, node);
      queue.push(target);
    }
  }
  return nodes;
}

/** A service without calls to it; `isIdle` has none from it either, and is not on the map. */
export interface UnusedService extends Pick<MapNode, 'id' | 'name' | 'namespace'> {
  readonly isIdle: boolean;
}

/** Services of the cluster that nobody called in this time. Outside addresses are callers by nature. */
export function unusedOf({
  nodes,
  edges,
  idle,
}: Pick<ServiceMap, 'nodes' | 'edges' | 'idle'>): readonly UnusedService[] {
  const called = new Set(edges.filter(({ from, to }) => from !== to).map(({ to }) => to));
  const callers = nodes.filter(({ id, kind }) => kind !== 'external' && kind !== 'process' && !called.has(id));
  return [
    ...callers.map((node) => ({ ...node, isIdle: false })),
    ...idle.map(({ name, namespace }) => ({ id: `${namespace}/${name}`, name, namespace, isIdle: true })),
  ];
}

export interface Bottleneck {
  readonly edge: MapEdge;
  /** Share of all time spent waiting that was spent on this edge: slow and frequent both count. */
  readonly share: number;
}

/** Edges by the time their callers spend waiting, most first. */
export function bottlenecksOf(edges: readonly MapEdge[]): readonly Bottleneck[] {
  const waits = edges.map((edge) => ({ edge, wait: edge.count * (edge.p95 ?? 0) }));
  const total = Math.max(
    1,
    waits.reduce((sum, { wait }) => sum + wait, 0),
  );
  return waits.map(({ edge, wait }) => ({ edge, share: wait / total })).toSorted((a, b) => b.share - a.share);
}
