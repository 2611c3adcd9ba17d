/**
 * Sends a plan. Open loop: every call has its time and is sent then, whether earlier ones were answered or not; what cannot
 * be sent in time is sent late and its lateness told, so that a slow target does not slow the load and hide itself.
 */

import { setImmediate } from 'node:timers/promises';
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
  /** Told of each call when it is over, as soon as sending leaves time for it. */
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

/** A timer is right to about a millisecond. */
const TIMER_MILLIS = 0.5;
/** Until the next call is due there must be this much time to look at an answer: most take a fifth of it. */
const SPARE_MILLIS = 0.7;
/** Answers that wait to be looked at; above it they come first, so that their bodies do not fill the memory. */
const MAX_ANSWERED = 1_000;

/** What keeps a call back. */
interface Held {
  readonly after: readonly Promise<void>[];
  /** When there was room for it, in milliseconds after the start. */
  readonly readyAt: number;
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
  /** Over, and not yet told. */
  readonly #answered: { readonly call: PlannedCall; readonly sent: SentCall }[] = [];
  /** When there was last none and then some for another call. */
  #roomSince = 0;
  #wake: () => void = () => undefined;
  #wakeEnded: () => void = () => undefined;
  readonly #start = performance.now();

  constructor(calls: readonly PlannedCall[], options: RunOptions) {
    this.#calls = calls;
    this.#options = options;
    this.#signal = options.signal ?? new AbortController().signal;
    const { timeoutMillis = DEFAULT_TIMEOUT_MILLIS, insecure = false } = options;
    this.#signal.addEventListener('abort', () => {
      this.#wake();
      this.#wakeEnded();
    });
    this.#sender = { timeoutMillis, insecure, signal: this.#signal };
    this.#http1 = new Http1Sender(this.#sender);
    this.#http2 = new Http2Sender(this.#sender);
    this.#needs = dependencies(calls, options.captures ?? []);
  }

  async all(): Promise<void> {
    const { pace = {}, concurrency = DEFAULT_CONCURRENCY } = this.#options;
    for (const due of paced(this.#calls, pace)) {
      if (this.#signal.aborted) break;
      await this.#until(this.#start + due.due);
      while (this.#underWay.size >= concurrency && !this.#signal.aborted) {
        await this.#oneEnded();
        this.#roomSince = performance.now() - this.#start;
      }
      if (this.#signal.aborted) break;
      this.#begin(due, Math.max(due.due, this.#roomSince));
    }
    while (this.#underWay.size > 0 || this.#answered.length > 0) {
      if (this.#answered.length > 0) this.#tell();
      else await this.#oneEnded();
    }
  }

  /** Sending comes first: answers are looked at while there is time until the next call is due. */
  async #until(time: number): Promise<void> {
    for (;;) {
      const early = time - performance.now();
      const isBehind = this.#answered.length >= MAX_ANSWERED;
      if (isBehind || (this.#answered.length > 0 && early > SPARE_MILLIS)) {
        this.#tell();
        // Answers that have come meanwhile are taken off the network.
        await setImmediate();
      } else if (early <= TIMER_MILLIS || this.#signal.aborted) return;
      else await this.#event(early);
    }
  }

  /** Resolves when the time is over, or there is an answer to look at. */
  async #event(millis: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, millis);
    this.#wake = resolve;
    await promise;
    clearTimeout(timer);
  }

  #oneEnded(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wakeEnded = resolve;
    return promise;
  }

  #tell(): void {
    const next = this.#answered.shift();
    if (next !== undefined) this.#options.onSent(next.call, next.sent);
  }

  close(): void {
    this.#http1.close();
    this.#http2.close();
  }

  #begin(due: DueCall, readyAt: number): void {
    const { call, loop } = due;
    const connection = `${loop} ${call.connection}`;
    const needed = (this.#needs.get(call.index) ?? []).map((index) => this.#ends.get(`${loop} ${index}`));
    // HTTP/2 has streams for this; on an HTTP/1 connection a request follows the answer before it.
    const before = call.transport === 'http2' ? undefined : this.#lastOf.get(connection);
    const after = [before, ...needed].filter((earlier) => earlier !== undefined);
    const work = this.#send(due, { after, readyAt }).finally(() => {
      this.#underWay.delete(work);
      this.#wakeEnded();
    });
    this.#underWay.add(work);
    this.#lastOf.set(connection, work);
    if (this.#needs.size > 0) this.#ends.set(`${loop} ${call.index}`, work);
    void work.then(() => {
      if (this.#lastOf.get(connection) === work) this.#lastOf.delete(connection);
    });
  }

  async #send({ call, loop, due }: DueCall, held: Held): Promise<void> {
    let { readyAt } = held;
    for (const earlier of held.after) {
      await earlier;
      readyAt = performance.now() - this.#start;
    }
    const values = this.#valuesOf(loop);
    const changed = values.apply(call);
    const sentAt = performance.now() - this.#start;
    const received = this.#signal.aborted ? { ...nothing, failure: 'stopped' } : await this.#deliver(changed);
    const latency = performance.now() - this.#start - sentAt;
    this.#capture(call, received, values);
    const isTimed = received.failure === undefined && call.transport !== 'websocket';
    const times = { due, readyAt, sentAt, ...(isTimed && { latency }) };
    this.#answered.push({ call, sent: { ...received, index: call.index, loop, ...times } });
    this.#wake();
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
