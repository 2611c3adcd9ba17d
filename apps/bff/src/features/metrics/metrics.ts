/** What Prometheus is told; the names of the requests are the user guide's. */

import type { Store } from '@kubeshark/store';
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { AgentRegistry } from '../../ingest/agent-registry.ts';
import type { Ingest } from '../../ingest/ingest.ts';
import { requestMetrics } from './request-metrics.ts';

export interface MetricsOptions {
  readonly store: Store;
  readonly agents: AgentRegistry;
  readonly ingest: Ingest;
}

export function createMetrics({ store, agents, ingest }: MetricsOptions): Registry {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });

  requestMetrics(registers, ingest);
  captureMetrics(registers, agents);
  ingestMetrics(registers, ingest);
  tlsMetrics(registers, ingest);
  storeMetrics(registers, store);
  return registry;
}

const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** The agents' own counters, as they reported them last. */
function captureMetrics(registers: Registry[], agents: AgentRegistry): void {
  const perNode = [
    ['packets', 'Packets read.'],
    ['bytes', 'Bytes of these packets.'],
    ['kernelDropped', 'Packets the kernel dropped before they could be read.'],
    ['restarts', 'How often the capturing process ended and was started again.'],
    ['ringDropped', 'Captured packets that could not be kept on disk.'],
    ['streams', 'Streams begun.'],
    ['gaps', 'Holes in streams.'],
    ['evicted', 'Streams given up because a limit was reached.'],
    ['cutBodies', 'Bodies of open calls cut because all together had reached their limit.'],
    ['entries', 'Calls found.'],
    ['lost', 'Entries given up because the hub was away for too long.'],
  ] as const;
  for (const [counter, help] of perNode) {
    new Counter({
      name: `kubeshark_capture_${snakeCase(counter)}_total`,
      help,
      labelNames: ['node'] as const,
      registers,
      collect() {
        this.reset();
        for (const { node, counters } of agents.list(Date.now() * 1000)) this.inc({ node }, counters[counter] ?? 0);
      },
    });
  }
  const gauges = [
    ['bufferUsed', 'Largest share of the kernel buffer that waited at once in the last second.'],
    ['ringBytes', 'Captured packets kept on disk.'],
  ] as const;
  for (const [counter, help] of gauges) {
    new Gauge({
      name: `kubeshark_capture_${snakeCase(counter)}`,
      help,
      labelNames: ['node'] as const,
      registers,
      collect() {
        this.reset();
        for (const { node, counters } of agents.list(Date.now() * 1000)) {
          const value = counters[counter];
          if (value !== null) this.set({ node }, value);
        }
      },
    });
  }
  new Gauge({
    name: 'kubeshark_agents_connected',
    help: 'Agents connected now.',
    registers,
    collect() {
      this.set(agents.list(Date.now() * 1000).filter(({ connected }) => connected).length);
    },
  });
}

function ingestMetrics(registers: Registry[], ingest: Ingest): void {
  new Counter({
    name: 'kubeshark_ingest_entries_total',
    help: 'Entries by what became of them.',
    labelNames: ['outcome', 'reason'] as const,
    registers,
    collect() {
      this.reset();
      const { received, stored, duplicates, joined, refused } = ingest.health;
      this.inc({ outcome: 'received', reason: '' }, received);
      this.inc({ outcome: 'stored', reason: '' }, stored);
      this.inc({ outcome: 'duplicate', reason: '' }, duplicates);
      this.inc({ outcome: 'joined', reason: '' }, joined);
      for (const [reason, count] of Object.entries(refused)) this.inc({ outcome: 'refused', reason }, count);
    },
  });
  new Counter({
    name: 'kubeshark_ingest_sightings_alone_total',
    help: 'Further sightings of calls that are not joined with the first: stored as calls of their own, or left out.',
    labelNames: ['outcome'] as const,
    registers,
    collect() {
      this.reset();
      const { unjoined, leftOut } = ingest.health;
      this.inc({ outcome: 'stored' }, unjoined);
      this.inc({ outcome: 'left out' }, leftOut);
    },
  });
}

/** Of one hub, like the requests: Prometheus adds up what several tell. */
function tlsMetrics(registers: Registry[], ingest: Ingest): void {
  new Counter({
    name: 'kubeshark_tls_connections_total',
    help: 'TLS connections by server and by whether they were decrypted. Beyond 1,000 servers, workload reads "other".',
    labelNames: ['workload', 'namespace', 'decrypted'] as const,
    registers,
    collect() {
      this.reset();
      for (const { workload, namespace, connections, decrypted } of ingest.health.tls) {
        this.inc({ workload, namespace, decrypted: 'true' }, decrypted);
        this.inc({ workload, namespace, decrypted: 'false' }, connections - decrypted);
      }
    },
  });
}

function storeMetrics(registers: Registry[], store: Store): void {
  const bytes = new Gauge({ name: 'kubeshark_store_bytes', help: 'Disk space of all entries.', registers });
  new Gauge({
    name: 'kubeshark_store_entries',
    help: 'Entries held.',
    registers,
    async collect() {
      // A store that does not answer must not take the other metrics with it.
      const stats = await store.stats().catch(() => undefined);
      this.set(stats?.entries ?? Number.NaN);
      bytes.set(stats?.bytes ?? Number.NaN);
    },
  });
}
