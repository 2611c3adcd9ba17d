/** Requests by the subject of their reply, oldest first, within limits. */

import type { Micros } from '@kubeshark/model';
import { hashOf } from '../../decode/interner.ts';
import { areSame } from '../../decode/words.ts';
import type { SessionContext } from '../../dissect/dissector.ts';
import { WaitingLine } from '../../dissect/waiting-line.ts';
import type { Half } from './halves.ts';
import type { Subscriptions } from './subscriptions.ts';
import { matches } from './words.ts';

/** A reply later than this is shown without its request; pull requests wait for half of it by default. */
export const REPLY_TIMEOUT_MICROS = 60_000_000;
/** Subjects of one hash that are compared: more were chosen to have it. */
export const MAX_PROBES = 16;

export class Requests {
  readonly #context: SessionContext;
  /** Takes what leaves without a reply, and why there is none. */
  readonly #giveUp: (half: Half, missing: string | undefined) => void;
  /** By the hash of the subject. */
  readonly #line = new WaitingLine<Half>();
  /** No request is too old before; the oldest decides. */
  #expiresAt = 0;

  constructor(context: SessionContext, giveUp: (half: Half, missing: string | undefined) => void) {
    this.#context = context;
    this.#giveUp = giveUp;
  }

  get size(): number {
    return this.#line.length;
  }

  add(half: Half): void {
    const { names, replyStart, replyEnd } = half;
    const line = this.#line;
    const key = hashOf(names, replyStart, replyEnd);
    const before = this.#find(key, names, replyStart, replyEnd);
    if (before >= 0) this.#drop(before, undefined);
    if (line.length >= this.#context.limits.maxPending) {
      this.#context.anomaly('too many requests wait for a reply');
      this.#drop(0, undefined);
    }
    if (line.length === 0) this.#expiresAt = half.start + REPLY_TIMEOUT_MICROS;
    line.push(key, half);
  }

  has(half: Half): boolean {
    return this.#line.positionOf(half) >= 0;
  }

  /** It has been refused. */
  end(half: Half): void {
    const position = this.#line.positionOf(half);
    if (position >= 0) this.#line.remove(position);
  }

  /** The request a message replies to, which then waits no more. */
  repliedBy(half: Half, subscriptions: Subscriptions): Half | undefined {
    const { names, subjectStart, subjectEnd } = half;
    const position = this.#find(hashOf(names, subjectStart, subjectEnd), names, subjectStart, subjectEnd);
    if (position >= 0) return this.#take(position);
    // A message of a stream keeps its subject: that it came over the inbox of a pull request, its subscription tells.
    const pattern = subscriptions.of(half.sid);
    if (pattern === undefined || matches(pattern, half.subject)) return undefined;
    for (let at = 0; at < this.#line.length; at++)
      if (matches(pattern, this.#line.at(at)?.replyTo ?? '')) return this.#take(at);
    return undefined;
  }

  expire(now: Micros): void {
    while (this.#line.length > 0 && now >= this.#expiresAt) {
      this.#expiresAt = (this.#line.at(0)?.start ?? now) + REPLY_TIMEOUT_MICROS;
      if (now >= this.#expiresAt) this.#drop(0, 'no reply');
    }
  }

  /** All of them leave. */
  flush(missing: string | undefined): void {
    while (this.#line.length > 0) this.#drop(0, missing);
  }

  /** What was borrowed of the chunk goes away. */
  keep(): void {
    for (let at = 0; at < this.#line.length; at++) this.#line.at(at)?.keep();
  }

  /** Position of the request whose reply goes to the subject `names[start, end)`; -1 when there is none. */
  #find(key: number, names: Uint8Array, start: number, end: number): number {
    const line = this.#line;
    let at = line.find(key);
    for (let probes = 0; at >= 0 && probes < MAX_PROBES; probes++) {
      const half = line.at(at);
      const isAsLong = half !== undefined && half.replyEnd - half.replyStart === end - start;
      if (isAsLong && areSame(half.names, half.replyStart, names, start, end - start)) return at;
      at = line.find(key, at + 1);
    }
    return -1;
  }

  #take(position: number): Half | undefined {
    const half = this.#line.at(position);
    this.#line.remove(position);
    return half;
  }

  #drop(position: number, missing: string | undefined): void {
    const half = this.#take(position);
    if (half !== undefined) this.#giveUp(half, missing);
  }
}
