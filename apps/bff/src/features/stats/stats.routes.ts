/** Numbers over many entries: histogram, rates and latencies over time and by group, the service map. */

import { type Scope as AskedScope, endpoints } from '@kubeshark/contract';
import type { Store } from '@kubeshark/store';
import type { FastifyPluginAsync } from 'fastify';
import type { Access } from '../../access/access.ts';
import { handle } from '../../plugins/endpoint.ts';

export interface StatsRoutesOptions {
  readonly store: Store;
}

export const statsRoutes: FastifyPluginAsync<StatsRoutesOptions> = async (app, { store }) => {
  const scopeOf = ({ q, since, until }: AskedScope, access: Access, signal: AbortSignal) => ({
    where: access.compile(q).where,
    since,
    until,
    signal,
  });

  handle(app, endpoints.histogram, async ({ query, access, signal }) => {
    const { buckets, ...histogram } = await store.histogram({
      ...scopeOf(query, access, signal),
      buckets: query.buckets,
    });
    return { ...histogram, buckets: [...buckets] };
  });

  handle(app, endpoints.totals, ({ query, access, signal }) => store.totals(scopeOf(query, access, signal)));

  handle(app, endpoints.series, async ({ query, access, signal }) => {
    const { by, limit, buckets } = query;
    const { series, ...rest } = await store.series({ ...scopeOf(query, access, signal), by, limit, buckets });
    return { ...rest, series: series.map(({ key, points }) => ({ key, points: [...points] })) };
  });

  handle(app, endpoints.latencies, async ({ query, access, signal }) => {
    const { rows, columns, ...rest } = await store.latencies({
      ...scopeOf(query, access, signal),
      buckets: query.buckets,
    });
    return { ...rest, rows: [...rows], columns: columns.map(({ at, counts }) => ({ at, counts: [...counts] })) };
  });

  handle(app, endpoints.top, async ({ query, access, signal }) => {
    const { by, order, limit } = query;
    const { rows, ...rest } = await store.top({ ...scopeOf(query, access, signal), by, order, limit });
    return { ...rest, rows: [...rows] };
  });

  handle(app, endpoints.map, async ({ query, access, signal }) => {
    const { nodes, edges, ...rest } = await store.serviceMap({ ...scopeOf(query, access, signal), by: query.by });
    return { ...rest, nodes: [...nodes], edges: edges.map((edge) => ({ ...edge, protocols: [...edge.protocols] })) };
  });

  handle(app, endpoints.values, async ({ query, access, signal }) => {
    const { field, prefix, limit } = query;
    access.requireField(field);
    const values = await store.values({ ...scopeOf(query, access, signal), path: field, prefix, limit });
    return { values: [...values] };
  });

  handle(app, endpoints.neighbours, async ({ params, access, signal }) => {
    const rows = await store.neighbours(params.id, { signal });
    if (access.isUnscoped) return { rows: [...rows] };
    // A row has not all that a scope may ask for.
    const entries = await Promise.all(rows.map(({ id }) => store.find(id)));
    return { rows: rows.filter((_, index) => entries[index] !== undefined && access.sees(entries[index])) };
  });
};
