/** Requests by the subject of their reply, oldest first, within limits. */

import type { Micros } from '@kubeshark/model';
import type { SessionContext } from '../../dissect/dissector.ts';
import type { Half } from './halves.ts';
import type { Subscriptions } from './subscriptions.ts';
import { matches } from './words.ts';

/** A reply later than this is shown without its request; pull requests wait for half of it by default. */
export const REPLY_TIMEOUT_MICROS = 60_000_000;

export class Requests {
  readonly #context: SessionContext;
  /** Takes what leaves without a reply, and why there is none. */
  readonly #giveUp: (half: Half, missing: string | undefined) => void;
  readonly #awaiting = new Map<string, Half>();
  /** No request is too old before; the oldest decides. */
  #expiresAt = 0;

  constructor(context: SessionContext, giveUp: (half: Half, missing: string | undefined) => void) {
    this.#context = context;
    this.#giveUp = giveUp;
  }

  get size(): number {
    return this.#awaiting.size;
  }

  add(replyTo: string, half: Half): void {
    const before = this.#awaiting.get(replyTo);
    if (before !== undefined) this.#drop(replyTo, before, undefined);
    if (this.#awaiting.size >= this.#context.limits.maxPending) {
      const [oldest] = this.#awaiting;
      this.#context.anomaly('too many requests wait for a reply');
      if (oldest !== undefined) this.#drop(...oldest, undefined);
    }
    if (this.#awaiting.size === 0) this.#expiresAt = half.start + REPLY_TIMEOUT_MICROS;
    this.#awaiting.set(replyTo, half);
  }

  has(half: Half): boolean {
    return half.replyTo !== undefined && this.#awaiting.get(half.replyTo) === half;
  }

  /** It has been refused. */
  end({ replyTo = '' }: Half): void {
    this.#awaiting.delete(replyTo);
  }

  /** The request a message replies to, which then waits no more. */
  repliedBy(half: Half, subscriptions: Subscriptions): Half | undefined {
    const request = this.#awaiting.get(half.subject);
    if (request !== undefined) {
      this.#awaiting.delete(half.subject);
      return request;
    }
    // A message of a stream keeps its subject: that it came over the inbox of a pull request, its subscription tells.
    const pattern = subscriptions.of(half.sid);
    if (pattern === undefined || matches(pattern, half.subject)) return undefined;
    for (const [replyTo, pull] of this.#awaiting) {
      if (!matches(pattern, replyTo)) continue;
      this.#awaiting.delete(replyTo);
      return pull;
    }
    return undefined;
  }

  expire(now: Micros): void {
    if (this.#awaiting.size === 0 || now < this.#expiresAt) return;
    for (const [replyTo, half] of this.#awaiting) {
      this.#expiresAt = half.start + REPLY_TIMEOUT_MICROS;
      if (now < this.#expiresAt) return;
      this.#drop(replyTo, half, 'no reply');
    }
  }

  /** All of them leave. */
  flush(missing: string | undefined): void {
    for (const [replyTo, half] of this.#awaiting) this.#drop(replyTo, half, missing);
  }

  /** What was borrowed of the chunk goes away. */
  keep(): void {
    for (const half of this.#awaiting.values()) half.keep();
  }

  #drop(replyTo: string, half: Half, missing: string | undefined): void {
    this.#awaiting.delete(replyTo);
    this.#giveUp(half, missing);
  }
}
