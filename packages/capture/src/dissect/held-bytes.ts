/** A message in the chunk it came in, or in a block it shares with others: copied only when it still waits as the chunk goes away. */

import { Slab } from '../decode/slab.ts';

const NOTHING = new Uint8Array(0);
/** Of all protocols. */
const copies = new Slab();

/** Where bytes lie: `bytes[start, end)`. */
export interface HeldRange {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

export class HeldBytes {
  bytes: Uint8Array = NOTHING;
  start = 0;
  end = 0;
  private isBorrowed = false;

  get length(): number {
    return this.end - this.start;
  }

  /** They stay as they are until `keep`. */
  hold({ bytes, start, end }: HeldRange): void {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    this.isBorrowed = true;
  }

  /** The bytes go away: copies them, once. */
  keep(): void {
    if (!this.isBorrowed) return;
    this.isBorrowed = false;
    const { length } = this;
    this.start = copies.copy(this.bytes, this.start, this.end);
    this.bytes = copies.block;
    this.end = this.start + length;
  }

  /** Lets go of them. */
  release(): void {
    this.bytes = NOTHING;
    this.start = 0;
    this.end = 0;
    this.isBorrowed = false;
  }
}
