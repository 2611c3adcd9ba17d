/** Values as JSON out of their bytes, as `jsonOf` makes them: usual ones without making them. */

import type { JsonWriter } from '../../json/json-writer.ts';
import { writeAscii, writeWhole } from '../../json/row-keys.ts';
import { i32, u16 } from '../../packet/big-endian.ts';
import { BOOL, INT2, INT4, INT8, isNumber, jsonOf, MAX_VALUE_CHARACTERS, OID } from './values.ts';

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
  if (isNumber(type)) return writeWhole(json, bytes, start, end);
  return end - start <= MAX_VALUE_CHARACTERS && writeAscii(json, bytes, start, end);
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
