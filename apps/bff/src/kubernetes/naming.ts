/** Gives entries the cluster's names before they are stored, and makes one of a call that was seen at several places. */

import { setTimeout } from 'node:timers/promises';
import type { Endpoint, Entry, EntryId, Micros } from '@kubeshark/model';
import type { Correction } from '../live-bus/live-bus.ts';
import type { ClusterNames, Named } from './cluster-names.ts';
import { mergedOf, type Sighting, type Told } from './sighting.ts';
import type { SightingLog } from './sighting-log.ts';
import { joinNow, Vantages } from './vantages.ts';

export interface NamingOptions {
  readonly names: ClusterNames;
  /** Resolves when the cluster is known. */
  readonly settled: Promise<void>;
  /** How long calls wait for their other sightings; shorter in tests. */
  readonly holdMillis?: number;
  /** Where the hubs on one database tell each other what they saw; absent where there is one hub. */
  readonly log?: SightingLog | undefined;
  /** How far a node's clock is ahead of the hub's, in microseconds. */
  readonly clockAhead?: (node: string) => Micros;
}

/** Told of a sighting that came after its call's entry was kept: what all of them tell. */
export type LateListener = (kept: EntryId, sightings: readonly Told[]) => void;

/** An API server that is away for longer must not keep entries from being seen. */
const SETTLE_MILLIS = 30_000;
/** A pod's first calls come before the API has told its address; most of the time it has within a second. */
const LATE_TRIES = 4;
const LATE_MILLIS = 500;
/** An address that nobody knew is a machine outside: calls with it wait no more, until the cluster may have changed. */
const STRANGER_MILLIS = 60_000;
const MAX_STRANGERS = 10_000;

/** Addresses pods can have: RFC 1918, RFC 6598 and RFC 4193. */
const privateAddress = /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|f[cd])/i;

const isNameless = ({ ip, pod, service, node }: Endpoint): boolean =>
  pod === undefined && service === undefined && node === undefined && privateAddress.test(ip);

export class Naming {
  readonly #names: ClusterNames;
  readonly #ready: Promise<unknown>;
  #isReady = false;
  readonly #vantages: Vantages;
  readonly #clockAhead: (node: string) => Micros;
  #onLate: LateListener | undefined;
  readonly #strangers = new Map<string, number>();

  constructor({ names, settled, holdMillis, log, clockAhead = () => 0 }: NamingOptions) {
    this.#names = names;
    this.#clockAhead = clockAhead;
    const { nameOf, timeOf } = this;
    const onLate: LateListener = (kept, sightings) => this.#onLate?.(kept, sightings);
    this.#vantages = new Vantages({ log, holdMillis, nameOf, timeOf, onLate });
    this.#ready = Promise.race([settled, setTimeout(SETTLE_MILLIS, undefined, { ref: false })]).then(() => {
      this.#isReady = true;
    });
  }

  /** Sightings that were joined with another's entry. */
  get joined(): number {
    return this.#vantages.joined;
  }

  /** Sightings that were not joined because the database did not answer. */
  get unjoined(): number {
    return this.#vantages.alone;
  }

  /** The entries to store: named, and without those that are another's second sighting. */
  async prepare(entries: readonly Entry[]): Promise<readonly Entry[]> {
    if (!this.#isReady) await this.#ready;
    let sightings = entries.map((entry) => this.#name(entry));
    for (let tried = 0; tried < LATE_TRIES && sightings.some((each) => this.#mayBeLate(each)); tried++) {
      await setTimeout(LATE_MILLIS);
      sightings = sightings.map((each) => (this.#mayBeLate(each) ? this.#name(each.entry) : each));
    }
    for (const sighting of sightings) this.#noteStrangers(sighting);
    return this.#vantages.join(sightings);
  }

  onLate(listener: LateListener): void {
    this.#onLate = listener;
  }

  /** Ends of a prepared entry whose address the cluster may have yet to tell. */
  namelessOf({ src, dst }: Entry): readonly Endpoint[] {
    return [src, dst].filter(isNameless);
  }

  /** Whether an end that had no name then has one now. */
  isKnown(end: Endpoint, at: Micros): boolean {
    return this.#names.name(end, at).is !== 'unknown';
  }

  /**
   * The same for entries that were stored without names: those that have names now, and what is left of those joined. `late`
   * has what was told of stored calls after they were kept.
   */
  complete(entries: readonly Entry[], late: ReadonlyMap<EntryId, readonly Told[]> = new Map()): readonly Correction[] {
    const sightings = entries.map((entry): Sighting => {
      const at = this.timeOf(entry);
      const src = this.#known(entry.src, at);
      const dst = this.#known(entry.dst, at);
      return { entry: { ...entry, src: src.end, dst: dst.end }, src: src.is, dst: dst.is };
    });
    // Among themselves: the calls they might be joined with beside these were told apart when they came.
    const joined = new Map(joinNow(sightings, this).map((entry) => [entry.id, entry]));
    return entries.map((before) => {
      const after = joined.get(before.id);
      return { before, after: after && mergedOf(after, late.get(before.id) ?? [], this.nameOf) };
    });
  }

  /** What has a name keeps it: who had the address may be forgotten by now. */
  #known(end: Endpoint, at: Micros): Named {
    if (end.pod !== undefined) return { end, is: 'pod' };
    if (end.service !== undefined) return { end, is: 'service' };
    return this.#names.name(end, at);
  }

  /** When a call took place by the hub's clock: who had an address then, and which sightings are of one call. */
  readonly timeOf = ({ timestamp, node }: Pick<Entry, 'timestamp' | 'node'>): Micros =>
    timestamp - this.#clockAhead(node);

  readonly nameOf = (end: Endpoint, at: Micros): Endpoint => this.#names.name(end, at).end;

  #name(entry: Entry): Sighting {
    const at = this.timeOf(entry);
    const src = this.#names.name(entry.src, at);
    const dst = this.#names.name(entry.dst, at);
    return { entry: { ...entry, src: src.end, dst: dst.end }, src: src.is, dst: dst.is };
  }

  #mayBeLate({ entry, src, dst }: Sighting): boolean {
    return this.#isNew(entry.src.ip, src) || this.#isNew(entry.dst.ip, dst);
  }

  #isNew(ip: string, is: Named['is']): boolean {
    if (is !== 'unknown' || !privateAddress.test(ip)) return false;
    const since = this.#strangers.get(ip);
    return since === undefined || performance.now() - since > STRANGER_MILLIS;
  }

  #noteStrangers({ entry, src, dst }: Sighting): void {
    for (const [{ ip }, is] of [
      [entry.src, src],
      [entry.dst, dst],
    ] as const) {
      if (!this.#isNew(ip, is)) continue;
      if (this.#strangers.size >= MAX_STRANGERS) this.#strangers.clear();
      this.#strangers.set(ip, performance.now());
    }
  }
}
