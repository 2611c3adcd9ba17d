/** Collects the content of one message: counts all of it, keeps the beginning. */

const NOTHING = new Uint8Array(0);

export class BodyCollector {
  private readonly limit: number;
  private buffer: Uint8Array = NOTHING;
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
      this.buffer = bytes.slice(start, start + room);
    } else {
      this.reserve(this.kept + room);
      this.buffer.set(bytes.subarray(start, start + room), this.kept);
    }
    this.kept += room;
  }

  /** Counts bytes that were lost. */
  skip(length: number): void {
    this.size += length;
  }

  get bytes(): Uint8Array {
    return this.buffer.subarray(0, this.kept);
  }

  get isCut(): boolean {
    return this.kept < this.size;
  }

  private reserve(length: number): void {
    if (length <= this.buffer.length) return;
    const grown = new Uint8Array(Math.min(this.limit, Math.max(length, 2 * this.buffer.length)));
    grown.set(this.bytes);
    this.buffer = grown;
  }
}
