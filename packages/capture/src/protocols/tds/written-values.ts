/** Values as JSON, straight from their bytes: numbers and text, which most are. The others are written as they are read. */

import type { ByteReader } from '../../decode/byte-reader.ts';
import { le32, leDouble } from '../../decode/little-endian.ts';
import { type JsonWriter, piece } from '../../json/json-writer.ts';
import { writeAscii } from '../../json/row-keys.ts';
import { narrow, narrowed } from './text.ts';
import { lengthOfValue, type TypeInfo } from './types.ts';
import { MAX_TEXT, readValue, scalarOf } from './values.ts';

const NULL = piece('null');
const TRUE = piece('true');
const FALSE = piece('false');
/** Upper halves of numbers with more than 53 bits begin here. */
const INEXACT = 0x20_0000;
/** Of a value in parts: what says how long it is, and what says how long a part is. */
const TOTAL_BYTES = 8;
const PART_BYTES = 4;
const NO_LENGTH = -1;

/** Writes the value that `readValue` reads; what is not whole refuses. */
export function writeValue(json: JsonWriter, reader: ByteReader, type: TypeInfo, isColumn: boolean): void {
  if (type.form === 'parts') writeParts(json, reader, type);
  else if (type.form === 'variant') json.value(readValue(reader, type, isColumn));
  else {
    const length = lengthOfValue(reader, type, isColumn);
    const { bytes, at } = reader;
    if (length < 0) json.copyOf(NULL);
    else if (length > reader.left) json.isRefused = true;
    else writeScalar(json, bytes, at, type, length);
    if (length > 0) reader.skip(length);
  }
  if (reader.isShort) json.isRefused = true;
}

/** Most values that may come in parts come in one, or in none when they are empty. */
function writeParts(json: JsonWriter, reader: ByteReader, type: TypeInfo): void {
  const { bytes, at, left } = reader;
  const length = le32(bytes, at + TOTAL_BYTES);
  const from = at + TOTAL_BYTES + PART_BYTES;
  const end = length === 0 ? from : from + length + PART_BYTES;
  const isOne = left >= TOTAL_BYTES + PART_BYTES && length >= 0 && end <= at + left;
  const isNull = le32(bytes, at) === NO_LENGTH && le32(bytes, at + 4) === NO_LENGTH;
  if (!isOne || isNull || (length > 0 && le32(bytes, end - PART_BYTES) !== 0))
    return json.value(readValue(reader, type, false));
  writeScalar(json, bytes, from, type, length);
  reader.skip(end - at);
}

function writeScalar(json: JsonWriter, bytes: Uint8Array, at: number, type: TypeInfo, length: number): void {
  if (!writeUsual(json, bytes, at, type, length)) json.value(scalarOf(type, bytes.subarray(at, at + length)));
}

function writeUsual(json: JsonWriter, bytes: Uint8Array, at: number, { id, width }: TypeInfo, length: number): boolean {
  if (width > 0) return length <= MAX_TEXT * width && writeText(json, bytes, at, width, length);
  switch (id) {
    case 0x30:
    case 0x34:
    case 0x38:
    case 0x7f:
    case 0x26:
      return writeInteger(json, bytes, at, length);
    case 0x32:
    case 0x68:
      json.copyOf(bytes[at] === 0 || length === 0 ? FALSE : TRUE);
      return true;
    case 0x3e:
    case 0x6d:
      if (length !== 8) return false;
      json.number(leDouble(bytes, at));
      return true;
    default:
      return false;
  }
}

function writeText(json: JsonWriter, bytes: Uint8Array, at: number, width: number, length: number): boolean {
  if (width === 1) return writeAscii(json, bytes, at, at + length);
  const characters = narrowed(bytes, at, at + length);
  return characters >= 0 && json.ascii(narrow, 0, characters);
}

function writeInteger(json: JsonWriter, bytes: Uint8Array, at: number, length: number): boolean {
  switch (length) {
    case 1:
      json.number(bytes[at] ?? 0);
      return true;
    case 2:
      json.number((le32(bytes, at) << 16) >> 16);
      return true;
    case 4:
      json.number(le32(bytes, at));
      return true;
    case 8: {
      const high = le32(bytes, at + 4);
      if (high < 0 || high >= INEXACT) return false;
      json.number(high * 0x1_0000_0000 + (le32(bytes, at) >>> 0));
      return true;
    }
    default:
      return false;
  }
}
