/** Identifiers of sixteen bytes as they are written (RFC 9562 §4). */

import { type JsonWriter, piece } from './json-writer.ts';

/** The string that was written last. */
const text = piece('"00000000-0000-0000-0000-000000000000"');
/** Where the digits of each byte stand in it. */
const places = [1, 3, 5, 7, 10, 12, 15, 17, 20, 22, 25, 27, 29, 31, 33, 35];
const DIGITS = piece('0123456789abcdef');

/** A string of the sixteen bytes at `start`. */
export function writeUuid(json: JsonWriter, bytes: Uint8Array, start: number): void {
  for (let i = 0; i < places.length; i++) {
    const byte = bytes[start + i] ?? 0;
    const at = places[i] ?? 0;
    text[at] = DIGITS[byte >> 4] ?? 0;
    text[at + 1] = DIGITS[byte & 15] ?? 0;
  }
  json.copyOf(text);
}
