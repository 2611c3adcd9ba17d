/**
 * The streams of one connection that are open, by id. Ids rise by two (RFC 9113 §5.1.1), so those that are open at once
 * stand side by side in a small array.
 */

import type { Http2Call } from './call.ts';

/** A power of two. */
const FIRST_CAPACITY = 16;
/** Of connections that have none: never written to, since it would grow before that. */
const NONE: (Http2Call | null)[] = [null];

export class Streams {
  /** Half of it stays free. */
  private calls = NONE;
  private mask = 0;
  private opened = 0;
  size = 0;

  get(id: number): Http2Call | null {
    const { calls, mask } = this;
    let at = (id >>> 1) & mask;
    let call = calls[at] ?? null;
    while (call !== null && call.id !== id) {
      at = (at + 1) & mask;
      call = calls[at] ?? null;
    }
    return call;
  }

  /** Takes one in whose id is not there. */
  add(call: Http2Call): void {
    if (2 * this.size >= this.calls.length - 1) this.grow();
    call.order = this.opened++;
    this.size++;
    this.put(call);
  }

  remove(call: Http2Call): void {
    const { calls, mask } = this;
    let hole = (call.id >>> 1) & mask;
    while (calls[hole] !== call) {
      if ((calls[hole] ?? null) === null) return;
      hole = (hole + 1) & mask;
    }
    this.size--;
    // Those that stood behind it because of it move up.
    for (let at = (hole + 1) & mask; ; at = (at + 1) & mask) {
      const next = calls[at] ?? null;
      if (next === null) break;
      const fromHome = (at - (next.id >>> 1)) & mask;
      if (fromHome < ((at - hole) & mask)) continue;
      calls[hole] = next;
      hole = at;
    }
    calls[hole] = null;
  }

  /** The one that was opened first. */
  get oldest(): Http2Call | null {
    let oldest: Http2Call | null = null;
    for (const call of this.calls) if (call !== null && (oldest === null || call.order < oldest.order)) oldest = call;
    return oldest;
  }

  /** In the order they were opened in. */
  all(): Http2Call[] {
    return this.calls.filter((call) => call !== null).sort((a, b) => a.order - b.order);
  }

  clear(): void {
    this.calls = NONE;
    this.mask = 0;
    this.size = 0;
  }

  /** What they borrowed of the chunk goes away: they copy it. */
  keep(): void {
    if (this.size > 0) for (const call of this.calls) call?.keep();
  }

  /** Bytes kept of their header blocks, as they were encoded. */
  get heldBytes(): number {
    let bytes = 0;
    if (this.size === 0) return bytes;
    for (const call of this.calls) {
      if (call === null) continue;
      const { request, response } = call;
      bytes += (request?.headSize ?? 0) + (response?.headSize ?? 0);
    }
    return bytes;
  }

  private put(call: Http2Call): void {
    const { calls, mask } = this;
    let at = (call.id >>> 1) & mask;
    while ((calls[at] ?? null) !== null) at = (at + 1) & mask;
    calls[at] = call;
  }

  private grow(): void {
    const before = this.calls;
    const capacity = Math.max(FIRST_CAPACITY, 2 * before.length);
    this.calls = new Array<Http2Call | null>(capacity).fill(null);
    this.mask = capacity - 1;
    for (const call of before) if (call !== null) this.put(call);
  }
}
