/** Types and values of CQL: native protocol v5, §4.2.5.2 and §6. */

import type { JsonValue } from '@kubeshark/model';
import { ByteReader } from '../../decode/byte-reader.ts';
import { hexText } from '../../decode/hex.ts';
import { printable } from '../../decode/printable.ts';
import { textOf } from '../../decode/text.ts';
import { addressText } from '../../packet/address.ts';

/** Types inside types; schemas rarely go beyond three. */
const MAX_DEPTH = 16;
/** Elements shown of one collection. */
const MAX_ELEMENTS = 100;
/** Names of the fields of one user-defined type or tuple. */
const MAX_FIELDS = 256;
const EPOCH_DAY = 2 ** 31;
const MILLIS_A_DAY = 86_400_000;
const MAX_DATE_MILLIS = 8.64e15;

export interface CqlType {
  readonly id: number;
  /** Element of a list or set; key and value of a map; fields of a tuple or user-defined type. */
  readonly inner: readonly CqlType[];
  readonly names: readonly string[];
}

const CUSTOM = 0x00;
const LIST = 0x20;
const MAP = 0x21;
const SET = 0x22;
const UDT = 0x30;
const TUPLE = 0x31;
const UNKNOWN: CqlType = { id: -1, inner: [], names: [] };

export const stringOf = (reader: ByteReader): string => printable(reader.view(reader.u16()));

/** Reads a type; a reader that is short afterwards says that it was none. */
export function typeOf(reader: ByteReader, depth = 0): CqlType {
  const id = reader.u16();
  if (depth > MAX_DEPTH) {
    reader.skip(reader.left + 1);
    return UNKNOWN;
  }
  switch (id) {
    case CUSTOM:
      stringOf(reader);
      return { id, inner: [], names: [] };
    case LIST:
    case SET:
      return { id, inner: [typeOf(reader, depth + 1)], names: [] };
    case MAP:
      return { id, inner: [typeOf(reader, depth + 1), typeOf(reader, depth + 1)], names: [] };
    case UDT:
    case TUPLE: {
      if (id === UDT) {
        stringOf(reader);
        stringOf(reader);
      }
      const inner: CqlType[] = [];
      const names: string[] = [];
      for (let left = reader.u16(); left > 0 && !reader.isShort; left--) {
        if (id === UDT) names.push(stringOf(reader));
        inner.push(typeOf(reader, depth + 1));
        if (inner.length > MAX_FIELDS) reader.skip(reader.left + 1);
      }
      return { id, inner, names };
    }
    default:
      return { id, inner: [], names: [] };
  }
}

const numberOf = (value: bigint): number | string => {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
};
const finite = (value: number): JsonValue => (Number.isFinite(value) ? value : String(value));

function bigIntOf(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt.asIntN(bytes.length * 8, BigInt(`0x${hexText(bytes)}`));
}

/** Longest number written out; more is shown as bytes. */
const MAX_NUMBER_BYTES = 64;

function decimalText(bytes: Uint8Array): JsonValue {
  const scale = new ByteReader(bytes).i32();
  const digits = bytes.subarray(4);
  if (digits.length > MAX_NUMBER_BYTES || Math.abs(scale) > 1000) return hexText(bytes);
  const value = bigIntOf(digits);
  const sign = value < 0n ? '-' : '';
  const text = (value < 0n ? -value : value).toString();
  if (scale <= 0) return `${sign}${text}${'0'.repeat(-scale)}`;
  const padded = text.padStart(scale + 1, '0');
  return `${sign}${padded.slice(0, -scale)}.${padded.slice(-scale)}`;
}

const uuidText = (bytes: Uint8Array): string =>
  hexText(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

const timeText = (millis: number): number | string =>
  Math.abs(millis) <= MAX_DATE_MILLIS ? new Date(millis).toISOString() : millis;

/** Bytes of a value when all of its type have the same. */
const widths: Readonly<Record<number, number>> = {
  2: 8,
  4: 1,
  5: 8,
  7: 8,
  8: 4,
  9: 4,
  11: 8,
  12: 16,
  15: 16,
  17: 4,
  18: 8,
  19: 2,
  20: 1,
};

/** A value whose type nobody told: text where it is text. */
export const untypedValue = (bytes: Uint8Array): string =>
  bytes.length === 0 ? '' : textOf(bytes) || `0x${hexText(bytes)}`;

/** A value as JSON; of a type that is not known, or that does not fit it, its text or escaped bytes. */
export function cqlValue(bytes: Uint8Array, type: CqlType, depth = 0): JsonValue {
  const width = widths[type.id];
  if ((width !== undefined && bytes.length !== width) || depth > MAX_DEPTH) return untypedValue(bytes);
  const reader = new ByteReader(bytes);
  switch (type.id) {
    case 0x02:
    case 0x05:
      return numberOf(reader.i64());
    case 0x03:
      return `0x${hexText(bytes)}`;
    case 0x04:
      return bytes[0] !== 0;
    case 0x06:
      return bytes.length < 4 ? printable(bytes) : decimalText(bytes);
    case 0x07:
      return finite(reader.f64());
    case 0x08:
      return finite(reader.f32());
    case 0x09:
      return reader.i32();
    case 0x0b:
      return timeText(Number(reader.i64()));
    case 0x0c:
    case 0x0f:
      return uuidText(bytes);
    case 0x0e:
      return bytes.length > MAX_NUMBER_BYTES ? hexText(bytes) : numberOf(bigIntOf(bytes));
    case 0x10:
      return bytes.length === 4 || bytes.length === 16
        ? addressText(bytes, 0, bytes.length === 4 ? 4 : 6)
        : printable(bytes);
    case 0x11:
      return String(timeText((reader.u32() - EPOCH_DAY) * MILLIS_A_DAY)).split('T')[0] ?? '';
    case 0x12:
      return `${numberOf(reader.i64())} ns`;
    case 0x13:
      return reader.i16();
    case 0x14:
      return reader.i8();
    case LIST:
    case SET:
    case MAP:
      return collectionOf(reader, type, depth);
    case UDT:
    case TUPLE:
      return fieldsOf(reader, type, depth);
    default:
      return printable(bytes);
  }
}

function elementOf(reader: ByteReader, type: CqlType | undefined, depth: number): JsonValue {
  const length = reader.i32();
  return length < 0 ? null : cqlValue(reader.view(length), type ?? UNKNOWN, depth + 1);
}

function collectionOf(reader: ByteReader, { id, inner }: CqlType, depth: number): JsonValue {
  const count = reader.i32();
  const items: JsonValue[] = [];
  for (let left = count; left > 0 && reader.left > 0 && items.length < MAX_ELEMENTS; left--) {
    const item = elementOf(reader, inner[0], depth);
    items.push(id === MAP ? [item, elementOf(reader, inner[1], depth)] : item);
  }
  return items;
}

function fieldsOf(reader: ByteReader, { inner, names }: CqlType, depth: number): JsonValue {
  const values: JsonValue[] = [];
  for (const type of inner) if (reader.left > 0) values.push(elementOf(reader, type, depth));
  if (names.length === 0) return values;
  return Object.fromEntries(values.map((value, index) => [names[index] ?? `#${index + 1}`, value]));
}
