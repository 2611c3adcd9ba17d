/**
 * Fields that senders put into their tables: they come again, from every connection (nginx puts the same ones in with each
 * response). Each is made once, found by its name and the octets it was encoded in, and shared by all tables.
 */

import type { HeaderField } from './header-field.ts';
import type { HeaderName } from './header-name.ts';
import type { Octets } from './huffman.ts';

/** A power of two. A field takes the place of another that falls on the same slot: a flood costs time, never memory. */
export const SLOTS = 4096;
/** Longer values (cookies, tokens) are as many as there are users. */
export const MAX_ENCODED_BYTES = 256;

interface Known {
  readonly field: HeaderField;
  readonly isHuffman: boolean;
  readonly encoded: Uint8Array;
}

/** A value as it is encoded. */
export interface Encoded extends Octets {
  readonly isHuffman: boolean;
}

export class SharedFields {
  private readonly slots = new Array<Known | undefined>(SLOTS).fill(undefined);

  private slot = 0;

  /** The field of this name and value; undefined where it is not known. */
  find(name: HeaderName, value: Encoded): HeaderField | undefined {
    if (value.end - value.start > MAX_ENCODED_BYTES) return undefined;
    this.slot = hash(name, value);
    const known = this.slots[this.slot];
    const isIt = known?.field.name === name && known.isHuffman === value.isHuffman && isSame(known.encoded, value);
    return isIt ? known.field : undefined;
  }

  /** Keeps what the value asked for last was decoded to. */
  keep(field: HeaderField, { bytes, start, end, isHuffman }: Encoded): void {
    if (end - start > MAX_ENCODED_BYTES) return;
    this.slots[this.slot] = { field, isHuffman, encoded: Uint8Array.prototype.slice.call(bytes, start, end) };
  }
}

function hash(name: HeaderName, { bytes, start, end }: Octets): number {
  let sum = name.raw.length + (name.raw[0] ?? 0);
  for (let at = start; at < end; at++) sum = (Math.imul(sum, 31) + (bytes[at] ?? 0)) | 0;
  return (sum ^ (sum >>> 15)) & (SLOTS - 1);
}

function isSame(key: Uint8Array, { bytes, start, end }: Octets): boolean {
  if (key.length !== end - start) return false;
  for (let i = 0; i < key.length; i++) if (key[i] !== bytes[start + i]) return false;
  return true;
}
