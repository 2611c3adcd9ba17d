/** HPACK header block decoding (RFC 7541), bounded, and as useful as can be when the capture began mid-stream. */

import { Slab } from '../../decode/slab.ts';
import { UNKNOWN } from '../../http/fields.ts';
import { BlockCache, MAX_DECODED_BYTES } from './block-cache.ts';
import { DynamicTable } from './dynamic-table.ts';
import { FoundFields, HeaderBlock } from './header-block.ts';
import { HeaderField } from './header-field.ts';
import { type HeaderName, huffmanNameAt, nameAt } from './header-name.ts';
import { decodeHuffman, maxDecodedBytes, type Octets } from './huffman.ts';
import { SharedFields } from './shared-fields.ts';
import { fieldOf, staticTable } from './static-table.ts';

/** What RFC 9113 §6.5.2 starts with; a peer may raise it, in the settings and then in the block. */
const DEFAULT_TABLE_BYTES = 4096;
/** Browsers and proxies raise their table to 64 KiB; more than this is meant to eat memory. */
const MAX_TABLE_BYTES = 1024 * 1024;
/** Fields kept of one block, and their bytes: an indexed field costs its sender one byte (a header bomb). */
export const MAX_FIELDS = 512;
const MAX_FIELD_BYTES = 256 * 1024;
const MAX_INTEGER_OCTETS = 5;

/** Stands for a table entry that was made before the capture began. */
const unknownField = fieldOf(UNKNOWN, UNKNOWN);
const NOTHING: Uint8Array = new Uint8Array(0);

/** Shared by all connections. */
const blocks = new BlockCache();
const shared = new SharedFields();
const slab = new Slab();
const found = new FoundFields();
/** Each state that any table is ever in has a number of its own. */
let states = 0;

export class HpackDecoder {
  readonly #table = new DynamicTable(DEFAULT_TABLE_BYTES);
  #state = ++states;
  #isPartial: boolean;
  #bytes: Uint8Array = NOTHING;
  #at = 0;
  #end = 0;
  #fault = '';
  /** The string literal read last, as it is encoded. */
  readonly #string = { bytes: NOTHING, start: 0, end: 0, isHuffman: false };
  readonly #decoded = { bytes: NOTHING, start: 0, end: 0 };

  /** `isPartial`: the beginning of the connection was not seen, so the table has entries nobody knows. */
  constructor(isPartial: boolean) {
    this.#isPartial = isPartial;
  }

  /**
   * A block was lost, so nobody knows what it added: an index counts from the newest entry, and would now name the wrong
   * one. What is added from here on is found at its true index again; the rest is unknown.
   */
  forget(): void {
    this.#table.clear();
    this.#isPartial = true;
    this.#state = ++states;
  }

  /** Decodes a whole block and updates the table; after a fault the table is forgotten. */
  decode(octets: Octets): HeaderBlock | { readonly fault: string } {
    const state = this.#state;
    const known = blocks.find(octets, state);
    if (known !== undefined) return known;
    this.#bytes = octets.bytes;
    this.#at = octets.start;
    this.#end = octets.end;
    this.#fault = '';
    found.clear();
    let kept = 0;
    while (this.#at < this.#end && this.#fault === '') {
      const field = this.#field();
      if (field === undefined) continue;
      kept += field.length;
      if (kept > MAX_FIELD_BYTES || found.count >= MAX_FIELDS) found.omitted += 1;
      else found.add(field);
    }
    if (this.#fault !== '') {
      this.forget();
      return { fault: this.#fault };
    }
    const block = new HeaderBlock(found);
    if (this.#state === state && kept <= MAX_DECODED_BYTES) blocks.keep(octets, state, block);
    return block;
  }

  /** One field representation (§6); undefined for a table size update or a fault. */
  #field(): HeaderField | undefined {
    const first = this.#bytes[this.#at] ?? 0;
    if (first & 0x80) return this.#indexed(this.#integer(7));
    if (first & 0x40) return this.#inserted();
    if (first & 0x20) {
      this.#resize(this.#integer(5));
      return undefined;
    }
    const name = this.#name(4);
    return name !== undefined && this.#readString() ? this.#literal(name) : undefined;
  }

  /** A literal that becomes an entry of the table (§6.2.1). */
  #inserted(): HeaderField | undefined {
    const name = this.#name(6);
    if (name === undefined || !this.#readString()) return undefined;
    const field = shared.find(name, this.#string) ?? this.#share(name);
    if (field === undefined) return undefined;
    this.#state = ++states;
    this.#table.insert(field);
    return field;
  }

  /** The string read last as a field that is kept for long: with octets of its own. */
  #share(name: HeaderName): HeaderField | undefined {
    if (!this.#decode()) return undefined;
    const { bytes, start, end } = this.#decoded;
    const field = new HeaderField(name, { bytes: bytes.slice(start, end), start: 0, end: end - start });
    field.isKept = true;
    shared.keep(field, this.#string);
    return field;
  }

  #literal(name: HeaderName): HeaderField | undefined {
    return this.#decode() ? new HeaderField(name, this.#decoded) : undefined;
  }

  #name(prefixBits: number): HeaderName | undefined {
    const index = this.#integer(prefixBits);
    if (index > 0) return this.#indexed(index)?.name;
    if (!this.#readString()) return undefined;
    const { bytes, start, end, isHuffman } = this.#string;
    const name = isHuffman ? huffmanNameAt(bytes, start, end) : nameAt(bytes, start, end);
    if (name === null) this.#fault = 'invalid Huffman code';
    return name ?? undefined;
  }

  #indexed(index: number): HeaderField | undefined {
    if (this.#fault !== '') return undefined;
    if (index >= 1 && index <= staticTable.length) return staticTable[index - 1];
    const entry = this.#table.at(index - staticTable.length);
    if (entry !== undefined) return entry;
    if (index > staticTable.length && this.#isPartial) return unknownField;
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
      if (this.#at >= this.#end) break;
      const byte = this.#bytes[this.#at] ?? 0;
      this.#at += 1;
      value += (byte & 0x7f) * 2 ** (7 * octet);
      if ((byte & 0x80) === 0) return value;
    }
    this.#fault = 'invalid integer';
    return 0;
  }

  /** A string literal (§5.2), not decoded yet; false after a fault. */
  #readString(): boolean {
    if (this.#fault !== '' || this.#at >= this.#end) {
      this.#fault ||= 'header block cut short';
      return false;
    }
    const isHuffman = ((this.#bytes[this.#at] ?? 0) & 0x80) !== 0;
    const length = this.#integer(7);
    if (this.#fault !== '' || length > this.#end - this.#at) {
      this.#fault ||= 'string longer than its block';
      return false;
    }
    const string = this.#string;
    string.bytes = this.#bytes;
    string.start = this.#at;
    string.end = this.#at + length;
    string.isHuffman = isHuffman;
    this.#at = string.end;
    return true;
  }

  /** The octets of the string read last, copied; false after a fault. */
  #decode(): boolean {
    const string = this.#string;
    const { start, end } = string;
    const decoded = this.#decoded;
    if (string.isHuffman) {
      decoded.start = slab.reserve(maxDecodedBytes(end - start));
      decoded.end = decodeHuffman(string, slab.block, decoded.start);
      if (decoded.end < 0) {
        this.#fault = 'invalid Huffman code';
        return false;
      }
      slab.use(decoded.end);
    } else {
      decoded.start = slab.copy(string.bytes, start, end);
      decoded.end = decoded.start + end - start;
    }
    decoded.bytes = slab.block;
    return true;
  }

  #resize(bytes: number): void {
    if (bytes > MAX_TABLE_BYTES) {
      this.#fault = 'header table size out of bounds';
      return;
    }
    this.#state = ++states;
    this.#table.resize(bytes);
  }
}
