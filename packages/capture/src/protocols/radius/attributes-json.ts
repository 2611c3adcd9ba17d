/** Attributes as JSON, straight from their bytes, as `attributesOf` makes them. */

import { Interner } from '../../decode/interner.ts';
import { type JsonWriter, piece } from '../../json/json-writer.ts';
import { MAX_MEMBERS, type MemberFacts, Members } from '../../json/members.ts';
import { addressText } from '../../packet/address.ts';
import { u32 } from '../../packet/big-endian.ts';
import { type AttributeType, attributeOf } from './attributes.ts';
import { eapOf, isSecretVendor, plainValue, REDACTED, VENDOR_BYTES, vendorName, vendorValue } from './values.ts';
import { ATTRIBUTE_HEAD_BYTES, attributeEnd, HEADER_BYTES } from './wire.ts';

const TYPES = 256;
/** Attributes of vendors: a network has some dozens. Full, the memory starts afresh before the next packet. */
export const MAX_VENDOR_FACTS = 4096;
const NOTHING = new Uint8Array(0);
const REDACTED_VALUE = piece(JSON.stringify(REDACTED));
const EQUALS = 0x3d;
const ASTERISK = 0x2a;
const LAST_TAG = 0x1f;

/** What is written of an attribute by its number, made once. */
export interface AttributeFacts extends MemberFacts {
  readonly attribute: AttributeType;
  /** Whose attribute it is; null for those of the RFCs. */
  readonly vendor: number | null;
  /** Shown by its size. */
  readonly isOpaque: boolean;
  /** Names of numbers. */
  readonly names: ReadonlyMap<number, Uint8Array>;
}

function make(attribute: AttributeType, vendor: number | null, isOpaque = false): AttributeFacts {
  const { name, values = {} } = attribute;
  const names = new Map(Object.entries(values).map(([value, text]) => [Number(value), piece(JSON.stringify(text))]));
  return { attribute, vendor, isOpaque, names, key: piece(`,${JSON.stringify(name)}:`), list: 0, place: 0 };
}

const facts = Array.from({ length: TYPES }, (_, number) => make(attributeOf(number), null));
export const attributeFacts = (number: number): AttributeFacts => facts[number] ?? NO_FACTS;
const NO_FACTS = make(attributeOf(0), null);

/** By vendor, then by type. */
const ofVendors = new Map<number, Map<number, AttributeFacts>>();
let vendorFacts = 0;
/** Instead of a type: the vendor's attributes are not in the usual form. */
const UNUSUAL = -1;

function vendorFactsOf(vendor: number, type: number): AttributeFacts {
  let types = ofVendors.get(vendor);
  if (types === undefined) {
    types = new Map();
    ofVendors.set(vendor, types);
  }
  let known = types.get(type);
  if (known === undefined) {
    const name = type === UNUSUAL ? vendorName(vendor) : `${vendorName(vendor)}-${type}`;
    known = make({ name, type: 'vendor' }, vendor, type === UNUSUAL);
    types.set(type, known);
    vendorFacts++;
  }
  return known;
}

/** Names of settings that are secret: `shell:priv-lvl` is none. Only names are kept, never what is set. */
const secretNames = new Interner((name) => /pass|secret|psk|key/i.test(name), { capacity: 1024, maxLength: 64 });

/** The attributes of a packet. */
export class AttributeList extends Members<AttributeFacts> {
  bytes: Uint8Array = NOTHING;

  /** Looks over attributes, as far as they are whole; false where there are too many. */
  read(bytes: Uint8Array, start: number, limit: number): boolean {
    if (vendorFacts >= MAX_VENDOR_FACTS) {
      ofVendors.clear();
      vendorFacts = 0;
    }
    this.bytes = bytes;
    this.begin();
    let left = MAX_MEMBERS;
    let eap = 0;
    for (let at = start + HEADER_BYTES, end = 0; at < limit; at = end) {
      end = attributeEnd(bytes, at, limit);
      if (end < 0) break;
      if (--left < 0 || this.count >= MAX_MEMBERS) return false;
      const known = attributeFacts(bytes[at] ?? 0);
      const { type } = known.attribute;
      if (type === 'omitted') continue;
      const from = at + ATTRIBUTE_HEAD_BYTES;
      if (type === 'eap') {
        if (eap === 0) eap = at;
      } else if (type !== 'vendor') this.add(known, from, end);
      else if (!this.addVendor(from, end)) return false;
    }
    if (eap === 0) return true;
    // It may be in pieces, of which the first one says what it is.
    if (this.count >= MAX_MEMBERS) return false;
    this.add(attributeFacts(bytes[eap] ?? 0), eap + ATTRIBUTE_HEAD_BYTES, eap + (bytes[eap + 1] ?? 0));
    return true;
  }

  private addVendor(start: number, limit: number): boolean {
    const { bytes } = this;
    const first = start + VENDOR_BYTES;
    if (first > limit) return true;
    const vendor = u32(bytes, start);
    let inside = 0;
    for (let at = first; at < limit; inside++) {
      const end = attributeEnd(bytes, at, limit);
      if (end < 0) {
        if (this.count >= MAX_MEMBERS) return false;
        this.add(vendorFactsOf(vendor, UNUSUAL), first, limit);
        return true;
      }
      at = end;
    }
    if (this.count + inside > MAX_MEMBERS) return false;
    for (let at = first; at < limit; ) {
      const end = attributeEnd(bytes, at, limit);
      this.add(vendorFactsOf(vendor, bytes[at] ?? 0), at + ATTRIBUTE_HEAD_BYTES, end);
      at = end;
    }
    return true;
  }

  protected override writeMember(json: JsonWriter, place: number): void {
    const known = this.facts[place] ?? NO_FACTS;
    const [from = 0, to = 0] = [this.starts[place], this.ends[place]];
    if (known.vendor === null) writePlain(json, known, this.bytes, from, to);
    else if (known.isOpaque) json.text(`${to - from} bytes`);
    else writeVendor(json, known.vendor, this.bytes, from, to);
  }
}

function writePlain(json: JsonWriter, known: AttributeFacts, bytes: Uint8Array, from: number, to: number): void {
  const { attribute, names } = known;
  const { type } = attribute;
  const size = to - from;
  switch (type) {
    case 'text':
    case 'bytes':
      if (writeText(json, bytes, from, to)) return;
      break;
    case 'tagged-text':
      if (writeText(json, bytes, from < to && (bytes[from] ?? 0) <= LAST_TAG ? from + 1 : from, to)) return;
      break;
    case 'int':
    case 'tagged-int': {
      if (size !== 4) break;
      const value = type === 'int' ? u32(bytes, from) : u32(bytes, from) & 0xffffff;
      const name = names.get(value);
      return name === undefined ? json.number(value) : json.copyOf(name);
    }
    case 'ip':
      if (size !== 4) break;
      return json.name(addressText(bytes, from, 4));
    case 'secret':
      return json.copyOf(REDACTED_VALUE);
    case 'eap':
      return json.name(eapOf(bytes.subarray(from, to)));
    default:
  }
  const value = plainValue(attribute, bytes.subarray(from, to));
  if (typeof value === 'string') json.text(value);
  else json.number(value);
}

/** Writes what is surely text; else nothing, and answers false. */
function writeText(json: JsonWriter, bytes: Uint8Array, from: number, to: number): boolean {
  const before = json.length;
  if (json.plainText(bytes, from, to, false)) return true;
  json.length = before;
  return false;
}

function writeVendor(json: JsonWriter, vendor: number, bytes: Uint8Array, from: number, to: number): void {
  const nameEnd = endOfName(bytes, from, to);
  if (nameEnd === to || !secretNames.of(bytes, from, nameEnd)) {
    const isNumber = to - from === 4 && bytes[from] === 0;
    if (!isSecretVendor(vendor) && !isNumber && writeText(json, bytes, from, to)) return;
  }
  const value = vendorValue(vendor, bytes.subarray(from, to));
  if (typeof value === 'string') json.text(value);
  else json.number(value);
}

/** Where `name=value` or `name*value` is divided; `to` where it is not. */
function endOfName(bytes: Uint8Array, from: number, to: number): number {
  for (let at = from; at < to; at++) if (bytes[at] === EQUALS || bytes[at] === ASTERISK) return at;
  return to;
}
