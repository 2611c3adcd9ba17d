/** Lists of `kafka.*` as JSON: what both halves of a call tell, as one. */

import type { JsonWriter } from '../../json/json-writer.ts';
import { nameJson } from './names.ts';

/** Texts that stand before, once more. */
export function writeRanges(json: JsonWriter, ranges: readonly number[]): void {
  for (let i = 0; i < ranges.length; i += 2) {
    if (i > 0) json.raw(',');
    json.again(ranges[i] ?? 0, ranges[i + 1] ?? 0);
  }
}

/** The one value of two lists; undefined where they have none or several. */
export function onlyOf(one: readonly number[], other: readonly number[]): number | undefined {
  const value = one[0] ?? other[0];
  const isOnly = one.length <= 1 && (other.length === 0 || (other.length === 1 && other[0] === value));
  return isOnly ? value : undefined;
}

type Value = string | number;

/** Both lists as one, each value once: nothing where they are empty. */
export function writeLists(
  json: JsonWriter,
  opening: Uint8Array,
  one: readonly Value[],
  other: readonly Value[],
): void {
  if (one.length + other.length === 0) return;
  json.copyOf(opening);
  for (let i = 0; i < one.length; i++) {
    if (i > 0) json.raw(',');
    writeValue(json, one[i] ?? 0);
  }
  let isFirst = one.length === 0;
  for (let i = 0; i < other.length; i++) {
    const value = other[i] ?? 0;
    if (one.includes(value)) continue;
    if (!isFirst) json.raw(',');
    isFirst = false;
    writeValue(json, value);
  }
  json.raw(']');
}

function writeValue(json: JsonWriter, value: Value): void {
  if (typeof value === 'string') json.copyOf(nameJson(value));
  else json.number(value);
}
