/**
 * Members of BSON documents by where they stand. Programs send documents of the same few shapes again and again: which member
 * follows which is remembered, so that its name is compared with the one that is expected, and is neither searched nor read.
 * What follows from the name (its text, its JSON, whether it is shown) is found out once for each place.
 */

import { piece } from '../json/json-writer.ts';
import type { BsonForm, BsonRange } from './bson-form.ts';
import { BsonForms } from './bson-forms.ts';
import { BsonHabit } from './bson-habit.ts';
import { BsonType } from './bson-types.ts';
import { ByteInterner } from './interner.ts';
import { le32 } from './little-endian.ts';
import { keptBytes } from './slab.ts';

/** Places remembered of one kind of documents: some 6 MB when full, then it starts afresh. */
export const MAX_PLACES = 8192;
/** A length and a zero. */
const MIN_DOCUMENT_BYTES = 5;
/** Type, name and text of a first member; documents with longer ones have no form. */
export const MAX_SUBJECT_BYTES = 256;
/** What documents are about. */
const SUBJECTS = { capacity: 2048, maxLength: MAX_SUBJECT_BYTES } as const;
/** What a form takes, in places. */
const FORM_PLACES = 8;
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
  /** What readers wish of its value, where documents have forms: see `Wish`, or a number to be told by; 0 for nothing. */
  readonly wishOf?: (place: BsonPlace) => number;
  /** A text that is the first member is what the document is about: there are as many forms as there are such texts. */
  readonly isFirstSubject?: boolean;
}

/** The form of a document, whose members stand at places. */
export type PlacedForm<Facts = unknown> = BsonForm<BsonPlace, Facts>;

/** A kind of documents: commands, say, or replies. `Facts` is what its reader knows of those with one form. */
export class BsonShapes<Facts = unknown> {
  readonly names: BsonNames;
  private start: BsonPlace;
  private places = 0;
  /** Forms of the outermost documents; by how they begin, where that is their subject. */
  private forms = new BsonForms<BsonPlace, Facts>();
  private bySubject = formsBySubject<Facts>();
  /** Those that were looked through last; null where there are none. */
  private latest: BsonForms<BsonPlace, Facts> | null = null;

  constructor(names: BsonNames) {
    this.names = names;
    this.start = new BsonPlace(this, null, null);
  }

  /** Where a document begins. */
  get root(): BsonPlace {
    return this.start;
  }

  /** Counts what is remembered, in places. */
  remembers(places = 1): void {
    this.places += places;
    if (this.places <= MAX_PLACES) return;
    this.places = 0;
    this.start = new BsonPlace(this, null, null);
    this.forms = new BsonForms<BsonPlace, Facts>();
    this.bySubject = formsBySubject<Facts>();
    this.latest = null;
  }

  /** The form of the outermost document that begins at `start` and ends before `limit`; null when it has none. */
  find(bytes: Uint8Array, start: number, limit: number): PlacedForm<Facts> | null {
    const end = documentEnd(bytes, start, limit);
    this.latest = end < 0 ? null : this.names.isFirstSubject === true ? this.subjectOf(bytes, start, end) : this.forms;
    return this.latest === null ? null : this.latest.find(bytes, start, end);
  }

  /** Learns the document that `find` has not found. */
  learn(bytes: Uint8Array, start: number, limit: number, facts: Facts): void {
    const end = documentEnd(bytes, start, limit);
    if (this.latest?.learn({ bytes, start, end }, this.start, facts) === true) this.remembers(FORM_PLACES);
  }

  /** Forms of documents that begin with the same name and text; null where those are long. */
  private subjectOf(bytes: Uint8Array, start: number, end: number): BsonForms<BsonPlace, Facts> | null {
    const first = start + 4;
    let at = first;
    while (at < end && bytes[at] !== 0) at++;
    if (bytes[first] === BsonType.string) at = Math.min(end, at + 5 + Math.max(0, le32(bytes, at + 1)));
    return at - first > SUBJECTS.maxLength ? null : this.bySubject.of(bytes, first, at);
  }
}

const formsBySubject = <Facts>() => new ByteInterner(() => new BsonForms<BsonPlace, Facts>(), SUBJECTS);

/** Behind the document at `start`; -1 when it does not end before `limit`. */
function documentEnd(bytes: Uint8Array, start: number, limit: number): number {
  if (start < 0 || start + MIN_DOCUMENT_BYTES > limit) return -1;
  const length = le32(bytes, start);
  return length < MIN_DOCUMENT_BYTES || start + length > limit ? -1 : start + length;
}

/** A member of documents that began alike, or where one begins: before its first member. */
export class BsonPlace {
  private readonly shapes: BsonShapes;
  /** The member, or the list, in which the document stands; null for the outermost. */
  readonly around: BsonPlace | null;
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
  readonly mayBeSecret: boolean;
  /** It is shown as a mark. */
  readonly isSecret: boolean;
  /** The value it had before. */
  readonly habit = new BsonHabit();
  /** It was in a document that was to be learnt. */
  isKnown = false;
  private json: Uint8Array | null = null;
  private beginning: BsonPlace | null = null;
  private known: BsonForms<BsonPlace> | null = null;
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
    this.mayBeSecret = around !== null && (around.mayBeSecret || (around.around === null && hides(around.name)));
    this.isSecret = this.mayBeSecret && this.type !== BsonType.boolean && isSecret(this.name);
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

  /** Forms of the documents that begin here. */
  get forms(): BsonForms<BsonPlace> {
    this.known ??= new BsonForms();
    return this.known;
  }

  /** Learns a document that begins here, and has no form. */
  learn(range: BsonRange): void {
    if (this.forms.learn(range, this, null)) this.shapes.remembers(FORM_PLACES);
  }

  get wish(): number {
    return this.shapes.names.wishOf?.(this) ?? 0;
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
