/** Names of header fields, each made once, with what the decoder has to know of them. */

import { Interner, latin1 } from '../../decode/interner.ts';
import { type TableName, tableName } from '../../http/table-name.ts';
import { decodeHuffman, maxDecodedBytes } from './huffman.ts';

/** Pseudo-header fields (RFC 9113 §8.3) and the one field that is read of every message. */
type FieldRole = 'plain' | 'method' | 'path' | 'scheme' | 'authority' | 'status' | 'other pseudo' | 'content-type';

export interface HeaderName extends TableName {
  readonly role: FieldRole;
  /** No other name has it. */
  readonly number: number;
  /** Where the value stands that it had last, among those that are kept. */
  lastSlot: number;
}

const roles: Readonly<Record<string, FieldRole>> = {
  ':method': 'method',
  ':path': 'path',
  ':scheme': 'scheme',
  ':authority': 'authority',
  ':status': 'status',
  'content-type': 'content-type',
};

/** Names made so far. */
let count = 0;

export function headerName(text: string): HeaderName {
  const role = Object.hasOwn(roles, text) ? roles[text] : undefined;
  return {
    ...tableName(text),
    role: role ?? (text.startsWith(':') ? 'other pseudo' : 'plain'),
    number: ++count,
    lastSlot: 0,
  };
}

const plainNames = new Interner(headerName);
const huffmanNames = new Interner((encoded) => {
  const bytes = Buffer.from(encoded, 'latin1');
  const text = new Uint8Array(maxDecodedBytes(bytes.length));
  const end = decodeHuffman({ bytes, start: 0, end: bytes.length }, text, 0);
  return end < 0 ? null : headerName(latin1(text, 0, end));
});

/** The name that stands at `bytes[start, end)`; null when its code is broken. */
export function nameAt(bytes: Uint8Array, start: number, end: number): HeaderName {
  return plainNames.of(bytes, start, end);
}

export function huffmanNameAt(bytes: Uint8Array, start: number, end: number): HeaderName | null {
  return huffmanNames.of(bytes, start, end);
}
