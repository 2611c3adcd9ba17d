/** Takes batches in: to the live bus at once, to the store until it has them. */

import { setImmediate, setTimeout } from 'node:timers/promises';
import type { IngestHealth } from '@kubeshark/contract';
import type { Entry, EntryId } from '@kubeshark/model';
import { type InsertReport, type Store, StoreError } from '@kubeshark/store';
import type { LateNames } from '../kubernetes/late-names.ts';
import type { Naming } from '../kubernetes/naming.ts';
import type { LiveBus } from '../live-bus/live-bus.ts';
import { asTheyAre, named, type Source } from '../live-bus/source.ts';
import { TlsByWorkload } from './tls-by-workload.ts';

/** Waits between tries of a batch the store turns away; it is tried for as long as the sender stays. */
const RETRY_MILLIS = [100, 250, 500, 1_000, 2_000, 5_000] as const;

/** Entries handled in one turn of the event loop: a few milliseconds with fifty live clients. */
const SLICE = 100;

/** Told of every entry once, when it comes in: metrics and alerts. */
export type EntryObserver = (entries: readonly Entry[]) => void;

export interface IngestOptions {
  readonly store: Store;
  readonly bus: LiveBus;
  /** Gives entries the cluster's names; absent outside of one. */
  readonly naming?: Naming | undefined;
  /** Hears of what is stored, to name what could not be named before. */
  readonly late?: LateNames | undefined;
}

interface Accepted {
  readonly entries: readonly Entry[];
  readonly source: Source;
}

interface Insertion {
  readonly insert: Promise<InsertReport>;
  readonly again: () => Promise<InsertReport>;
  readonly ids: readonly EntryId[];
  /** Those whose ends may get their names later. */
  readonly nameless: readonly Entry[];
  readonly signal: AbortSignal;
}

export class Ingest {
  readonly #store: Store;
  readonly #bus: LiveBus;
  readonly #naming: Naming | undefined;
  readonly #late: LateNames | undefined;
  readonly #observers = new Set<EntryObserver>();
  readonly #tls = new TlsByWorkload();
  readonly #keepers = new Set<() => Promise<void>>();
  readonly #refused = new Map<string, number>();
  /** Ends when the batches before have been passed on. */
  #accepting: Promise<void> = Promise.resolve();
  #received = 0;
  #stored = 0;
  #duplicates = 0;
  #notShownLive = 0;

  constructor({ store, bus, naming, late }: IngestOptions) {
    this.#late = late;
    this.#naming = naming;
    this.#store = store;
    this.#bus = bus;
  }

  observe(observer: EntryObserver): void {
    this.#observers.add(observer);
  }

  /** Waits for `keeper` before a batch counts as taken: whoever sent it may forget it after that. It must not reject. */
  keep(keeper: () => Promise<void>): void {
    this.#keepers.add(keeper);
  }

  get health(): IngestHealth {
    return {
      received: this.#received,
      stored: this.#stored,
      duplicates: this.#duplicates,
      joined: this.#naming?.joined ?? 0,
      unjoined: this.#naming?.unjoined ?? 0,
      ...(this.#late?.counts ?? { completed: 0, nameless: 0, namesGivenUp: 0, leftOut: 0 }),
      refused: Object.fromEntries(this.#refused),
      notShownLive: this.#notShownLive,
      tls: this.#tls.list(),
    };
  }

  refuse(reason: string, count = 1): void {
    this.#refused.set(reason, (this.#refused.get(reason) ?? 0) + count);
  }

  /** Counts entries of other hubs that the live streams of this one left out. */
  noteNotShownLive(count: number): void {
    this.#notShownLive += count;
  }

  /** Resolves when the batches taken so far have been passed on. */
  get turn(): Promise<void> {
    return this.#accepting;
  }

  /**
   * Resolves when the store has the entries; false when `signal` ended the waiting first. Holds the source and not the
   * entries until then.
   */
  take(entries: readonly Entry[], signal: AbortSignal, source: Source = asTheyAre(entries)): Promise<boolean> {
    this.#received += entries.length;
    return this.#finish(this.#pass(entries, signal, source));
  }

  async #finish(passed: Promise<readonly Promise<boolean>[]>): Promise<boolean> {
    const stored = await Promise.all(await passed);
    await Promise.all([...this.#keepers].map((keeper) => keeper()));
    return stored.every(Boolean);
  }

  /** Resolves when all who are told of entries have been told. */
  async #pass(entries: readonly Entry[], signal: AbortSignal, source: Source): Promise<readonly Promise<boolean>[]> {
    // Outside of the line: a call waits for its other sighting, which is in a batch that comes after.
    const prepared = this.#naming === undefined ? entries : await this.#naming.prepare(entries);
    const batch = { entries: prepared, source: named(source, entries, prepared) };
    const accepted = this.#accepting.then(() => this.#accept(batch, signal));
    this.#accepting = accepted.then(
      () => undefined,
      () => undefined,
    );
    return accepted;
  }

  /** Slice by slice, so that queries and live streams get their turn; batches of all agents in the order they came. */
  async #accept({ entries, source }: Accepted, signal: AbortSignal): Promise<readonly Promise<boolean>[]> {
    const stored: Promise<boolean>[] = [];
    for (let first = 0; first < entries.length; first += SLICE) {
      if (first > 0) await setImmediate();
      const slice = entries.slice(first, first + SLICE);
      this.#bus.publish(slice, 'agent', { source, first });
      this.#tls.note(slice);
      for (const observer of this.#observers) observer(slice);
      const insert = this.#settle({
        insert: this.#store.insert(slice),
        again: () => this.#store.insert(source.entries().slice(first, first + SLICE)),
        ids: slice.map(({ id }) => id),
        nameless: this.#late === undefined ? [] : slice.filter((entry) => this.#late?.isNameless(entry)),
        signal,
      });
      // It is awaited after the last slice; a failure until then must not count as nobody's.
      insert.catch(() => undefined);
      stored.push(insert);
    }
    return stored;
  }

  /** Waits until the store has a slice. Of its entries nothing is held meanwhile: they are read again for the next try. */
  async #settle({ insert, again, ids, nameless, signal }: Insertion): Promise<boolean> {
    let tried = insert;
    for (let attempt = 0; ; attempt++) {
      try {
        const report = await tried;
        this.#bus.stored(ids);
        this.#stored += report.stored;
        this.#duplicates += report.duplicates;
        for (const { reason } of report.refused) this.refuse(reason);
        if (nameless.length > 0) this.#late?.note(nameless);
        return true;
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        if (error.code === 'closed') return false;
        const pause = RETRY_MILLIS[Math.min(attempt, RETRY_MILLIS.length - 1)];
        await setTimeout(pause, undefined, { signal }).catch(() => undefined);
      }
      if (signal.aborted) return false;
      tried = again();
    }
  }
}
