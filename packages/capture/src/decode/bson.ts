/** BSON (https://bsonspec.org/spec.html) as JSON, out of bytes that may be cut, lie about lengths, or nest without end. */

import { Buffer } from 'node:buffer';
import type { JsonObject, JsonValue } from '@kubeshark/model';
import { BsonType } from './bson-types.ts';
import { ByteReader } from './byte-reader.ts';

/** The server's own limit of nesting is 180; what people read is flat. */
export const MAX_DEPTH = 64;
/** Values read of one document with everything inside it. */
export const MAX_VALUES = 10_000;
/** Documents kept of one array of documents. */
export const MAX_DOCUMENTS = 20;
/** Characters kept of one text. */
export const MAX_CHARACTERS = 4096;
const CUT = '…';

export interface BsonDocument {
  readonly value: JsonObject;
  /** Something in it was left out, cut, or missing at the end. */
  readonly isCut: boolean;
}

/** Reads the document that begins at `start`, or what there is of it. */
export function bsonDocument(bytes: Uint8Array, start: number): BsonDocument {
  const state = { values: 0, isCut: false };
  const reader = new ByteReader(bytes, Math.min(start, bytes.length));
  const value = documentIn(reader, 0, state);
  return { value, isCut: state.isCut || reader.isShort };
}

/** The value of a type that stands between `start` and `end`; undefined when it is not whole, or of no type. */
export function bsonValue(bytes: Uint8Array, type: number, start: number, end: number): JsonValue | undefined {
  const reader = new ByteReader(bytes, start, end);
  const value = valueIn(reader, type, 0, { values: 0, isCut: false });
  return reader.isShort ? undefined : value;
}

interface State {
  values: number;
  isCut: boolean;
}

/** The bytes between a document's length and its end, and where it ends. */
function bodyOf(reader: ByteReader): ByteReader {
  const length = reader.i32le();
  const left = Math.max(0, Math.min(length - 4, reader.left));
  const inside = new ByteReader(reader.bytes, reader.at, reader.at + left);
  // More is claimed than there is: what is there is read, and the reader outside ends here.
  reader.skip(Math.max(0, length - 4));
  return inside;
}

function documentIn(reader: ByteReader, depth: number, state: State): JsonObject {
  const inside = bodyOf(reader);
  const members: [string, JsonValue][] = [];
  if (depth >= MAX_DEPTH) {
    state.isCut = true;
    return {};
  }
  while (inside.left > 1) {
    if (++state.values > MAX_VALUES) {
      state.isCut = true;
      break;
    }
    const type = inside.u8();
    if (type === 0) break;
    const name = inside.cstring();
    const value = valueIn(inside, type, depth, state);
    if (value === undefined) {
      state.isCut = true;
      break;
    }
    members.push([name, value]);
    if (inside.isShort) {
      state.isCut = true;
      break;
    }
  }
  return Object.fromEntries(members);
}

function arrayIn(reader: ByteReader, depth: number, state: State): JsonValue[] {
  const inside = bodyOf(reader);
  const items: JsonValue[] = [];
  if (depth >= MAX_DEPTH) {
    state.isCut = true;
    return items;
  }
  while (inside.left > 1) {
    const type = inside.u8();
    if (type === 0) break;
    const isFull = type === BsonType.document && items.length >= MAX_DOCUMENTS;
    if (isFull || ++state.values > MAX_VALUES) {
      state.isCut = true;
      break;
    }
    inside.cstring();
    const value = valueIn(inside, type, depth, state);
    if (value === undefined || inside.isShort) {
      state.isCut = true;
      if (value !== undefined) items.push(value);
      break;
    }
    items.push(value);
  }
  return items;
}

function valueIn(reader: ByteReader, type: number, depth: number, state: State): JsonValue | undefined {
  switch (type) {
    case BsonType.double: {
      const value = reader.f64le();
      return Number.isFinite(value) ? value : String(value);
    }
    case BsonType.string:
    case BsonType.code:
    case BsonType.symbol:
      return textIn(reader, state);
    case BsonType.document:
      return documentIn(reader, depth + 1, state);
    case BsonType.array:
      return arrayIn(reader, depth + 1, state);
    case BsonType.binary:
      return binaryIn(reader, state);
    case BsonType.undefined:
    case BsonType.null:
      return null;
    case BsonType.objectId:
      return hex(reader.view(Math.min(12, reader.left)));
    case BsonType.boolean:
      return reader.u8() !== 0;
    case BsonType.date:
      return dateText(reader.i64le());
    case BsonType.regex:
      return `/${reader.cstring()}/${reader.cstring()}`;
    case BsonType.dbPointer:
      return { $ref: textIn(reader, state), $id: hex(reader.view(Math.min(12, reader.left))) };
    case BsonType.codeWithScope: {
      reader.skip(4);
      return { $code: textIn(reader, state), $scope: documentIn(reader, depth + 1, state) };
    }
    case BsonType.int32:
      return reader.i32le();
    case BsonType.timestamp: {
      const increment = reader.u32le();
      return `Timestamp(${reader.u32le()}, ${increment})`;
    }
    case BsonType.int64:
      return integer(reader.i64le());
    case BsonType.decimal128: {
      const low = reader.u64le();
      return decimalText(reader.u64le(), low);
    }
    case BsonType.maxKey:
      return 'MaxKey';
    case BsonType.minKey:
      return 'MinKey';
    default:
      return undefined;
  }
}

function textIn(reader: ByteReader, state: State): string {
  const length = reader.i32le();
  const text = reader.text(Math.max(0, Math.min(length - 1, reader.left)));
  if (length > 0 && reader.left > 0) reader.skip(1);
  else reader.skip(reader.left + 1);
  if (text.length <= MAX_CHARACTERS) return text;
  state.isCut = true;
  return `${text.slice(0, MAX_CHARACTERS)}${CUT}`;
}

const UUID = 4;

function binaryIn(reader: ByteReader, state: State): string {
  const length = reader.i32le();
  const subtype = reader.u8();
  const bytes = reader.view(Math.max(0, Math.min(length, reader.left)));
  if (subtype === UUID && bytes.length === 16)
    return hex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  if (bytes.length > MAX_CHARACTERS / 2) state.isCut = true;
  return `0x${hex(bytes.subarray(0, MAX_CHARACTERS / 2))}${bytes.length > MAX_CHARACTERS / 2 ? CUT : ''}`;
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');

const integer = (value: bigint): JsonValue =>
  value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value.toString();

function dateText(millis: bigint): string {
  const date = new Date(Number(millis));
  return Number.isNaN(date.getTime()) ? `Date(${millis})` : date.toISOString();
}

const EXPONENT_BIAS = 6176;

/** IEEE 754-2008 decimal128 with a binary significand. */
function decimalText(high: bigint, low: bigint): string {
  const sign = high >> 63n === 1n ? '-' : '';
  const combination = Number((high >> 58n) & 0x1fn);
  if (combination === 0x1e) return `${sign}Infinity`;
  if (combination === 0x1f) return 'NaN';
  // With these bits set the significand is above what 34 digits can be: it counts as zero.
  const isTooBig = combination >> 3 === 3;
  const exponent = Number((high >> (isTooBig ? 47n : 49n)) & 0x3fffn) - EXPONENT_BIAS;
  const digits = isTooBig ? '0' : (((high & 0x1_ffff_ffff_ffffn) << 64n) | low).toString();
  if (exponent === 0) return `${sign}${digits}`;
  if (exponent > 0 || exponent < -digits.length - 6) return `${sign}${digits}E${exponent > 0 ? '+' : ''}${exponent}`;
  const padded = digits.padStart(1 - exponent, '0');
  return `${sign}${padded.slice(0, exponent)}.${padded.slice(exponent)}`;
}
