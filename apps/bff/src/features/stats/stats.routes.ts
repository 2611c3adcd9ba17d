/** Numbers over many entries: histogram, rates and latencies over time and by group, the service map. */

import { type Scope as AskedScope, endpoints } from '@kubeshark/contract';
import type { Store } from '@kubeshark/store';
import type { FastifyPluginAsync } from 'fastify';
import { handle } from '../../plugins/endpoint.ts';
import type { Filter } from '../../services.ts';

export interface StatsRoutesOptions {
  readonly store: Store;
  readonly compile: (query: string) => Filter;
}

export const statsRoutes: FastifyPluginAsync<StatsRoutesOptions> = async (app, { store, compile }) => {
  const scopeOf = ({ q, since, until }: AskedScope, signal: AbortSignal) => ({
    where: compile(q).where,
    since,
    until,
    signal,
  });

  handle(app, endpoints.histogram, async ({ query, signal }) => {
    const { buckets, ...histogram } = await store.histogram({ ...scopeOf(query, signal), buckets: query.buckets });
    return { ...histogram, buckets: [...buckets] };
  });

  handle(app, endpoints.totals, ({ query, signal }) => store.totals(scopeOf(query, signal)));

  handle(app, endpoints.series, async ({ query, signal }) => {
    const { by, limit, buckets } = query;
    const { series, ...rest } = await store.series({ ...scopeOf(query, signal), by, limit, buckets });
    return { ...rest, series: series.map(({ key, points }) => ({ key, points: [...points] })) };
  });

  handle(app, endpoints.latencies, async ({ query, signal }) => {
    const { rows, columns, ...rest } = await store.latencies({ ...scopeOf(query, signal), buckets: query.buckets });
    return { ...rest, rows: [...rows], columns: columns.map(({ at, counts }) => ({ at, counts: [...counts] })) };
  });

  handle(app, endpoints.top, async ({ query, signal }) => {
    const { by, order, limit } = query;
    const { rows, ...rest } = await store.top({ ...scopeOf(query, signal), by, order, limit });
    return { ...rest, rows: [...rows] };
  });

  handle(app, endpoints.map, async ({ query, signal }) => {
    const { nodes, edges, ...rest } = await store.serviceMap({ ...scopeOf(query, signal), by: query.by });
    return { ...rest, nodes: [...nodes], edges: edges.map((edge) => ({ ...edge, protocols: [...edge.protocols] })) };
  });

  handle(app, endpoints.values, async ({ query, signal }) => {
    const { field, prefix, limit } = query;
    const values = await store.values({ ...scopeOf(query, signal), path: field, prefix, limit });
    return { values: [...values] };
  });

  handle(app, endpoints.neighbours, async ({ params, signal }) => ({
    rows: [...(await store.neighbours(params.id, { signal }))],
  }));
};
