/** A `:path` as it stands in a block: found by its octets as they are encoded, without decoding them. */

import { ByteInterner, latin1 } from '../../decode/interner.ts';
import { decodeHuffman, maxDecodedBytes, type Octets } from './huffman.ts';
import { Path } from './path.ts';

/** A value as it is encoded. */
export interface Encoded extends Octets {
  readonly isHuffman: boolean;
}

const plainPaths = new ByteInterner((bytes, start, end) => new Path(latin1(bytes, start, end)));
const huffmanPaths = new ByteInterner((bytes, start, end) => {
  const text = new Uint8Array(maxDecodedBytes(end - start));
  const length = decodeHuffman({ bytes, start, end }, text, 0);
  return length < 0 ? null : new Path(latin1(text, 0, length));
});

/** Null when its code is broken. */
export function pathOfLiteral({ bytes, start, end, isHuffman }: Encoded): Path | null {
  return isHuffman ? huffmanPaths.of(bytes, start, end) : plainPaths.of(bytes, start, end);
}
