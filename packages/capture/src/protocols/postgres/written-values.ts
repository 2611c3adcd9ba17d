/** Values as JSON out of their bytes, as `jsonOf` makes them: usual ones without making them. */

import type { JsonWriter } from '../../json/json-writer.ts';
import { i32, u16 } from '../../packet/big-endian.ts';
import { BOOL, INT2, INT4, INT8, isNumber, jsonOf, MAX_VALUE_CHARACTERS, OID } from './values.ts';

const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
/** With so many digits a number is always exact. */
const EXACT_DIGITS = 15;

/** Where a value stands. */
interface Place {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** One value: `format` 0 is text, 1 is binary. */
export function writeValue(json: JsonWriter, place: Place, type: number, format: number): void {
  const { bytes, start, end } = place;
  const isWritten = format === 0 ? writeText(json, place, type) : writeBinary(json, place, type);
  if (!isWritten) json.value(jsonOf(bytes.subarray(start, end), type, format));
}

function writeText(json: JsonWriter, { bytes, start, end }: Place, type: number): boolean {
  if (type === BOOL) return false;
  if (isNumber(type)) {
    if (!isWhole(bytes, start, end)) return false;
    json.asciiPart(bytes, start, end);
    return true;
  }
  if (end - start > MAX_VALUE_CHARACTERS) return false;
  const from = json.length;
  if (json.ascii(bytes, start, end)) return true;
  json.length = from;
  return false;
}

/** Is this text what JSON writes of a whole number? */
function isWhole(bytes: Uint8Array, start: number, end: number): boolean {
  const first = bytes[start] === MINUS ? start + 1 : start;
  const digits = end - first;
  if (digits < 1 || digits > EXACT_DIGITS) return false;
  if (bytes[first] === ZERO) return digits === 1 && first === start;
  for (let at = first; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (byte < ZERO || byte > NINE) return false;
  }
  return true;
}

function writeBinary(json: JsonWriter, { bytes, start, end }: Place, type: number): boolean {
  const length = end - start;
  if (type === INT4 && length === 4) json.number(i32(bytes, start));
  else if (type === INT2 && length === 2) json.number((u16(bytes, start) << 16) >> 16);
  else if (type === OID && length === 4) json.number(i32(bytes, start) >>> 0);
  else if (type === INT8 && length === 8) {
    const high = i32(bytes, start);
    // Numbers of more than 53 bits are text, smaller than none are rare.
    if (high < 0 || high > 0x1fffff) return false;
    json.number(high * 0x1_0000_0000 + (i32(bytes, start + 4) >>> 0));
  } else return false;
  return true;
}
