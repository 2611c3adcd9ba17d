/** Variable-length vectors of the TLS presentation language (RFC 8446 §3.4). */

import { ByteReader } from '../decode/byte-reader.ts';

/** The bytes after a length of `width` bytes; empty when there are not so many. */
export function vector(reader: ByteReader, width: 1 | 2 | 3): Uint8Array {
  return reader.view(reader.number(width));
}

/** All numbers of `width` bytes in a vector's bytes. */
export function numbers(bytes: Uint8Array, width: 1 | 2): number[] {
  const reader = new ByteReader(bytes);
  const values: number[] = [];
  while (reader.left >= width) values.push(reader.number(width));
  return values;
}
