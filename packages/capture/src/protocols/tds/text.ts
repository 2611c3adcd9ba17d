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

/** The last text that was {@link narrowed}: a byte a character. */
export const narrow = new Uint8Array(MAX_OUTLINED_BYTES);

/** Puts ASCII of UTF-16 into `narrow`: how long it is there; -1 for other text, and for longer one than there is room for. */
export function narrowed(bytes: Uint8Array, start: number, end: number): number {
  const length = (end - start) >> 1;
  if (length > narrow.length || (end - start) % 2 !== 0) return -1;
  for (let i = 0, at = start; i < length; i++, at += 2) {
    const low = bytes[at] ?? 0;
    if (low >= 0x80 || bytes[at + 1] !== 0) return -1;
    narrow[i] = low;
  }
  return length;
}
/** `US_VARCHAR`: two bytes tell it. */
export const longText = (reader: ByteReader): string => utf16.decode(reader.view(2 * reader.u16le()));
