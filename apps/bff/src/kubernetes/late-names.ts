/**
 * What is known of stored entries only later. Names, of those that came before their pod or service was known: a pod's first
 * calls, or everything that came while the API server was away. And sightings that came after their call was kept: from an
 * agent that was slow. Both are corrected where they lie.
 */

import { setTimeout as setTimer } from 'node:timers';
import { setTimeout } from 'node:timers/promises';
import type { Endpoint, Entry, EntryId, Micros } from '@kubeshark/model';
import type { Condition, Store } from '@kubeshark/store';
import type { LiveBus } from '../live-bus/live-bus.ts';
import type { Naming } from './naming.ts';
import type { Told } from './sighting.ts';

export interface LateNamesOptions {
  readonly naming: Naming;
  readonly store: Pick<Store, 'findAll' | 'amend' | 'entries'>;
  readonly bus: LiveBus;
  readonly onError: (error: unknown) => void;
  /** What `recall` asks the store for: NAMELESS, compiled. */
  readonly nameless: Condition | undefined;
  /** Between two looks; shorter in tests. */
  readonly pauseMillis?: number;
  /** From a late sighting to the look for it; shorter in tests. */
  readonly sightingsMillis?: number;
  readonly now?: () => number;
  /** Told what was corrected, for the other hubs. */
  readonly onAmended?: ((ids: AmendedIds) => void) | undefined;
}

export interface AmendedIds {
  readonly amended: readonly EntryId[];
  readonly removed: readonly EntryId[];
}

/** How long an entry may wait: a slow rollout, or an API server that is restarted. After that its address is a stranger's. */
export const LATE_MILLIS = 10 * 60_000;
/** Entries that wait, a few hundred bytes each; the oldest are given up for more. */
export const MAX_LATE = 20_000;
/** Of one address: a machine outside of the cluster that talks all the time must not push out the others. */
export const MAX_LATE_OF_ADDRESS = 2_000;
/** Corrected together: the store rewrites the parts they are in, so seldom and many is cheaper. */
const MAX_ROUND = 1_000;
const PAUSE_MILLIS = 2_000;
/** A store that does not answer is not asked at each look. */
const PAUSES_AFTER_FAILURE = 5;

/** Entries without a name at an end; those whose end is outside of the cluster are among them. */
export const NAMELESS =
  'not (src.pod exists or src.service exists or src.node exists) or not (dst.pod exists or dst.service exists or dst.node exists)';
/** Whole entries read when a hub starts, newest first: a few megabytes at a time, and a second in all. */
const RECALL_PAGE = 500;
const MAX_RECALLED = 5_000;

/** Sightings come late one after the other, and another hub may have yet to store their call: they are written together. */
const SIGHTINGS_MILLIS = 5_000;
/** A call that is not stored by then never will be. */
const SIGHTINGS_KEPT_MILLIS = 30_000;
/** Calls with late sightings, a kilobyte each; an agent that is always late must not have the store rewritten all the time. */
export const MAX_LATE_SIGHTINGS = 2_000;

interface LateSightings {
  readonly sightings: readonly Told[];
  readonly since: number;
}

interface Waiting {
  readonly id: EntryId;
  readonly at: Micros;
  readonly ends: readonly Endpoint[];
  readonly since: number;
}

export class LateNames {
  readonly #options: LateNamesOptions;
  /** In the order they came. */
  readonly #waiting = new Map<EntryId, Waiting>();
  readonly #ofAddress = new Map<string, number>();
  /** By the kept entry. */
  readonly #late = new Map<EntryId, LateSightings>();
  #sightingsTimer: NodeJS.Timeout | undefined;
  #leftOut = 0;
  #completed = 0;
  #givenUp = 0;
  #isLooking = false;
  #isStale = false;
  #closed = false;

  constructor(options: LateNamesOptions) {
    this.#options = options;
    options.naming.onLate((kept, sightings) => this.#noteLate(kept, sightings));
  }

  get counts() {
    return {
      completed: this.#completed,
      nameless: this.#waiting.size,
      namesGivenUp: this.#givenUp,
      leftOut: this.#leftOut,
    };
  }

  /** Whether an end of a prepared entry may get its name later. */
  isNameless(entry: Entry): boolean {
    return this.#options.naming.namelessOf(entry).length > 0;
  }

  /** Notes which of these, stored by now, have ends without a name. */
  note(entries: readonly Entry[]): void {
    const since = this.#now();
    for (const entry of entries) {
      const ends = this.#options.naming.namelessOf(entry);
      if (ends.length === 0 || this.#waiting.has(entry.id)) continue;
      if (ends.some(({ ip }) => (this.#ofAddress.get(ip) ?? 0) >= MAX_LATE_OF_ADDRESS)) {
        this.#givenUp += 1;
        continue;
      }
      this.#waiting.set(entry.id, { id: entry.id, at: this.#options.naming.timeOf(entry), ends, since });
      for (const { ip } of ends) this.#ofAddress.set(ip, (this.#ofAddress.get(ip) ?? 0) + 1);
    }
    this.#giveUp(since);
    // What became known while they were being stored is announced no more.
    this.look();
  }

  /** After a start: what was stored before it and may still get its names. Never rejects. */
  async recall(): Promise<void> {
    const { store, nameless, onError } = this.#options;
    const since = (Date.now() - LATE_MILLIS) * 1000;
    try {
      let before: EntryId | undefined;
      for (let read = 0; read < MAX_RECALLED && !this.#closed; read += RECALL_PAGE) {
        const page = await store.entries({ where: nameless, since, before, limit: RECALL_PAGE });
        this.note(page.entries);
        if (page.next === null) return;
        before = page.next;
      }
    } catch (error) {
      onError(error);
    }
  }

  /** The cluster may know more now. Many calls at once are one look. */
  look(): void {
    this.#isStale = true;
    if (this.#isLooking || this.#closed || this.#waiting.size + this.#late.size === 0) return;
    this.#isLooking = true;
    void this.#run().finally(() => {
      this.#isLooking = false;
    });
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#sightingsTimer);
  }

  #noteLate(kept: EntryId, sightings: readonly Told[]): void {
    if (!this.#late.has(kept) && this.#late.size >= MAX_LATE_SIGHTINGS) {
      this.#leftOut += 1;
      return;
    }
    const since = this.#late.get(kept)?.since ?? this.#now();
    this.#late.set(kept, { sightings, since });
    this.#lookSoon();
  }

  #lookSoon(): void {
    this.#sightingsTimer ??= setTimer(() => {
      this.#sightingsTimer = undefined;
      this.look();
    }, this.#options.sightingsMillis ?? SIGHTINGS_MILLIS).unref();
  }

  async #run(): Promise<void> {
    while (this.#isStale && !this.#closed) {
      this.#isStale = false;
      const known = this.#known();
      const isIdle = known.length + this.#late.size === 0;
      const failed = isIdle ? false : await this.#complete(known.slice(0, MAX_ROUND)).then(() => false, this.#fail);
      if (failed || known.length > MAX_ROUND) this.#isStale = true;
      const pause = this.#options.pauseMillis ?? PAUSE_MILLIS;
      await setTimeout(failed ? pause * PAUSES_AFTER_FAILURE : pause, undefined, { ref: false });
    }
  }

  readonly #fail = (error: unknown): true => {
    if (!this.#closed) this.#options.onError(error);
    return true;
  };

  #known(): readonly Waiting[] {
    const { naming } = this.#options;
    this.#giveUp(this.#now());
    return [...this.#waiting.values()].filter(({ at, ends }) => ends.some((end) => naming.isKnown(end, at)));
  }

  async #complete(known: readonly Waiting[]): Promise<void> {
    const { naming, store, bus } = this.#options;
    const late = new Map([...this.#late].slice(0, MAX_ROUND).map(([id, { sightings }]) => [id, sightings]));
    const ids = new Set([...known.map(({ id }) => id), ...late.keys()]);
    const corrections = naming.complete(await store.findAll([...ids]), late);
    const entries = corrections.flatMap(({ after }) => after ?? []);
    const removed = corrections.filter(({ after }) => after === undefined).map(({ before }) => before.id);
    await store.amend({ entries, removed });
    bus.correct(corrections);
    this.#options.onAmended?.({ amended: entries.map(({ id }) => id), removed });
    this.#completed += corrections.filter(({ before }) => this.#waiting.has(before.id)).length;
    this.#forgetLate(corrections.map(({ before }) => before.id));
    // The other end of some may still be nobody's.
    for (const { id } of known) this.#forget(id);
    this.note(entries);
  }

  /** Those that are written, or never will be. */
  #forgetLate(written: readonly EntryId[]): void {
    for (const id of written) this.#late.delete(id);
    for (const [id, { since }] of this.#late) {
      if (this.#now() - since < SIGHTINGS_KEPT_MILLIS) continue;
      this.#late.delete(id);
      this.#leftOut += 1;
    }
    if (this.#late.size > 0) this.#lookSoon();
  }

  #giveUp(now: number): void {
    for (const { id, since } of this.#waiting.values()) {
      if (now - since < LATE_MILLIS && this.#waiting.size <= MAX_LATE) return;
      this.#forget(id);
      this.#givenUp += 1;
    }
  }

  #forget(id: EntryId): void {
    for (const { ip } of this.#waiting.get(id)?.ends ?? []) {
      const left = (this.#ofAddress.get(ip) ?? 0) - 1;
      if (left > 0) this.#ofAddress.set(ip, left);
      else this.#ofAddress.delete(ip);
    }
    this.#waiting.delete(id);
  }

  #now(): number {
    return this.#options.now?.() ?? performance.now();
  }
}
