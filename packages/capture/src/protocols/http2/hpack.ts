/** HPACK header block decoding (RFC 7541), bounded, and as useful as can be when the capture began mid-stream. */

import { Slab } from '../../decode/slab.ts';
import { UNKNOWN } from '../../http/fields.ts';
import { BlockReader } from './block-reader.ts';
import { DynamicTable } from './dynamic-table.ts';
import { HeaderBlock } from './header-block.ts';
import { HeaderField } from './header-field.ts';
import { type HeaderName, huffmanNameAt, nameAt } from './header-name.ts';
import { decodeHuffman, maxDecodedBytes, type Octets } from './huffman.ts';
import { pathOfLiteral } from './path-literal.ts';
import { Recurring } from './recurring.ts';
import { fieldOf, staticTable } from './static-table.ts';

/** What RFC 9113 §6.5.2 starts with; a peer may raise it, in the settings and then in the block. */
const DEFAULT_TABLE_BYTES = 4096;
/** Browsers and proxies raise their table to 64 KiB; more than this is meant to eat memory. */
const MAX_TABLE_BYTES = 1024 * 1024;
/** Fields kept of one block, and their bytes: an indexed field costs its sender one byte (a header bomb). */
export const MAX_FIELDS = 512;
const MAX_FIELD_BYTES = 256 * 1024;
/**
 * Blocks that clients send again and again while the table stays as it is: most of gRPC is three. An index of one byte may
 * name a field of many kilobytes, so what a block decodes to is bounded too.
 */
const BLOCKS = { slots: 1024, maxBytes: 512 };
const MAX_DECODED_BYTES = 4096;
/** Values that come again, from every connection: a server's name, a date for a second, a token. Some 10 MB at most. */
const FIELDS = { slots: 4096, maxBytes: 1024 };
/** Entries of a table leave in the order they came in: what they lie in is let go with them. Most have few. */
const FIRST_TABLE_BYTES = 512;

const INVALID_CODE = 'invalid Huffman code';
const PATH_NAME_BYTES = ':path'.length;

/** Stands for a table entry that was made before the capture began. */
const unknownField = fieldOf(UNKNOWN, UNKNOWN);

/** Shared by all connections. */
const blocks = new Recurring<HeaderBlock>(BLOCKS);
const shared = new Recurring<HeaderField>(FIELDS);
const slab = new Slab();
/** Of the block that is being decoded. */
const reader = new BlockReader();
const decoded = { bytes: reader.bytes, start: 0, end: 0 };
/** Each state that any table is ever in between two blocks has a number of its own. */
let states = 0;

export class HpackDecoder {
  readonly #table = new DynamicTable(DEFAULT_TABLE_BYTES);
  /** What its entries lie in. */
  readonly #slab = new Slab(FIRST_TABLE_BYTES);
  #state = ++states;
  /** The block decoded last changed the table. */
  #isChanged = true;
  #isPartial: boolean;
  /** Where the block stands that it found last, among those that are kept. */
  #lastSlot = 0;

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
    this.#isChanged = true;
    this.#state = ++states;
  }

  /** Decodes a whole block and updates the table; after a fault the table is forgotten. */
  decode(octets: Octets): HeaderBlock | { readonly fault: string } {
    const state = this.#state;
    // A state that no block was decoded in yet is known to none.
    const known = this.#isChanged ? undefined : this.#known(octets, state);
    if (known !== undefined) return known;
    const mayRecur = !this.#isChanged && blocks.isAgain;
    this.#isChanged = false;
    reader.begin(octets);
    const block = new HeaderBlock();
    let kept = 0;
    while (reader.hasMore) kept += this.#field(block, kept);
    if (reader.fault !== '') {
      this.forget();
      return { fault: reader.fault };
    }
    if (this.#isChanged) {
      this.#state = ++states;
    } else if (mayRecur && kept <= MAX_DECODED_BYTES) {
      block.keep();
      blocks.keep(octets, state, block);
    }
    return block;
  }

  /** A block that came before; most often the one before it was the same. */
  #known(octets: Octets, state: number): HeaderBlock | undefined {
    const last = blocks.at(this.#lastSlot, octets, state);
    if (last !== undefined) return last;
    const known = blocks.find(octets, state);
    if (known !== undefined) this.#lastSlot = blocks.slot;
    return known;
  }

  /** One field representation (§6), put into the block where there is room: how many bytes it decodes to. */
  #field(block: HeaderBlock, kept: number): number {
    const first = reader.next;
    let field: HeaderField | undefined;
    if (first & 0x80) field = this.#indexed(reader.integer(7));
    else if (first & 0x40) field = this.#inserted();
    else if (first & 0x20) this.#resize(reader.integer(5));
    else {
      const name = this.#name(4);
      if (name === undefined || !reader.readString()) return 0;
      if (name.role === 'path') return takePath(block, kept);
      field = literal(name, slab);
    }
    if (field === undefined) return 0;
    if (isFull(block, kept + field.length)) block.omitted += 1;
    else block.add(field);
    return field.length;
  }

  /** A literal that becomes an entry of the table (§6.2.1). */
  #inserted(): HeaderField | undefined {
    const name = this.#name(6);
    if (name === undefined || !reader.readString()) return undefined;
    const field = literal(name, this.#slab);
    if (field === undefined) return undefined;
    this.#isChanged = true;
    this.#table.insert(field);
    return field;
  }

  #name(prefixBits: number): HeaderName | undefined {
    const index = reader.integer(prefixBits);
    if (index > 0) return this.#at(index)?.name;
    if (!reader.readString()) return undefined;
    const { bytes, start, end, isHuffman } = reader.string;
    const name = isHuffman ? huffmanNameAt(bytes, start, end) : nameAt(bytes, start, end);
    if (name === null) reader.fault = INVALID_CODE;
    return name ?? undefined;
  }

  /** An entry that is sent again (§6.1): it may well come a third time. */
  #indexed(index: number): HeaderField | undefined {
    const entry = this.#at(index);
    if (entry !== undefined && !entry.isKept) entry.isKept = true;
    return entry;
  }

  #at(index: number): HeaderField | undefined {
    if (reader.fault !== '') return undefined;
    if (index >= 1 && index <= staticTable.length) return staticTable[index - 1];
    const entry = this.#table.at(index - staticTable.length);
    if (entry !== undefined) return entry;
    if (index > staticTable.length && this.#isPartial) return unknownField;
    reader.fault = 'header index out of the table';
    return undefined;
  }

  #resize(bytes: number): void {
    if (bytes > MAX_TABLE_BYTES) {
      reader.fault = 'header table size out of bounds';
      return;
    }
    this.#isChanged = true;
    this.#table.resize(bytes);
  }
}

const isFull = (block: HeaderBlock, bytes: number): boolean => bytes > MAX_FIELD_BYTES || block.size >= MAX_FIELDS;

/** The string read last is a path that stands in no table: how many bytes the field has. */
function takePath(block: HeaderBlock, kept: number): number {
  const path = pathOfLiteral(reader.string);
  if (path === null) {
    reader.fault = INVALID_CODE;
    return 0;
  }
  const length = PATH_NAME_BYTES + path.end - path.start;
  if (isFull(block, kept + length)) block.omitted += 1;
  else block.path = path;
  return length;
}

/** The field of this name with the string read last as its value, which is put into `own` where it comes for the first time. */
function literal(name: HeaderName, own: Slab): HeaderField | undefined {
  const { string } = reader;
  const mark = 2 * name.number + (string.isHuffman ? 1 : 0);
  // Most fields have the value that they had before.
  const last = shared.at(name.lastSlot, string, mark);
  if (last !== undefined) return last;
  const known = shared.find(string, mark);
  if (known !== undefined) {
    name.lastSlot = shared.slot;
    return known;
  }
  if (!decodeInto(own)) return undefined;
  if (!shared.isAgain) return new HeaderField(name, decoded);
  const { bytes, start, end } = decoded;
  const field = new HeaderField(name, { bytes: bytes.slice(start, end), start: 0, end: end - start });
  field.isKept = true;
  shared.keep(string, mark, field);
  return field;
}

/** The octets of the string read last, copied; false after a fault. */
function decodeInto(own: Slab): boolean {
  const { string } = reader;
  const { start, end } = string;
  if (string.isHuffman) {
    decoded.start = own.reserve(maxDecodedBytes(end - start));
    decoded.end = decodeHuffman(string, own.block, decoded.start);
    if (decoded.end < 0) {
      reader.fault = INVALID_CODE;
      return false;
    }
    own.use(decoded.end);
  } else {
    decoded.start = own.copy(string.bytes, start, end);
    decoded.end = decoded.start + end - start;
  }
  decoded.bytes = own.block;
  return true;
}
