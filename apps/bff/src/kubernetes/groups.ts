/**
 * Which sightings are one call. Given the same sightings in the same order, whoever does it finds the same groups and keeps
 * the same entry of each: so do several hubs, without asking each other.
 */

import type { EntryId } from '@kubeshark/model';
import { Lane } from './lane.ts';
import { keeperOf, keysOf, type Told } from './sighting.ts';

export interface Group {
  readonly sightings: readonly Told[];
  /** The entry to keep, once no more are waited for. */
  readonly keeper: EntryId | undefined;
}

interface Growing extends Group {
  readonly sightings: Told[];
  readonly keys: Set<string>;
  readonly openedAt: number;
  keeper: EntryId | undefined;
}

/** Agents gather a batch for a quarter second and ship it; a sighting that comes later is still recognised, and left out. */
export const HOLD_MICROS = 600_000;
/** An agent whose hub ends sends to another what it had no answer for, within seconds. */
const REMEMBERED_MICROS = 30_000_000;
/** Groups kept, with three sightings 2.3 kB each; beyond it, the oldest are forgotten, and late sightings of theirs stand alone. */
const MAX_GROUPS = 20_000;
/** Forgotten together: a few at a time would copy the list again and again. */
const MIN_FORGOTTEN = 2_000;

export class Groups {
  readonly #holdMicros: number;
  readonly #lanes = new Map<string, Lane<Growing>>();
  readonly #byId = new Map<EntryId, Growing>();
  /** In the order they were opened: still growing from `#closed` on. */
  #all: Growing[] = [];
  #closed = 0;

  constructor(holdMicros = HOLD_MICROS) {
    this.#holdMicros = holdMicros;
  }

  knows(id: EntryId): boolean {
    return this.#byId.has(id);
  }

  /** The group of a sighting, which may be closed by now; one that was told before keeps its own. */
  add(told: Told, at: number): Group {
    const known = this.#byId.get(told.id);
    if (known !== undefined) return known;
    const keys = keysOf(told);
    const found = this.#find(told, keys);
    const group: Growing = found ?? { sightings: [], keys: new Set(), openedAt: at, keeper: undefined };
    if (found === undefined) this.#all.push(group);
    group.sightings.push(told);
    this.#byId.set(told.id, group);
    for (const key of keys) {
      if (group.keys.has(key)) continue;
      group.keys.add(key);
      const lane = this.#lanes.get(key) ?? new Lane();
      this.#lanes.set(key, lane);
      lane.add(group);
    }
    return group;
  }

  #find(told: Told, keys: readonly string[]): Growing | undefined {
    for (const key of keys) {
      const found = this.#lanes.get(key)?.find(told);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Closes the groups that have been open for long enough; answers them. */
  close(until: number): readonly Group[] {
    const closed: Group[] = [];
    for (let group = this.#all[this.#closed]; group !== undefined; group = this.#all[this.#closed]) {
      if (group.openedAt + this.#holdMicros > until) break;
      group.keeper = keeperOf(group.sightings);
      closed.push(group);
      this.#closed += 1;
    }
    this.#forget(until);
    return closed;
  }

  #forget(until: number): void {
    let count = 0;
    while (count < this.#closed) {
      const { openedAt } = this.#all[count]!;
      if (this.#closed - count <= MAX_GROUPS && until - openedAt < REMEMBERED_MICROS) break;
      count += 1;
    }
    if (count === 0 || (count < this.#closed / 2 && count < MIN_FORGOTTEN)) return;
    this.#drop(this.#all.slice(0, count));
    this.#all = this.#all.slice(count);
    this.#closed -= count;
  }

  #drop(groups: readonly Growing[]): void {
    const gone = new Set(groups);
    for (const { sightings } of groups) for (const { id } of sightings) this.#byId.delete(id);
    for (const key of new Set(groups.flatMap(({ keys }) => [...keys]))) {
      const lane = this.#lanes.get(key);
      lane?.drop(gone);
      if (lane?.isEmpty === true) this.#lanes.delete(key);
    }
  }
}
