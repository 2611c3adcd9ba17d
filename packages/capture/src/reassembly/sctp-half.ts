/**
 * One direction of an SCTP association: DATA and I-DATA chunks in, whole messages out. The fragments of a message have TSNs one
 * after the other (RFC 9260 §6.9), those of I-DATA numbers of their own (`Interleaving`). A message is given out as soon as it is whole: what runs over SCTP pairs its messages by numbers of its
 * own, so none waits for one that was lost, or an answer would come before its question.
 */

import type { Micros } from '@kubeshark/model';
import { BEGINNING, type Chunk, ENDING, I_DATA } from '../packet/sctp.ts';
import { Interleaving } from './sctp-interleaving.ts';
import { HELD_OVERHEAD, type SctpLimits } from './sctp-limits.ts';
import { advance, distance } from './sequence.ts';

export interface MessageReceiver {
  /** `bytes[start, end)` is one whole message; it stays as it is during the call. */
  message(
    half: SctpHalf,
    bytes: Uint8Array,
    range: { readonly start: number; readonly end: number; readonly at: Micros },
  ): void;
  /** Chunks, or bytes of a chunk, that will not come. */
  gap(half: SctpHalf, chunks: number): void;
}

/** A chunk that came before its turn. */
interface Held {
  readonly tsn: number;
  readonly flags: number;
  /** Copied; null when its message is given out already, or can never be whole. */
  bytes: Uint8Array | null;
  readonly at: Micros;
}

const NO_BYTES = new Uint8Array(0);

/** Chunks are put in their place by looking at those that wait: so many are looked at quickly, and fill a large window. */
export const MAX_HELD_CHUNKS = 1024;
/** A jump this wide is not a lost chunk but another association's numbers. */
const MAX_JUMP = 2 ** 24;
/** Two sights of one chunk closer than any retransmission timer are one chunk. */
const SAME_CHUNK_MICROS = 1000;

export class SctpHalf {
  readonly direction: 0 | 1;
  readonly #receiver: MessageReceiver;
  readonly #limits: SctpLimits;
  /** TSN of the next chunk in order. */
  #next = 0;
  #isStarted = false;
  #held: Held[] = [];
  #heldBytes = 0;
  #heldSince: Micros = 0;
  /** Fragments, all in order, of the message being put together; null between messages, and after a lost beginning. */
  #parts: Uint8Array[] | null = null;
  #partBytes = 0;
  readonly #interleaving: Interleaving;
  #lastAt: Micros = 0;

  packets = 0;
  /** User data on the wire, each chunk once. */
  bytes = 0;
  messages = 0;
  retransmissions = 0;
  duplicates = 0;
  outOfOrder = 0;

  constructor(direction: 0 | 1, receiver: MessageReceiver, limits: SctpLimits) {
    this.direction = direction;
    this.#receiver = receiver;
    this.#limits = limits;
    this.#interleaving = new Interleaving(limits, {
      whole: (parts, at) => this.#give(parts, at),
      lost: () => this.#receiver.gap(this, 1),
    });
  }

  /** True while chunks wait for one that is missing. */
  get isWaiting(): boolean {
    return this.#held.length > 0;
  }

  /** The handshake tells the first TSN. */
  begin(tsn: number): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    this.#next = tsn;
  }

  data(chunk: Chunk, bytes: Uint8Array, at: Micros): void {
    if (!this.#isStarted) this.begin(chunk.tsn);
    const ahead = distance(chunk.tsn, this.#next);
    if (ahead < 0 || this.#held.some(({ tsn }) => tsn === chunk.tsn)) {
      if (at - this.#lastAt < SAME_CHUNK_MICROS) this.duplicates++;
      else this.retransmissions++;
      return;
    }
    this.bytes += chunk.length;
    const isCut = chunk.end - chunk.start < chunk.length;
    if (chunk.type === I_DATA) this.#interleaving.fragment(chunk, bytes, isCut, at);
    if (ahead === 0) {
      this.#lastAt = at;
      this.#turn(chunk, bytes, isCut, at);
      this.#release();
      return;
    }
    if (ahead > MAX_JUMP) {
      this.#jump(chunk.tsn, 1);
      this.#turn(chunk, bytes, isCut, at);
      return;
    }
    this.outOfOrder++;
    if (this.#held.length === 0) this.#heldSince = at;
    this.#hold(chunk, bytes, isCut, at);
    while (this.#heldBytes > this.#limits.maxHeldBytes || this.#held.length > MAX_HELD_CHUNKS) this.#skipHole();
  }

  /** A chunk that has its turn; what I-DATA carried is taken already. */
  #turn(chunk: Chunk, bytes: Uint8Array, isCut: boolean, at: Micros): void {
    if (chunk.type === I_DATA) this.#pass();
    else this.#inOrder(chunk.flags, bytes.subarray(chunk.start, chunk.end), isCut, at);
  }

  /** Keeps a chunk that came before its turn, and gives out the message it completes. */
  #hold(chunk: Chunk, bytes: Uint8Array, isCut: boolean, at: Micros): void {
    const { tsn, flags } = chunk;
    const place = this.#held.findLastIndex((held) => distance(held.tsn, tsn) < 0) + 1;
    const isTaken = chunk.type === I_DATA;
    const copy = isCut || isTaken ? null : bytes.slice(chunk.start, chunk.end);
    this.#held.splice(place, 0, { tsn, flags, bytes: copy, at });
    this.#account((copy?.length ?? 0) + HELD_OVERHEAD);
    if (isTaken) return;
    if (isCut) this.#receiver.gap(this, 1);
    let first = place;
    while (first > 0 && !this.#begins(first) && this.#follows(first)) first--;
    let last = place;
    while (last + 1 < this.#held.length && !this.#ends(last) && this.#follows(last + 1)) last++;
    if (!this.#begins(first) || !this.#ends(last)) return;
    const message = this.#held.slice(first, last + 1);
    const whole = message.flatMap((held) => held.bytes ?? []);
    if (whole.length < message.length) return;
    this.#give(whole, at);
    for (const held of message) {
      this.#account(-(held.bytes?.length ?? 0));
      held.bytes = null;
    }
  }

  #begins(index: number): boolean {
    return ((this.#held[index]?.flags ?? 0) & BEGINNING) !== 0;
  }

  #ends(index: number): boolean {
    return ((this.#held[index]?.flags ?? 0) & ENDING) !== 0;
  }

  /** Whether the chunk before is held too. */
  #follows(index: number): boolean {
    const [before, here] = [this.#held[index - 1], this.#held[index]];
    return before !== undefined && here !== undefined && distance(here.tsn, before.tsn) === 1;
  }

  /** The sender gives up what comes up to this TSN (RFC 3758). */
  forward(tsn: number): void {
    const skipped = distance(tsn, this.#next) + 1;
    if (!this.#isStarted || skipped <= 0 || skipped > MAX_JUMP) return;
    while (this.#held[0] !== undefined && distance(this.#held[0].tsn, tsn) <= 0) this.#drop();
    this.#jump(advance(tsn, 1), skipped);
    this.#release();
  }

  /** Gives up a hole that has waited `wait` long. */
  expire(now: Micros, wait: Micros): void {
    while (this.#held.length > 0 && now - this.#heldSince >= wait) this.#skipHole();
  }

  /** The association is over: what waits is given out with its holes, what is no whole message is forgotten. */
  flush(): void {
    while (this.#held.length > 0) this.#skipHole();
    this.#abandon();
    this.#interleaving.clear();
  }

  #skipHole(): void {
    const [first] = this.#held;
    if (first === undefined) return;
    this.#jump(first.tsn, distance(first.tsn, this.#next));
    this.#release();
  }

  #jump(to: number, lost: number): void {
    this.#abandon();
    this.#next = to;
    if (lost > 0) this.#receiver.gap(this, lost);
  }

  /** Gives out what has its turn now. */
  #release(): void {
    for (let first = this.#held[0]; first !== undefined && first.tsn === this.#next; first = this.#held[0]) {
      this.#drop();
      if (first.bytes === null) this.#pass();
      else this.#inOrder(first.flags, first.bytes, false, first.at);
    }
    // What waits behind the next hole waits from when it came.
    this.#heldSince = this.#held[0]?.at ?? 0;
  }

  #drop(): void {
    const first = this.#held.shift();
    if (first !== undefined) this.#account(-(first.bytes?.length ?? 0) - HELD_OVERHEAD);
  }

  /** A chunk whose message is given out, or can never be. */
  #pass(): void {
    this.#next = advance(this.#next, 1);
    this.#abandon();
  }

  #inOrder(flags: number, bytes: Uint8Array, isCut: boolean, at: Micros): void {
    if (isCut) {
      this.#pass();
      this.#receiver.gap(this, 1);
      return;
    }
    this.#next = advance(this.#next, 1);
    if ((flags & BEGINNING) !== 0) {
      this.#abandon();
      if ((flags & ENDING) !== 0) return this.#give([bytes], at);
      this.#parts = [];
    }
    // The rest of a message whose beginning is missing.
    if (this.#parts === null) return;
    this.#parts.push(bytes.slice());
    this.#keep(bytes.length);
    if (this.#partBytes > this.#limits.maxMessageBytes) {
      this.#abandon();
      this.#receiver.gap(this, 1);
    } else if ((flags & ENDING) !== 0) {
      const parts = this.#parts;
      this.#abandon();
      this.#give(parts, at);
    }
  }

  #give(parts: readonly Uint8Array[], at: Micros): void {
    const [only = NO_BYTES] = parts;
    const whole = parts.length === 1 ? only : Buffer.concat(parts);
    this.messages++;
    this.#receiver.message(this, whole, { start: 0, end: whole.length, at });
  }

  #abandon(): void {
    this.#parts = null;
    this.#keep(-this.#partBytes);
  }

  #keep(bytes: number): void {
    this.#partBytes += bytes;
    this.#limits.budget.used += bytes;
  }

  #account(bytes: number): void {
    this.#heldBytes += bytes;
    this.#limits.budget.used += bytes;
  }
}
