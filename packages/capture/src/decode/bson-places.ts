/**
 * Members of BSON documents by where they stand. Programs send documents of the same few shapes again and again: which member
 * follows which is remembered, so that its name is compared with the one that is expected, and is neither searched nor read.
 * What follows from the name (its text, its JSON, whether it is shown) is found out once for each place.
 */

import { piece } from '../json/json-writer.ts';
import { BsonHabit } from './bson-habit.ts';
import { BsonType } from './bson-types.ts';
import { keptBytes } from './slab.ts';

/** Places remembered of one kind of documents: some 6 MB when full, then it starts afresh. */
export const MAX_PLACES = 8192;
/** Members that may follow one; of documents whose names are data more is not worth looking through. */
const MAX_WAYS = 32;
/** Members of one document that are looked through for a name that comes twice. */
const MAX_MEMBERS = 64;
/** `7`. */
const INDEX = /^\d+$/;
const utf8 = new TextDecoder();

/** What the values of some types begin with. */
const openings: ReadonlyMap<number, string> = new Map([
  [BsonType.objectId, '"'],
  [BsonType.array, '['],
  [BsonType.null, 'null'],
]);

/** What is known of members by their names. */
export interface BsonNames {
  /** Inside of this member of the outermost document, secrets are hidden at any depth. */
  readonly hides: (name: string) => boolean;
  readonly isSecret: (name: string) => boolean;
  /** What it is to whoever reads the documents; 0 for nothing. */
  readonly roleOf: (name: string) => number;
}

/** A kind of documents: commands, say, or replies. */
export class BsonShapes {
  readonly names: BsonNames;
  private start: BsonPlace;
  private places = 0;

  constructor(names: BsonNames) {
    this.names = names;
    this.start = new BsonPlace(this, null, null);
  }

  /** Where a document begins. */
  get root(): BsonPlace {
    return this.start;
  }

  /** Counts one that is remembered. */
  remembers(): void {
    if (++this.places <= MAX_PLACES) return;
    this.places = 0;
    this.start = new BsonPlace(this, null, null);
  }
}

/** A member of documents that began alike, or where one begins: before its first member. */
export class BsonPlace {
  private readonly shapes: BsonShapes;
  /** The member, or the list, in which the document stands; null for the outermost. */
  private readonly around: BsonPlace | null;
  /** The member before it in its document. */
  readonly before: BsonPlace | null;
  /** Type, name, and the zero behind it. */
  private readonly bytes: Uint8Array;
  readonly type: number;
  readonly name: string;
  readonly role: number;
  /** Members before it. */
  private readonly index: number;
  /** No object would have it where it stands. */
  readonly isRefused: boolean;
  /** What is inside may be secret. */
  private readonly isHiding: boolean;
  /** It is shown as a mark. */
  readonly isSecret: boolean;
  /** The value it had before. */
  readonly habit = new BsonHabit();
  private json: Uint8Array | null = null;
  private beginning: BsonPlace | null = null;
  /** What followed the last time, and all that did. */
  private usual: BsonPlace | null = null;
  private readonly ways: BsonPlace[] = [];

  constructor(shapes: BsonShapes, around: BsonPlace | null, before: BsonPlace | null, bytes = keptBytes('')) {
    const { hides, isSecret, roleOf } = shapes.names;
    this.shapes = shapes;
    this.around = around;
    this.before = before;
    this.bytes = bytes;
    this.type = bytes[0] ?? 0;
    this.name = utf8.decode(bytes.subarray(1, -1));
    this.role = roleOf(this.name);
    this.index = before === null || before.type === 0 ? 0 : before.index + 1;
    this.isRefused = bytes.length > 0 && this.isOutOfOrder();
    this.isHiding = around !== null && (around.isHiding || (around.around === null && hides(around.name)));
    this.isSecret = this.isHiding && this.type !== BsonType.boolean && isSecret(this.name);
  }

  /** The member behind this one, whose type stands at `at`; null when its name does not end before `limit`. */
  after(bytes: Uint8Array, at: number, limit: number): BsonPlace | null {
    const { usual } = this;
    return usual?.isAt(bytes, at) === true ? usual : this.another(bytes, at, limit);
  }

  /** Bytes of type and name. */
  get length(): number {
    return this.bytes.length;
  }

  /** Where the document begins that is its value, or each that stands in its list. */
  get inside(): BsonPlace {
    this.beginning ??= new BsonPlace(this.shapes, this, null);
    return this.beginning;
  }

  /** A brace or a comma, the name, a colon, and what values of this type begin with. */
  get key(): Uint8Array {
    this.json ??= this.makeKey();
    return this.json;
  }

  /** Bytes of the value that stand in `key`. */
  get opening(): number {
    return (openings.get(this.type) ?? '').length;
  }

  private makeKey(): Uint8Array {
    const value = this.isSecret ? '"[REDACTED]"' : (openings.get(this.type) ?? '');
    return piece(`${this.index === 0 ? '{' : ','}${JSON.stringify(this.name)}:${value}`);
  }

  private isAt(bytes: Uint8Array, at: number): boolean {
    const own = this.bytes;
    for (let i = 0; i < own.length; i++) if (own[i] !== bytes[at + i]) return false;
    return true;
  }

  private another(bytes: Uint8Array, at: number, limit: number): BsonPlace | null {
    const { ways, shapes } = this;
    for (let i = 0; i < ways.length; i++) {
      const way = ways[i];
      if (way?.isAt(bytes, at) !== true) continue;
      this.usual = way;
      return way;
    }
    let end = at + 1;
    while (end < limit && bytes[end] !== 0) end++;
    if (end >= limit) return null;
    const text = Buffer.prototype.latin1Slice.call(bytes, at, end + 1);
    const made = new BsonPlace(shapes, this.around, this.type === 0 ? null : this, keptBytes(text, 'latin1'));
    if (ways.length >= MAX_WAYS) return made;
    ways.push(made);
    this.usual = made;
    shapes.remembers();
    return made;
  }

  /** An object would have it in another order, once, or not as a member; or there are too many to know. */
  private isOutOfOrder(): boolean {
    if (INDEX.test(this.name) || this.name === '__proto__' || this.index > MAX_MEMBERS) return true;
    for (let place = this.before; place !== null; place = place.before) if (place.name === this.name) return true;
    return false;
  }
}
