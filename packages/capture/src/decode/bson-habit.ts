/**
 * The value that a member had before, with its JSON. Many have the same in all documents of a program: limits, flags, names of
 * databases. Where values differ it is learnt anew ever more seldom, so that they cost next to nothing.
 */

import { Slab } from './slab.ts';

/** Longer values are seldom the same. */
export const MAX_LEARNT_BYTES = 64;
/** Times a value is not looked at, at most, before it is learnt again. */
const MAX_PAUSE = 1024;
const copies = new Slab();
const nothing = new Uint8Array(0);

export class BsonHabit {
  private bytes: Uint8Array = nothing;
  /** The member as JSON, its key included. */
  json: Uint8Array = nothing;
  /** Values that stand inside of it. */
  inside = 0;
  /** The first value may be the only one. */
  private pause = 1;
  private nextPause = 1;
  /** The value that was asked for last is to be learnt. */
  isLearning = false;

  /** Whether the value between `start` and `end` is the one that was learnt. */
  is(bytes: Uint8Array, start: number, end: number): boolean {
    if (this.pause > 0) {
      this.pause--;
      return false;
    }
    const own = this.bytes;
    const { length } = own;
    if (end - start !== length || this.json === nothing) return this.missed(end - start);
    for (let i = 0; i < length; i++) if (own[i] !== bytes[start + i]) return this.missed(length);
    this.nextPause = 1;
    return true;
  }

  private missed(length: number): false {
    this.isLearning = length <= MAX_LEARNT_BYTES;
    this.pause = this.nextPause;
    this.nextPause = Math.min(2 * this.nextPause, MAX_PAUSE);
    return false;
  }

  /** Keeps a copy of `value`. */
  learn(value: Uint8Array, json: Uint8Array, inside: number): void {
    this.isLearning = false;
    this.bytes = copies.keep(value);
    this.json = json;
    this.inside = inside;
  }
}
