/** Objects whose members are found one by one and may come again: those of one key are a list where the first one stands. */

import type { JsonWriter } from './json-writer.ts';

/** Of one object; what has more is not written by this. */
export const MAX_MEMBERS = 256;
const NONE = -1;

/** What is known of a key: one object for each. */
export interface MemberFacts {
  /** `,"Origin-Host":` */
  readonly key: Uint8Array;
  /** The object it was seen in last, and its place there: tells those that come again. */
  list: number;
  place: number;
}

/** Objects begun so far: each has a number. */
let lists = 0;

export abstract class Members<Facts extends MemberFacts> {
  count = 0;
  readonly facts: Facts[] = [];
  /** Where each value lies. */
  readonly starts = new Int32Array(MAX_MEMBERS);
  readonly ends = new Int32Array(MAX_MEMBERS);
  /** The next one of the same key, and whether one stands before it. */
  private readonly next = new Int32Array(MAX_MEMBERS);
  private readonly isLater = new Uint8Array(MAX_MEMBERS);
  /** Where each was written, and into what. */
  private readonly from = new Int32Array(MAX_MEMBERS);
  private readonly to = new Int32Array(MAX_MEMBERS);
  private writer: JsonWriter | null = null;
  private id = 0;

  protected abstract writeMember(json: JsonWriter, place: number, depth: number): void;

  protected begin(): void {
    this.count = 0;
    this.writer = null;
    this.id = ++lists;
  }

  /** The caller has seen to it that there are not too many. */
  protected add(facts: Facts, start: number, end: number): void {
    const place = this.count++;
    this.facts[place] = facts;
    this.starts[place] = start;
    this.ends[place] = end;
    this.next[place] = NONE;
    this.isLater[place] = 0;
    if (facts.list !== this.id) {
      facts.list = this.id;
      facts.place = place;
      return;
    }
    this.isLater[place] = 1;
    let before = facts.place;
    for (let next = this.next[before] ?? NONE; next !== NONE; next = this.next[before] ?? NONE) before = next;
    this.next[before] = place;
  }

  /** The first one of these, or -1; asked before another object is begun. */
  placeOf(facts: Facts): number {
    return facts.list === this.id ? facts.place : NONE;
  }

  comesAgain(place: number): boolean {
    return this.next[place] !== NONE;
  }

  /** `depth`: in how many objects it stands. */
  write(json: JsonWriter, depth: number): void {
    const start = json.length;
    this.writer = json;
    for (let place = 0; place < this.count; place++) {
      const facts = this.facts[place];
      if (this.isLater[place] === 1 || facts === undefined) continue;
      json.copyOf(facts.key);
      if (this.comesAgain(place)) this.writeList(json, place, depth);
      else this.writeOne(json, place, depth);
    }
    if (json.length === start) return json.raw('{}');
    json.openAt(start);
    json.raw('}');
  }

  /** One value by itself: once more, where it stands already in what is being written. */
  writeAgain(json: JsonWriter, place: number): void {
    const end = this.to[place] ?? 0;
    if (this.writer === json && end <= json.length) json.again(this.from[place] ?? 0, end);
    else this.writeMember(json, place, 0);
  }

  private writeOne(json: JsonWriter, place: number, depth: number): void {
    this.from[place] = json.length;
    this.writeMember(json, place, depth);
    this.to[place] = json.length;
  }

  private writeList(json: JsonWriter, first: number, depth: number): void {
    json.raw('[');
    for (let place = first; place !== NONE; place = this.next[place] ?? NONE) {
      if (place !== first) json.raw(',');
      this.writeOne(json, place, depth);
    }
    json.raw(']');
  }
}
