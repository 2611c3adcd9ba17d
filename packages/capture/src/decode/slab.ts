/** Copies of small byte ranges, many to one allocation: an array of its own for each would cost more than the copy. */

/**
 * Most are cut from blocks of so many. A range that is kept long keeps its whole block: small blocks bound what thousands of
 * calls that wait for their answer hold beside their own bytes.
 */
const BLOCK_BYTES = 8192;
/** Below this a loop is faster than the call into the engine's copy. */
const LOOP_BYTES = 32;

const NOTHING = new Uint8Array(0);

export class Slab {
  /** The block the last copy went into. */
  block = NOTHING;
  private used = 0;
  /** Of the next block: those of a slab that is one of many begin small. */
  private blockBytes: number;

  constructor(firstBytes = BLOCK_BYTES) {
    this.blockBytes = firstBytes;
  }

  /** Copies `bytes[start, end)` and returns where it stands in `block`. */
  copy(bytes: Uint8Array, start: number, end: number): number {
    const length = end - start;
    if (length > this.blockBytes / 2) {
      // A copy, also of a Buffer, whose `slice` is a view.
      this.block = new Uint8Array(bytes.subarray(start, end));
      this.used = length;
      return 0;
    }
    if (this.used + length > this.block.length) this.begin();
    const at = this.used;
    this.used = at + length;
    const { block } = this;
    if (length > LOOP_BYTES) block.set(bytes.subarray(start, end), at);
    else for (let i = 0; i < length; i++) block[at + i] = bytes[start + i] ?? 0;
    return at;
  }

  /** Room for `length` bytes to be written into `block`: where it begins. What was written is told to `use`. */
  reserve(length: number): number {
    if (length > this.blockBytes / 2) {
      this.block = new Uint8Array(length);
      this.used = length;
      return 0;
    }
    if (this.used + length > this.block.length) this.begin();
    return this.used;
  }

  private begin(): void {
    this.block = new Uint8Array(this.blockBytes);
    this.used = 0;
    if (this.blockBytes < BLOCK_BYTES) this.blockBytes *= 2;
  }

  /** The last reserved room is in use up to `end`. */
  use(end: number): void {
    this.used = Math.max(this.used, end);
  }

  /** A copy of all of `bytes`, as a view. */
  keep(bytes: Uint8Array): Uint8Array {
    const at = this.copy(bytes, 0, bytes.length);
    return this.block.subarray(at, at + bytes.length);
  }
}

const kept = new Slab();

/**
 * Bytes of a text that is kept, among others that are. `Buffer.from` puts short texts into 64 kB that all of Node shares:
 * one that is kept would keep whatever else stands there.
 */
export function keptBytes(text: string, encoding: 'latin1' | 'utf8' = 'utf8'): Buffer {
  const length = Buffer.byteLength(text, encoding);
  const at = kept.reserve(length);
  kept.use(at + length);
  const bytes = Buffer.from(kept.block.buffer, at, length);
  bytes.write(text, encoding);
  return bytes;
}
