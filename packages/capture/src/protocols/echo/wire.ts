/**
 * Echo/1, an example protocol: the client sends a message, the server sends it back, errors with the text `!` before.
 *
 *   0        1                 3
 *   +--------+--------+--------+--------------
 *   | id u8  | length u16 (BE) | text, UTF-8 …
 *   +--------+--------+--------+--------------
 */

import type { Parsed } from '../../dissect/dissector.ts';

const HEADER_BYTES = 3;
/** The protocol names no limit; this one keeps a lying peer from filling the buffer. */
export const MAX_TEXT_BYTES = 4096;

export interface EchoMessage {
  readonly id: number;
  readonly text: string;
  readonly size: number;
}

const utf8 = new TextDecoder();

export function parseEcho(bytes: Uint8Array, offset: number): Parsed<EchoMessage> {
  const available = bytes.length - offset;
  if (available < HEADER_BYTES) return { kind: 'more', atLeast: HEADER_BYTES - available };
  const length = ((bytes[offset + 1] ?? 0) << 8) | (bytes[offset + 2] ?? 0);
  if (length > MAX_TEXT_BYTES) return { kind: 'bad', fault: 'text too long', at: offset };
  const size = HEADER_BYTES + length;
  if (available < size) return { kind: 'more', atLeast: size - available };
  const text = utf8.decode(bytes.subarray(offset + HEADER_BYTES, offset + size));
  return { kind: 'done', value: { id: bytes[offset] ?? 0, text, size }, end: offset + size };
}

/** True for a header that may begin a message: a length within the limit, and text that is printable. */
export function isPlausible(bytes: Uint8Array, offset: number): boolean {
  const length = ((bytes[offset + 1] ?? 0) << 8) | (bytes[offset + 2] ?? 0);
  if (length === 0 || length > MAX_TEXT_BYTES) return false;
  const text = bytes.subarray(offset + HEADER_BYTES, offset + HEADER_BYTES + length);
  return text.every((byte) => byte >= 0x20 && byte < 0x7f);
}
