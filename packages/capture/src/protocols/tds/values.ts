/** Values of columns and parameters → JSON ([MS-TDS] §2.2.5.5 and §2.2.5.6). */

import type { JsonValue } from '@kubeshark/model';
import type { ByteReader } from '../../decode/byte-reader.ts';
import { hexText } from '../../decode/hex.ts';
import { printable } from '../../decode/printable.ts';
import { utf16Text } from './text.ts';
import { isNullInParts, lengthOfValue, type TypeInfo, typeInVariant } from './types.ts';

/** Characters of one value. */
export const MAX_TEXT = 4096;
const DAY_MILLIS = 86_400_000;
/** Days from 0001-01-01, where dates begin, and from 1900-01-01, where older ones do, to 1970-01-01. */
const DAYS_FROM_YEAR_1 = 719_162;
const DAYS_FROM_1900 = 25_567;
const DATE = 0x28;

/** A value behind its type; `isColumn`: of a row, where old large values have a pointer before them. */
export function readValue(reader: ByteReader, type: TypeInfo, isColumn: boolean): JsonValue {
  if (type.form === 'parts') return partsOf(reader, type);
  const length = lengthOfValue(reader, type, isColumn);
  if (length < 0) return null;
  const bytes = reader.view(length);
  return type.form === 'variant' ? variantOf(bytes) : scalarOf(type, bytes);
}

/** A value of unknown length (§2.2.5.2.3): pieces with their length before each, up to one of zero. */
function partsOf(reader: ByteReader, type: TypeInfo): JsonValue {
  if (isNullInParts(reader)) return null;
  const pieces: Uint8Array[] = [];
  let kept = 0;
  while (!reader.isShort) {
    const length = reader.u32le();
    if (length === 0) break;
    const piece = reader.view(length);
    // More than is shown of a value need not be put together.
    if (kept < 4 * MAX_TEXT) pieces.push(piece);
    kept += piece.length;
  }
  return scalarOf(type, Buffer.concat(pieces));
}

/** Only the type and the value itself: what stands between is passed over by its length. */
function variantOf(bytes: Uint8Array): JsonValue {
  const [id = 0, properties = 0] = bytes;
  const scale = properties > 0 ? (bytes[properties + 1] ?? 0) : 0;
  return scalarOf(typeInVariant(id, scale), bytes.subarray(2 + properties));
}

const clipped = (text: string): string => (text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text);
const shown = (bytes: Uint8Array, width: number): Uint8Array => bytes.subarray(0, MAX_TEXT * width + width);

/** What the bytes of a value are. */
export function scalarOf({ id, scale, width }: TypeInfo, bytes: Uint8Array): JsonValue {
  const { length } = bytes;
  if (width > 0) return clipped(width === 2 ? utf16Text(shown(bytes, 2)) : printable(shown(bytes, 1)));
  const view = new DataView(bytes.buffer, bytes.byteOffset, length);
  switch (id) {
    case 0x30:
    case 0x34:
    case 0x38:
    case 0x7f:
    case 0x26:
      return integerOf(view);
    case 0x32:
    case 0x68:
      return length > 0 && view.getUint8(0) !== 0;
    case 0x3b:
    case 0x3e:
    case 0x6d:
      return finite(length === 4 ? view.getFloat32(0, true) : length === 8 ? view.getFloat64(0, true) : Number.NaN);
    case 0x3c:
    case 0x7a:
    case 0x6e:
      return moneyOf(view);
    case 0x3a:
    case 0x3d:
    case 0x6f:
      return oldDate(view);
    case 0x37:
    case 0x3f:
    case 0x6a:
    case 0x6c:
      return decimalOf(bytes, scale);
    case DATE:
    case 0x29:
    case 0x2a:
    case 0x2b:
      return dateOf(id, bytes, scale);
    case 0x24:
      return length === 16 ? guidOf(bytes) : hexText(bytes);
    default:
      return clipped(hexText(shown(bytes, 1)));
  }
}

const finite = (value: number): JsonValue => (Number.isFinite(value) ? value : null);

function integerOf(view: DataView): JsonValue {
  switch (view.byteLength) {
    case 1:
      return view.getUint8(0);
    case 2:
      return view.getInt16(0, true);
    case 4:
      return view.getInt32(0, true);
    case 8:
      return exact(view.getBigInt64(0, true));
    default:
      return null;
  }
}

/** A number while that is exact, else its digits. */
const exact = (value: bigint): JsonValue => (Number.isSafeInteger(Number(value)) ? Number(value) : value.toString());

/** Ten-thousandths, the higher half first. */
function moneyOf(view: DataView): JsonValue {
  if (view.byteLength === 4) return withPoint(BigInt(view.getInt32(0, true)), 4);
  if (view.byteLength !== 8) return null;
  return withPoint((BigInt(view.getInt32(0, true)) << 32n) | BigInt(view.getUint32(4, true)), 4);
}

/** Digits as text: as a number they would not stay what they are. */
function withPoint(value: bigint, scale: number): string {
  const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, '0');
  const sign = value < 0n ? '-' : '';
  return scale === 0 ? sign + digits : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

function decimalOf(bytes: Uint8Array, scale: number): JsonValue {
  let value = 0n;
  for (let at = bytes.length - 1; at > 0; at--) value = (value << 8n) | BigInt(bytes[at] ?? 0);
  return withPoint(bytes[0] === 0 ? -value : value, Math.min(scale, 38));
}

const iso = (millis: number): string => {
  const date = new Date(millis);
  return Number.isNaN(date.getTime()) ? `${millis} ms` : date.toISOString();
};

/** Days since 1900, then minutes or three-hundredths of a second. */
function oldDate(view: DataView): JsonValue {
  if (view.byteLength === 4)
    return iso((view.getUint16(0, true) - DAYS_FROM_1900) * DAY_MILLIS + view.getUint16(2, true) * 60_000).slice(0, 19);
  if (view.byteLength !== 8) return null;
  const days = view.getInt32(0, true) - DAYS_FROM_1900;
  return iso(days * DAY_MILLIS + Math.round((view.getUint32(4, true) * 10) / 3)).slice(0, 23);
}

const little = (bytes: Uint8Array): number => bytes.reduceRight((value, byte) => value * 256 + byte, 0);

/** Time since midnight in units of the scale, days since year 1, offset in minutes: as much of it as the type has. */
function dateOf(id: number, bytes: Uint8Array, scale: number): JsonValue {
  const timeBytes = id === DATE ? 0 : bytes.length - (id === 0x29 ? 0 : id === 0x2a ? 3 : 5);
  if (timeBytes < 0) return null;
  const millis = little(bytes.subarray(0, timeBytes)) * 10 ** (3 - Math.min(scale, 7));
  if (id === 0x29) return iso(millis).slice(11, 23);
  const days = little(bytes.subarray(timeBytes, timeBytes + 3)) - DAYS_FROM_YEAR_1;
  const text = iso(days * DAY_MILLIS + millis);
  return id === DATE ? text.slice(0, 10) : id === 0x2a ? text.slice(0, 23) : text;
}

/** The first three parts are little endian. */
function guidOf(bytes: Uint8Array): string {
  const part = (start: number, end: number) => hexText(bytes.subarray(start, end));
  const turned = (start: number, end: number) => hexText(bytes.subarray(start, end).toReversed());
  return `${turned(0, 4)}-${turned(4, 6)}-${turned(6, 8)}-${part(8, 10)}-${part(10, 16)}`;
}
