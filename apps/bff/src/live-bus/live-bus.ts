/**
 * What the hub took in lately, in order of arrival: live streams read it, resume from it, and the inspector finds an
 * entry here before the store has written it.
 */

import { randomBytes } from 'node:crypto';
import { type Entry, type EntryId, rowOf } from '@kubeshark/model';

/** A reconnect within a few seconds at 2,000 entries a second still resumes without a gap. */
const MAX_ITEMS = 10_000;
/** Entries carry their bodies; this is what all kept ones may take together, by estimate. */
const MAX_BYTES = 64 * 1024 * 1024;
/** Objects, names and headers of an entry without its bodies: measured 2 to 4 kB. */
const ENTRY_OVERHEAD_BYTES = 3_000;

export class LiveItem {
  readonly sequence: number;
  #entry: Entry;
  /** A page read from the store from now on has it. */
  isStored: boolean;
  /** It turned out to be another's second sighting. */
  isRemoved = false;
  #row: string | undefined;

  constructor(sequence: number, entry: Entry, isStored: boolean) {
    this.sequence = sequence;
    this.#entry = entry;
    this.isStored = isStored;
  }

  get entry(): Entry {
    return this.#entry;
  }

  /** The same call, with what is known of it now. */
  amend(entry: Entry): void {
    this.#entry = entry;
    this.#row = undefined;
  }

  /** The row as JSON, made once for all clients. */
  get row(): string {
    this.#row ??= JSON.stringify(rowOf(this.entry));
    return this.#row;
  }
}

export type LiveListener = (items: readonly LiveItem[]) => void;

/** A call that is known better now; one without an `after` turned out to be no call of its own. */
export interface Correction {
  readonly before: Entry;
  readonly after: Entry | undefined;
}
export type CorrectionListener = (corrections: readonly Correction[]) => void;

export interface LiveBusLimits {
  readonly maxItems?: number;
  readonly maxBytes?: number;
}

function keptBytes({ request, response }: Entry): number {
  const body = (half: Entry['request'] | Entry['response']) =>
    (half?.body?.text?.length ?? 0) + (half?.body?.base64?.length ?? 0);
  return ENTRY_OVERHEAD_BYTES + body(request) + body(response);
}

export class LiveBus {
  /** Sequences of different runs of the hub never mix. */
  readonly epoch = BigInt(`0x${randomBytes(8).toString('hex')}`).toString(36);
  readonly #maxItems: number;
  readonly #maxBytes: number;
  /** Invariant: sequences rise by one from item to item. */
  #items: LiveItem[] = [];
  /** Items before this index are evicted; the array is cut when half of it is. */
  #first = 0;
  #bytes = 0;
  #sequence = 0;
  readonly #byId = new Map<EntryId, LiveItem>();
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
  publish(entries: readonly Entry[], from: 'agent' | 'store' = 'agent'): void {
    const items: LiveItem[] = [];
    for (const entry of entries) {
      if (this.#byId.has(entry.id)) continue;
      this.#sequence += 1;
      const item = new LiveItem(this.#sequence, entry, from === 'store');
      items.push(item);
      this.#items.push(item);
      this.#byId.set(entry.id, item);
      this.#bytes += keptBytes(entry);
    }
    if (items.length === 0) return;
    for (const listener of this.#listeners) listener(items);
    this.#evict();
  }

  /** Everything after `sequence`, oldest first; undefined when some of it is forgotten or has not happened yet. */
  after(sequence: number): readonly LiveItem[] | undefined {
    const kept = this.#items.length - this.#first;
    const missing = this.#sequence - sequence;
    if (missing < 0 || missing > kept) return undefined;
    return missing === 0 ? [] : this.#items.slice(-missing);
  }

  /** The store has these now. */
  stored(entries: readonly Entry[]): void {
    for (const { id } of entries) {
      const item = this.#byId.get(id);
      if (item !== undefined) item.isStored = true;
    }
  }

  /** Corrects what was passed on, remembered or not. What is removed is found no longer, and resumed streams leave it out. */
  correct(corrections: readonly Correction[]): void {
    for (const { before, after } of corrections) {
      const item = this.#byId.get(before.id);
      if (after !== undefined) item?.amend(after);
      else if (item !== undefined) item.isRemoved = true;
    }
    for (const listener of this.#correctionListeners) listener(corrections);
  }

  /** What no page of the store shows yet, as far as it is remembered; oldest first. */
  unstored(): readonly LiveItem[] {
    return this.#items.slice(this.#first).filter(({ isStored, isRemoved }) => !isStored && !isRemoved);
  }

  find(id: EntryId): Entry | undefined {
    const item = this.#byId.get(id);
    return item?.isRemoved === false ? item.entry : undefined;
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

  #evict(): void {
    while (this.#first < this.#items.length) {
      const kept = this.#items.length - this.#first;
      if (kept <= this.#maxItems && this.#bytes <= this.#maxBytes) break;
      const { entry } = this.#items[this.#first]!;
      this.#byId.delete(entry.id);
      this.#bytes -= keptBytes(entry);
      this.#first += 1;
    }
    if (this.#first > this.#items.length / 2) {
      this.#items = this.#items.slice(this.#first);
      this.#first = 0;
    }
  }
}
