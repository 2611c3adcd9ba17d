/** The members of a BSON document (https://bsonspec.org/spec.html), gone over without reading their values. */

import { type BsonPlace, BsonShapes } from './bson-places.ts';
import { lengthAt } from './bson-types.ts';
import { le32 } from './little-endian.ts';

/** Documents of which nothing is known before. */
const anything = new BsonShapes({ hides: () => false, isSecret: () => false, roleOf: () => 0 });

/** Where a member of a document stands. */
export interface BsonMember {
  readonly type: number;
  readonly name: string;
  /** Offset of its value. */
  readonly at: number;
  /** Offset behind it. */
  readonly end: number;
}

/** Goes over the members of a document without reading their values: the last one that `next` found is its state. */
export class BsonMembers implements BsonMember {
  private bytes: Uint8Array = new Uint8Array(0);
  private limit = 0;
  type = 0;
  place = anything.root;
  at = 0;
  /** Behind the value, where the next member begins. */
  end = 0;

  /** Begins with the document at `start`, which ends before `limit`, of which the members stand as `from` expects. */
  begin(bytes: Uint8Array, start: number, limit: number, from: BsonPlace = anything.root): this {
    const isThere = start >= 0 && start + 5 <= limit;
    this.bytes = bytes;
    this.place = from;
    this.end = start + 4;
    this.limit = isThere ? Math.min(limit, start + Math.max(0, le32(bytes, start))) : 0;
    return this;
  }

  get name(): string {
    return this.place.name;
  }

  /** Goes to the next member; false when there is none, or none that is whole. */
  next(): boolean {
    const { bytes, limit, end: start } = this;
    if (start >= limit - 1 || bytes[start] === 0) return false;
    const place = this.place.after(bytes, start, limit);
    if (place === null) return false;
    const at = start + place.length;
    const { type } = place;
    const length = lengthAt(bytes, type, at);
    if (length < 0 || at + length > limit) return false;
    this.type = type;
    this.place = place;
    this.at = at;
    this.end = at + length;
    return true;
  }
}

/** Goes over the members of the document at `start` until `each` answers true. */
export function eachMember(bytes: Uint8Array, start: number, each: (member: BsonMember) => unknown): void {
  const members = new BsonMembers().begin(bytes, start, bytes.length);
  while (members.next()) if (each(members) === true) return;
}

/** How many members the document or array at `start` has, which ends before `limit`. */
export function countMembers(bytes: Uint8Array, start: number, limit: number): number {
  const end = start + 5 <= limit ? Math.min(limit, start + Math.max(0, le32(bytes, start))) : 0;
  let count = 0;
  let at = start + 4;
  while (at < end - 1 && bytes[at] !== 0) {
    const type = bytes[at] ?? 0;
    do at++;
    while (at < end && bytes[at] !== 0);
    const length = lengthAt(bytes, type, at + 1);
    if (at >= end || length < 0 || at + 1 + length > end) break;
    at += 1 + length;
    count++;
  }
  return count;
}
