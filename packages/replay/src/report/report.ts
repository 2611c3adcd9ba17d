/** What a replay found, small enough to keep: counts, times, and every call whose answer was not the recorded one. */

import type { PlannedCall } from '../plan/call.ts';
import type { SkipReason } from '../plan/options.ts';
import type { Plan } from '../plan/plan.ts';
import type { SentCall } from '../send/sent.ts';
import type { Difference, Verdict } from '../verify/compare.ts';
import type { IgnoreRule } from '../verify/noise.ts';

export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

export interface CallReport {
  /** Id of the recorded entry. */
  readonly id: string;
  readonly loop: number;
  readonly endpoint: string;
  readonly summary: string;
  readonly recordedStatus: number | string | null;
  readonly status: number | null;
  readonly recordedLatency: number | null;
  readonly latency: number | null;
  readonly differences: readonly Difference[];
}

export interface EndpointReport {
  readonly endpoint: string;
  readonly calls: number;
  /** Calls whose answers were the recorded ones. */
  readonly equal: number;
  readonly different: number;
  readonly slow: number;
  readonly failed: number;
  readonly latency: Percentiles | null;
}

export interface ReplayReport {
  readonly format: 'kubeshark-replay-report';
  readonly version: 1;
  readonly recording: string;
  readonly target: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly seconds: number;
  readonly isVerified: boolean;
  /** Ended before everything was sent. */
  readonly isStopped: boolean;
  readonly planned: number;
  readonly sent: number;
  readonly equal: number;
  readonly different: number;
  /** The recorded answer, too late. */
  readonly slow: number;
  /** No answer. */
  readonly failed: number;
  readonly callsPerSecond: number;
  /** Milliseconds between when a call was due and when it was sent. */
  readonly lateness: Percentiles | null;
  /** The part of it that is this program's own: between when nothing kept a call back any more and when it was sent. */
  readonly scheduleError: Percentiles | null;
  readonly latency: Percentiles | null;
  readonly statuses: Readonly<Record<string, number>>;
  readonly skipped: Readonly<Partial<Record<SkipReason, number>>>;
  /** Headers that were not sent because their value was redacted. */
  readonly redacted: Readonly<Record<string, number>>;
  /** Rules that passed something over, and in how many calls. */
  readonly ignored: readonly (IgnoreRule & { readonly calls: number })[];
  readonly endpoints: readonly EndpointReport[];
  /** Calls that differ, were slow or failed, in the order they ended. */
  readonly calls: readonly CallReport[];
  /** Of those, the ones that are not listed. */
  readonly unlisted: number;
}

/** Calls listed in a report; more are counted. */
export const MAX_LISTED = 1_000;
/** Times kept for percentiles; beyond it every second one is dropped, and so on. */
export const MAX_SAMPLES = 100_000;

interface Head {
  readonly recording: string;
  readonly target: string;
  readonly startedAt: Date;
  readonly plan: Plan;
  /** How often the plan is sent; default 1. */
  readonly loops?: number | undefined;
  readonly isVerified: boolean;
}

type Outcome = 'equal' | 'different' | 'slow' | 'failed';

interface EndpointCounts extends Record<Outcome, number> {
  calls: number;
  readonly latency: Samples;
}

export class ReportBuilder {
  readonly #head: Head;
  readonly #lateness = new Samples();
  readonly #scheduleError = new Samples();
  readonly #latency = new Samples();
  readonly #statuses: Record<string, number> = {};
  readonly #ignored = new Map<string, IgnoreRule & { calls: number }>();
  readonly #endpoints = new Map<string, EndpointCounts>();
  readonly #outcomes: Record<Outcome, number> = { equal: 0, different: 0, slow: 0, failed: 0 };
  readonly #calls: CallReport[] = [];
  #sent = 0;
  #unlisted = 0;

  constructor(head: Head) {
    this.#head = head;
  }

  get sent(): number {
    return this.#sent;
  }
  get wrong(): number {
    return this.#outcomes.different + this.#outcomes.failed + this.#outcomes.slow;
  }

  add(call: PlannedCall, sent: SentCall, { differences, ignored }: Verdict): void {
    const { entry } = call;
    this.#sent++;
    this.#lateness.add(sent.sentAt - sent.due);
    this.#scheduleError.add(sent.sentAt - sent.readyAt);
    if (sent.latency !== undefined) this.#latency.add(sent.latency);
    const status = sent.failure ?? String(sent.status ?? '');
    this.#statuses[status] = (this.#statuses[status] ?? 0) + 1;
    for (const rule of ignored) this.#ignore(rule);
    const outcome = outcomeOf(differences);
    this.#outcomes[outcome]++;
    const counts = this.#endpoints.get(entry.endpoint) ?? {
      calls: 0,
      equal: 0,
      different: 0,
      slow: 0,
      failed: 0,
      latency: new Samples(),
    };
    this.#endpoints.set(entry.endpoint, counts);
    counts.calls++;
    counts[outcome]++;
    if (sent.latency !== undefined) counts.latency.add(sent.latency);
    if (outcome === 'equal') return;
    if (this.#calls.length >= MAX_LISTED) this.#unlisted++;
    else
      this.#calls.push({
        id: entry.id,
        loop: sent.loop,
        endpoint: entry.endpoint,
        summary: entry.summary,
        recordedStatus: entry.status,
        status: sent.status ?? null,
        recordedLatency: entry.latency,
        latency: sent.latency ?? null,
        differences,
      });
  }

  finish(seconds: number, isStopped: boolean): ReplayReport {
    const { recording, target, startedAt, plan, loops = 1, isVerified } = this.#head;
    const byCalls = [...this.#endpoints].toSorted(([, a], [, b]) => b.calls - a.calls);
    return {
      format: 'kubeshark-replay-report',
      version: 1,
      recording,
      target,
      startedAt: startedAt.toISOString(),
      seconds,
      isVerified,
      isStopped,
      planned: plan.calls.length * loops,
      sent: this.#sent,
      ...this.#outcomes,
      callsPerSecond: seconds > 0 ? this.#sent / seconds : 0,
      lateness: this.#lateness.percentiles,
      scheduleError: this.#scheduleError.percentiles,
      latency: this.#latency.percentiles,
      statuses: this.#statuses,
      skipped: Object.fromEntries(plan.skipped),
      redacted: Object.fromEntries(plan.redacted),
      ignored: [...this.#ignored.values()].toSorted((a, b) => b.calls - a.calls),
      endpoints: byCalls.map(([endpoint, { latency, ...counts }]) => ({
        endpoint,
        ...counts,
        latency: latency.percentiles,
      })),
      calls: this.#calls,
      unlisted: this.#unlisted,
    };
  }

  #ignore(rule: IgnoreRule): void {
    const key = `${rule.endpoint} ${rule.place}`;
    const known = this.#ignored.get(key) ?? { ...rule, calls: 0 };
    known.calls++;
    this.#ignored.set(key, known);
  }
}

function outcomeOf(differences: readonly Difference[]): Outcome {
  if (differences.length === 0) return 'equal';
  if (differences.some(({ part }) => part === 'failure')) return 'failed';
  return differences.every(({ part }) => part === 'latency') ? 'slow' : 'different';
}

/** Numbers for percentiles, thinned evenly when there are too many. */
class Samples {
  #values: number[] = [];
  #every = 1;
  #seen = 0;
  #max = 0;

  add(value: number): void {
    this.#max = Math.max(this.#max, value);
    if (this.#seen++ % this.#every !== 0) return;
    this.#values.push(value);
    if (this.#values.length < MAX_SAMPLES) return;
    this.#values = this.#values.filter((_, at) => at % 2 === 0);
    this.#every *= 2;
  }

  get percentiles(): Percentiles | null {
    if (this.#values.length === 0) return null;
    const sorted = this.#values.toSorted((a, b) => a - b);
    const at = (share: number) =>
      Math.max(0, sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0);
    return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: Math.max(0, this.#max) };
  }
}
