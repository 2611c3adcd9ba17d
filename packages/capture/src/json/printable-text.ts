/** Bytes that may be text, written as `printable` shows them. */

import { printable } from '../decode/printable.ts';
import type { JsonWriter } from './json-writer.ts';

/** A string of `bytes[start, end)`; what is text, as most is, without a string being made. */
export function writePrintable(json: JsonWriter, bytes: Uint8Array, start: number, end: number): void {
  const from = json.length;
  if (json.ascii(bytes, start, end)) return;
  json.length = from;
  if (json.utf8Text(bytes, start, end)) return;
  json.length = from;
  json.text(printable(bytes.subarray(start, end)));
}
