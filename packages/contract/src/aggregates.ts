/** Numbers over many entries: histogram, service map, rate/errors/duration. */

import { z } from 'zod';
import { count, Scope } from './scalars.ts';

/** Milliseconds; null when no call in the group has a latency. */
const Percentiles = z.object({
  p50: z.number().nullable(),
  p95: z.number().nullable(),
  p99: z.number().nullable(),
});

/** False when the filter could not be decided for all entries in time: the numbers are about the newest. */
const complete = z.boolean();

export const HistogramQuery = Scope.extend({ buckets: count(1, 1000).default(120) });
export const Histogram = z
  .object({
    /** What the store really covers of the range asked for. */
    since: z.number(),
    until: z.number(),
    complete,
    bucketMicros: z.number(),
    /** In time order without holes: an empty bucket is there with zeros. */
    buckets: z.array(z.object({ at: z.number(), count: z.number(), errors: z.number() })),
  })
  .meta({ id: 'Histogram' });
export type Histogram = z.infer<typeof Histogram>;

/** What the map draws as one node. */
export const MapGrouping = z.enum(['service', 'workload', 'pod', 'namespace', 'ip']);
export type MapGrouping = z.infer<typeof MapGrouping>;
export const MapQuery = Scope.extend({ by: MapGrouping.default('service') });

const Traffic = z.object({
  count: z.number(),
  errors: z.number(),
  requestBytes: z.number(),
  responseBytes: z.number(),
});
export const MapNode = z.object({
  /** `namespace/name`, or the name or address alone. */
  id: z.string(),
  name: z.string(),
  namespace: z.string().optional(),
  /** `external`: an address nothing is known about. */
  kind: z.enum(['service', 'workload', 'pod', 'namespace', 'process', 'external']),
});
export type MapNode = z.infer<typeof MapNode>;
export const MapEdge = Traffic.extend({
  from: z.string(),
  to: z.string(),
  protocols: z.array(z.object({ protocol: z.string(), count: z.number() })),
}).extend(Percentiles.shape);
export type MapEdge = z.infer<typeof MapEdge>;
export const ServiceMap = z
  .object({
    since: z.number(),
    until: z.number(),
    complete,
    nodes: z.array(MapNode),
    edges: z.array(MapEdge),
    /** Services the cluster has that took no part in any call of the time; told where everything may be seen and is asked for. */
    idle: z.array(z.object({ name: z.string(), namespace: z.string() })),
    /** All of them; `idle` has the first thousand. */
    idleCount: z.number(),
    /** True when only the busiest edges are here. */
    truncated: z.boolean(),
  })
  .meta({ id: 'ServiceMap' });
export type ServiceMap = z.infer<typeof ServiceMap>;

/** Fields people group charts and tables by. */
export const Grouping = z.enum([
  'protocol',
  'method',
  'endpoint',
  'status',
  'src.name',
  'dst.name',
  'src.namespace',
  'dst.namespace',
  'node',
]);
export type Grouping = z.infer<typeof Grouping>;

export const SeriesQuery = Scope.extend({
  by: Grouping.optional(),
  /** Series kept when grouping; the rest is summed as `other`. */
  limit: count(1, 50).default(10),
  buckets: count(1, 1000).default(120),
});
const SeriesPoint = z
  .object({ at: z.number(), count: z.number(), errors: z.number(), bytes: z.number() })
  .extend(Percentiles.shape);
export const Series = z
  .object({
    since: z.number(),
    until: z.number(),
    complete,
    bucketMicros: z.number(),
    series: z.array(z.object({ key: z.string(), points: z.array(SeriesPoint) })),
  })
  .meta({ id: 'Series' });
export type Series = z.infer<typeof Series>;

export const TopQuery = Scope.extend({
  by: Grouping.default('endpoint'),
  order: z.enum(['count', 'errors', 'errorRate', 'p50', 'p95', 'p99', 'bytes']).default('count'),
  limit: count(1, 500).default(20),
});
export const TopRow = z
  .object({ key: z.string(), count: z.number(), errors: z.number(), bytes: z.number(), perSecond: z.number() })
  .extend(Percentiles.shape);
export const Top = z
  .object({ since: z.number(), until: z.number(), complete, rows: z.array(TopRow), truncated: z.boolean() })
  .meta({ id: 'Top' });
export type Top = z.infer<typeof Top>;

export const LatenciesQuery = Scope.extend({ buckets: count(1, 1000).default(120) });
/** How many calls took how long, over time: the cells of a heat map. Calls without a latency are in none. */
export const Latencies = z
  .object({
    since: z.number(),
    until: z.number(),
    complete,
    bucketMicros: z.number(),
    /** Lowest latency of each row in milliseconds, rising; the first has all that is shorter, the last all that is longer. */
    rows: z.array(z.number()),
    /** In time order without holes; `counts` has a number for each row. */
    columns: z.array(z.object({ at: z.number(), counts: z.array(z.number()) })),
  })
  .meta({ id: 'Latencies' });
export type Latencies = z.infer<typeof Latencies>;

/** The same numbers over everything in scope: the dashboard's tiles. */
export const Totals = z
  .object({
    since: z.number(),
    until: z.number(),
    complete,
    count: z.number(),
    errors: z.number(),
    bytes: z.number(),
    perSecond: z.number(),
  })
  .extend(Percentiles.shape)
  .meta({ id: 'Totals' });
export type Totals = z.infer<typeof Totals>;
