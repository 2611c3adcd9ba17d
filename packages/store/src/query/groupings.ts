/** What entries are grouped by: a column for most, an expression for some. */

/** SQL of a key as text, by the name people use in a query. */
export const groupings = {
  protocol: 'protocol',
  method: 'method',
  endpoint: 'endpoint',
  status: "if(status_text != '', status_text, ifNull(toString(status), ''))",
  'src.name': 'src_name',
  'dst.name': 'dst_name',
  'src.namespace': 'src_namespace',
  'dst.namespace': 'dst_namespace',
  node: 'node',
} as const;

export type Grouping = keyof typeof groupings;

/** What the service map draws as one node. */
export type MapGrouping = 'service' | 'workload' | 'pod' | 'namespace' | 'ip';
export type NodeKind = 'service' | 'workload' | 'pod' | 'namespace' | 'process' | 'external';

/** The names an end can be drawn under, best first, and what each of them makes it. */
const namesOf: Readonly<Record<MapGrouping, readonly (readonly [column: string, kind: NodeKind])[]>> = {
  service: [
    ['service', 'service'],
    ['workload', 'workload'],
    ['pod', 'pod'],
    ['process', 'process'],
    ['name', 'external'],
    ['dns', 'external'],
  ],
  workload: [
    ['workload', 'workload'],
    ['pod', 'pod'],
    ['service', 'service'],
    ['process', 'process'],
    ['name', 'external'],
    ['dns', 'external'],
  ],
  pod: [
    ['pod', 'pod'],
    ['process', 'process'],
    ['service', 'service'],
    ['name', 'external'],
    ['dns', 'external'],
  ],
  namespace: [
    ['namespace', 'namespace'],
    ['process', 'process'],
    ['name', 'external'],
    ['dns', 'external'],
  ],
  ip: [],
};

/** SQL of `(kind, name)` of one end. */
export function nodeExpression(side: 'src' | 'dst', by: MapGrouping): string {
  const branches = namesOf[by].map(
    ([column, kind]) => `${side}_${column} != '', ('${kind}', ${side}_${column}::String)`,
  );
  return branches.length === 0
    ? `('external', ${side}_ip::String)`
    : `multiIf(${branches.join(', ')}, ('external', ${side}_ip::String))`;
}

/** SQL of the namespace an end is drawn in; an address or a namespace stands for itself. */
export function namespaceExpression(side: 'src' | 'dst', by: MapGrouping): string {
  return by === 'ip' || by === 'namespace' ? "''" : `${side}_namespace`;
}
