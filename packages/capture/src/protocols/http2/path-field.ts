/** `:path` as a field, made once for all calls that ask for the same: found by its octets as they are encoded. */

import { ByteInterner, latin1 } from '../../decode/interner.ts';
import { HeaderField } from './header-field.ts';
import { headerName } from './header-name.ts';
import { decodeHuffman, maxDecodedBytes, type Octets } from './huffman.ts';
import { Path } from './path.ts';

const name = headerName(':path');

const plainFields = new ByteInterner((bytes, start, end) => pathField(latin1(bytes, start, end)));
const huffmanFields = new ByteInterner((bytes, start, end) => {
  const text = new Uint8Array(maxDecodedBytes(end - start));
  const length = decodeHuffman({ bytes, start, end }, text, 0);
  return length < 0 ? null : pathField(latin1(text, 0, length));
});

function pathField(text: string): HeaderField {
  const path = new Path(text);
  const field = new HeaderField(name, { bytes: path.bytes, start: 0, end: path.bytes.length });
  field.path = path;
  return field;
}

/** The field of a value; null when its code is broken. */
export function pathFieldAt(value: Octets & { readonly isHuffman: boolean }): HeaderField | null {
  const { bytes, start, end, isHuffman } = value;
  return isHuffman ? huffmanFields.of(bytes, start, end) : plainFields.of(bytes, start, end);
}
