/** AVPs as JSON, straight from their bytes, as `avpsOf` makes them. */

import { type JsonWriter, piece } from '../../json/json-writer.ts';
import { addressText } from '../../packet/address.ts';
import { i32, u32 } from '../../packet/big-endian.ts';
import { type AvpFacts, avpFacts } from './avp-facts.ts';
import { MAX_DEPTH, REDACTED, scalarOf } from './values.ts';
import { avpBehind, avpEnd, codeAt, valueAt, vendorAt } from './wire.ts';

/** Of one message, all levels together: those that have more are described. */
export const MAX_WRITTEN = 256;
const NONE = -1;
/** A long below it is a safe integer: the upper half of one. */
const SAFE_HIGH = 2 ** 21;
const TWO_32 = 2 ** 32;
const NOTHING = new Uint8Array(0);
const REDACTED_VALUE = piece(JSON.stringify(REDACTED));

/** Lists made so far: each has a number, by which AVPs know that they came before in it. */
let lists = 0;
/** AVPs that may still be written of the message. */
let left = 0;

/** A new message is written. */
export function beginMessage(): void {
  left = MAX_WRITTEN;
}

/** The AVPs of one level: where each lies, and which have the same name. */
export class AvpList {
  bytes: Uint8Array = NOTHING;
  count = 0;
  readonly facts: AvpFacts[] = [];
  readonly starts = new Int32Array(MAX_WRITTEN);
  readonly ends = new Int32Array(MAX_WRITTEN);
  /** The next one of that name; its own place in one that stands behind another. */
  private readonly next = new Int32Array(MAX_WRITTEN);
  private readonly isLater = new Uint8Array(MAX_WRITTEN);
  private id = 0;

  /** Looks over AVPs, as far as they are whole; false where there are too many. */
  read(bytes: Uint8Array, start: number, limit: number): boolean {
    this.bytes = bytes;
    this.count = 0;
    this.id = ++lists;
    for (let at = start, end = 0; at < limit; at = avpBehind(at, end)) {
      end = avpEnd(bytes, at, limit);
      if (end < 0) return true;
      if (--left < 0) return false;
      this.add(at, end);
    }
    return true;
  }

  private add(at: number, end: number): void {
    const { bytes } = this;
    const facts = avpFacts(codeAt(bytes, at), vendorAt(bytes, at));
    const place = this.count++;
    this.facts[place] = facts;
    this.starts[place] = valueAt(bytes, at);
    this.ends[place] = end;
    this.next[place] = NONE;
    this.isLater[place] = 0;
    if (facts.list === this.id) {
      this.isLater[place] = 1;
      let before = facts.place;
      for (let next = this.next[before] ?? NONE; next !== NONE; next = this.next[before] ?? NONE) before = next;
      this.next[before] = place;
      return;
    }
    facts.list = this.id;
    facts.place = place;
  }

  /** The first one of these, or -1; asked before another list is read. */
  placeOf(facts: AvpFacts): number {
    return facts.list === this.id ? facts.place : NONE;
  }

  comesAgain(place: number): boolean {
    return this.next[place] !== NONE;
  }

  /** An object of all. */
  write(json: JsonWriter, depth: number): void {
    json.raw('{');
    for (let place = 0; place < this.count; place++) {
      if (this.isLater[place] === 1) continue;
      if (place > 0) json.raw(',');
      const facts = this.facts[place];
      if (facts === undefined) continue;
      json.copyOf(facts.key);
      const second = this.next[place] ?? NONE;
      if (second === NONE) {
        this.writeValue(json, place, depth);
        continue;
      }
      json.raw('[');
      this.writeValue(json, place, depth);
      for (let next = second; next !== NONE; next = this.next[next] ?? NONE) {
        json.raw(',');
        this.writeValue(json, next, depth);
      }
      json.raw(']');
    }
    json.raw('}');
  }

  writeValue(json: JsonWriter, place: number, depth: number): void {
    const facts = this.facts[place];
    const [from = 0, to = 0] = [this.starts[place], this.ends[place]];
    if (facts === undefined) return json.raw('null');
    if (facts.avp.type !== 'group' || depth >= MAX_DEPTH) return writeScalar(json, facts, this.bytes, from, to);
    const inner = listAt(depth + 1);
    if (!inner.read(this.bytes, from, to)) {
      json.isRefused = true;
      return json.raw('null');
    }
    inner.write(json, depth + 1);
  }
}

/** One list for each level of groups. */
const levels: AvpList[] = [];
function listAt(depth: number): AvpList {
  let list = levels[depth];
  if (list === undefined) {
    list = new AvpList();
    levels[depth] = list;
  }
  return list;
}

function writeScalar(json: JsonWriter, { avp }: AvpFacts, bytes: Uint8Array, from: number, to: number): void {
  const size = to - from;
  switch (avp.type) {
    case 'int': {
      if (size !== 4) break;
      const value = u32(bytes, from);
      const name = avp.values?.[value];
      return name === undefined ? json.number(value) : json.name(name);
    }
    case 'signed':
      if (size !== 4) break;
      return json.number(i32(bytes, from));
    case 'long': {
      const high = u32(bytes, from);
      if (size !== 8 || high >= SAFE_HIGH) break;
      return json.number(high * TWO_32 + u32(bytes, from + 4));
    }
    case 'address':
      if (size !== 6) break;
      return json.name(addressText(bytes, from + 2, 4));
    case 'secret':
      return json.copyOf(REDACTED_VALUE);
    case 'text':
    case 'opaque': {
      // A zero is in no text: most numbers of vendors begin with one.
      if (size === 4 && bytes[from] === 0) return json.number(u32(bytes, from));
      const before = json.length;
      if (json.plainText(bytes, from, to, false)) return;
      json.length = before;
      break;
    }
    default:
  }
  const value = scalarOf(avp, bytes.subarray(from, to));
  if (typeof value === 'string') json.text(value);
  else json.number(value);
}
