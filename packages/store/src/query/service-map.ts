/** Who talks to whom: the nodes and edges of the service map. */

import type { Micros } from '@kubeshark/model';
import { type MapGrouping, type NodeKind, namespaceExpression, nodeExpression } from './groupings.ts';
import type { Bounds, Reader } from './reader.ts';
import type { Scope } from './scope.ts';
import { type Percentiles, percentiles, percentilesOf, prepare } from './traffic.ts';

export interface MapNode {
  /** `namespace/name`, or the name or address alone. */
  readonly id: string;
  readonly name: string;
  readonly namespace?: string;
  readonly kind: NodeKind;
}

export interface MapEdge extends Percentiles {
  readonly from: string;
  readonly to: string;
  readonly count: number;
  readonly errors: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
  readonly protocols: readonly { readonly protocol: string; readonly count: number }[];
}

export interface ServiceMap {
  readonly since: Micros;
  readonly until: Micros;
  readonly complete: boolean;
  readonly nodes: readonly MapNode[];
  readonly edges: readonly MapEdge[];
  /** True when only the busiest edges are here. */
  readonly truncated: boolean;
}

export interface MapRequest extends Scope, Bounds {
  readonly by: MapGrouping;
}

/** More than a screen can show, less than a browser cannot lay out. */
const MAX_EDGES = 5_000;

export async function readServiceMap(reader: Reader, asked: MapRequest): Promise<ServiceMap> {
  const { request, clause, range, complete } = await prepare(reader, asked);
  const { rows } = await request.select({
    sql: `SELECT ${nodeExpression('src', asked.by)} AS source, ${namespaceExpression('src', asked.by)} AS source_namespace,
${nodeExpression('dst', asked.by)} AS target, ${namespaceExpression('dst', asked.by)} AS target_namespace,
count() AS total, sum(error), sum(ifNull(request_size, 0)), sum(ifNull(response_size, 0)),
sumMap([protocol::String], [toUInt64(1)]), ${percentiles}
FROM ${reader.table} WHERE ${clause.sql} GROUP BY source, source_namespace, target, target_namespace
ORDER BY total DESC, source, target LIMIT {store_limit:UInt32}`,
    parameters: { ...clause.parameters, store_limit: MAX_EDGES + 1 },
  });
  const nodes = new Map<string, MapNode>();
  const idOf = (kindAndName: unknown, namespace: unknown): string => {
    const [kind, name] = kindAndName as [NodeKind, string];
    const node = nodeOf(kind, name, namespace as string);
    nodes.set(node.id, node);
    return node.id;
  };
  const edges = rows.slice(0, MAX_EDGES).map((row): MapEdge => {
    const [
      source,
      sourceNamespace,
      target,
      targetNamespace,
      count,
      errors,
      requestBytes,
      responseBytes,
      byProtocol,
      times,
    ] = row;
    return {
      from: idOf(source, sourceNamespace),
      to: idOf(target, targetNamespace),
      count: Number(count),
      errors: Number(errors),
      requestBytes: Number(requestBytes),
      responseBytes: Number(responseBytes),
      protocols: protocolsOf(byProtocol),
      ...percentilesOf(times),
    };
  });
  return { ...range, complete, nodes: [...nodes.values()], edges, truncated: rows.length > MAX_EDGES };
}

function nodeOf(kind: NodeKind, name: string, namespace: string): MapNode {
  if (namespace === '') return { id: name, name, kind };
  return { id: `${namespace}/${name}`, name, namespace, kind };
}

/** The engine's pair of lists, most frequent first. */
function protocolsOf(pair: unknown): MapEdge['protocols'] {
  const [names, counts] = pair as [string[], string[]];
  return names.map((protocol, index) => ({ protocol, count: Number(counts[index]) })).sort((a, b) => b.count - a.count);
}
