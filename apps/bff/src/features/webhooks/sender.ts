/** One webhook's messages on their way: a rate limit, a bounded queue, tries with growing pauses. */

import { setTimeout } from 'node:timers/promises';
import type { Webhook, WebhookState } from '@kubeshark/contract';
import { type Entry, rowOf } from '@kubeshark/model';
import { type Correction, newlyMatching } from '../../live-bus/live-bus.ts';
import { fill } from './message.ts';

/** What waits for an address that does not answer; older news is no use. */
const MAX_QUEUED = 100;
const TRY_AFTER_MILLIS = [0, 1_000, 5_000, 30_000] as const;
const ANSWER_MILLIS = 10_000;
const MINUTE = 60_000;

export interface SenderOptions {
  readonly webhook: Webhook;
  readonly matches: (entry: Entry) => boolean;
  /** Why it cannot work; shown as its last error. */
  readonly fault?: string;
  readonly now?: () => number;
  readonly tryAfterMillis?: readonly number[];
}

export class Sender {
  readonly webhook: Webhook;
  readonly #matches: (entry: Entry) => boolean;
  readonly #now: () => number;
  readonly #tryAfter: readonly number[];
  readonly #stopped = new AbortController();
  readonly #queue: object[] = [];
  readonly #counts = { delivered: 0, failed: 0, suppressed: 0 };
  #lastError: string | undefined;
  #allowance: number;
  #refilledAt: number;
  /** Suppressed since the last message that was let through. */
  #unsaid = 0;
  #working: Promise<void> | undefined;

  constructor({ webhook, matches, fault, now = Date.now, tryAfterMillis = TRY_AFTER_MILLIS }: SenderOptions) {
    this.#lastError = fault;
    this.webhook = webhook;
    this.#matches = matches;
    this.#now = now;
    this.#tryAfter = tryAfterMillis;
    this.#allowance = webhook.perMinute;
    this.#refilledAt = now();
  }

  get state(): WebhookState {
    return { ...this.#counts, ...(this.#lastError !== undefined && { lastError: this.#lastError }) };
  }

  offer(entries: readonly Entry[]): void {
    if (!this.webhook.enabled) return;
    for (const entry of entries) if (this.#matches(entry)) this.#enqueue(entry);
  }

  /** Tells of what matches only now that it is known better, and was not told of before. */
  correct(corrections: readonly Correction[]): void {
    this.offer(newlyMatching(corrections, this.#matches));
  }

  /** Resolves when nothing is left to send. */
  async settle(): Promise<void> {
    await this.#working;
  }

  stop(): void {
    this.#stopped.abort();
  }

  #enqueue(entry: Entry): void {
    this.#refill();
    if (this.#allowance < 1 || this.#queue.length >= MAX_QUEUED) {
      this.#counts.suppressed += 1;
      this.#unsaid += 1;
      return;
    }
    this.#allowance -= 1;
    const more = this.#unsaid > 0 ? ` (and ${this.#unsaid} more since the last message)` : '';
    this.#unsaid = 0;
    const text = fill(this.webhook.message, entry) + more;
    this.#queue.push({ text, webhook: this.webhook.name, entry: rowOf(entry) });
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
    });
  }

  #refill(): void {
    const now = this.#now();
    const { perMinute } = this.webhook;
    this.#allowance = Math.min(perMinute, this.#allowance + ((now - this.#refilledAt) / MINUTE) * perMinute);
    this.#refilledAt = now;
  }

  async #work(): Promise<void> {
    for (let message = this.#queue.shift(); message !== undefined; message = this.#queue.shift()) {
      const delivered = await this.#deliver(JSON.stringify(message));
      this.#counts[delivered ? 'delivered' : 'failed'] += 1;
    }
  }

  async #deliver(body: string): Promise<boolean> {
    for (const pause of this.#tryAfter) {
      if (pause > 0) await setTimeout(pause, undefined, { signal: this.#stopped.signal }).catch(() => undefined);
      if (this.#stopped.signal.aborted) return false;
      const outcome = await this.#post(body);
      if (outcome === 'taken') return true;
      if (outcome === 'refused') return false;
    }
    return false;
  }

  async #post(body: string): Promise<'taken' | 'refused' | 'later'> {
    try {
      const answer = await fetch(this.webhook.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
        // An address that leads elsewhere could lead to what only the hub can reach.
        redirect: 'error',
        signal: AbortSignal.any([this.#stopped.signal, AbortSignal.timeout(ANSWER_MILLIS)]),
      });
      await answer.body?.cancel();
      if (answer.ok) return 'taken';
      this.#lastError = `HTTP ${answer.status}`;
      return answer.status === 429 || answer.status >= 500 ? 'later' : 'refused';
    } catch (error) {
      const { cause, message } = error as Error;
      this.#lastError = cause instanceof Error ? cause.message : message;
      return 'later';
    }
  }
}
