/** Gives entries the cluster's names before they are stored, and makes one of a call that was seen at several places. */

import { setTimeout } from 'node:timers/promises';
import type { Endpoint, Entry, Micros } from '@kubeshark/model';
import type { Correction } from '../live-bus/live-bus.ts';
import type { ClusterNames, Named } from './cluster-names.ts';
import { type Sighting, Vantages } from './vantages.ts';

export interface NamingOptions {
  readonly names: ClusterNames;
  /** Resolves when the cluster is known. */
  readonly settled: Promise<void>;
  /** How long calls wait for their other sightings; shorter in tests. */
  readonly holdMillis?: number;
}

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
  readonly #strangers = new Map<string, number>();

  constructor({ names, settled, holdMillis }: NamingOptions) {
    this.#names = names;
    this.#vantages = new Vantages(holdMillis);
    this.#ready = Promise.race([settled, setTimeout(SETTLE_MILLIS, undefined, { ref: false })]).then(() => {
      this.#isReady = true;
    });
  }

  /** Sightings that were joined with another's entry. */
  get joined(): number {
    return this.#vantages.joined;
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

  /** Ends of a prepared entry whose address the cluster may have yet to tell. */
  namelessOf({ src, dst }: Entry): readonly Endpoint[] {
    return [src, dst].filter(isNameless);
  }

  /** Whether an end that had no name then has one now. */
  isKnown(end: Endpoint, at: Micros): boolean {
    return this.#names.name(end, at).is !== 'unknown';
  }

  /** The same for entries that were stored without names: those that have names now, and what is left of those joined. */
  async complete(entries: readonly Entry[]): Promise<readonly Correction[]> {
    const sightings = entries.map((entry): Sighting => {
      const src = this.#known(entry.src, entry.timestamp);
      const dst = this.#known(entry.dst, entry.timestamp);
      return { entry: { ...entry, src: src.end, dst: dst.end }, src: src.is, dst: dst.is };
    });
    // Of their own: the calls they might be joined with beside these were told apart when they came.
    const joined = new Map((await new Vantages(0).join(sightings)).map((entry) => [entry.id, entry]));
    return entries.map((before) => ({ before, after: joined.get(before.id) }));
  }

  /** What has a name keeps it: who had the address may be forgotten by now. */
  #known(end: Endpoint, at: Micros): Named {
    if (end.pod !== undefined) return { end, is: 'pod' };
    if (end.service !== undefined) return { end, is: 'service' };
    return this.#names.name(end, at);
  }

  #name(entry: Entry): Sighting {
    const src = this.#names.name(entry.src, entry.timestamp);
    const dst = this.#names.name(entry.dst, entry.timestamp);
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
