/**
 * Values of Hessian 2 as JSON, straight from their bytes, as `HessianReader` makes them. Anything odd (values that are cut, keys that are
 * no names or come twice, texts in pieces) is refused, and described then.
 */

import { type JsonWriter, piece } from '../../json/json-writer.ts';
import { REDACTED } from './bodies.ts';
import { MAX_TEXT, textOf } from './hessian.ts';
import { type Definition, definitions, type KeyFacts, keys, TextWalk } from './hessian-classes.ts';
import { HessianScalars } from './hessian-scalars.ts';
import { isText, textEnd, textStart } from './hessian-text.ts';

/** Values of usual calls nest less, and are fewer. */
const MAX_WRITTEN_DEPTH = 32;
const MAX_WRITTEN_VALUES = 2000;
/** Maps with more members are rare: that no key comes twice is looked up one by one. */
const MAX_COMPARED = 64;
const MAX_DEFINITIONS = 64;
const END = 0x5a;
/** A list up to a mark. */
const UNCOUNTED = -1;
const REDACTED_VALUE = piece(JSON.stringify(REDACTED));

/** One object, which reads message after message. */
export class HessianJson extends HessianScalars {
  private values = 0;
  /** An object was met since this was false: what was written depends on the classes before it. */
  private hasObjects = false;
  /** Those that the message has defined so far: what stands behind `classCount` is of messages before. */
  private readonly classes: Definition[] = [];
  private classCount = 0;
  /** Keys of the maps that are being written, each behind those of the map around it; in the same way. */
  private readonly open: string[] = [];
  private openCount = 0;
  /** Of the object that was written last: its class, and where its `detailMessage` stands in the JSON; 0 and 0 where it has none. */
  className = '';
  messageStart = 0;
  messageEnd = 0;

  /** Do the attachments that were written last mean the same behind any other body? */
  get areAlone(): boolean {
    return !this.isOdd && !this.hasObjects;
  }

  /** Is the next value an object? */
  get isObject(): boolean {
    const code = this.bytes[this.at] ?? 0;
    return code === 0x43 || code === 0x4f || (code >= 0x60 && code <= 0x6f);
  }

  override begin(bytes: Uint8Array, start: number, limit: number): void {
    super.begin(bytes, start, limit);
    this.values = 0;
    this.classCount = 0;
    this.openCount = 0;
  }

  /** Writes the next value. */
  write(json: JsonWriter, depth: number): void {
    const { at } = this;
    if (at >= this.limit || this.isOdd || ++this.values > MAX_WRITTEN_VALUES || depth > MAX_WRITTEN_DEPTH)
      return this.refuse(json);
    const code = this.bytes[at] ?? 0;
    if (isText(code)) return this.writeText(json, code);
    if (code >= 0x70 && code <= 0x7f) return this.writeShortList(json, code, depth);
    if (code >= 0x80 || (code >= 0x38 && code <= 0x3f)) return this.writeShortInt(json, code);
    if (code >= 0x20 && code <= 0x37) return this.writeShortBinary(json, code);
    this.at = at + 1;
    if (code >= 0x60) return this.writeObject(json, code - 0x60, depth);
    this.writeOther(json, code, depth);
  }

  protected override writeCompound(json: JsonWriter, code: number, depth: number): void {
    switch (code) {
      case 0x43:
        this.define();
        // An object of the class follows, or something odd.
        return this.isObject ? this.write(json, depth + 1) : this.refuse(json);
      case 0x4f:
        return this.writeObject(json, this.number(), depth);
      case 0x4d:
        this.skipType(json);
        return this.writeMap(json, depth);
      case 0x48:
        return this.writeMap(json, depth);
      case 0x55:
        this.skipType(json);
        return this.writeList(json, UNCOUNTED, depth);
      case 0x57:
        return this.writeList(json, UNCOUNTED, depth);
      case 0x56:
        this.skipType(json);
        return this.writeList(json, this.number(), depth);
      case 0x58:
        return this.writeList(json, this.number(), depth);
      case 0x51:
        json.raw('"#');
        json.number(this.number());
        return json.raw('"');
      default:
        return this.refuse(json);
    }
  }

  /** A count or an index of one byte or two: larger ones have more values than are written. */
  private number(): number {
    const { bytes, at } = this;
    const code = bytes[at] ?? 0;
    const isOne = code >= 0x90 && code <= 0xbf;
    if ((!isOne && !(code >= 0xc8 && code <= 0xcf)) || !this.take(isOne ? 1 : 2)) {
      this.isOdd = true;
      return 0;
    }
    return isOne ? code - 0x90 : ((code - 0xc8) << 8) + (bytes[at + 1] ?? 0);
  }

  /** The name of a type, or the number of one that was named before: neither is told. */
  private skipType(json: JsonWriter): void {
    const end = textEnd(this.bytes, this.at, this.limit);
    if (end >= 0) {
      this.at = end;
      return;
    }
    const before = json.length;
    this.write(json, 0);
    json.length = before;
  }

  private define(): void {
    const { bytes, limit } = this;
    const walk = new TextWalk(bytes, this.at, limit);
    const start = this.at;
    const hasName = walk.skip();
    const count = hasName ? walk.int() : -1;
    let fields = 0;
    while (fields < count && walk.skip()) fields++;
    if (count < 0 || fields < count || this.classCount >= MAX_DEFINITIONS) {
      this.isOdd = true;
      return;
    }
    this.at = walk.at;
    this.classes[this.classCount++] = definitions.of(bytes, start, walk.at);
  }

  private writeObject(json: JsonWriter, index: number, depth: number): void {
    this.hasObjects = true;
    const definition = index < this.classCount ? this.classes[index] : undefined;
    if (definition === undefined || !definition.isPlain || this.isOdd) return this.refuse(json);
    json.copyOf(definition.head);
    const { fields } = definition;
    let [from, to] = [0, 0];
    for (let i = 0; i < fields.length; i++) {
      const field = fields[i];
      if (field === undefined) break;
      json.copyOf(field.key);
      const start = json.length;
      this.write(json, depth + 1);
      if (field.name === 'detailMessage') [from, to] = [start, json.length];
    }
    json.raw('}');
    this.className = definition.name;
    this.messageStart = from;
    this.messageEnd = to;
  }

  private writeShortList(json: JsonWriter, code: number, depth: number): void {
    this.at++;
    if (code < 0x78) this.skipType(json);
    this.writeList(json, code & 7, depth);
  }

  private writeList(json: JsonWriter, count: number, depth: number): void {
    json.raw('[');
    for (let i = 0; i !== count && !this.isOdd; i++) {
      if (count === UNCOUNTED && this.isEnd()) break;
      if (i > 0) json.raw(',');
      this.write(json, depth + 1);
    }
    json.raw(']');
  }

  private isEnd(): boolean {
    if (this.at >= this.limit || this.bytes[this.at] !== END) return false;
    this.at++;
    return true;
  }

  private writeMap(json: JsonWriter, depth: number): void {
    const first = this.openCount;
    const start = json.length;
    while (!this.isOdd && !this.isEnd()) {
      const facts = this.key(first);
      if (facts === null) return this.refuse(json);
      json.copyOf(facts.key);
      this.write(json, depth + 1);
    }
    this.close(json, first, start);
  }

  private close(json: JsonWriter, first: number, start: number): void {
    if (this.openCount === first) json.raw('{');
    else json.openAt(start);
    json.raw('}');
    this.openCount = first;
  }

  /** The next key of the map whose keys stand from `first` on; null where it is none that is usual. */
  private key(first: number): KeyFacts | null {
    const { bytes, at, open, openCount } = this;
    const end = textEnd(bytes, at, this.limit);
    if (end < 0 || end - at > MAX_TEXT || openCount - first >= MAX_COMPARED) return null;
    this.at = end;
    this.values++;
    const facts = keys.of(bytes, textStart(bytes[at] ?? 0, at), end);
    for (let i = first; i < openCount; i++) if (open[i] === facts.name) return null;
    if (!facts.isPlain) return null;
    open[openCount] = facts.name;
    this.openCount = openCount + 1;
    return facts;
  }

  /** A map of attachments, of which secrets leave only their name; `traces` are given those that may tell a trace. */
  writeAttachments(json: JsonWriter, traces: Map<string, string>): void {
    if (this.at >= this.limit || this.bytes[this.at] !== 0x48) return this.refuse(json);
    this.at++;
    this.hasObjects = false;
    const start = json.length;
    while (!this.isOdd && !this.isEnd()) {
      const facts = this.key(0);
      if (facts === null) return this.refuse(json);
      json.copyOf(facts.key);
      const from = this.at;
      const before = json.length;
      this.write(json, 1);
      if (facts.isSecret) {
        json.length = before;
        json.copyOf(REDACTED_VALUE);
      } else if (facts.mayTrace) this.trace(facts.name, from, traces);
    }
    this.close(json, 0, start);
  }

  private trace(name: string, from: number, traces: Map<string, string>): void {
    const code = this.bytes[from] ?? 0;
    if (isText(code)) traces.set(name, textOf(this.bytes.subarray(textStart(code, from), this.at)));
  }
}
