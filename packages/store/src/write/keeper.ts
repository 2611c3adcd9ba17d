/** Looks after a store while it is open: sweeps now and then, and knows whether it is well. */

import type { StoreError } from '../errors.ts';
import type { Retention } from './retention.ts';

export interface StoreState {
  /** `degraded`: reads work, and entries are not stored or not retired. */
  readonly state: 'ok' | 'degraded';
  readonly reason?: string;
}

const SWEEP_MILLIS = 30_000;

export class Keeper {
  readonly #retention: Retention;
  readonly #timer: NodeJS.Timeout;
  #sweeping: Promise<void> | undefined;
  #writeFault: StoreError | undefined;
  #sweepFault: string | undefined;

  constructor(retention: Retention) {
    this.#retention = retention;
    this.#timer = setInterval(() => void this.sweep(), SWEEP_MILLIS);
    this.#timer.unref();
    // What grew too old while nobody was there.
    void this.sweep();
  }

  get state(): StoreState {
    const reason =
      this.#writeFault === undefined ? this.#sweepFault : `${this.#writeFault.code}: ${this.#writeFault.message}`;
    return reason === undefined ? { state: 'ok' } : { state: 'degraded', reason };
  }

  /** Told of every block. A full disk is the one fault that a sweep can mend. */
  noteBlock(error: StoreError | undefined): void {
    this.#writeFault = error;
    if (error?.code === 'disk-full') void this.sweep();
  }

  /** Drops what is beyond the limits; never rejects: a fault is part of the state. */
  sweep(): Promise<void> {
    this.#sweeping ??= this.#retention
      .sweep()
      .then(() => {
        this.#sweepFault = undefined;
      })
      .catch((error: unknown) => {
        this.#sweepFault = `old entries could not be dropped: ${error instanceof Error ? error.message : String(error)}`;
      })
      .finally(() => {
        this.#sweeping = undefined;
      });
    return this.#sweeping;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#sweeping;
  }
}
