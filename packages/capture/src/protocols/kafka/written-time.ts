/** Times of records as ISO texts without a Date for each: most are of the second of the one before. */

import { type JsonWriter, piece } from '../../json/json-writer.ts';

const SECOND_MILLIS = 1000;
const DAY_SECONDS = 86_400;
/** From 1970 on, and before the year 10000: years have four digits, nothing is negative. */
const END_MILLIS = 253_402_300_800_000;
const OPENING = ',"timestamp":"';
const DATE_AT = OPENING.length;
const TIME_AT = DATE_AT + '1970-01-01T'.length;
const ZERO = 48;

/** Everything before the milliseconds of the last time that was written. */
const opening = piece(`${OPENING}1970-01-01T00:00:00.`);
let lastSecond = 0;
let lastDay = 0;

/**
 * Writes `,"timestamp":"` and `new Date(millis).toISOString()` without its `Z`; false, with nothing written, where that is not
 * so simple.
 */
export function writeTimestamp(json: JsonWriter, millis: number): boolean {
  if (!(millis >= 0 && millis < END_MILLIS) || !Number.isInteger(millis)) return false;
  const second = Math.floor(millis / SECOND_MILLIS);
  if (second !== lastSecond) setSecond(second);
  json.copyOf(opening);
  json.padded(millis - second * SECOND_MILLIS, 3);
  return true;
}

function setSecond(second: number): void {
  const day = Math.floor(second / DAY_SECONDS);
  if (day !== lastDay) {
    const date = new Date(second * SECOND_MILLIS).toISOString();
    for (let at = DATE_AT; at < TIME_AT; at++) opening[at] = date.charCodeAt(at - DATE_AT);
  }
  const seconds = second - day * DAY_SECONDS;
  const minutes = Math.floor(seconds / 60);
  setPair(TIME_AT, Math.floor(minutes / 60));
  setPair(TIME_AT + 3, minutes % 60);
  setPair(TIME_AT + 6, seconds % 60);
  lastSecond = second;
  lastDay = day;
}

function setPair(at: number, value: number): void {
  opening[at] = ZERO + Math.floor(value / 10);
  opening[at + 1] = ZERO + (value % 10);
}
