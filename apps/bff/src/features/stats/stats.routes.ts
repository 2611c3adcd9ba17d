/** Numbers over many entries: histogram, rates and latencies over time and by group, the service map. */

import { type Scope as AskedScope, endpoints } from '@kubeshark/contract';
import type { Store } from '@kubeshark/store';
import type { FastifyPluginAsync } from 'fastify';
import type { Access } from '../../access/access.ts';
import type { Cluster } from '../../kubernetes/cluster.ts';
import { handle } from '../../plugins/endpoint.ts';

/** Services without calls that one map tells of; a list of thousands is read by nobody. */
const MAX_IDLE = 1_000;

export interface StatsRoutesOptions {
  readonly store: Store;
  /** Absent outside of a cluster. */
  readonly cluster?: Cluster | undefined;
}

export const statsRoutes: FastifyPluginAsync<StatsRoutesOptions> = async (app, { store, cluster }) => {
  const scopeOf = ({ q, since, until }: AskedScope, access: Access, signal: AbortSignal) => ({
    where: access.compile(q).where,
    since,
    until,
    signal,
  });

  handle(app, endpoints.histogram, async ({ query, access, reading, signal }) => {
    const { buckets, ...histogram } = await reading.histogram({
      ...scopeOf(query, access, signal),
      buckets: query.buckets,
    });
    return { ...histogram, buckets: [...buckets] };
  });

  handle(app, endpoints.totals, ({ query, access, reading, signal }) => reading.totals(scopeOf(query, access, signal)));

  handle(app, endpoints.series, async ({ query, access, reading, signal }) => {
    const { by, limit, buckets } = query;
    const { series, ...rest } = await reading.series({ ...scopeOf(query, access, signal), by, limit, buckets });
    return { ...rest, series: series.map(({ key, points }) => ({ key, points: [...points] })) };
  });

  handle(app, endpoints.latencies, async ({ query, access, reading, signal }) => {
    const { rows, columns, ...rest } = await reading.latencies({
      ...scopeOf(query, access, signal),
      buckets: query.buckets,
    });
    return { ...rest, rows: [...rows], columns: columns.map(({ at, counts }) => ({ at, counts: [...counts] })) };
  });

  handle(app, endpoints.top, async ({ query, access, reading, signal }) => {
    const { by, order, limit } = query;
    const { rows, ...rest } = await reading.top({ ...scopeOf(query, access, signal), by, order, limit });
    return { ...rest, rows: [...rows] };
  });

  handle(app, endpoints.map, async ({ query, access, reading, signal }) => {
    const { nodes, edges, ...rest } = await reading.serviceMap({ ...scopeOf(query, access, signal), by: query.by });
    // Only of all that may be seen, live, can be said who took no part in it.
    const isWhole = query.by === 'service' && query.q.trim() === '' && reading === store && access.isUnscoped;
    const taking = new Set(nodes.map(({ id }) => id));
    const allIdle = (isWhole ? (cluster?.names.services ?? []) : []).filter(
      ({ name, namespace }) => !taking.has(`${namespace}/${name}`),
    );
    const idle = allIdle.slice(0, MAX_IDLE).map(({ name, namespace }) => ({ name, namespace }));
    const drawn = edges.map((edge) => ({ ...edge, protocols: [...edge.protocols] }));
    return { ...rest, nodes: [...nodes], edges: drawn, idle, idleCount: allIdle.length };
  });

  handle(app, endpoints.values, async ({ query, access, reading, signal }) => {
    const { field, prefix, limit } = query;
    access.requireField(field);
    const values = await reading.values({ ...scopeOf(query, access, signal), path: field, prefix, limit });
    return { values: [...values] };
  });

  handle(app, endpoints.neighbours, async ({ params, access, reading, signal }) => {
    const rows = await reading.neighbours(params.id, { signal });
    if (access.isUnscoped) return { rows: [...rows] };
    // A row has not all that a scope may ask for.
    const entries = await Promise.all(rows.map(({ id }) => reading.find(id)));
    return { rows: rows.filter((_, index) => entries[index] !== undefined && access.sees(entries[index])) };
  });
};
