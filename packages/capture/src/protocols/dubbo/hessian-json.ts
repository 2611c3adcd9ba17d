/**
 * Values of Hessian 2 as JSON, straight from their bytes, as `HessianReader` makes them. Anything odd (values that are cut, keys that are
 * no names or come twice, texts in pieces) is refused, and described then.
 */

import { ByteInterner } from '../../decode/interner.ts';
import { isTraceField } from '../../decode/trace.ts';
import { type JsonWriter, piece } from '../../json/json-writer.ts';
import { i32, u16, u32 } from '../../packet/big-endian.ts';
import { isSecretName, REDACTED } from './bodies.ts';
import { dateOf, MAX_TEXT, textOf } from './hessian.ts';
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
/** A safe integer has so many bits above its lower 32. */
const SAFE_HIGH = 2 ** 21;
const TWO_32 = 2 ** 32;
const NULL = piece('null');
const TRUE = piece('true');
const FALSE = piece('false');
const REDACTED_VALUE = piece(JSON.stringify(REDACTED));
const ZERO = 0x30;
const NINE = 0x39;

/** A key of a map, or the name of a field. */
interface KeyFacts {
  readonly name: string;
  /** `,"item":` */
  readonly key: Uint8Array;
  /** Stands in an object where it is written: an index would not, nor would the name of a prototype. */
  readonly isPlain: boolean;
  readonly isSecret: boolean;
  /** The same in lower case may carry a trace id. */
  readonly mayTrace: boolean;
}

const keys = new ByteInterner((bytes, start, end): KeyFacts => {
  const name = textOf(bytes.subarray(start, end));
  const first = name.charCodeAt(0);
  return {
    name,
    key: piece(`,${JSON.stringify(name)}:`),
    isPlain: !(first >= ZERO && first <= NINE) && name !== '__proto__',
    isSecret: isSecretName(name),
    mayTrace: isTraceField(name.toLowerCase()),
  };
});

/** A class: its name, and the keys of its fields. */
interface Definition {
  /** `{"class":"Shop$Order"` */
  readonly head: Uint8Array;
  readonly name: string;
  readonly fields: readonly KeyFacts[];
  readonly isPlain: boolean;
}

/** By the bytes of the whole definition, which comes with every message. */
const definitions = new ByteInterner((bytes, start, end): Definition => {
  const walk = new TextWalk(bytes, start, end);
  const name = walk.text();
  const count = walk.int();
  const fields: KeyFacts[] = [];
  while (fields.length < count) {
    const from = walk.at;
    walk.skip();
    fields.push(keys.of(bytes, textStart(bytes[from] ?? 0, from), walk.at));
  }
  const names = new Set(fields.map((field) => field.name));
  const isPlain = names.size === fields.length && !names.has('class') && fields.every((field) => field.isPlain);
  return { head: piece(`{"class":${JSON.stringify(name)}`), name, fields, isPlain };
});

/** Reads what definitions are made of: texts, and a number of one byte. */
class TextWalk {
  readonly bytes: Uint8Array;
  at: number;
  private readonly limit: number;

  constructor(bytes: Uint8Array, at: number, limit: number) {
    this.bytes = bytes;
    this.at = at;
    this.limit = limit;
  }

  /** Passes over a text; false where none stands. */
  skip(): boolean {
    const end = textEnd(this.bytes, this.at, this.limit);
    if (end >= 0) this.at = end;
    return end >= 0;
  }

  text(): string {
    const from = this.at;
    if (!this.skip()) return '';
    return textOf(this.bytes.subarray(textStart(this.bytes[from] ?? 0, from), this.at));
  }

  /** -1 where none of one byte stands, or one below 0. */
  int(): number {
    const code = this.bytes[this.at] ?? 0;
    if (this.at >= this.limit || code < 0x90 || code > 0xbf) return -1;
    this.at++;
    return code - 0x90;
  }
}

/** Of the double being read. */
const double = new DataView(new ArrayBuffer(8));

/** One object, which reads message after message. */
export class HessianJson {
  private bytes: Uint8Array = new Uint8Array(0);
  at = 0;
  private limit = 0;
  private values = 0;
  /** Something could not be written: what was, is of no use. */
  isOdd = false;
  private readonly classes: Definition[] = [];
  /** Keys of the maps that are being written, each behind those of the map around it. */
  private readonly open: string[] = [];
  /** Of the object that was written last: its class, and where its `detailMessage` stands in the JSON; 0 and 0 where it has none. */
  className = '';
  messageStart = 0;
  messageEnd = 0;

  /** Is the next value an object? */
  get isObject(): boolean {
    const code = this.bytes[this.at] ?? 0;
    return code === 0x43 || code === 0x4f || (code >= 0x60 && code <= 0x6f);
  }

  begin(bytes: Uint8Array, start: number, limit: number): void {
    this.bytes = bytes;
    this.at = start;
    this.limit = limit;
    this.values = 0;
    this.isOdd = false;
    this.classes.length = 0;
    this.open.length = 0;
  }

  private refuse(json: JsonWriter): void {
    this.isOdd = true;
    this.at = this.limit;
    json.copyOf(NULL);
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

  /** The room for `length` bytes behind the code; false where they are not there. */
  private take(length: number): boolean {
    this.at += length;
    return this.at <= this.limit;
  }

  private writeShortInt(json: JsonWriter, code: number): void {
    const { bytes, at } = this;
    if (code >= 0x80 && code <= 0xbf) {
      this.at = at + 1;
      return writeInt(json, code - 0x90);
    }
    if (code >= 0xd8 && code <= 0xef) {
      this.at = at + 1;
      return writeInt(json, code - 0xe0);
    }
    const isThree = (code >= 0xd0 && code <= 0xd7) || code < 0x80;
    if (!this.take(isThree ? 3 : 2)) return this.refuse(json);
    if (isThree) return writeInt(json, ((code - (code < 0x80 ? 0x3c : 0xd4)) << 16) + u16(bytes, at + 1));
    writeInt(json, ((code - (code >= 0xf0 ? 0xf8 : 0xc8)) << 8) + (bytes[at + 1] ?? 0));
  }

  private writeShortBinary(json: JsonWriter, code: number): void {
    const isLong = code >= 0x34;
    const length = isLong ? ((code - 0x34) << 8) + (this.bytes[this.at + 1] ?? 0) : code - 0x20;
    this.writeBinary(json, isLong ? 2 : 1, length);
  }

  private writeBinary(json: JsonWriter, head: number, length: number): void {
    if (!this.take(head + length)) return this.refuse(json);
    json.raw('"');
    json.number(length);
    json.raw(' bytes"');
  }

  private writeText(json: JsonWriter, code: number): void {
    const { bytes, at } = this;
    const end = textEnd(bytes, at, this.limit);
    const start = textStart(code, at);
    if (end < 0) return this.refuse(json);
    this.at = end;
    const before = json.length;
    if (end - start <= MAX_TEXT && json.ascii(bytes, start, end)) return;
    json.length = before;
    json.text(textOf(bytes.subarray(start, end)));
  }

  private writeOther(json: JsonWriter, code: number, depth: number): void {
    const { bytes, at } = this;
    switch (code) {
      case 0x4e:
        return json.copyOf(NULL);
      case 0x54:
        return json.copyOf(TRUE);
      case 0x46:
        return json.copyOf(FALSE);
      case 0x49:
      case 0x59:
        return this.take(4) ? writeInt(json, i32(bytes, at)) : this.refuse(json);
      case 0x4c:
        return this.take(8) ? writeLong(json, bytes, at) : this.refuse(json);
      case 0x44:
        return this.take(8) ? writeDouble(json, bytes, at) : this.refuse(json);
      case 0x4a:
        return this.take(8) ? json.text(dateOf(i32(bytes, at) * TWO_32 + u32(bytes, at + 4))) : this.refuse(json);
      case 0x4b:
        return this.take(4) ? json.text(dateOf(i32(bytes, at) * 60_000)) : this.refuse(json);
      case 0x5b:
        return json.number(0);
      case 0x5c:
        return json.number(1);
      case 0x5d:
        return this.take(1) ? writeInt(json, ((bytes[at] ?? 0) << 24) >> 24) : this.refuse(json);
      case 0x5e:
        return this.take(2) ? writeInt(json, (u16(bytes, at) << 16) >> 16) : this.refuse(json);
      case 0x5f:
        return this.take(4) ? json.number(i32(bytes, at) / 1000) : this.refuse(json);
      case 0x42:
        return this.writeBinary(json, 2, u16(bytes, at));
      default:
        return this.writeCompound(json, code, depth);
    }
  }

  private writeCompound(json: JsonWriter, code: number, depth: number): void {
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
    if (count < 0 || fields < count || this.classes.length >= MAX_DEFINITIONS) {
      this.isOdd = true;
      return;
    }
    this.at = walk.at;
    this.classes.push(definitions.of(bytes, start, walk.at));
  }

  private writeObject(json: JsonWriter, index: number, depth: number): void {
    const definition = this.classes[index];
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
    const first = this.open.length;
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
    if (this.open.length === first) json.raw('{');
    else json.openAt(start);
    json.raw('}');
    this.open.length = first;
  }

  /** The next key of the map whose keys stand from `first` on; null where it is none that is usual. */
  private key(first: number): KeyFacts | null {
    const { bytes, at, open } = this;
    const end = textEnd(bytes, at, this.limit);
    if (end < 0 || end - at > MAX_TEXT || open.length - first >= MAX_COMPARED) return null;
    this.at = end;
    this.values++;
    const facts = keys.of(bytes, textStart(bytes[at] ?? 0, at), end);
    for (let i = first; i < open.length; i++) if (open[i] === facts.name) return null;
    if (!facts.isPlain) return null;
    open.push(facts.name);
    return facts;
  }

  /** A map of attachments, of which secrets leave only their name; `traces` are given those that may tell a trace. */
  writeAttachments(json: JsonWriter, traces: Map<string, string> | null): void {
    if (this.at >= this.limit || this.bytes[this.at] !== 0x48) return this.refuse(json);
    this.at++;
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
      } else if (facts.mayTrace && traces !== null) this.trace(facts.name, from, traces);
    }
    this.close(json, 0, start);
  }

  private trace(name: string, from: number, traces: Map<string, string>): void {
    const code = this.bytes[from] ?? 0;
    if (isText(code)) traces.set(name, textOf(this.bytes.subarray(textStart(code, from), this.at)));
  }
}

const writeInt = (json: JsonWriter, value: number): void => {
  if (value >= 0) return json.number(value);
  json.raw('-');
  json.number(-value);
};

function writeLong(json: JsonWriter, bytes: Uint8Array, at: number): void {
  const high = i32(bytes, at);
  const value = high * TWO_32 + u32(bytes, at + 4);
  if (high >= -SAFE_HIGH && high < SAFE_HIGH && Number.isSafeInteger(value)) json.number(value);
  else json.text(((BigInt(high) << 32n) | BigInt(u32(bytes, at + 4))).toString());
}

function writeDouble(json: JsonWriter, bytes: Uint8Array, at: number): void {
  double.setInt32(0, i32(bytes, at));
  double.setInt32(4, i32(bytes, at + 4));
  const value = double.getFloat64(0);
  if (Number.isFinite(value)) json.number(value);
  else json.text(String(value));
}
