/**
 * What is kept of the contents of calls that are not over, over all connections: thousands of uploads at once must not fill the
 * memory. Above the limit those that began first are cut to their beginning, and are not kept any further.
 */

/** A hundred and more of the default limit of a body, beside as much that waits to be read (`maxBufferedBytes`). */
export const MAX_OPEN_BYTES = 64 * 1024 * 1024;

export interface OpenContent {
  /** Gives up what is kept but its beginning. */
  cut(): void;
}

export class OpenContents {
  private readonly limit: number;
  /** Bytes of each, in the order they began. */
  private readonly open = new Map<OpenContent, number>();
  private bytes = 0;
  /** Contents that were cut. */
  cuts = 0;

  constructor(limit = MAX_OPEN_BYTES) {
    this.limit = limit;
  }

  /** Bytes kept of all. */
  get size(): number {
    return this.bytes;
  }

  /** The content keeps so many bytes by now. */
  keeps(content: OpenContent, bytes: number): void {
    this.bytes += bytes - (this.open.get(content) ?? 0);
    this.open.set(content, bytes);
    if (this.bytes > this.limit) this.relieve(content);
  }

  /** The content is over, or lets go what it kept. */
  leaves(content: OpenContent): void {
    this.bytes -= this.open.get(content) ?? 0;
    this.open.delete(content);
  }

  /** Cuts the oldest until a quarter is free; `newest` is being written to. */
  private relieve(newest: OpenContent): void {
    for (const content of this.open.keys()) {
      if (this.bytes <= this.limit * 0.75) return;
      if (content === newest) continue;
      this.leaves(content);
      this.cuts++;
      content.cut();
    }
  }
}

/** Of the process: contents are used again from connection to connection. */
export const openContents = new OpenContents();
