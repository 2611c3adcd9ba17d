/**
 * BSON written as JSON straight from its bytes: the text that `JSON.stringify` gives of what `bson.ts` reads. What is not
 * whole, too big, or would stand in another order in an object is refused.
 */

import { type JsonWriter, piece } from '../json/json-writer.ts';
import { writeAscii } from '../json/row-keys.ts';
import { bsonValue, MAX_CHARACTERS, MAX_DEPTH, MAX_DOCUMENTS, MAX_VALUES } from './bson.ts';
import { type BsonKey, bsonKey } from './bson-keys.ts';
import { BsonType, lengthAt } from './bson-members.ts';
import { le32, leDouble } from './little-endian.ts';

/** More members of one document are looked through for one that comes twice. */
const MAX_MEMBERS = 64;
const UUID = 4;
const UUID_BYTES = 16;
const OBJECT_ID_BYTES = 12;
/** Upper halves of numbers with more than 53 bits begin here. */
const INEXACT = 0x20_0000;
const NULL = piece('null');
const TRUE = piece('true');
const FALSE = piece('false');
const REDACTED = piece('"[REDACTED]"');

/** Which members are not shown. */
export interface Secrecy {
  /** Inside of this member of the outermost document, secrets are hidden at any depth. */
  readonly hides: (key: BsonKey) => boolean;
  readonly isSecret: (key: BsonKey) => boolean;
}

const utf8 = new TextDecoder();

/** One writer, which is given document after document. */
export class BsonWriter {
  private readonly secrecy: Secrecy;
  private bytes: Uint8Array = new Uint8Array(0);
  private values = 0;
  private isHiding = false;
  /** Keys of the documents that are open, the innermost last. */
  private readonly keys: BsonKey[] = [];

  constructor(secrecy: Secrecy) {
    this.secrecy = secrecy;
  }

  /** The members of the document at `start`, which others may follow: without its last brace. */
  begin(json: JsonWriter, bytes: Uint8Array, start: number): void {
    this.bytes = bytes;
    this.values = 0;
    this.isHiding = false;
    this.keys.length = 0;
    json.raw('{');
    this.members(json, start, this.endOf(json, start, bytes.length), 0);
  }

  /** Another member: documents that stand one behind the other. */
  documents(json: JsonWriter, name: BsonKey, start: number, end: number): void {
    this.key(json, name, 0);
    this.list(json, this.bytes, start, end);
  }

  /** Documents that stand one behind the other, as a list. */
  list(json: JsonWriter, bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes;
    json.raw('[');
    let count = 0;
    for (let at = start; at + 5 <= end && count < MAX_DOCUMENTS && !json.isRefused; count++) {
      if (count > 0) json.raw(',');
      this.values = 0;
      const next = this.endOf(json, at, end);
      this.document(json, at, next, 0);
      at = next;
    }
    json.raw(']');
  }

  /** A value by itself. */
  value(json: JsonWriter, bytes: Uint8Array, type: number, at: number): void {
    this.bytes = bytes;
    this.values = 0;
    this.isHiding = false;
    this.keys.length = 0;
    const length = lengthAt(bytes, type, at);
    if (length < 0 || at + length > bytes.length) json.isRefused = true;
    else this.write(json, type, at, at + length, 0);
  }

  /** Behind the document at `start`; refuses one that does not end before `limit`. */
  private endOf(json: JsonWriter, start: number, limit: number): number {
    const length = le32(this.bytes, start);
    if (start + 5 <= limit && length >= 5 && start + length <= limit) return start + length;
    json.isRefused = true;
    return limit;
  }

  private document(json: JsonWriter, start: number, end: number, depth: number): void {
    json.raw('{');
    const before = this.keys.length;
    this.members(json, start, end, depth);
    this.keys.length = before;
    json.raw('}');
  }

  private members(json: JsonWriter, start: number, end: number, depth: number): void {
    const { bytes, secrecy } = this;
    const first = this.keys.length;
    let at = start + 4;
    if (depth >= MAX_DEPTH) json.isRefused = true;
    while (at < end - 1 && !json.isRefused) {
      const type = bytes[at] ?? 0;
      if (type === 0) return;
      const nameAt = at + 1;
      at = nameAt;
      while (at < end && bytes[at] !== 0) at++;
      const name = bsonKey(bytes, nameAt, at);
      this.key(json, name, first);
      at++;
      const next = this.next(json, type, at, end);
      const isOutermost = depth === 0 && first === 0 && secrecy.hides(name);
      if (this.isHiding && type !== BsonType.boolean && secrecy.isSecret(name)) json.copyOf(REDACTED);
      else if (isOutermost) {
        this.isHiding = true;
        this.write(json, type, at, next, depth);
        this.isHiding = false;
      } else this.write(json, type, at, next, depth);
      at = next;
    }
  }

  /** A key, behind a comma where it is not the first of its document. */
  private key(json: JsonWriter, name: BsonKey, first: number): void {
    const { keys } = this;
    if (keys.length > first) json.raw(',');
    if (name.isIndex || keys.length - first > MAX_MEMBERS) json.isRefused = true;
    for (let i = first; i < keys.length; i++) if (keys[i]?.text === name.text) json.isRefused = true;
    keys.push(name);
    json.copyOf(name.json);
  }

  /** Behind the value at `at`; refuses what is not whole, or too many values. */
  private next(json: JsonWriter, type: number, at: number, end: number): number {
    const length = lengthAt(this.bytes, type, at);
    if (length >= 0 && at + length < end && ++this.values <= MAX_VALUES) return at + length;
    json.isRefused = true;
    return end;
  }

  private array(json: JsonWriter, start: number, end: number, depth: number): void {
    const { bytes } = this;
    let at = start + 4;
    if (depth >= MAX_DEPTH) json.isRefused = true;
    json.raw('[');
    for (let count = 0; at < end - 1 && !json.isRefused; count++) {
      const type = bytes[at] ?? 0;
      // More documents than are shown are left out.
      if (type === 0 || (type === BsonType.document && count >= MAX_DOCUMENTS)) break;
      at++;
      while (at < end && bytes[at] !== 0) at++;
      at++;
      const next = this.next(json, type, at, end);
      if (count > 0) json.raw(',');
      this.write(json, type, at, next, depth);
      at = next;
    }
    json.raw(']');
  }

  /** The value that stands between `at` and `end`. */
  private write(json: JsonWriter, type: number, at: number, end: number, depth: number): void {
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
      case BsonType.document:
        return this.document(json, at, end, depth + 1);
      case BsonType.array:
        return this.array(json, at, end, depth + 1);
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
        return json.copyOf(NULL);
      case BsonType.objectId:
        json.raw('"');
        json.hex(bytes, at, at + OBJECT_ID_BYTES);
        return json.raw('"');
      case BsonType.binary:
        if (this.isUuid(at)) return this.uuid(json, at + 5);
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

  private uuid(json: JsonWriter, at: number): void {
    const { bytes } = this;
    json.raw('"');
    json.hex(bytes, at, at + 4);
    for (let part = at + 4; part < at + 10; part += 2) {
      json.raw('-');
      json.hex(bytes, part, part + 2);
    }
    json.raw('-');
    json.hex(bytes, at + 10, at + UUID_BYTES);
    json.raw('"');
  }
}
