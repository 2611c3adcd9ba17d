/** Names of topics, groups and programs: they come again and again, and are kept as text and as JSON. */

import { ByteInterner } from '../../decode/interner.ts';
import { printable } from '../../decode/printable.ts';
import { Remembered } from '../../decode/remembered.ts';
import { type JsonWriter, piece } from '../../json/json-writer.ts';

export interface Name {
  readonly text: string;
  readonly json: Uint8Array;
  /** Another one for each. */
  readonly number: number;
}

const NULL = piece('null');
let nextNumber = 0;
/** As many as topics whose ids are known; a topic's name has 249 characters at most. */
export const keptNames = { texts: 16_384, characters: 256 };
const jsons = new Remembered((text) => piece(JSON.stringify(text)), keptNames);
const names = new ByteInterner((bytes, start, end): Name => {
  const text = printable(bytes.subarray(start, end));
  return { text, json: jsons.of(text), number: nextNumber++ };
});

const known = new Remembered((text): Name => ({ text, json: jsons.of(text), number: nextNumber++ }), keptNames);

/** The name that is a text. */
export const nameOf = (text: string): Name => known.of(text);
/** The name that bytes are. */
export const nameAt = (bytes: Uint8Array, start: number, end: number): Name => names.of(bytes, start, end);
/** A name as JSON, also one that is not told. */
export const nameJson = (name: string | null): Uint8Array => (name === null ? NULL : jsons.of(name));

/** `printable` of a range, as a string. */
export function writePrintable(json: JsonWriter, bytes: Uint8Array, start: number, end: number): void {
  const before = json.length;
  if (json.ascii(bytes, start, end)) return;
  json.length = before;
  json.text(printable(bytes.subarray(start, end)));
}
