/**
 * Entries on their way out: the JSON that `Call.writeJson` made is read once, and what may leave the node is written as MessagePack.
 * Everything that leaves passes here, so this is where secrets are taken out: keys stay, values become a marker. It knows no
 * protocol: headers, cookies, bodies, query strings and whatever a protocol added are all read.
 * docs/adr/0075-entries-are-packed-from-their-json.md
 */

import type { Ends, Process } from '../enrich/process.ts';
import { REDACTED } from '../redact/redacted.ts';
import type { Rules } from '../redact/rules.ts';
import { JsonCursor } from './json-cursor.ts';
import { PackWriter } from './pack-writer.ts';
import { Catalogue, DROP, DROP_ITEMS, DROP_SCALAR, MAX_PLACES, type Place, SEARCH } from './shapes.ts';

/** Deeper than any protocol's document; below it nothing is kept. */
export const MAX_DEPTH = 64;
/** The parts of an entry are where depth begins. */
const OUTSIDE = -1;

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const LOWER_F = 0x66;
const LOWER_N = 0x6e;
const LOWER_T = 0x74;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

export class EntryPacker {
  private readonly rules: Rules;
  readonly #cursor = new JsonCursor();
  readonly #pack = new PackWriter();
  #catalogue: Catalogue;
  #entry: Place;
  #head = 0;
  /** Entries added since the last batch was taken. */
  count = 0;

  constructor(rules: Rules) {
    this.rules = rules;
    this.#catalogue = new Catalogue(rules);
    this.#entry = this.#catalogue.beginning('entry');
    this.#head = this.#pack.beginArray();
  }

  /** Bytes of the batch so far. */
  get bytes(): number {
    return this.#pack.length;
  }

  /** Adds the entry that `json` is the text of; false, and nothing is added, when it is none. */
  add(json: Uint8Array, ends: Ends): boolean {
    if (this.#catalogue.places > MAX_PLACES) this.#forget();
    const start = this.#pack.length;
    this.#cursor.begin(json);
    if (this.#isObject() && this.#object(this.#entry, OUTSIDE, ends) && this.#cursor.isAtEnd) {
      this.count++;
      return true;
    }
    this.#pack.truncate(start);
    return false;
  }

  /** The batch; the next one begins. It may be given back when nobody needs it any more. */
  take(): Uint8Array {
    this.#pack.endArray(this.#head, this.count);
    const batch = this.#pack.take();
    this.#head = this.#pack.beginArray();
    this.count = 0;
    return batch;
  }

  giveBack(batch: Uint8Array): void {
    this.#pack.giveBack(batch);
  }

  #forget(): void {
    this.#catalogue = new Catalogue(this.rules);
    this.#entry = this.#catalogue.beginning('entry');
    this.#pack.truncate(this.#pack.length);
  }

  #isObject(): boolean {
    return this.#cursor.byte === OPEN_OBJECT;
  }

  /** At an opening brace; only the entry itself has ends. Answers false where the text is no JSON, and so do all of these. */
  #object(beginning: Place, depth: number, ends: Ends | null): boolean {
    const cursor = this.#cursor;
    cursor.at++;
    if (cursor.byte === CLOSE_OBJECT) {
      cursor.at++;
      this.#pack.endRecord(this.#pack.beginRecord(), beginning.shape);
      return true;
    }
    const head = this.#pack.beginRecord();
    let place = beginning;
    for (;;) {
      const { next } = place;
      if (next !== null && cursor.skip(next.key)) place = next;
      else {
        const key = cursor.key();
        if (key === null) return false;
        place = place.behind(key);
      }
      if (!this.#member(place, depth, ends)) return false;
      const { byte } = cursor;
      cursor.at++;
      if (byte === CLOSE_OBJECT) break;
      if (byte !== COMMA) return false;
    }
    this.#pack.endRecord(head, place.shape);
    return true;
  }

  #member(place: Place, depth: number, ends: Ends | null): boolean {
    if (ends !== null && this.#isObject()) {
      if (place.name === 'src') return this.#end(place, ends.src);
      if (place.name === 'dst') return this.#end(place, ends.dst);
    }
    switch (place.action) {
      case DROP:
        return this.#drop();
      case DROP_ITEMS:
        return this.#cursor.byte === OPEN_LIST ? this.#dropItems() : this.#drop();
      case DROP_SCALAR:
        return this.#isObject() || this.#isNoSecret() ? this.#value(place, depth) : this.#drop();
      default:
        return this.#value(place, depth);
    }
  }

  /** Nothing, a claim or an empty text tells no secret, whatever it is called. */
  #isNoSecret(): boolean {
    const { byte } = this.#cursor;
    return byte === LOWER_N || byte === LOWER_T || byte === LOWER_F || this.#cursor.isEmptyText;
  }

  #value(place: Place, depth: number): boolean {
    const { byte } = this.#cursor;
    if (byte === QUOTE) return this.#text(place.action === SEARCH);
    switch (byte) {
      case OPEN_OBJECT: {
        const deeper = place.isDeeper ? depth + 1 : depth;
        return deeper > MAX_DEPTH ? this.#drop() : this.#object(place.object, deeper, null);
      }
      case OPEN_LIST:
        return depth + 1 > MAX_DEPTH ? this.#drop() : this.#list(place.item, depth + 1);
      case LOWER_N:
        this.#pack.nil();
        return this.#cursor.word('null');
      case LOWER_T:
        this.#pack.boolean(true);
        return this.#cursor.word('true');
      case LOWER_F:
        this.#pack.boolean(false);
        return this.#cursor.word('false');
      default: {
        const number = this.#cursor.number();
        if (number === null) return false;
        this.#pack.number(number);
        return true;
      }
    }
  }

  #list(item: Place, depth: number): boolean {
    const head = this.#pack.beginArray();
    const count = this.#items(() => this.#value(item, depth));
    if (count < 0) return false;
    this.#pack.endArray(head, count);
    return true;
  }

  #dropItems(): boolean {
    const head = this.#pack.beginArray();
    const count = this.#items(() => this.#drop());
    if (count < 0) return false;
    this.#pack.endArray(head, count);
    return true;
  }

  /** At an opening bracket: gives each item to `take`; answers how many there were, or -1. */
  #items(take: () => boolean): number {
    const cursor = this.#cursor;
    cursor.at++;
    if (cursor.byte === CLOSE_LIST) {
      cursor.at++;
      return 0;
    }
    for (let count = 1; ; count++) {
      if (!take()) return -1;
      const { byte } = cursor;
      cursor.at++;
      if (byte === CLOSE_LIST) return count;
      if (byte !== COMMA) return -1;
    }
  }

  #text(isSearched: boolean): boolean {
    const cursor = this.#cursor;
    if (!cursor.text()) return false;
    const { bytes, start, end } = cursor;
    const { rules } = this;
    const isSuspect = isSearched && (rules.searchesAll || (!cursor.isPlain && rules.mayHold(bytes, start, end)));
    if (isSuspect) {
      this.#pack.string(this.rules.text(Buffer.prototype.utf8Slice.call(bytes, start, end)));
    } else {
      this.#pack.utf8(bytes, start, end);
    }
    return true;
  }

  #drop(): boolean {
    this.#pack.string(REDACTED);
    return this.#cursor.skipValue();
  }

  /** One end of the call, with the process that holds it. */
  #end(place: Place, process: Process | undefined): boolean {
    if (process === undefined) return this.#object(place.object, 0, null);
    return this.#named(place.object, process);
  }

  #named(beginning: Place, process: Process): boolean {
    const cursor = this.#cursor;
    const head = this.#pack.beginRecord();
    let place = beginning;
    let hasName = false;
    do {
      cursor.at++;
      const key = cursor.key();
      if (key === null) return false;
      place = place.behind(key);
      hasName ||= place.name === 'name';
      if (!this.#value(place, 0)) return false;
    } while (cursor.byte === COMMA);
    if (cursor.byte !== CLOSE_OBJECT) return false;
    cursor.at++;
    if (!hasName) this.#pack.string(process.name);
    this.#pack.string(process.name);
    this.#pack.number(process.pid);
    this.#pack.endRecord(head, place.with(hasName ? NAMED : UNNAMED));
    return true;
  }
}

const NAMED = ['process', 'pid'];
const UNNAMED = ['name', ...NAMED];
