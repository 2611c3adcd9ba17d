/** Text of TDS: UTF-16, little endian, with its length in characters before it. */

import type { ByteReader } from '../../decode/byte-reader.ts';
import { ByteInterner } from '../../decode/interner.ts';
import { MAX_OUTLINED_BYTES } from '../../decode/sql-outline.ts';

const utf16 = new TextDecoder('utf-16le');

export const utf16Text = (bytes: Uint8Array): string => utf16.decode(bytes);
/** Names of columns and parameters, which come again and again. */
const names = new ByteInterner((bytes, start, end) => utf16.decode(bytes.subarray(start, end)));

/** `B_VARCHAR`: a byte tells the length. */
export function shortText(reader: ByteReader): string {
  const bytes = 2 * reader.u8();
  const start = reader.at;
  reader.skip(bytes);
  return reader.isShort ? '' : names.of(reader.bytes, start, reader.at);
}

/** ASCII of UTF-16 in one byte a character; undefined for other text, and for longer one than there is room for. */
export function narrowed(bytes: Uint8Array, start: number, end: number): Uint8Array | undefined {
  const length = (end - start) >> 1;
  if (length > narrow.length || (end - start) % 2 !== 0) return undefined;
  for (let i = 0, at = start; i < length; i++, at += 2) {
    const low = bytes[at] ?? 0;
    if (low >= 0x80 || bytes[at + 1] !== 0) return undefined;
    narrow[i] = low;
  }
  return narrow.subarray(0, length);
}
const narrow = new Uint8Array(MAX_OUTLINED_BYTES);
/** `US_VARCHAR`: two bytes tell it. */
export const longText = (reader: ByteReader): string => utf16.decode(reader.view(2 * reader.u16le()));
