/** Collects the content of one message: counts all of it, keeps the beginning. */

import { Slab } from '../decode/slab.ts';

const NOTHING = new Uint8Array(0);
/** Most bodies come in one piece and are small. */
const slab = new Slab();

export class BodyCollector {
  private readonly limit: number;
  private buffer: Uint8Array = NOTHING;
  private start = 0;
  /** False while the bytes lie among others' in a slab. */
  private isOwn = false;
  private kept = 0;
  /** Bytes of content so far, lost ones included. */
  size = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Takes `bytes[start, end)`, of which it keeps a copy up to the limit. */
  append(bytes: Uint8Array, start: number, end: number): void {
    // What comes after a hole cannot stand beside what came before it.
    const room = this.kept === this.size ? Math.min(end - start, this.limit - this.kept) : 0;
    this.size += end - start;
    if (room <= 0) return;
    if (this.kept === 0) {
      this.start = slab.copy(bytes, start, start + room);
      this.buffer = slab.block;
    } else {
      this.grow(this.kept + room);
      this.buffer.set(bytes.subarray(start, start + room), this.kept);
    }
    this.kept += room;
  }

  /** Counts bytes that were lost. */
  skip(length: number): void {
    this.size += length;
  }

  get bytes(): Uint8Array {
    return this.buffer.subarray(this.start, this.start + this.kept);
  }

  get isCut(): boolean {
    return this.kept < this.size;
  }

  /** Moves to a buffer of its own, with room for `length` bytes. */
  private grow(length: number): void {
    if (this.isOwn && length <= this.buffer.length) return;
    const grown = new Uint8Array(Math.min(this.limit, Math.max(length, 2 * this.kept)));
    grown.set(this.bytes);
    this.buffer = grown;
    this.start = 0;
    this.isOwn = true;
  }
}
