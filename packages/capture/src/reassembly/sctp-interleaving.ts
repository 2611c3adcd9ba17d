/**
 * Messages sent side by side (RFC 8260): each fragment has the number of its message in its stream, and its own number in the
 * message, so a message is whole when they are all there, in whatever order they came.
 */

import type { Micros } from '@kubeshark/model';
import { type Chunk, ENDING, UNORDERED } from '../packet/sctp.ts';
import { HELD_OVERHEAD, type SctpLimits } from './sctp-limits.ts';

export interface InterleavingReceiver {
  whole(parts: readonly Uint8Array[], at: Micros): void;
  /** A message that will never be whole. */
  lost(): void;
}

interface Partial {
  readonly fragments: Map<number, Uint8Array>;
  /** Number of the last fragment; -1 before it came. */
  last: number;
  bytes: number;
}

export class Interleaving {
  readonly #limits: SctpLimits;
  readonly #receiver: InterleavingReceiver;
  /** The one begun first comes first. */
  readonly #messages = new Map<string, Partial>();
  #bytes = 0;

  constructor(limits: SctpLimits, receiver: InterleavingReceiver) {
    this.#limits = limits;
    this.#receiver = receiver;
  }

  /** Takes a fragment that was not there before; `isCut` where the capture has only its beginning. */
  fragment(chunk: Chunk, bytes: Uint8Array, isCut: boolean, at: Micros): void {
    const { flags, fragment, stream } = chunk;
    const key = `${stream}:${flags & UNORDERED}:${chunk.message}`;
    const isLast = (flags & ENDING) !== 0;
    if (isCut) return this.#lose(key);
    if (isLast && fragment === 0) {
      this.#receiver.whole([bytes.subarray(chunk.start, chunk.end)], at);
      return;
    }
    let message = this.#messages.get(key);
    if (message === undefined) {
      message = { fragments: new Map(), last: -1, bytes: 0 };
      this.#messages.set(key, message);
    }
    if (isLast) message.last = fragment;
    if (message.fragments.has(fragment)) return;
    message.fragments.set(fragment, bytes.slice(chunk.start, chunk.end));
    message.bytes += chunk.length;
    this.#account(chunk.length + HELD_OVERHEAD);
    if (message.bytes > this.#limits.maxMessageBytes) this.#lose(key);
    else if (message.fragments.size === message.last + 1) this.#give(key, message, at);
    while (this.#bytes > this.#limits.maxHeldBytes) {
      const [oldest] = this.#messages.keys();
      this.#lose(oldest ?? '');
    }
  }

  /** Forgets what is not whole. */
  clear(): void {
    for (const key of this.#messages.keys()) this.#remove(key);
  }

  #give(key: string, { fragments, last }: Partial, at: Micros): void {
    const parts: Uint8Array[] = [];
    for (let fragment = 0; fragment <= last; fragment++) {
      const part = fragments.get(fragment);
      // Numbers beyond the last one: nobody knows what this is.
      if (part === undefined) return this.#lose(key);
      parts.push(part);
    }
    this.#remove(key);
    this.#receiver.whole(parts, at);
  }

  #lose(key: string): void {
    this.#remove(key);
    this.#receiver.lost();
  }

  #remove(key: string): void {
    const message = this.#messages.get(key);
    if (message === undefined) return;
    this.#messages.delete(key);
    this.#account(-message.bytes - message.fragments.size * HELD_OVERHEAD);
  }

  #account(bytes: number): void {
    this.#bytes += bytes;
    this.#limits.budget.used += bytes;
  }
}
