/** Capture health, the doctor and the sources: what is seen, what is missed, and why. */

import {
  type Scope as AskedScope,
  type CaptureCounters,
  endpoints,
  type IngestHealth,
  type StoreHealth,
} from '@kubeshark/contract';
import type { Store } from '@kubeshark/store';
import type { FastifyPluginAsync } from 'fastify';
import type { Access } from '../../access/access.ts';
import type { OtherHubs } from '../../hubs/other-hubs.ts';
import { type Agent, type AgentRegistry, noCounters } from '../../ingest/agent-registry.ts';
import type { Ingest } from '../../ingest/ingest.ts';
import { addTls } from '../../ingest/tls-by-workload.ts';
import type { Cluster } from '../../kubernetes/cluster.ts';
import type { Targets } from '../../kubernetes/targets.ts';
import { handle } from '../../plugins/endpoint.ts';
import { clusterFindings } from './cluster-findings.ts';
import { examine, type View } from './doctor.ts';

export interface HealthRoutesOptions {
  readonly store: Store;
  readonly agents: AgentRegistry;
  readonly ingest: Ingest;
  readonly cluster: Cluster | undefined;
  readonly targets: Targets;
  readonly others: OtherHubs | undefined;
}

/** The doctor must answer while the store is slow. */
const COUNT_SECONDS = 5;

function addByName(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): Record<string, number> {
  const sum = { ...a };
  for (const [name, count] of Object.entries(b)) sum[name] = (sum[name] ?? 0) + count;
  return sum;
}

/** Counters of all agents together; what one cannot say, the sum cannot say only when nobody can. */
function totalOf(agents: readonly Agent[]): CaptureCounters {
  return agents.reduce<CaptureCounters>((total, { counters }) => {
    const sum: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(counters)) {
      const before = total[name as keyof CaptureCounters];
      if (typeof value === 'object' && value !== null) sum[name] = addByName(before as Record<string, number>, value);
      else if (value === null) sum[name] = before;
      // A share and a time are not added up: the fullest buffer is the one to look at, and the ring that goes back farthest.
      else if (name === 'bufferUsed') sum[name] = Math.max(total.bufferUsed ?? 0, value);
      else if (name === 'ringSince') sum[name] = Math.min(total.ringSince ?? value, value);
      else sum[name] = ((before as number | null) ?? 0) + value;
    }
    return sum as CaptureCounters;
  }, noCounters);
}

const sumOf = (a: IngestHealth, b: IngestHealth): IngestHealth => ({
  received: a.received + b.received,
  stored: a.stored + b.stored,
  duplicates: a.duplicates + b.duplicates,
  joined: a.joined + b.joined,
  unjoined: a.unjoined + b.unjoined,
  leftOut: a.leftOut + b.leftOut,
  completed: a.completed + b.completed,
  nameless: a.nameless + b.nameless,
  namesGivenUp: a.namesGivenUp + b.namesGivenUp,
  refused: addByName(a.refused, b.refused),
  notShownLive: (a.notShownLive ?? 0) + (b.notShownLive ?? 0),
  tls: addTls(a.tls, b.tls),
});

async function storeHealth(store: Store): Promise<StoreHealth> {
  try {
    const { engine, state, reason, entries, bytes, oldest, newest, retired } = await store.stats();
    return { engine, state, ...(reason !== undefined && { reason }), entries, bytes, oldest, newest, retired };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return {
      engine: 'unknown',
      state: 'unavailable',
      reason,
      entries: 0,
      bytes: 0,
      oldest: null,
      newest: null,
      retired: 0,
    };
  }
}

export const healthRoutes: FastifyPluginAsync<HealthRoutesOptions> = async (app, options) => {
  const { store, ingest, cluster, targets } = options;
  const nowMicros = () => Date.now() * 1000;
  /** Agents of this hub first. */
  const allAgents = () => [...options.agents.list(nowMicros()), ...(options.others?.agents ?? [])];
  const allIngest = () => [ingest.health, ...(options.others?.ingest ?? [])].reduce(sumOf);

  const viewOf = async (asked: AskedScope, access: Access, signal: AbortSignal): Promise<View | undefined> => {
    const { q, since, until } = asked;
    const { where } = access.compile(q);
    const bounds = { where: access.compile('').where, since, until, seconds: COUNT_SECONDS, signal };
    try {
      const closed = access.compile('connection.tls exists and not connection.tls.decrypted').where;
      const [all, matching, undecrypted] = await Promise.all([
        store.count(bounds),
        store.count({ ...bounds, where }),
        store.serviceMap({ ...bounds, where: closed, by: 'workload' }),
      ]);
      const hasRange = since !== undefined || until !== undefined;
      return {
        inRange: all.count,
        matching: matching.count,
        hasFilter: q.trim() !== '',
        hasRange,
        undecrypted: undecrypted.edges.map(({ from, to, count }) => ({ from, to, count })),
      };
    } catch {
      // The store check says what is wrong with it.
      return undefined;
    }
  };

  handle(app, endpoints.captureHealth, async () => {
    const known = allAgents();
    return {
      agents: known.map(({ health }) => health),
      total: totalOf(known),
      store: await storeHealth(store),
      ingest: allIngest(),
    };
  });

  handle(app, endpoints.doctor, async ({ query, access, signal }) => {
    const known = allAgents();
    const [health, view, state] = await Promise.all([
      storeHealth(store),
      viewOf(query, access, signal),
      cluster && clusterFindings(cluster, targets, options.agents),
    ]);
    return examine({
      agents: known,
      total: totalOf(known),
      store: health,
      ingest: allIngest(),
      view,
      cluster: state,
      nowMicros: nowMicros(),
    });
  });

  handle(app, endpoints.sources, () => ({ sources: allAgents().map(({ sourceInfo }) => sourceInfo) }));
};
