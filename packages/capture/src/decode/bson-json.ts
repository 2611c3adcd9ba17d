/**
 * BSON written as JSON straight from its bytes: the text that `JSON.stringify` gives of what `bson.ts` reads. What is not
 * whole, too big, or would stand in another order in an object is refused.
 */

import { type JsonWriter, piece } from '../json/json-writer.ts';
import { writeAscii } from '../json/row-keys.ts';
import { writeUuid } from '../json/written-uuid.ts';
import { bsonValue, MAX_CHARACTERS, MAX_DEPTH, MAX_DOCUMENTS, MAX_VALUES } from './bson.ts';
import type { FormJson } from './bson-form.ts';
import { formJsonOf, roleIn } from './bson-form-json.ts';
import { Mark } from './bson-marks.ts';
import type { BsonPlace, PlacedForm } from './bson-places.ts';
import { BsonType, lengthAt } from './bson-types.ts';
import { le32, leDouble } from './little-endian.ts';

const UUID = 4;
const UUID_BYTES = 16;
const OBJECT_ID_BYTES = 12;
/** Upper halves of numbers with more than 53 bits begin here. */
const INEXACT = 0x20_0000;
const TRUE = piece('true');
const FALSE = piece('false');

/** Documents inside of so many have no form: what is inside of them may be too deep. */
const MAX_FORM_DEPTH = MAX_DEPTH / 2;

const utf8 = new TextDecoder();

/** Documents in bytes. */
export interface BsonSource {
  readonly bytes: Uint8Array;
  /** Nothing of them stands behind it. */
  readonly end: number;
}

/** One writer, which is given document after document. */
export class BsonWriter {
  private bytes: Uint8Array = new Uint8Array(0);
  private values = 0;
  /** The role of the outermost member of which is to be told where its value was written; 0 for none. */
  wanted = 0;
  valueStart = 0;
  /** 0 where there is no such member. */
  valueEnd = 0;

  /**
   * The members of the document at `start`, which others may follow: without its last brace. `form`: what it was found to be.
   * Answers its last member, or where it begins when it has none.
   */
  begin(
    json: JsonWriter,
    { bytes, end }: BsonSource,
    start: number,
    root: BsonPlace,
    form: PlacedForm | null = null,
  ): BsonPlace {
    this.bytes = bytes;
    this.values = 0;
    this.wrote(0, 0);
    if (form === null) return this.members(json, start, this.endOf(json, start, end), 0, root);
    this.formed(json, form, start, 0);
    return form.last ?? root;
  }

  /** Where the value stands that is wanted. */
  wrote(start: number, end: number): void {
    this.valueStart = start;
    this.valueEnd = end;
  }

  /** Documents that stand one behind the other, as a list. */
  list(json: JsonWriter, { bytes, end }: BsonSource, start: number, root: BsonPlace): void {
    this.bytes = bytes;
    this.wanted = 0;
    json.raw('[');
    let count = 0;
    for (let at = start; at + 5 <= end && count < MAX_DOCUMENTS && !json.isRefused; count++) {
      if (count > 0) json.raw(',');
      this.values = 0;
      const next = this.endOf(json, at, end);
      if (!json.isRefused) this.inner(json, at, next, 0, root);
      at = next;
    }
    json.raw(']');
  }

  /** Behind the document at `start`; refuses one that does not end before `limit`. */
  private endOf(json: JsonWriter, start: number, limit: number): number {
    const length = le32(this.bytes, start);
    if (start + 5 <= limit && length >= 5 && start + length <= limit) return start + length;
    json.isRefused = true;
    return limit;
  }

  /** All of a document but its last brace. Answers its last member, or where it begins when it has none. */
  private members(json: JsonWriter, start: number, end: number, depth: number, root: BsonPlace): BsonPlace {
    const { bytes } = this;
    let place = root;
    let at = start + 4;
    if (depth >= MAX_DEPTH) json.isRefused = true;
    while (at < end - 1 && bytes[at] !== 0 && !json.isRefused) {
      const found = place.after(bytes, at, end);
      if (found === null || found.isRefused) {
        json.isRefused = true;
        return place;
      }
      place = found;
      at += place.length;
      const next = this.next(json, place.type, at, end);
      const before = json.length;
      const { habit } = place;
      if (habit.is(bytes, at, next)) {
        json.copyOf(habit.json);
        this.values += habit.inside;
        if (this.values > MAX_VALUES) json.isRefused = true;
      } else this.member(json, place, at, next, depth);
      if (depth === 0 && place.role > 0 && place.role === this.wanted)
        this.wrote(before + place.key.length - place.opening, json.length);
      at = next;
    }
    if (place === root) json.raw('{');
    return place;
  }

  /** A member with its value, which may be the same the next time. */
  private member(json: JsonWriter, place: BsonPlace, at: number, end: number, depth: number): void {
    const { values } = this;
    const before = json.length;
    json.copyOf(place.key);
    if (!place.isSecret) this.value(json, place, at, end, depth);
    const { habit } = place;
    if (!habit.isLearning) return;
    if (json.isRefused) habit.isLearning = false;
    else habit.learn(this.bytes.subarray(at, end), json.pieceFrom(before), this.values - values);
  }

  /** A document in a list, which may have a form. */
  private inner(json: JsonWriter, start: number, end: number, depth: number, root: BsonPlace): void {
    const { bytes } = this;
    const { forms } = root;
    const form = depth > MAX_FORM_DEPTH ? null : forms.find(bytes, start, end);
    if (form !== null) this.formed(json, form, start, depth);
    else {
      this.members(json, start, end, depth, root);
      if (!json.isRefused) root.learn({ bytes, start, end });
    }
    json.raw('}');
  }

  /** A document of a form, without its last brace. */
  private formed(json: JsonWriter, form: PlacedForm, start: number, depth: number): void {
    const { bytes } = this;
    const { holes } = form;
    form.json ??= this.jsonOf(form);
    const { pieces, values, roles, isRefused } = form.json;
    this.values += values;
    if (isRefused || this.values > MAX_VALUES) {
      json.isRefused = true;
      return;
    }
    const told = depth === 0 && this.wanted > 0 ? roleIn(roles, this.wanted) : null;
    let at = start;
    for (let i = 0; i < pieces.length; i++) {
      if (told !== null) {
        if (told.piece === i) this.valueStart = json.length + told.offset;
        if (told.lastPiece === i) this.valueEnd = json.length + told.lastOffset;
      }
      const piece = pieces[i];
      if (piece !== undefined) json.copyOf(piece);
      const hole = holes[i];
      if (hole === undefined) return;
      const { mark, width, gap } = hole;
      at += gap;
      const { kind, place } = mark;
      const end = at + (width < 0 ? lengthAt(bytes, kind, at) : width);
      if (kind === BsonType.array) this.array(json, at, end, depth + mark.depth + 1, place.inside);
      else if (!place.isSecret) this.scalar(json, kind, at, end);
      at = end;
    }
  }

  private jsonOf(form: PlacedForm): FormJson {
    const { bytes, values } = this;
    this.bytes = form.kept;
    const json = formJsonOf(form, (made, number) => {
      const mark = form.marks[number];
      const at = form.keptAt(number);
      if (mark === undefined) return;
      const end = at + mark.end - mark.at;
      if (mark.kind === BsonType.array) this.array(made, at, end, mark.depth + 1, mark.place.inside);
      else this.scalar(made, mark.kind, at, end);
    });
    const inside = this.values - values;
    this.bytes = bytes;
    this.values = values;
    return { ...json, values: json.values + inside };
  }

  /** Behind the value at `at`; refuses what is not whole, or too many values. */
  private next(json: JsonWriter, type: number, at: number, end: number): number {
    const length = lengthAt(this.bytes, type, at);
    if (length >= 0 && at + length < end && ++this.values <= MAX_VALUES) return at + length;
    json.isRefused = true;
    return end;
  }

  /** What follows the bracket of a list, whose documents all begin at one place. */
  private array(json: JsonWriter, start: number, end: number, depth: number, inside: BsonPlace): void {
    const { bytes } = this;
    let at = start + 4;
    if (depth >= MAX_DEPTH) json.isRefused = true;
    for (let count = 0; at < end - 1 && !json.isRefused; count++) {
      const type = bytes[at] ?? 0;
      // More documents than are shown are left out.
      if (type === 0 || (type === BsonType.document && count >= MAX_DOCUMENTS)) break;
      at++;
      while (at < end && bytes[at] !== 0) at++;
      at++;
      const next = this.next(json, type, at, end);
      if (count > 0) json.raw(',');
      if (type === BsonType.document) {
        this.inner(json, at, next, depth + 1, inside);
      } else if (type === BsonType.array) {
        json.raw('[');
        this.array(json, at, next, depth + 1, inside.inside);
      } else {
        if (type === BsonType.null) json.raw('null');
        else if (type === BsonType.objectId) json.raw('"');
        this.scalar(json, type, at, next);
      }
      at = next;
    }
    json.raw(']');
  }

  /** The value of a member, which stands between `at` and `end`. */
  private value(json: JsonWriter, place: BsonPlace, at: number, end: number, depth: number): void {
    if (json.isRefused) return;
    if (place.type === BsonType.document) {
      this.members(json, at, end, depth + 1, place.inside);
      json.raw('}');
    } else if (place.type === BsonType.array) this.array(json, at, end, depth + 1, place.inside);
    else this.scalar(json, place.type, at, end);
  }

  /** A value that is no document; what all of its type begin with has been written. */
  private scalar(json: JsonWriter, type: number, at: number, end: number): void {
    if (json.isRefused) return;
    const { bytes } = this;
    switch (type) {
      case BsonType.double: {
        const value = leDouble(bytes, at);
        if (!Number.isFinite(value)) break;
        return json.number(value);
      }
      case BsonType.string:
        return this.text(json, at, end);
      case BsonType.int32:
        return json.number(le32(bytes, at));
      case BsonType.int64: {
        const high = le32(bytes, at + 4);
        if (high < 0 || high >= INEXACT) break;
        return json.number(high * 0x1_0000_0000 + (le32(bytes, at) >>> 0));
      }
      case BsonType.boolean:
        return json.copyOf(bytes[at] === 0 ? FALSE : TRUE);
      case BsonType.null:
        return;
      case BsonType.objectId:
        json.hex(bytes, at, at + OBJECT_ID_BYTES);
        return json.raw('"');
      case Mark.uuid:
        return writeUuid(json, bytes, at);
      case BsonType.binary:
        if (this.isUuid(at)) return writeUuid(json, bytes, at + 5);
        break;
      case BsonType.codeWithScope:
        // Its length and those inside need not agree.
        json.isRefused = true;
        return;
    }
    const value = bsonValue(bytes, type, at, end);
    if (value === undefined) json.isRefused = true;
    else json.value(value);
  }

  private text(json: JsonWriter, at: number, end: number): void {
    const { bytes } = this;
    const start = at + 4;
    const last = end - 1;
    if (last < start || last - start > MAX_CHARACTERS) {
      json.isRefused = true;
      return;
    }
    if (!writeAscii(json, bytes, start, last)) json.stringified(utf8.decode(bytes.subarray(start, last)));
  }

  private isUuid(at: number): boolean {
    return le32(this.bytes, at) === UUID_BYTES && this.bytes[at + 4] === UUID;
  }
}
