/** Times as ISO texts without a Date for each: of a day only the time differs. */

import { type JsonWriter, piece } from '../../json/json-writer.ts';

const DAY_MILLIS = 86_400_000;
/** From 1970 on, and before the year 10000: years have four digits, nothing is negative. */
const END_MILLIS = 253_402_300_800_000;
const COLON = piece(':');
const DOT = piece('.');
const END = piece('Z"');

let lastDay = -1;
let lastDate = piece('');

/** Writes `new Date(millis).toISOString()` as a string; false, with nothing written, where that is not so simple. */
export function writeTime(json: JsonWriter, millis: number): boolean {
  if (!(millis >= 0 && millis < END_MILLIS) || !Number.isInteger(millis)) return false;
  const day = Math.floor(millis / DAY_MILLIS);
  if (day !== lastDay) {
    lastDay = day;
    lastDate = piece(`"${new Date(millis).toISOString().slice(0, 11)}`);
  }
  json.copyOf(lastDate);
  const seconds = Math.floor((millis - day * DAY_MILLIS) / 1000);
  const minutes = Math.floor(seconds / 60);
  json.padded(Math.floor(minutes / 60), 2);
  json.copyOf(COLON);
  json.padded(minutes % 60, 2);
  json.copyOf(COLON);
  json.padded(seconds % 60, 2);
  json.copyOf(DOT);
  json.padded(millis % 1000, 3);
  json.copyOf(END);
  return true;
}
