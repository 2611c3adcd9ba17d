/** Values of the text and the binary protocol as JSON. */

import { isUtf8 } from 'node:buffer';
import type { JsonValue } from '@kubeshark/model';
import { ByteReader } from '../../decode/byte-reader.ts';
import { BINARY_CHARSET, Type, UNSIGNED } from './codes.ts';
import type { Column } from './columns.ts';
import { lenenc, lenencBytes } from './fields.ts';

/** Characters kept of one value; a longer one ends with an ellipsis. */
export const MAX_VALUE_CHARACTERS = 4096;
export const NULL_VALUE = 0xfb;

const utf8 = new TextDecoder();
const clipped = (text: string): string =>
  text.length > MAX_VALUE_CHARACTERS ? `${text.slice(0, MAX_VALUE_CHARACTERS)}…` : text;
const hex = (bytes: Uint8Array): string => {
  const shown = Buffer.from(bytes.subarray(0, MAX_VALUE_CHARACTERS / 2)).toString('hex');
  return `0x${shown}${bytes.length > MAX_VALUE_CHARACTERS / 2 ? '…' : ''}`;
};
const integer = (value: bigint): JsonValue =>
  value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value.toString();
const pad = (value: number, width = 2): string => String(value).padStart(width, '0');

/** Types whose text is a number. */
export const numbers: ReadonlySet<number> = new Set<number>([
  Type.TINY,
  Type.SHORT,
  Type.LONG,
  Type.FLOAT,
  Type.DOUBLE,
  Type.LONGLONG,
  Type.INT24,
  Type.YEAR,
]);
const unknownColumn: Column = { name: '', table: '', type: Type.VAR_STRING, charset: 0, flags: 0 };

/** ProtocolText::ResultsetRow. */
export function textRow(reader: ByteReader, columns: readonly Column[]): JsonValue[] {
  const row: JsonValue[] = [];
  while (reader.left > 0 && row.length < columns.length) {
    const column = columns[row.length] ?? unknownColumn;
    if (reader.bytes[reader.at] === NULL_VALUE) {
      reader.skip(1);
      row.push(null);
    } else row.push(textValue(lenencBytes(reader), column));
  }
  return row;
}

/** One value in the text protocol. */
export function textValue(bytes: Uint8Array, column: Column): JsonValue {
  if (!numbers.has(column.type)) return bytesValue(bytes, column);
  const text = utf8.decode(bytes);
  const value = Number(text);
  const isExact = column.type !== Type.LONGLONG || Number.isSafeInteger(value);
  return text !== '' && Number.isFinite(value) && isExact ? value : clipped(text);
}

/** Types that are never text. */
export const opaque: ReadonlySet<number> = new Set<number>([Type.BIT, Type.GEOMETRY]);

/** Nobody says that it is text. */
export const mayBeBinary = (charset: number): boolean => charset === BINARY_CHARSET || charset === 0;

/** Text of functions is often declared binary, and parameters do not say: both are shown as text when they are. */
function bytesValue(bytes: Uint8Array, { type, charset }: Column): JsonValue {
  if (opaque.has(type)) return hex(bytes);
  if (mayBeBinary(charset) && (!isUtf8(bytes) || bytes.some((byte) => byte < 9))) return hex(bytes);
  return clipped(utf8.decode(bytes));
}

/** ProtocolBinary::ResultsetRow: a zero byte, a bitmap of what is NULL from its third bit on, the values of the rest. */
export function binaryRow(reader: ByteReader, columns: readonly Column[]): JsonValue[] {
  reader.skip(1);
  const bitmap = reader.view(Math.min((columns.length + 9) >> 3, reader.left));
  const row: JsonValue[] = [];
  for (const [index, column] of columns.entries()) {
    if (reader.isShort) break;
    const isNull = ((bitmap[(index + 2) >> 3] ?? 0) & (1 << ((index + 2) & 7))) !== 0;
    row.push(isNull ? null : binaryValue(reader, column));
  }
  return row;
}

/** One value in the binary protocol. */
export function binaryValue(reader: ByteReader, column: Column): JsonValue {
  const isUnsigned = (column.flags & UNSIGNED) !== 0;
  switch (column.type) {
    case Type.NULL:
      return null;
    case Type.TINY:
      return isUnsigned ? reader.u8() : reader.i8();
    case Type.SHORT:
    case Type.YEAR:
      return isUnsigned ? reader.u16le() : (reader.u16le() << 16) >> 16;
    case Type.LONG:
    case Type.INT24:
      return isUnsigned ? reader.u32le() : reader.i32le();
    case Type.LONGLONG:
      return integer(isUnsigned ? reader.u64le() : reader.i64le());
    case Type.FLOAT:
      return Number.parseFloat(reader.f32le().toPrecision(7));
    case Type.DOUBLE: {
      const value = reader.f64le();
      return Number.isFinite(value) ? value : String(value);
    }
    case Type.DATE:
    case Type.NEWDATE:
    case Type.DATETIME:
    case Type.TIMESTAMP:
      return dateText(reader, column.type === Type.DATE);
    case Type.TIME:
      return timeText(reader);
    default:
      return bytesValue(lenencBytes(reader), column);
  }
}

/** Date and time in 0, 4, 7 or 11 bytes: what is zero at the end is left out. */
function dateText(reader: ByteReader, isDate: boolean): string {
  const length = lenenc(reader);
  const field = new ByteReader(reader.view(Math.min(length, reader.left)));
  const part = (read: () => number) => (field.left > 0 ? read() : 0);
  const year = part(() => field.u16le());
  const [month, day, hour, minute, second] = [0, 1, 2, 3, 4].map(() => part(() => field.u8())) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const micros = part(() => field.u32le());
  const date = `${pad(year, 4)}-${pad(month)}-${pad(day)}`;
  if (isDate) return date;
  return `${date} ${pad(hour)}:${pad(minute)}:${pad(second)}${micros === 0 ? '' : `.${pad(micros, 6)}`}`;
}

/** A span of time in 0, 8 or 12 bytes. */
function timeText(reader: ByteReader): string {
  const length = lenenc(reader);
  if (length === 0) return '00:00:00';
  const field = new ByteReader(reader.view(Math.min(length, reader.left)));
  const sign = field.u8() === 1 ? '-' : '';
  const days = field.u32le();
  const hours = days * 24 + field.u8();
  const minutes = field.u8();
  const seconds = field.u8();
  const micros = field.left >= 4 ? field.u32le() : 0;
  return `${sign}${pad(hours)}:${pad(minutes)}:${pad(seconds)}${micros === 0 ? '' : `.${pad(micros, 6)}`}`;
}
