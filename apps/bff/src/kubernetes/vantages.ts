/**
 * One call, seen at several places. A client calls a service's address; on its node that is rewritten to a pod's, and the
 * packets are seen again, there and on the pod's node. All of them have their initial sequence numbers in common.
 */

import type { Endpoint, Entry, EntryId, Micros } from '@kubeshark/model';
import { type Group, Groups } from './groups.ts';
import { maySeeAgain, mergedOf, type Sighting, type Told, toldOf } from './sighting.ts';
import { LocalLog, type LogReader, type SightingLog } from './sighting-log.ts';

export interface VantagesOptions {
  /** Where sightings are told; by default only to this hub. */
  readonly log?: SightingLog | undefined;
  readonly holdMillis?: number | undefined;
  /** Names an end that another sighting tells of. */
  readonly nameOf: (end: Endpoint, at: Micros) => Endpoint;
  /** When a call took place, by the hubs' clock. */
  readonly timeOf: (entry: Entry) => Micros;
  /** Told of a sighting that came after its call's entry was kept: what all of them tell. */
  readonly onLate?: ((kept: EntryId, sightings: readonly Told[]) => void) | undefined;
}

/** Group of a decided sighting; undefined for one that could not be told. */
type Decide = (group: Group | undefined) => void;

export class Vantages implements LogReader {
  readonly #options: VantagesOptions;
  readonly #groups: Groups;
  readonly #log: SightingLog;
  /** Of this hub, by id: twice when an agent has sent a batch again. */
  readonly #undecided = new Map<EntryId, Decide[]>();
  #joined = 0;
  #alone = 0;

  constructor(options: VantagesOptions) {
    this.#options = options;
    const { holdMillis, log = new LocalLog(holdMillis) } = options;
    this.#groups = new Groups(holdMillis === undefined ? undefined : holdMillis * 1000);
    this.#log = log;
    log.read(this);
  }

  /** Sightings that were left out as another's. */
  get joined(): number {
    return this.#joined;
  }

  /** Sightings that stand alone because the others could not be asked for. */
  get alone(): number {
    return this.#alone;
  }

  /** Of these sightings, the entries to keep, once their others had time to come. */
  async join(sightings: readonly Sighting[]): Promise<readonly Entry[]> {
    const told: Told[] = [];
    const kept = sightings.map(({ entry, ...ends }) => {
      const own = toldOf({ entry, ...ends }, this.#options.timeOf(entry));
      if (!maySeeAgain(own)) return Promise.resolve(entry);
      told.push(own);
      return this.#decision(entry);
    });
    const isTold = told.length === 0 || (await this.#log.tell(told));
    // What nobody understands is nobody's second sighting.
    for (const { id } of told) if (!isTold || !this.#groups.knows(id)) this.#decide(id, undefined);
    return (await Promise.all(kept)).filter((entry) => entry !== undefined);
  }

  heard(sightings: readonly Told[], at: number): void {
    // First what is over by then, whenever it is heard: else hubs that listen more or less often would differ.
    this.passed(at);
    for (const told of sightings) {
      const { id } = told;
      const isNew = !this.#groups.knows(id);
      const group = this.#groups.add(told, at);
      if (group.keeper === undefined) continue;
      // Only the hub whose agent was late sees to it.
      if (isNew && this.#undecided.has(id)) this.#options.onLate?.(group.keeper, group.sightings);
      this.#decide(id, group);
    }
  }

  passed(until: number): void {
    for (const group of this.#groups.close(until)) for (const { id } of group.sightings) this.#decide(id, group);
  }

  #decision(entry: Entry): Promise<Entry | undefined> {
    const { promise, resolve } = Promise.withResolvers<Entry | undefined>();
    const decide: Decide = (group) => {
      if (group === undefined) {
        this.#alone += 1;
        return resolve(entry);
      }
      if (group.keeper !== entry.id) {
        this.#joined += 1;
        return resolve(undefined);
      }
      resolve(mergedOf(entry, group.sightings, this.#options.nameOf));
    };
    const known = this.#undecided.get(entry.id);
    if (known === undefined) this.#undecided.set(entry.id, [decide]);
    else known.push(decide);
    return promise;
  }

  #decide(id: EntryId, group: Group | undefined): void {
    for (const decide of this.#undecided.get(id) ?? []) decide(group);
    this.#undecided.delete(id);
  }
}

/** The same for sightings that are all there: which entries are kept, and how. */
export function joinNow(
  sightings: readonly Sighting[],
  { nameOf, timeOf }: Pick<VantagesOptions, 'nameOf' | 'timeOf'>,
): readonly Entry[] {
  const groups = new Groups(0);
  const found = sightings.map((sighting) => {
    const told = toldOf(sighting, timeOf(sighting.entry));
    return { ...sighting, group: maySeeAgain(told) ? groups.add(told, 0) : undefined };
  });
  groups.close(0);
  return found.flatMap(({ entry, group }) => {
    if (group === undefined) return entry;
    return group.keeper === entry.id ? mergedOf(entry, group.sightings, nameOf) : [];
  });
}
