/**
 * Groups whose sightings have a key in common, in the order they were opened. A client that makes the same call thousands of
 * times on one connection has them all in one lane: for each place it is remembered up to where they have its sighting.
 */

import { isPastFor, isSameCall, placeOf, type Told } from './sighting.ts';

interface Candidate {
  readonly sightings: readonly Told[];
}

/** Groups looked at that might be the one and are not: of another connection from the same port, or of another time. */
const MAX_TRIED = 64;

export class Lane<Group extends Candidate> {
  #groups: Group[] = [];
  /** By place, the first group that may lack its sighting. */
  readonly #next = new Map<string, number>();

  get isEmpty(): boolean {
    return this.#groups.length === 0;
  }

  add(group: Group): void {
    this.#groups.push(group);
  }

  /** The oldest group that the sighting is one more of. */
  find(told: Told): Group | undefined {
    const place = placeOf(told);
    const isDone = ({ sightings }: Group) =>
      isPastFor(sightings, told) || sightings.some((each) => placeOf(each) === place);
    let next = this.#next.get(place) ?? 0;
    for (let group = this.#groups[next]; group !== undefined && isDone(group); group = this.#groups[next]) next += 1;
    this.#next.set(place, next);
    return this.#groups
      .slice(next, next + MAX_TRIED)
      .find(({ sightings }) => sightings.every((each) => isSameCall(each, told)));
  }

  drop(gone: ReadonlySet<Group>): void {
    const kept: Group[] = [];
    /** How many of the groups before each are kept. */
    const before = [...this.#groups, undefined].map((group) => {
      const count = kept.length;
      if (group !== undefined && !gone.has(group)) kept.push(group);
      return count;
    });
    this.#groups = kept;
    for (const [place, next] of this.#next) this.#next.set(place, before[next] ?? kept.length);
  }
}
