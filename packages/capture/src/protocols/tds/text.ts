/** Text of TDS: UTF-16, little endian, with its length in characters before it. */

import type { ByteReader } from '../../decode/byte-reader.ts';

const utf16 = new TextDecoder('utf-16le');

export const utf16Text = (bytes: Uint8Array): string => utf16.decode(bytes);
/** `B_VARCHAR`: a byte tells the length. */
export const shortText = (reader: ByteReader): string => utf16.decode(reader.view(2 * reader.u8()));
/** `US_VARCHAR`: two bytes tell it. */
export const longText = (reader: ByteReader): string => utf16.decode(reader.view(2 * reader.u16le()));
