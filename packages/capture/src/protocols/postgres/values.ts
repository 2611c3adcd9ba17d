/** Values of common types out of their text or binary format, as JSON (src/backend/utils/adt and catalog/pg_type.dat tell both). */

import type { JsonValue } from '@kubeshark/model';
import { ByteReader } from '../../decode/byte-reader.ts';

/** Characters kept of one value; a longer one ends with an ellipsis. */
export const MAX_VALUE_CHARACTERS = 4096;
const POSTGRES_EPOCH_MICROS = 946_684_800_000_000n;
const POSTGRES_EPOCH_DAYS = 10_957;

const utf8 = new TextDecoder();
const clipped = (text: string): string =>
  text.length > MAX_VALUE_CHARACTERS ? `${text.slice(0, MAX_VALUE_CHARACTERS)}…` : text;
const hex = (bytes: Uint8Array): string =>
  clipped(
    `\\x${Array.from(bytes.subarray(0, MAX_VALUE_CHARACTERS / 2), (byte) => byte.toString(16).padStart(2, '0')).join('')}`,
  );
const integer = (value: bigint): JsonValue =>
  value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value.toString();

/** Type identifiers of pg_type that never change. */
export const BOOL = 16;
const BYTEA = 17;
export const INT8 = 20;
export const INT2 = 21;
export const INT4 = 23;
export const OID = 26;
const JSON_TYPE = 114;
const FLOAT4 = 700;
const FLOAT8 = 701;
const DATE = 1082;
const TIME = 1083;
const TIMESTAMP = 1114;
const TIMESTAMPTZ = 1184;
const NUMERIC = 1700;
const UUID = 2950;
const JSONB = 3802;
const textual = new Set([0, 19, 25, 1042, 1043, JSON_TYPE, 142, 705]);

/** Is the text of such a value a number? */
export const isNumber = (type: number): boolean =>
  type === INT4 || type === INT8 || type === INT2 || type === OID || type === FLOAT8 || type === FLOAT4;

/** One value: `format` 0 is text, 1 is binary. */
export function jsonOf(bytes: Uint8Array, type: number, format: number): JsonValue {
  return format === 0 ? textValue(utf8.decode(bytes), type) : binaryValue(bytes, type);
}

function textValue(text: string, type: number): JsonValue {
  switch (type) {
    case BOOL:
      return text === 't';
    case INT2:
    case INT4:
    case INT8:
    case OID:
    case FLOAT4:
    case FLOAT8: {
      const value = Number(text);
      return Number.isFinite(value) && (type !== INT8 || Number.isSafeInteger(value)) ? value : text;
    }
    default:
      return clipped(text);
  }
}

function binaryValue(bytes: Uint8Array, type: number): JsonValue {
  const reader = new ByteReader(bytes);
  const value = readBinary(reader, type);
  return reader.isShort || value === undefined ? hex(bytes) : value;
}

function readBinary(reader: ByteReader, type: number): JsonValue | undefined {
  if (textual.has(type)) return utf8Value(reader.rest(), type);
  switch (type) {
    case BOOL:
      return reader.u8() !== 0;
    case INT2:
      return reader.i16();
    case INT4:
      return reader.i32();
    case OID:
      return reader.u32();
    case INT8:
      return integer(reader.i64());
    case FLOAT4:
      return Number.parseFloat(reader.f32().toPrecision(7));
    case FLOAT8: {
      const value = reader.f64();
      return Number.isFinite(value) ? value : String(value);
    }
    case DATE:
      return dateText((reader.i32() + POSTGRES_EPOCH_DAYS) * 86_400_000, 10);
    case TIME:
      return dateText(Number(reader.i64() / 1000n), 12, 11);
    case TIMESTAMP:
    case TIMESTAMPTZ:
      return dateText(Number((reader.i64() + POSTGRES_EPOCH_MICROS) / 1000n), 24);
    case UUID:
      return reader.left === 16 ? uuidText(reader.rest()) : undefined;
    case NUMERIC:
      return numericText(reader);
    case JSONB:
      reader.skip(1); // version
      return utf8Value(reader.rest(), type);
    case BYTEA:
      return hex(reader.rest());
    default:
      return undefined;
  }
}

/** Text that claims to be of an unknown type is shown as text only when it is text. */
function utf8Value(bytes: Uint8Array, type: number): JsonValue {
  if (type === 0 && bytes.some((byte) => byte < 9 || (byte > 13 && byte < 32))) return hex(bytes);
  return clipped(utf8.decode(bytes));
}

/** ISO text of a time in ms, from character `from`; undefined when it is out of JavaScript's range. */
function dateText(millis: number, characters: number, from = 0): string | undefined {
  const date = new Date(millis);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString().slice(from, from + characters);
}

const uuidText = (bytes: Uint8Array): string =>
  hex(bytes)
    .slice(2)
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

/** numeric: groups of four decimal digits with a weight, a sign and a display scale. */
function numericText(reader: ByteReader): string | undefined {
  const count = reader.u16();
  const weight = reader.i16();
  const sign = reader.u16();
  const scale = reader.u16();
  if (sign === 0xc000) return 'NaN';
  if (count > 256 || Math.abs(weight) > 256 || scale > 1024 || reader.left < count * 2) return undefined;
  const groups = Array.from({ length: count }, () => String(reader.u16()).padStart(4, '0'));
  const whole =
    weight < 0
      ? '0'
      : groups
          .slice(0, weight + 1)
          .join('')
          .padEnd((weight + 1) * 4, '0')
          .replace(/^0+(?=\d)/, '');
  const fraction = `${'0'.repeat(Math.max(0, -weight - 1) * 4)}${groups.slice(Math.max(0, weight + 1)).join('')}`
    .padEnd(scale, '0')
    .slice(0, scale);
  return `${sign === 0x4000 ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}
