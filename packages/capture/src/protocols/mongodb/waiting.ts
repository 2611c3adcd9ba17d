/** Requests whose reply has not come, by their number, oldest first. Most drivers ask one thing at a time of a connection. */

import type { MongoCall } from './describe.ts';

export class Waiting {
  /** The oldest, where there was none when it came. */
  #first: MongoCall | undefined;
  readonly #others = new Map<number, MongoCall>();

  get size(): number {
    return this.#others.size + (this.#first === undefined ? 0 : 1);
  }

  get oldest(): MongoCall | undefined {
    return this.#first ?? this.#others.values().next().value;
  }

  add(call: MongoCall): void {
    if (this.#first === undefined && this.#others.size === 0) this.#first = call;
    else this.#others.set(call.requestId, call);
  }

  /** Takes out the one with this number. */
  take(requestId: number): MongoCall | undefined {
    const first = this.#first;
    if (first?.requestId === requestId) {
      this.#first = undefined;
      return first;
    }
    if (this.#others.size === 0) return undefined;
    const call = this.#others.get(requestId);
    if (call !== undefined) this.#others.delete(requestId);
    return call;
  }

  /** Bytes kept of all. */
  get heldBytes(): number {
    let bytes = this.#first?.asked.length ?? 0;
    for (const call of this.#others.values()) bytes += call.asked.length;
    return bytes;
  }

  /** What was borrowed goes away. */
  settle(): void {
    this.#first?.keep();
    for (const call of this.#others.values()) call.keep();
  }
}
