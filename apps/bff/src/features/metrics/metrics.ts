/** What Prometheus is told; the names of the requests are the user guide's. */

import type { Entry } from '@kubeshark/model';
import type { Store } from '@kubeshark/store';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { AgentRegistry } from '../../ingest/agent-registry.ts';
import type { Ingest } from '../../ingest/ingest.ts';
import { LabelSets } from './label-sets.ts';

export interface MetricsOptions {
  readonly store: Store;
  readonly agents: AgentRegistry;
  readonly ingest: Ingest;
}

/** A cluster of a hundred services has some two thousand edges; Prometheus takes this many of one target without harm. */
const MAX_REQUEST_SERIES = 10_000;
/** Each of these has a series for every bucket. */
const MAX_DURATION_SERIES = 1_000;
/** From a cache hit to a timeout. */
const DURATION_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const OTHER = 'other';
/** Few enough to stay apart when all else is summed, so that error rates stay right: `503`. */
const httpStatus = /^[1-5]\d\d$/;

type RequestLabels = Record<'protocol' | 'method' | 'status' | 'src' | 'dst' | 'namespace', string>;
type DurationLabels = Record<'protocol' | 'dst' | 'namespace', string>;

const namespaceOf = ({ src, dst }: Entry): string => dst.namespace ?? src.namespace ?? '';

export function createMetrics({ store, agents, ingest }: MetricsOptions): Registry {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });

  const requests = new Counter({
    name: 'kubeshark_requests_total',
    help: 'Calls seen. Beyond 10,000 label sets, method, src, dst and namespace read "other".',
    labelNames: ['protocol', 'method', 'status', 'src', 'dst', 'namespace'] as const,
    registers,
  });
  const durations = new Histogram({
    name: 'kubeshark_request_duration_seconds',
    help: 'Start of the request to the end of the response.',
    labelNames: ['protocol', 'dst', 'namespace'] as const,
    buckets: DURATION_BUCKETS,
    registers,
  });
  const requestSets = new LabelSets({
    most: MAX_REQUEST_SERIES,
    overflow: ({ protocol, status }: RequestLabels) => ({
      protocol,
      method: OTHER,
      status: httpStatus.test(status) ? status : OTHER,
      src: OTHER,
      dst: OTHER,
      namespace: OTHER,
    }),
    open: (labels) => requests.labels(labels),
  });
  const durationSets = new LabelSets({
    most: MAX_DURATION_SERIES,
    overflow: ({ protocol }: DurationLabels) => ({ protocol, dst: OTHER, namespace: OTHER }),
    open: (labels) => durations.labels(labels),
  });

  ingest.observe((entries) => {
    for (const entry of entries) {
      const { protocol, method, status, src, dst, latency } = entry;
      const namespace = namespaceOf(entry);
      const to = dst.name ?? dst.ip;
      // Servers without a name are few; clients without one are the whole internet.
      const from = src.name ?? '';
      requestSets.of({ protocol, method, status: String(status ?? ''), src: from, dst: to, namespace }).inc();
      if (latency !== null) durationSets.of({ protocol, dst: to, namespace }).observe(latency / 1000);
    }
  });

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
