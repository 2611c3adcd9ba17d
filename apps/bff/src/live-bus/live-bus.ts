/**
 * What the hub took in lately, in order of arrival: live streams read it, resume from it, and the inspector finds an
 * entry here before the store has written it.
 */

import { randomBytes } from 'node:crypto';
import { type Entry, type EntryId, rowOf } from '@kubeshark/model';
import { asTheyAre, type Source } from './source.ts';

/** A reconnect within a few seconds at 2,000 entries a second still resumes without a gap. */
const MAX_ITEMS = 10_000;
/** What all kept ones may take together when they are looked at again. */
const MAX_BYTES = 64 * 1024 * 1024;

/** An entry as it is passed on: whole, for as long as somebody holds it. */
export class LiveItem {
  readonly sequence: number;
  readonly entry: Entry;
  /** It turned out to be another's second sighting. */
  readonly isRemoved: boolean;
  #row: string | undefined;

  constructor(sequence: number, entry: Entry, isRemoved = false) {
    this.sequence = sequence;
    this.entry = entry;
    this.isRemoved = isRemoved;
  }

  /** The row as JSON, made once for all clients. */
  get row(): string {
    this.#row ??= JSON.stringify(rowOf(this.entry));
    return this.#row;
  }
}

/** What is kept of it: ten thousand of these are there at any time, so each is small. */
interface Remembered {
  readonly id: EntryId;
  readonly source: Source;
  /** Its place among the entries of the source. */
  readonly at: number;
  /** A page read from the store from now on has it. */
  isStored: boolean;
  isRemoved: boolean;
  /** The same call, with what is known of it now. */
  amended: Entry | undefined;
}

export type LiveListener = (items: readonly LiveItem[]) => void;

/** A call that is known better now; one without an `after` turned out to be no call of its own. */
export interface Correction {
  readonly before: Entry;
  readonly after: Entry | undefined;
}
/** `by` tells which hub corrected it: what only one of them should do is done by that one. */
export type CorrectionListener = (corrections: readonly Correction[], by: 'this hub' | 'another') => void;

export interface LiveBusLimits {
  readonly maxItems?: number;
  readonly maxBytes?: number;
}

const shareOf = ({ bytes, count }: Source): number => bytes / Math.max(1, count);

export class LiveBus {
  /** Sequences of different runs of the hub never mix. */
  readonly epoch = BigInt(`0x${randomBytes(8).toString('hex')}`).toString(36);
  readonly #maxItems: number;
  readonly #maxBytes: number;
  /** Invariant: sequences rise by one from item to item. */
  #items: Remembered[] = [];
  /** Items before this index are evicted; the array is cut when half of it is. */
  #first = 0;
  #bytes = 0;
  #sequence = 0;
  readonly #byId = new Map<EntryId, Remembered>();
  readonly #listeners = new Set<LiveListener>();
  readonly #correctionListeners = new Set<CorrectionListener>();

  constructor({ maxItems = MAX_ITEMS, maxBytes = MAX_BYTES }: LiveBusLimits = {}) {
    this.#maxItems = maxItems;
    this.#maxBytes = maxBytes;
  }

  /** Sequence of the newest entry; 0 before the first. */
  get sequence(): number {
    return this.#sequence;
  }

  /**
   * Passes on what is new; an entry that is still remembered (another hub's, or sent again) is not new. `from` says whether
   * the store has the entries already, or gets them now and `stored` will tell when it has.
   */
  publish(
    entries: readonly Entry[],
    from: 'agent' | 'store' = 'agent',
    { source, first }: { readonly source: Source; readonly first: number } = { source: asTheyAre(entries), first: 0 },
  ): void {
    const items: LiveItem[] = [];
    for (const [index, entry] of entries.entries()) {
      const { id } = entry;
      if (this.#byId.has(id)) continue;
      this.#sequence += 1;
      if (this.#listeners.size > 0) items.push(new LiveItem(this.#sequence, entry));
      const isStored = from === 'store';
      const kept = { id, source, at: first + index, isStored, isRemoved: false, amended: undefined };
      this.#items.push(kept);
      this.#byId.set(id, kept);
      this.#bytes += shareOf(source);
    }
    if (items.length > 0) for (const listener of this.#listeners) listener(items);
    this.#evict();
  }

  /** Everything after `sequence`, oldest first; undefined when some of it is forgotten or has not happened yet. */
  after(sequence: number): readonly LiveItem[] | undefined {
    const kept = this.#items.length - this.#first;
    const missing = this.#sequence - sequence;
    if (missing < 0 || missing > kept) return undefined;
    return this.#lookAgain(this.#items.length - missing, () => true);
  }

  /** The store has these now. */
  stored(ids: readonly EntryId[]): void {
    for (const id of ids) {
      const item = this.#byId.get(id);
      if (item !== undefined) item.isStored = true;
    }
  }

  /** Corrects what was passed on, remembered or not. What is removed is found no longer, and resumed streams leave it out. */
  correct(corrections: readonly Correction[], by: 'this hub' | 'another' = 'this hub'): void {
    for (const { before, after } of corrections) {
      const item = this.#byId.get(before.id);
      if (item === undefined) continue;
      if (after === undefined) item.isRemoved = true;
      else item.amended = after;
    }
    for (const listener of this.#correctionListeners) listener(corrections, by);
  }

  /** What no page of the store shows yet, as far as it is remembered; oldest first. */
  unstored(): readonly LiveItem[] {
    return this.#lookAgain(this.#first, ({ isStored, isRemoved }) => !isStored && !isRemoved);
  }

  find(id: EntryId): Entry | undefined {
    const item = this.#byId.get(id);
    return item?.isRemoved === false ? (item.amended ?? item.source.entries()[item.at]) : undefined;
  }

  /** Calls `listener` with each batch from now on; the answer ends it. */
  subscribe(listener: LiveListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Calls `listener` with what `correct` is given from now on; the answer ends it. */
  onCorrection(listener: CorrectionListener): () => void {
    this.#correctionListeners.add(listener);
    return () => this.#correctionListeners.delete(listener);
  }

  /** Those that `holds` for, from an index on; each batch is unpacked once. */
  #lookAgain(from: number, holds: (item: Remembered) => boolean): readonly LiveItem[] {
    const unpacked = new Map<Source, readonly Entry[]>();
    const items: LiveItem[] = [];
    for (let index = from; index < this.#items.length; index++) {
      const item = this.#items[index]!;
      if (!holds(item)) continue;
      const { source, at, amended, isRemoved } = item;
      const entries = unpacked.get(source) ?? source.entries();
      unpacked.set(source, entries);
      items.push(new LiveItem(this.#sequence - this.#items.length + 1 + index, amended ?? entries[at]!, isRemoved));
    }
    return items;
  }

  #evict(): void {
    while (this.#first < this.#items.length) {
      const kept = this.#items.length - this.#first;
      if (kept <= this.#maxItems && this.#bytes <= this.#maxBytes) break;
      const { id, source } = this.#items[this.#first]!;
      this.#byId.delete(id);
      this.#bytes -= shareOf(source);
      this.#first += 1;
    }
    if (this.#first > this.#items.length / 2) {
      this.#items = this.#items.slice(this.#first);
      this.#first = 0;
    }
  }
}

/** Calls that those of whom this `matches` says it hear of only now. */
export const newlyMatching = (
  corrections: readonly Correction[],
  matches: (entry: Entry) => boolean,
): readonly Entry[] =>
  corrections.flatMap(({ before, after }) => (after !== undefined && matches(after) && !matches(before) ? after : []));
