/** A `:path` as it stands in a block: found by its octets as they are encoded, without decoding them. */

import { ByteInterner } from '../../decode/interner.ts';
import { Slab } from '../../decode/slab.ts';
import { decodeHuffman, maxDecodedBytes, type Octets } from './huffman.ts';
import { Path, pathCopiedFrom } from './path.ts';

/** A value as it is encoded. */
export interface Encoded extends Octets {
  readonly isHuffman: boolean;
}

const slab = new Slab();

const plainPaths = new ByteInterner(pathCopiedFrom);
const huffmanPaths = new ByteInterner((bytes, start, end) => {
  const at = slab.reserve(maxDecodedBytes(end - start));
  const stop = decodeHuffman({ bytes, start, end }, slab.block, at);
  if (stop < 0) return null;
  slab.use(stop);
  return new Path({ bytes: slab.block, start: at, end: stop });
});

/** Null when its code is broken. */
export function pathOfLiteral({ bytes, start, end, isHuffman }: Encoded): Path | null {
  return isHuffman ? huffmanPaths.of(bytes, start, end) : plainPaths.of(bytes, start, end);
}
