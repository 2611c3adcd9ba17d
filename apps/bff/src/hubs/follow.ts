/** What other hubs on the same database take in, for this hub's live streams. */

import { setTimeout } from 'node:timers/promises';
import type { Tail } from '@kubeshark/store';
import type { LiveBus } from '../live-bus/live-bus.ts';

/** The store gathers blocks for a quarter second; asking much more often finds nothing new. */
const EVERY_MILLIS = 500;
/** A store that fails is asked less often. */
const AFTER_FAILURE_MILLIS = 5_000;

export interface FollowOptions {
  readonly tail: Tail;
  readonly bus: LiveBus;
  /** Told of entries that there were too many of to read. */
  readonly onSkipped: (count: number) => void;
  readonly onError: (error: unknown) => void;
  readonly signal: AbortSignal;
  readonly everyMillis?: number;
}

/** Publishes what others store until `signal` is aborted. */
export async function follow({
  tail,
  bus,
  onSkipped,
  onError,
  signal,
  everyMillis = EVERY_MILLIS,
}: FollowOptions): Promise<void> {
  while (!signal.aborted) {
    let pause = everyMillis;
    try {
      const { entries, skipped } = await tail.read({ signal });
      if (!signal.aborted) bus.publish(entries, 'store');
      if (skipped > 0) onSkipped(skipped);
    } catch (error) {
      if (!signal.aborted) onError(error);
      pause = Math.max(pause, AFTER_FAILURE_MILLIS);
    }
    await setTimeout(pause, undefined, { signal }).catch(() => undefined);
  }
}
