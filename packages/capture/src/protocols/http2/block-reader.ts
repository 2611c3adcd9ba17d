/** The octets of one header block: integers and strings as HPACK encodes them (RFC 7541 §5). */

import type { Octets } from './huffman.ts';

const NOTHING: Uint8Array = new Uint8Array(0);
const MAX_INTEGER_OCTETS = 5;
const HUFFMAN = 0x80;
const LENGTH_BITS = 7;

/** One object reads block after block. */
export class BlockReader {
  bytes: Uint8Array = NOTHING;
  at = 0;
  end = 0;
  /** What is wrong with the block; empty while nothing is. */
  fault = '';
  /** The string read last, as it is encoded. */
  readonly string = { bytes: NOTHING, start: 0, end: 0, isHuffman: false };

  begin({ bytes, start, end }: Octets): void {
    // A write costs more than a look, and it is nearly always the same chunk.
    if (this.bytes !== bytes) {
      this.bytes = bytes;
      this.string.bytes = bytes;
    }
    this.at = start;
    this.end = end;
    this.fault = '';
  }

  /** Something is left to be read. */
  get hasMore(): boolean {
    return this.at < this.end && this.fault === '';
  }

  get next(): number {
    return this.bytes[this.at] ?? 0;
  }

  /** An integer with a prefix of so many bits (§5.1). */
  integer(prefixBits: number): number {
    const mask = (1 << prefixBits) - 1;
    const value = this.next & mask;
    this.at += 1;
    return value < mask ? value : this.longInteger(mask);
  }

  private longInteger(prefix: number): number {
    let value = prefix;
    for (let octet = 0; octet < MAX_INTEGER_OCTETS; octet += 1) {
      if (this.at >= this.end) break;
      const byte = this.next;
      this.at += 1;
      value += (byte & 0x7f) * 2 ** (7 * octet);
      if ((byte & 0x80) === 0) return value;
    }
    this.fault = 'invalid integer';
    return 0;
  }

  /** Reads a string literal (§5.2), which is not decoded yet; false after a fault. */
  readString(): boolean {
    if (!this.hasMore) {
      this.fault ||= 'header block cut short';
      return false;
    }
    const isHuffman = (this.next & HUFFMAN) !== 0;
    const length = this.integer(LENGTH_BITS);
    if (this.fault !== '' || length > this.end - this.at) {
      this.fault ||= 'string longer than its block';
      return false;
    }
    const { string } = this;
    string.start = this.at;
    string.end = this.at + length;
    string.isHuffman = isHuffman;
    this.at = string.end;
    return true;
  }
}
