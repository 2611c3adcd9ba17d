/** Bytes of one direction that a session has not read yet, and when each of them was captured. */

import type { Micros } from '@kubeshark/model';
import type { Budget } from '../reassembly/budget.ts';

const EMPTY = new Uint8Array(0);
const FIRST_CAPACITY = 2048;
/** Buffers of that size that nobody has anything in: a message of two packets needs one for a moment. */
const spares: Uint8Array[] = [];
const MAX_SPARES = 64;

export class Inbox {
  /** The unread bytes are `buffer[start, end)`, until the next append. */
  start = 0;
  end = 0;
  /** A gap or a fault broke the stream: reading goes on at the next message boundary. */
  broken = false;
  private readonly budget: Budget;
  buffer: Uint8Array = EMPTY;
  /** For each packet that has bytes here: where they end (counted from the inbox's first byte ever) and its time. */
  private readonly marks: { readonly end: number; readonly at: Micros }[] = [];
  /** Bytes ever taken out. */
  private consumed = 0;
  /** The session asked not to be asked again below this length. */
  needed = 0;

  constructor(budget: Budget) {
    this.budget = budget;
  }

  get length(): number {
    return this.end - this.start;
  }

  /** The unread bytes; valid until the next append. */
  view(): Uint8Array {
    return this.buffer.subarray(this.start, this.end);
  }

  append(bytes: Uint8Array, at: Micros): void {
    this.reserve(bytes.length);
    this.buffer.set(bytes, this.end);
    this.end += bytes.length;
    const end = this.consumed + this.length;
    if (this.marks.at(-1)?.at === at) this.marks.pop();
    this.marks.push({ end, at });
  }

  /** Time of the packet that brought the unread byte at `offset`. */
  timeAt(offset: number): Micros {
    const position = this.consumed + offset;
    for (const mark of this.marks) if (position < mark.end) return mark.at;
    return this.marks.at(-1)?.at ?? 0;
  }

  consume(length: number): void {
    this.consumed += length;
    this.start += length;
    this.needed = 0;
    if (this.start === this.end) {
      this.clear();
      return;
    }
    let passed = 0;
    while ((this.marks[passed]?.end ?? Infinity) <= this.consumed) passed++;
    if (passed > 0) this.marks.splice(0, passed);
  }

  clear(): void {
    const { buffer } = this;
    this.budget.used -= buffer.length;
    if (buffer.length === FIRST_CAPACITY && spares.length < MAX_SPARES) spares.push(buffer);
    this.buffer = EMPTY;
    this.consumed += this.length;
    this.start = 0;
    this.end = 0;
    this.needed = 0;
    this.marks.length = 0;
  }

  private reserve(length: number): void {
    if (this.end + length <= this.buffer.length) return;
    const unread = this.length;
    const capacity = Math.max(FIRST_CAPACITY, this.buffer.length, 2 * (unread + length));
    const roomy = unread + length <= this.buffer.length && this.buffer.length < 4 * (unread + length);
    const spare = !roomy && capacity === FIRST_CAPACITY ? spares.pop() : undefined;
    const target = roomy ? this.buffer : (spare ?? new Uint8Array(capacity));
    if (unread > 0) target.set(this.buffer.subarray(this.start, this.end));
    this.budget.used += target.length - this.buffer.length;
    this.buffer = target;
    this.start = 0;
    this.end = unread;
  }
}
