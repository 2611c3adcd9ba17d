/** Structs of the binary encoding as JSON, straight from their bytes, as `Walker` makes them; frames.ts has found them usual. */

import { type JsonWriter, piece } from '../../json/json-writer.ts';
import { int16, int32 } from './frames.ts';
import { MAX_CHARACTERS, Type, textIn } from './values.ts';

const TRUE = piece('true');
const FALSE = piece('false');
/** Below it a byte is not one of a text. */
const TAB = 9;
const CONTROL_FREE = 0x20;
/** A safe integer has so many bits above its lower 32. */
const SAFE_HIGH = 2 ** 21;
const TWO_32 = 2 ** 32;
/** Maps with more members are rare: that no key comes twice is looked up one by one. */
const MAX_COMPARED = 24;
const MAX_KEY_BYTES = 256;
const UPPER_A = 0x41;
/** What is no text is shown whole up to here, two digits a byte behind `0x`. */
const MAX_HEX_BYTES = MAX_CHARACTERS / 2 - 1;

/** Of the double being read. */
const double = new DataView(new ArrayBuffer(8));

/** Writes the struct at `at`, which is whole; returns where it ends. */
export function writeStruct(json: JsonWriter, bytes: Uint8Array, at: number): number {
  let next = at;
  let separator = '{"';
  for (let type = bytes[next] ?? 0; type !== Type.STOP; type = bytes[next] ?? 0) {
    json.raw(separator);
    separator = ',"';
    json.number(int16(bytes, next + 1));
    json.raw('":');
    next = writeValue(json, bytes, next + 3, type);
  }
  json.raw(next === at ? '{}' : '}');
  return next + 1;
}

/** Writes the values of a struct one behind the other. */
export function writeFields(json: JsonWriter, bytes: Uint8Array, at: number): void {
  let next = at;
  for (let type = bytes[next] ?? 0; type !== Type.STOP; type = bytes[next] ?? 0) {
    if (next > at) json.raw(', ');
    next = writeValue(json, bytes, next + 3, type);
  }
}

/** Writes one value; returns where it ends. */
export function writeValue(json: JsonWriter, bytes: Uint8Array, at: number, type: number): number {
  switch (type) {
    case Type.BOOL:
      json.copyOf(bytes[at] === 1 ? TRUE : FALSE);
      return at + 1;
    case Type.BYTE:
      json.number(((bytes[at] ?? 0) << 24) >> 24);
      return at + 1;
    case Type.DOUBLE:
      writeDouble(json, bytes, at);
      return at + 8;
    case Type.I16:
      json.number(int16(bytes, at));
      return at + 2;
    case Type.I32:
      json.number(int32(bytes, at));
      return at + 4;
    case Type.I64:
      writeLong(json, bytes, at);
      return at + 8;
    case Type.STRUCT:
      return writeStruct(json, bytes, at);
    case Type.MAP:
      return writeMap(json, bytes, at);
    case Type.LIST:
    case Type.SET:
      return writeList(json, bytes, at);
    default: {
      const length = int32(bytes, at);
      writeText(json, bytes, at + 4, length);
      return at + 4 + length;
    }
  }
}

function writeDouble(json: JsonWriter, bytes: Uint8Array, at: number): void {
  for (let i = 0; i < 8; i++) double.setUint8(i, bytes[at + i] ?? 0);
  const value = double.getFloat64(0);
  if (Number.isFinite(value)) json.number(value);
  else json.text(String(value));
}

function writeLong(json: JsonWriter, bytes: Uint8Array, at: number): void {
  const high = int32(bytes, at);
  const low = int32(bytes, at + 4) >>> 0;
  const value = high * TWO_32 + low;
  const isExact = high >= -SAFE_HIGH && high < SAFE_HIGH && Number.isSafeInteger(value);
  if (isExact) json.number(value);
  else json.text(((BigInt(high) << 32n) | BigInt(low)).toString());
}

function writeText(json: JsonWriter, bytes: Uint8Array, start: number, length: number): void {
  const from = json.length;
  const end = start + length;
  if (!isPlain(bytes, start, end)) {
    if (length > MAX_HEX_BYTES) return json.text(textIn(bytes, start, length));
    json.raw('"0x');
    json.hex(bytes, start, end);
    return json.raw('"');
  }
  if (length <= MAX_CHARACTERS) {
    if (json.ascii(bytes, start, end)) return;
    json.length = from;
    if (json.utf8Text(bytes, start, end)) return;
    json.length = from;
  }
  json.text(textIn(bytes, start, length));
}

/** No byte makes it binary. */
function isPlain(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (byte < CONTROL_FREE && byte < TAB) return false;
  }
  return true;
}

function writeList(json: JsonWriter, bytes: Uint8Array, at: number): number {
  const type = bytes[at] ?? 0;
  const count = int32(bytes, at + 1);
  let next = at + 5;
  json.raw('[');
  for (let i = 0; i < count; i++) {
    if (i > 0) json.raw(',');
    next = writeValue(json, bytes, next, type);
  }
  json.raw(']');
  return next;
}

/** Keys that are no names would stand in another order, or twice: that is refused. */
function writeMap(json: JsonWriter, bytes: Uint8Array, at: number): number {
  const [keyType = 0, valueType = 0] = [bytes[at], bytes[at + 1]];
  const count = int32(bytes, at + 2);
  const keys: number[] = [];
  let next = at + 6;
  if (count > 0 && (keyType !== Type.STRING || count > MAX_COMPARED)) json.isRefused = true;
  json.raw('{');
  for (let i = 0; i < count; i++) {
    if (i > 0) json.raw(',');
    if (json.isRefused || !isName(bytes, next) || keys.some((key) => isSame(bytes, key, next))) json.isRefused = true;
    keys.push(next);
    next = writeValue(json, bytes, next, keyType);
    json.raw(':');
    next = writeValue(json, bytes, next, valueType);
  }
  json.raw('}');
  return next;
}

/** Is the text at `at` no number, and short? */
function isName(bytes: Uint8Array, at: number): boolean {
  const length = int32(bytes, at);
  return length > 0 && length <= MAX_KEY_BYTES && (bytes[at + 4] ?? 0) >= UPPER_A;
}

/** Are the texts the same, their lengths included? */
function isSame(bytes: Uint8Array, one: number, other: number): boolean {
  const end = 4 + int32(bytes, one);
  for (let i = 0; i < end; i++) if (bytes[one + i] !== bytes[other + i]) return false;
  return true;
}
