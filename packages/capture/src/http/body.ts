/** Collects the content of one message: counts all of it, keeps the beginning. */

import { Slab } from '../decode/slab.ts';

const NOTHING = new Uint8Array(0);
/** Most bodies come in one piece and are small. */
const slab = new Slab();

/** Part of a content as it came. */
export interface Piece {
  readonly start: number;
  readonly end: number;
  /** The bytes stay as they are until the collector is told to keep them. */
  readonly isBorrowed?: boolean;
}

export class BodyCollector {
  private readonly limit: number;
  private buffer: Uint8Array = NOTHING;
  private start = 0;
  /** `borrowed`: as they lie in the capture's chunk; `shared`: among others' in a slab. */
  private place: 'borrowed' | 'shared' | 'own' = 'shared';
  private kept = 0;
  /** Bytes of content so far, lost ones included. */
  size = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Takes `bytes[start, end)`, of which it keeps what the limit allows: a copy, unless they may be borrowed. */
  append(bytes: Uint8Array, { start, end, isBorrowed }: Piece): void {
    // What comes after a hole cannot stand beside what came before it.
    const room = this.kept === this.size ? Math.min(end - start, this.limit - this.kept) : 0;
    this.size += end - start;
    if (room <= 0) return;
    if (this.kept === 0 && isBorrowed) {
      this.place = 'borrowed';
      this.start = start;
      this.buffer = bytes;
    } else if (this.kept === 0) {
      this.start = slab.copy(bytes, start, start + room);
      this.buffer = slab.block;
    } else {
      this.grow(this.kept + room);
      this.buffer.set(bytes.subarray(start, start + room), this.kept);
    }
    this.kept += room;
  }

  /** Copies what was borrowed. */
  keep(): void {
    if (this.place !== 'borrowed') return;
    this.place = 'shared';
    this.start = slab.copy(this.buffer, this.start, this.start + this.kept);
    this.buffer = slab.block;
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
    if (this.place === 'own' && length <= this.buffer.length) return;
    const grown = new Uint8Array(Math.min(this.limit, Math.max(length, 2 * this.kept)));
    grown.set(this.bytes);
    this.buffer = grown;
    this.start = 0;
    this.place = 'own';
  }
}
