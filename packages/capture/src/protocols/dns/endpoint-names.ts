/**
 * Questions as text (`A orders.example`), remembered by their bytes: statistics read the endpoint of every call, and the
 * same few thousand names are asked for again and again.
 */

import { typeName } from './codes.ts';
import { readName } from './names.ts';
import { HEADER_BYTES } from './wire.ts';

/** One place each; a question that falls on another's place takes it. About 1 MB when full. */
const PLACES = 8192;

interface Known {
  readonly question: Uint8Array;
  readonly text: string;
}

const places: (Known | undefined)[] = new Array<Known | undefined>(PLACES).fill(undefined);

/**
 * Type and lower-case name of the only question of the message that begins at `start`; the question ends at `end`. Empty
 * when it cannot be read.
 */
export function endpointOf(bytes: Uint8Array, start: number, end: number): string {
  const from = start + HEADER_BYTES;
  let hash = 0x811c9dc5;
  for (let i = from; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  const place = (hash ^ (hash >>> 15)) & (PLACES - 1);
  const known = places[place];
  if (known !== undefined && isSame(known.question, bytes, { from, end })) return known.text;
  // A view that begins with the message: compression pointers count from there.
  const message = bytes.subarray(start, end);
  const name = readName(message, HEADER_BYTES);
  if (name === null || name.end + 4 !== message.length) return '';
  const text = `${typeName((message[name.end]! << 8) | message[name.end + 1]!)} ${name.text.toLowerCase()}`;
  places[place] = { question: message.slice(HEADER_BYTES), text };
  return text;
}

function isSame(question: Uint8Array, bytes: Uint8Array, { from, end }: { from: number; end: number }): boolean {
  if (question.length !== end - from) return false;
  for (let i = 0; i < question.length; i++) if (question[i] !== bytes[from + i]) return false;
  return true;
}
