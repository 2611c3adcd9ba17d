/** Bytes of one direction that a session has not read yet, and when each of them was captured. */

import type { Micros } from '@kubeshark/model';
import type { Budget } from '../reassembly/budget.ts';

const EMPTY = new Uint8Array(0);
const FIRST_CAPACITY = 2048;
/** Buffers of that size that nobody has anything in: a message of two packets needs one for a moment. */
const spares: Uint8Array[] = [];
const MAX_SPARES = 64;
/** Of packets whose times are told apart: as many as the longest message has in segments of a kilobyte. */
export const MAX_TIMES = 4096;
/** What the end and the time of a packet take. */
const TIME_BYTES = 16;

export class Inbox {
  /** The unread bytes are `buffer[start, end)`, until the next append. */
  start = 0;
  end = 0;
  /** A gap or a fault broke the stream: reading goes on at the next message boundary. */
  broken = false;
  private readonly budget: Budget;
  buffer: Uint8Array = EMPTY;
  /** For each packet that has bytes here: where they end (counted from the inbox's first byte ever), and its time. */
  private readonly ends: number[] = [];
  private readonly times: Micros[] = [];
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
    this.noteTime(this.consumed + this.length, at);
  }

  /** Packets of a flood of small ones share a time: the last one's, so that a message ends when its last byte came. */
  private noteTime(end: number, at: Micros): void {
    const { ends, times } = this;
    const last = ends.length - 1;
    if (last >= 0 && (times[last] === at || ends.length >= MAX_TIMES)) {
      ends[last] = end;
      times[last] = at;
      return;
    }
    ends.push(end);
    times.push(at);
    this.budget.used += TIME_BYTES;
  }

  /** Time of the packet that brought the unread byte at `offset`. */
  timeAt(offset: number): Micros {
    const { times } = this;
    return times[this.packetOf(this.consumed + offset)] ?? times.at(-1) ?? 0;
  }

  /** Index of the packet that brought a byte; nearly always the first. */
  private packetOf(position: number): number {
    const { ends } = this;
    let low = 0;
    let high = ends.length;
    for (let middle = 0; low < high; middle = (low + high) >> 1) {
      if (position < (ends[middle] ?? 0)) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  consume(length: number): void {
    this.consumed += length;
    this.start += length;
    this.needed = 0;
    if (this.start === this.end) {
      this.clear();
      return;
    }
    const passed = this.packetOf(this.consumed);
    if (passed > 0) this.forgetTimes(passed);
  }

  private forgetTimes(count: number): void {
    this.ends.splice(0, count);
    this.times.splice(0, count);
    this.budget.used -= count * TIME_BYTES;
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
    this.forgetTimes(this.ends.length);
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
