/** Segments of one direction that came before their turn: copies, in order and without overlap. What came first wins. */

import type { Micros } from '@kubeshark/model';
import type { Budget } from './budget.ts';
import { advance, distance } from './sequence.ts';

/** A copy of a segment that came before its turn. */
export interface Held {
  sequence: number;
  bytes: Uint8Array;
  /** Length on the wire; more than `bytes` when the snap length cut it. */
  length: number;
  /** What the sender had received of the other direction when it sent this. */
  readonly acknowledged: number;
  readonly at: Micros;
}

/** Counted for each held segment, so that a flood of one-byte segments fills the budget too. */
const HELD_OVERHEAD = 160;

export class HeldSegments {
  /** By sequence number: all lie within half of what these can tell apart. */
  private readonly pieces: Held[] = [];
  private readonly budget: Budget;
  /** Bytes of memory, bookkeeping included. */
  size = 0;

  constructor(budget: Budget) {
    this.budget = budget;
  }

  /** The one with the lowest number. */
  get first(): Held | undefined {
    return this.pieces[0];
  }

  /** Takes what of a segment is not there yet; answers how many of those that are there it overlaps. */
  add(piece: Held): number {
    const { pieces } = this;
    const from = this.firstBehind(piece.sequence);
    const parts: Held[] = [];
    let overlaps = 0;
    let to = from;
    let rest: Held | null = piece;
    for (; rest !== null; to++) {
      const old: Held | undefined = pieces[to];
      const free: number =
        old === undefined ? rest.length : Math.min(rest.length, distance(old.sequence, rest.sequence));
      if (free > 0) {
        parts.push({ ...rest, bytes: rest.bytes.subarray(0, free), length: free });
        rest = free < rest.length ? cutFront(rest, free) : null;
      }
      if (old === undefined || rest === null) break;
      parts.push(old);
      overlaps++;
      const covered = distance(endOf(old), rest.sequence);
      rest = covered < rest.length ? cutFront(rest, covered) : null;
    }
    this.account(-memoryOf(pieces, from, to));
    pieces.splice(from, to - from, ...parts);
    this.account(memoryOf(parts, 0, parts.length));
    return overlaps;
  }

  /** Lets the first go; true when it was the last. */
  shift(): boolean {
    this.account(-memoryOf(this.pieces, 0, 1));
    this.pieces.shift();
    return this.pieces.length === 0;
  }

  /** Forgets all. */
  clear(): void {
    this.pieces.length = 0;
    this.account(-this.size);
  }

  /** Index of the first piece that ends behind `sequence`; nearly always there is none, or it is the last. */
  private firstBehind(sequence: number): number {
    const { pieces } = this;
    let low = 0;
    let high = pieces.length;
    let middle = high - 1;
    while (low < high) {
      const piece = pieces[middle];
      if (piece !== undefined && distance(endOf(piece), sequence) > 0) high = middle;
      else low = middle + 1;
      middle = (low + high) >> 1;
    }
    return low;
  }

  private account(bytes: number): void {
    this.size += bytes;
    this.budget.used += bytes;
  }
}

/** Takes bytes off the front of a piece. */
export function cutFront(piece: Held, by: number): Held {
  piece.sequence = advance(piece.sequence, by);
  piece.bytes = piece.bytes.subarray(Math.min(by, piece.bytes.length));
  piece.length -= by;
  return piece;
}

const endOf = ({ sequence, length }: Held): number => advance(sequence, length);

function memoryOf(pieces: readonly Held[], from: number, to: number): number {
  let bytes = 0;
  for (let i = from; i < to; i++) bytes += HELD_OVERHEAD + (pieces[i]?.bytes.length ?? 0);
  return bytes;
}
