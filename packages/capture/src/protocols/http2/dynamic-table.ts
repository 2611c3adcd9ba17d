/** HPACK's dynamic table (RFC 7541 §2.3.2): a ring, because every response of some servers pushes four entries out. */

import type { HeaderField } from './header-field.ts';

/** A power of two. */
const FIRST_CAPACITY = 16;

export class DynamicTable {
  private entries: (HeaderField | undefined)[] = [];
  /** Where the oldest stands. */
  private first = 0;
  private count = 0;
  private bytes = 0;
  private maxBytes: number;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  /** The newest is 1. */
  at(index: number): HeaderField | undefined {
    if (index < 1 || index > this.count) return undefined;
    return this.entries[(this.first + this.count - index) & (this.entries.length - 1)];
  }

  insert(field: HeaderField): void {
    if (this.count === this.entries.length) this.grow();
    this.entries[(this.first + this.count) & (this.entries.length - 1)] = field;
    this.count++;
    this.bytes += field.size;
    this.evict();
  }

  resize(maxBytes: number): void {
    this.maxBytes = maxBytes;
    this.evict();
  }

  clear(): void {
    this.entries = [];
    this.first = 0;
    this.count = 0;
    this.bytes = 0;
  }

  private evict(): void {
    while (this.bytes > this.maxBytes && this.count > 0) {
      this.bytes -= this.entries[this.first]?.size ?? 0;
      this.entries[this.first] = undefined;
      this.first = (this.first + 1) & (this.entries.length - 1);
      this.count--;
    }
  }

  private grow(): void {
    const { entries, first, count } = this;
    const capacity = Math.max(FIRST_CAPACITY, 2 * entries.length);
    const grown = new Array<HeaderField | undefined>(capacity).fill(undefined);
    for (let i = 0; i < count; i++) grown[i] = entries[(first + i) & (entries.length - 1)];
    this.entries = grown;
    this.first = 0;
  }
}
