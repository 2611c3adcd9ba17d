/**
 * Requests and their durations. Every entry is counted here, so a count is a number of ours that is added to: the library,
 * which checks and hashes the labels each time, hears of it when Prometheus asks.
 */

import type { Entry } from '@kubeshark/model';
import { Counter, Histogram, type Registry } from 'prom-client';
import type { Ingest } from '../../ingest/ingest.ts';
import { LabelSets } from './label-sets.ts';

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

interface Requests {
  readonly labels: RequestLabels;
  count: number;
}

class Durations {
  readonly labels: DurationLabels;
  /** Of each bucket those that no smaller one holds; beyond the last bucket they are in `count` alone. */
  readonly buckets = DURATION_BUCKETS.map(() => 0);
  count = 0;
  sum = 0;

  constructor(labels: DurationLabels) {
    this.labels = labels;
  }

  observe(seconds: number): void {
    let bucket = 0;
    while (bucket < DURATION_BUCKETS.length && seconds > (DURATION_BUCKETS[bucket] ?? 0)) bucket++;
    if (bucket < this.buckets.length) this.buckets[bucket] = (this.buckets[bucket] ?? 0) + 1;
    this.count += 1;
    this.sum += seconds;
  }

  /** As Prometheus has them: each bucket with all that is below it. */
  samples() {
    const sharedLabels = this.labels;
    let total = 0;
    const buckets = this.buckets.map((inBucket, index) => {
      total += inBucket;
      return { metricName: `${DURATIONS}_bucket`, labels: { le: DURATION_BUCKETS[index] }, sharedLabels, value: total };
    });
    return [
      ...buckets,
      { metricName: `${DURATIONS}_bucket`, labels: { le: '+Inf' }, sharedLabels, value: this.count },
      { metricName: `${DURATIONS}_sum`, labels: {}, sharedLabels, value: this.sum },
      { metricName: `${DURATIONS}_count`, labels: {}, sharedLabels, value: this.count },
    ];
  }
}

const DURATIONS = 'kubeshark_request_duration_seconds';
const DURATIONS_HELP = 'Start of the request to the end of the response.';

/** A histogram of which only the answer is the library's. */
class DurationHistogram extends Histogram<keyof DurationLabels> {
  readonly #series: Iterable<Durations>;

  constructor(series: Iterable<Durations>, registers: Registry[]) {
    super({
      name: DURATIONS,
      help: DURATIONS_HELP,
      labelNames: ['protocol', 'dst', 'namespace'],
      buckets: DURATION_BUCKETS,
      registers,
    });
    this.#series = series;
  }

  /** What a registry asks, and `get` too: labels that many samples share are told beside their own. */
  async getForPromString() {
    const values = [...this.#series].flatMap((series) => series.samples());
    return { name: DURATIONS, help: DURATIONS_HELP, type: 'histogram', aggregator: 'sum', values };
  }
}

/** The series an entry counts in. */
interface Both {
  readonly requests: Requests;
  readonly durations: Durations;
}

class RequestCounts {
  readonly #requests = new LabelSets({
    most: MAX_REQUEST_SERIES,
    overflow: ({ protocol, status }: RequestLabels) => ({
      protocol,
      method: OTHER,
      status: httpStatus.test(status) ? status : OTHER,
      src: OTHER,
      dst: OTHER,
      namespace: OTHER,
    }),
    open: (labels): Requests => ({ labels, count: 0 }),
  });
  readonly #durations = new LabelSets({
    most: MAX_DURATION_SERIES,
    overflow: ({ protocol }: DurationLabels) => ({ protocol, dst: OTHER, namespace: OTHER }),
    open: (labels) => new Durations(labels),
  });
  /** By all labels of a request, those of its duration among them: looked up once for both. */
  readonly #known = new Map<string, Both>();

  get requests(): Iterable<Requests> {
    return this.#requests;
  }
  get durations(): Iterable<Durations> {
    return this.#durations;
  }

  count(entries: readonly Entry[]): void {
    for (const { protocol, method, status, src, dst, latency } of entries) {
      const namespace = dst.namespace ?? src.namespace ?? '';
      const to = dst.name ?? dst.ip;
      // Servers without a name are few; clients without one are the whole internet.
      const from = src.name ?? '';
      const key = `${protocol}\n${method}\n${status ?? ''}\n${from}\n${to}\n${namespace}`;
      const series =
        this.#known.get(key) ??
        this.#open(key, { protocol, method, status: String(status ?? ''), src: from, dst: to, namespace });
      series.requests.count += 1;
      if (latency !== null) series.durations.observe(latency / 1000);
    }
  }

  #open(key: string, labels: RequestLabels): Both {
    const { protocol, dst, namespace } = labels;
    const both = { requests: this.#requests.of(labels), durations: this.#durations.of({ protocol, dst, namespace }) };
    if (this.#known.size < MAX_REQUEST_SERIES) this.#known.set(key, both);
    return both;
  }
}

export function requestMetrics(registers: Registry[], ingest: Ingest): void {
  const counts = new RequestCounts();
  ingest.observe((entries) => counts.count(entries));
  new Counter({
    name: 'kubeshark_requests_total',
    help: 'Calls seen. Beyond 10,000 label sets, method, src, dst and namespace read "other".',
    labelNames: ['protocol', 'method', 'status', 'src', 'dst', 'namespace'] as const,
    registers,
    collect() {
      this.reset();
      for (const { labels, count } of counts.requests) this.inc(labels, count);
    },
  });
  new DurationHistogram(counts.durations, registers);
}
