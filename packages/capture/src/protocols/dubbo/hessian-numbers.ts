/** Numbers of Hessian 2 as JSON, straight from their bytes. */

import type { JsonWriter } from '../../json/json-writer.ts';
import { i32, u32 } from '../../packet/big-endian.ts';

/** A safe integer has so many bits above its lower 32. */
const SAFE_HIGH = 2 ** 21;
export const TWO_32 = 2 ** 32;

/** Of the double being read. */
const double = new DataView(new ArrayBuffer(8));

export const writeInt = (json: JsonWriter, value: number): void => {
  if (value >= 0) return json.number(value);
  json.raw('-');
  json.number(-value);
};

export function writeLong(json: JsonWriter, bytes: Uint8Array, at: number): void {
  const high = i32(bytes, at);
  const value = high * TWO_32 + u32(bytes, at + 4);
  if (high >= -SAFE_HIGH && high < SAFE_HIGH && Number.isSafeInteger(value)) json.number(value);
  else json.text(((BigInt(high) << 32n) | BigInt(u32(bytes, at + 4))).toString());
}

export function writeDouble(json: JsonWriter, bytes: Uint8Array, at: number): void {
  double.setInt32(0, i32(bytes, at));
  double.setInt32(4, i32(bytes, at + 4));
  const value = double.getFloat64(0);
  if (Number.isFinite(value)) json.number(value);
  else json.text(String(value));
}
