/**
 * Header blocks that came before, byte for byte and with the same table: clients ask for the same with the same fields
 * again and again, and most of gRPC is three blocks. They are found without being decoded.
 */

import type { HeaderBlock } from './header-block.ts';
import type { Octets } from './huffman.ts';

/** A power of two. A block takes the place of another that falls on the same slot. */
export const SLOTS = 1024;
/** Bytes of a block, and of what it decodes to: an index of one byte may name a field of many kilobytes. */
export const MAX_BLOCK_BYTES = 512;
export const MAX_DECODED_BYTES = 4096;
/** Longer blocks are told apart by their ends. */
const HASHED_BYTES = 32;

export class BlockCache {
  private readonly blocks = new Array<HeaderBlock | undefined>(SLOTS).fill(undefined);
  private readonly keys = new Array<Uint8Array | undefined>(SLOTS).fill(undefined);
  private readonly states = new Float64Array(SLOTS);
  /** What was asked for last in each slot: only what is asked for twice is kept. */
  private readonly hashes = new Int32Array(SLOTS);
  private slot = 0;
  private wasSeen = false;

  /** The block that these bytes are where the table is in this state; undefined when it has to be decoded. */
  find(octets: Octets, state: number): HeaderBlock | undefined {
    const sum = hash(octets, state);
    const slot = (sum ^ (sum >>> 15)) & (SLOTS - 1);
    this.slot = slot;
    this.wasSeen = this.hashes[slot] === sum;
    this.hashes[slot] = sum;
    if (!this.wasSeen || this.states[slot] !== state) return undefined;
    const key = this.keys[slot];
    return key !== undefined && isSame(key, octets) ? this.blocks[slot] : undefined;
  }

  /** Keeps what the bytes asked for last were decoded to, if it is worth it. */
  keep({ bytes, start, end }: Octets, state: number, block: HeaderBlock): void {
    if (!this.wasSeen || end - start > MAX_BLOCK_BYTES) return;
    block.keep();
    this.blocks[this.slot] = block;
    this.keys[this.slot] = Uint8Array.prototype.slice.call(bytes, start, end);
    this.states[this.slot] = state;
  }
}

function hash({ bytes, start, end }: Octets, state: number): number {
  let sum = (end - start + Math.imul(state, 0x9e3779b1)) | 0;
  const front = Math.min(end, start + HASHED_BYTES);
  for (let at = start; at < front; at++) sum = (Math.imul(sum, 31) + (bytes[at] ?? 0)) | 0;
  for (let at = Math.max(front, end - HASHED_BYTES); at < end; at++) {
    sum = (Math.imul(sum, 31) + (bytes[at] ?? 0)) | 0;
  }
  return sum;
}

function isSame(key: Uint8Array, { bytes, start, end }: Octets): boolean {
  if (key.length !== end - start) return false;
  for (let i = 0; i < key.length; i++) if (key[i] !== bytes[start + i]) return false;
  return true;
}
