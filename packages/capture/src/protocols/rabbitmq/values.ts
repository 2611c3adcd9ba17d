/** Arguments of methods, properties of messages and field tables → JSON (specification §4.2.5, with RabbitMQ's types). */

import type { JsonObject, JsonValue } from '@kubeshark/model';
import { ByteReader } from '../../decode/byte-reader.ts';
import { hexText } from '../../decode/hex.ts';
import { internedText } from '../../decode/interned-text.ts';
import { textOf } from '../../decode/text.ts';
import { contentProperties, type Field, type FieldType } from './method.ts';

/** Tables inside tables; RabbitMQ's own `x-death` is three deep. */
export const MAX_DEPTH = 16;
/** Fields kept of one table or array, over all its levels. */
export const MAX_FIELDS = 1024;
/** Characters kept of one string. */
const MAX_CHARACTERS = 4096;

/** Arguments that carry or answer a login: they are read over. */
const secrets = new Set(['response', 'challenge', 'newSecret']);

const clipped = (text: string) => (text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS)}…` : text);
const number = (value: bigint): JsonValue =>
  value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value.toString();
const finite = (value: number): JsonValue => (Number.isFinite(value) ? value : String(value));
/** Bytes that are no text are shown as hexadecimal. */
const shown = (bytes: Uint8Array): string => {
  const kept = bytes.subarray(0, MAX_CHARACTERS);
  return clipped(textOf(kept) ?? `\\x${hexText(kept)}`) + (kept.length < bytes.length ? '…' : '');
};

function shortText(reader: ByteReader): string {
  const length = reader.u8();
  const start = reader.at;
  reader.skip(length);
  return reader.isShort ? '' : internedText(reader.bytes, start, start + length);
}

/** Seconds since 1970 as ISO text; the number itself where that is no time. */
function time(reader: ByteReader): JsonValue {
  const seconds = reader.u64();
  const date = new Date(Number(seconds) * 1000);
  return Number.isNaN(date.getTime()) ? seconds.toString() : date.toISOString();
}

function readField(type: Exclude<FieldType, 'bit'>, reader: ByteReader): JsonValue {
  switch (type) {
    case 'octet':
      return reader.u8();
    case 'short':
      return reader.u16();
    case 'long':
      return reader.u32();
    case 'longlong':
      return number(reader.u64());
    case 'shortstr':
      return shortText(reader);
    case 'longstr':
      return shown(reader.view(reader.u32()));
    case 'timestamp':
      return time(reader);
    case 'table':
      return readTable(reader);
  }
}

/** The arguments of a method; those that are not here whole are left out. */
export function readArguments(fields: readonly Field[], bytes: Uint8Array, start: number, end: number): JsonObject {
  const reader = new ByteReader(bytes, start, end);
  const found: Record<string, JsonValue> = {};
  let bits = 0;
  let mask = 0;
  for (const { name, type } of fields) {
    if (type === 'bit') {
      // Bits that follow each other share octets, from the lowest up.
      if (mask === 0 || mask > 0x80) {
        bits = reader.u8();
        mask = 1;
      }
      if (reader.isShort) break;
      found[name] = (bits & mask) !== 0;
      mask <<= 1;
      continue;
    }
    mask = 0;
    const value = readField(type, reader);
    if (reader.isShort) break;
    if (!secrets.has(name)) found[name] = value;
  }
  return found;
}

/** Property flags and the properties they announce (§4.2.6.1). */
export function readProperties(bytes: Uint8Array): JsonObject {
  const reader = new ByteReader(bytes);
  const flags = reader.u16();
  // The lowest bit says that another word of flags follows: they are for properties that no class has.
  for (let more = flags; (more & 1) !== 0 && !reader.isShort; ) more = reader.u16();
  const found: Record<string, JsonValue> = {};
  for (const [index, { name, type }] of contentProperties.entries()) {
    if ((flags & (0x8000 >> index)) === 0 || type === 'bit') continue;
    const value = readField(type, reader);
    if (reader.isShort) break;
    found[name] = value;
  }
  return found;
}

interface Budget {
  fields: number;
}

/** A field table: a length, then names and typed values. */
export function readTable(reader: ByteReader): JsonObject {
  return tableOf(reader.view(reader.u32()), 0, { fields: MAX_FIELDS });
}

function tableOf(bytes: Uint8Array, depth: number, budget: Budget): JsonObject {
  const reader = new ByteReader(bytes);
  const found: [string, JsonValue][] = [];
  while (reader.left > 0) {
    if (budget.fields-- <= 0) {
      found.push(['…', `more than ${MAX_FIELDS} fields`]);
      break;
    }
    const name = shortText(reader);
    const value = readValue(reader, depth, budget);
    if (reader.isShort) break;
    found.push([name, value === undefined ? 'a value of an unknown type' : value]);
    if (value === undefined) break;
  }
  return Object.fromEntries(found);
}

function arrayOf(bytes: Uint8Array, depth: number, budget: Budget): JsonValue[] {
  const reader = new ByteReader(bytes);
  const found: JsonValue[] = [];
  while (reader.left > 0 && budget.fields-- > 0) {
    const value = readValue(reader, depth, budget);
    if (reader.isShort || value === undefined) break;
    found.push(value);
  }
  return found;
}

/** One value after its type's letter; undefined for a letter nobody knows, whose length nobody knows either. */
function readValue(reader: ByteReader, depth: number, budget: Budget): JsonValue | undefined {
  switch (String.fromCharCode(reader.u8())) {
    case 't':
      return reader.u8() !== 0;
    case 'b':
      return reader.i8();
    case 'B':
      return reader.u8();
    case 's': // RabbitMQ and its clients send a number where the specification has a short string
    case 'U':
      return reader.i16();
    case 'u':
      return reader.u16();
    case 'I':
      return reader.i32();
    case 'i':
      return reader.u32();
    case 'l':
    case 'L':
      return number(reader.i64());
    case 'f':
      return finite(Number.parseFloat(reader.f32().toPrecision(7)));
    case 'd':
      return finite(reader.f64());
    case 'D':
      return decimalOf(reader.u8(), reader.u32());
    case 'S':
      return shown(reader.view(reader.u32()));
    case 'x':
      return `\\x${hexText(reader.view(reader.u32()).subarray(0, MAX_CHARACTERS))}`;
    case 'T':
      return time(reader);
    case 'V':
      return null;
    case 'A': {
      const bytes = reader.view(reader.u32());
      return depth >= MAX_DEPTH ? ['…'] : arrayOf(bytes, depth + 1, budget);
    }
    case 'F': {
      const bytes = reader.view(reader.u32());
      return depth >= MAX_DEPTH ? { '…': 'nested too deep' } : tableOf(bytes, depth + 1, budget);
    }
    default:
      return undefined;
  }
}

/** `12345` with two digits after the point is `123.45`. */
function decimalOf(scale: number, value: number): string {
  if (scale === 0) return String(value);
  const digits = String(value).padStart(scale + 1, '0');
  return `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}
