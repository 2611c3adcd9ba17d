/** What hubs on one database tell each other as it happens. */

import { setTimeout } from 'node:timers/promises';
import type { SharedNotices } from '@kubeshark/store';

export interface Heard {
  /** What JSON made of it; anything, since another release may have told it. */
  readonly text: unknown;
  /** Told by this hub itself. */
  readonly isOwn: boolean;
  /** Microseconds by the database's clock. */
  readonly at: number;
}

export interface NoticesOptions {
  readonly shared: SharedNotices;
  readonly hub: string;
  readonly onError: (error: unknown) => void;
}

/** Of the past, what a hub needs to know which calls of agents that come over from another one are joined already. */
const PAST_MICROS = 30_000_000;
/** Between two looks while somebody waits, and while nobody does. */
const BUSY_MILLIS = 200;
const IDLE_MILLIS = 1_000;
/** For so long after the last word somebody waits. */
const BUSY_AFTER_MILLIS = 3_000;
/** A database that fails is asked less often. */
const AFTER_FAILURE_MILLIS = 2_000;

export class Notices {
  readonly #options: NoticesOptions;
  readonly #listeners = new Map<string, (heard: Heard) => void>();
  #passed: ((until: number) => void) | undefined;
  #spokenAt = Number.NEGATIVE_INFINITY;
  #wake = new AbortController();

  constructor(options: NoticesOptions) {
    this.#options = options;
  }

  /** Who hears of a kind, before `run`. */
  on(kind: string, listener: (heard: Heard) => void): void {
    this.#listeners.set(kind, listener);
  }

  /** Told the time up to which everything has been heard. */
  onPassed(listener: (until: number) => void): void {
    this.#passed = listener;
  }

  /** Rejects when it cannot be told now. */
  async tell(kind: string, texts: readonly string[]): Promise<void> {
    await this.#options.shared.tell(kind, texts);
    const wasIdle = !this.#isBusy;
    this.#spokenAt = performance.now();
    if (wasIdle) this.#wake.abort();
  }

  /** Hears until `signal` is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const { shared, hub, onError } = this.#options;
    const listener = shared.listen(PAST_MICROS);
    while (!signal.aborted) {
      let pause = this.#isBusy ? BUSY_MILLIS : IDLE_MILLIS;
      try {
        const { notices, until } = await listener.hear();
        for (const { kind, text, hub: by, at } of notices)
          this.#listeners.get(kind)?.({ text: parsed(text), isOwn: by === hub, at });
        this.#passed?.(until);
      } catch (error) {
        if (!signal.aborted) onError(error);
        pause = AFTER_FAILURE_MILLIS;
      }
      this.#wake = new AbortController();
      await setTimeout(pause, undefined, { signal: AbortSignal.any([signal, this.#wake.signal]) }).catch(
        () => undefined,
      );
    }
  }

  get #isBusy(): boolean {
    return performance.now() - this.#spokenAt < BUSY_AFTER_MILLIS;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // No notice of ours.
    return undefined;
  }
}
