/**
 * Sends a plan. Open loop: every call has its time and is sent then, whether earlier ones were answered or not; what cannot
 * be sent in time is sent late and its lateness told, so that a slow target does not slow the load and hide itself.
 */

import { setTimeout as wait } from 'node:timers/promises';
import type { PlannedCall } from './plan/call.ts';
import { type Answer, type Capture, dependencies, recordedAnswer, Substitutions, valueAt } from './plan/captures.ts';
import { type DueCall, type Pace, paced } from './plan/pace.ts';
import { Http1Sender, type SenderOptions } from './send/http1.ts';
import { Http2Sender } from './send/http2.ts';
import { nothing, type Received, type SentCall } from './send/sent.ts';
import { sendWebSocket } from './send/web-socket.ts';

export interface RunOptions {
  readonly pace?: Pace;
  /** Calls under way at once; those beyond wait and are late. */
  readonly concurrency?: number;
  readonly timeoutMillis?: number;
  readonly insecure?: boolean;
  readonly captures?: readonly Capture[];
  readonly signal?: AbortSignal;
  /** Told of each call when it is over. */
  readonly onSent: (call: PlannedCall, sent: SentCall) => void;
}

/** Sockets a laptop and a small staging server can both hold. */
export const DEFAULT_CONCURRENCY = 256;
export const DEFAULT_TIMEOUT_MILLIS = 30_000;

export async function runReplay(
  calls: readonly PlannedCall[],
  options: RunOptions,
): Promise<{ readonly seconds: number }> {
  const run = new Run(calls, options);
  const started = performance.now();
  try {
    await run.all();
  } finally {
    run.close();
  }
  return { seconds: (performance.now() - started) / 1000 };
}

class Run {
  readonly #calls: readonly PlannedCall[];
  readonly #options: RunOptions;
  readonly #signal: AbortSignal;
  readonly #http1: Http1Sender;
  readonly #http2: Http2Sender;
  readonly #sender: SenderOptions;
  readonly #needs: ReadonlyMap<number, number[]>;
  readonly #substitutions = new Map<number, Substitutions>();
  /** The end of the last call of each recorded connection, by loop. */
  readonly #lastOf = new Map<string, Promise<void>>();
  /** The end of each call others wait for. */
  readonly #ends = new Map<string, Promise<void>>();
  readonly #underWay = new Set<Promise<void>>();
  readonly #start = performance.now();

  constructor(calls: readonly PlannedCall[], options: RunOptions) {
    this.#calls = calls;
    this.#options = options;
    this.#signal = options.signal ?? new AbortController().signal;
    const { timeoutMillis = DEFAULT_TIMEOUT_MILLIS, insecure = false } = options;
    this.#sender = { timeoutMillis, insecure, signal: this.#signal };
    this.#http1 = new Http1Sender(this.#sender);
    this.#http2 = new Http2Sender(this.#sender);
    this.#needs = dependencies(calls, options.captures ?? []);
  }

  async all(): Promise<void> {
    const { pace = {}, concurrency = DEFAULT_CONCURRENCY } = this.#options;
    for (const due of paced(this.#calls, pace)) {
      if (this.#signal.aborted) break;
      const early = this.#start + due.due - performance.now();
      // A timer is right to about a millisecond.
      if (early > 0.5) await wait(early, undefined, { signal: this.#signal }).catch(() => undefined);
      while (this.#underWay.size >= concurrency) await Promise.race(this.#underWay);
      if (this.#signal.aborted) break;
      this.#begin(due);
    }
    await Promise.all(this.#underWay);
  }

  close(): void {
    this.#http1.close();
    this.#http2.close();
  }

  #begin(due: DueCall): void {
    const { call, loop } = due;
    const connection = `${loop} ${call.connection}`;
    const needed = (this.#needs.get(call.index) ?? []).map((index) => this.#ends.get(`${loop} ${index}`));
    // HTTP/2 has streams for this; on an HTTP/1 connection a request follows the answer before it.
    const before = call.transport === 'http2' ? undefined : this.#lastOf.get(connection);
    const work = this.#send(due, [before, ...needed]).finally(() => this.#underWay.delete(work));
    this.#underWay.add(work);
    this.#lastOf.set(connection, work);
    if (this.#needs.size > 0) this.#ends.set(`${loop} ${call.index}`, work);
    void work.then(() => {
      if (this.#lastOf.get(connection) === work) this.#lastOf.delete(connection);
    });
  }

  async #send({ call, loop, due }: DueCall, after: readonly (Promise<void> | undefined)[]): Promise<void> {
    for (const earlier of after) await earlier;
    const values = this.#valuesOf(loop);
    const changed = values.apply(call);
    const sentAt = performance.now() - this.#start;
    const received = this.#signal.aborted ? { ...nothing, failure: 'stopped' } : await this.#deliver(changed);
    const latency = performance.now() - this.#start - sentAt;
    this.#capture(call, received, values);
    this.#options.onSent(call, {
      ...received,
      index: call.index,
      loop,
      due,
      sentAt,
      ...(received.failure === undefined && call.transport !== 'websocket' && { latency }),
    });
  }

  #deliver(call: PlannedCall): Promise<Received> {
    const { speed = 1 } = this.#options.pace ?? {};
    if (call.transport === 'websocket')
      return sendWebSocket(call, this.#sender, speed === 'max' ? Number.POSITIVE_INFINITY : speed);
    return call.transport === 'http2' ? this.#http2.send(call) : this.#http1.send(call);
  }

  #valuesOf(loop: number): Substitutions {
    const values = this.#substitutions.get(loop) ?? new Substitutions();
    this.#substitutions.set(loop, values);
    return values;
  }

  #capture({ entry }: PlannedCall, received: Received, values: Substitutions): void {
    const answer: Answer = {
      headers: (name) => received.headers[name],
      body: Buffer.from(received.body).toString('utf8'),
    };
    for (const { endpoint, place } of this.#options.captures ?? []) {
      if (endpoint !== entry.endpoint) continue;
      const [recorded, replayed] = [valueAt(recordedAnswer(entry), place), valueAt(answer, place)];
      if (recorded !== undefined && replayed !== undefined) values.set(recorded, replayed);
    }
  }
}
