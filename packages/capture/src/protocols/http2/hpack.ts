/** HPACK header block decoding (RFC 7541), bounded, and as useful as can be when the capture began mid-stream. */

import { latin1 } from '../../decode/interner.ts';
import { HttpFields } from '../../http/fields.ts';
import { decodeHuffman } from './huffman.ts';
import { staticTable } from './static-table.ts';

/** What RFC 9113 §6.5.2 starts with; a peer may raise it, in the settings and then in the block. */
const DEFAULT_TABLE_BYTES = 4096;
/** Browsers and proxies raise their table to 64 KiB; more than this is meant to eat memory. */
const MAX_TABLE_BYTES = 1024 * 1024;
/** Fields kept of one block, and their bytes: an indexed field costs its sender one byte (a header bomb). */
export const MAX_FIELDS = 512;
const MAX_FIELD_BYTES = 256 * 1024;
const ENTRY_OVERHEAD = 32;
const MAX_INTEGER_OCTETS = 5;

/** Stands for the name or value of a table entry that was made before the capture began. */
export const UNKNOWN = '(unknown)';

export interface Block {
  readonly fields: HttpFields;
  /** Pseudo-header fields by name: `:path`. */
  readonly pseudo: ReadonlyMap<string, string>;
  /** Fields that were left out at a limit. */
  readonly omitted: number;
}

interface TableEntry {
  readonly name: string;
  readonly value: string;
  readonly size: number;
}

export class HpackDecoder {
  /** Newest last. */
  #table: TableEntry[] = [];
  #tableBytes = 0;
  #maxTableBytes = DEFAULT_TABLE_BYTES;
  #isPartial: boolean;
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #fault = '';

  /** `isPartial`: the beginning of the connection was not seen, so the table has entries nobody knows. */
  constructor(isPartial: boolean) {
    this.#isPartial = isPartial;
  }

  /**
   * A block was lost, so nobody knows what it added: an index counts from the newest entry, and would now name the wrong
   * one. What is added from here on is found at its true index again; the rest is unknown.
   */
  forget(): void {
    this.#table = [];
    this.#tableBytes = 0;
    this.#isPartial = true;
  }

  /** Decodes a whole block and updates the table; after a fault the table is forgotten. */
  decode(bytes: Uint8Array): Block | { readonly fault: string } {
    this.#bytes = bytes;
    this.#at = 0;
    this.#fault = '';
    const fields = new HttpFields();
    const pseudo = new Map<string, string>();
    let kept = 0;
    let omitted = 0;
    while (this.#at < bytes.length && this.#fault === '') {
      const field = this.#field();
      if (field === undefined) continue;
      kept += field.name.length + field.value.length;
      if (kept > MAX_FIELD_BYTES || fields.size >= MAX_FIELDS) omitted += 1;
      else if (field.name.startsWith(':')) pseudo.set(field.name, field.value);
      else fields.add(field.name, field.value);
    }
    if (this.#fault === '') return { fields, pseudo, omitted };
    this.forget();
    return { fault: this.#fault };
  }

  /** One field representation (§6); undefined for a table size update or a fault. */
  #field(): { name: string; value: string } | undefined {
    const first = this.#bytes[this.#at] ?? 0;
    if (first & 0x80) return this.#indexed(this.#integer(7));
    if (first & 0x40) {
      const field = this.#literal(6);
      if (field !== undefined) this.#insert(field);
      return field;
    }
    if (first & 0x20) {
      this.#resize(this.#integer(5));
      return undefined;
    }
    return this.#literal(4);
  }

  #literal(prefixBits: number): { name: string; value: string } | undefined {
    const index = this.#integer(prefixBits);
    const name = index === 0 ? this.#string() : this.#indexed(index)?.name;
    const value = this.#string();
    return name === undefined || value === undefined ? undefined : { name, value };
  }

  #indexed(index: number): { name: string; value: string } | undefined {
    if (this.#fault !== '') return undefined;
    const fixed = staticTable[index - 1];
    if (fixed !== undefined) return { name: fixed[0], value: fixed[1] };
    const entry = this.#table.at(-(index - staticTable.length));
    if (index > staticTable.length && entry !== undefined) return entry;
    if (index > staticTable.length && this.#isPartial) return { name: UNKNOWN, value: UNKNOWN };
    this.#fault = 'header index out of the table';
    return undefined;
  }

  /** An integer with a prefix of so many bits (§5.1). */
  #integer(prefixBits: number): number {
    const mask = (1 << prefixBits) - 1;
    let value = (this.#bytes[this.#at] ?? 0) & mask;
    this.#at += 1;
    if (value < mask) return value;
    for (let octet = 0; octet < MAX_INTEGER_OCTETS; octet += 1) {
      if (this.#at >= this.#bytes.length) break;
      const byte = this.#bytes[this.#at] ?? 0;
      this.#at += 1;
      value += (byte & 0x7f) * 2 ** (7 * octet);
      if ((byte & 0x80) === 0) return value;
    }
    this.#fault = 'invalid integer';
    return 0;
  }

  /** A string literal (§5.2). */
  #string(): string | undefined {
    if (this.#fault !== '' || this.#at >= this.#bytes.length) {
      this.#fault ||= 'header block cut short';
      return undefined;
    }
    const isHuffman = ((this.#bytes[this.#at] ?? 0) & 0x80) !== 0;
    const length = this.#integer(7);
    const start = this.#at;
    if (length > this.#bytes.length - start) {
      this.#fault ||= 'string longer than its block';
      return undefined;
    }
    this.#at += length;
    const text = isHuffman
      ? decodeHuffman(this.#bytes, start, start + length)
      : latin1(this.#bytes, start, start + length);
    if (text === undefined) this.#fault = 'invalid Huffman code';
    return text;
  }

  #insert({ name, value }: { name: string; value: string }): void {
    const size = name.length + value.length + ENTRY_OVERHEAD;
    this.#table.push({ name, value, size });
    this.#tableBytes += size;
    this.#evict();
  }

  #resize(bytes: number): void {
    if (bytes > MAX_TABLE_BYTES) {
      this.#fault = 'header table size out of bounds';
      return;
    }
    this.#maxTableBytes = bytes;
    this.#evict();
  }

  #evict(): void {
    let gone = 0;
    while (this.#tableBytes > this.#maxTableBytes && gone < this.#table.length) {
      this.#tableBytes -= this.#table[gone]?.size ?? 0;
      gone += 1;
    }
    if (gone > 0) this.#table.splice(0, gone);
  }
}
