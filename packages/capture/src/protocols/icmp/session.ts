/** Pairs echo requests with their replies; errors and notices are calls of their own. */

import type { Micros } from '@kubeshark/model';
import type { CloseReason, Parsed, Session, SessionContext, Side, Span } from '../../dissect/dissector.ts';
import { IcmpCall } from './describe.ts';
import { type IcmpMessage, parseIcmp } from './wire.ts';

/** A request older than this is unanswered: `ping` waits ten seconds for the last reply (its `-W` default). */
export const REPLY_TIMEOUT_MICROS = 10_000_000;

export class IcmpSession implements Session<IcmpMessage> {
  readonly #context: SessionContext;
  /** Requests without a reply by id and sequence number, oldest first. */
  readonly #pending = new Map<number, IcmpCall>();

  constructor(context: SessionContext) {
    this.#context = context;
  }

  read(_side: Side, bytes: Uint8Array, offset: number): Parsed<IcmpMessage> {
    return parseIcmp(bytes, offset, this.#context.ipVersion);
  }

  message(side: Side, message: IcmpMessage, span: Span): void {
    this.#expire(span.first);
    if (message.role === 'request') this.#request(message, span);
    else if (message.role === 'reply') this.#reply(message, span);
    else this.#context.emit(new IcmpCall(this.#context.ipVersion).alone(side, message, span));
  }

  #request(message: IcmpMessage, span: Span): void {
    const key = keyOf(message);
    const repeated = this.#pending.get(key);
    if (repeated !== undefined) this.#giveUp(key, repeated);
    else if (this.#pending.size >= this.#context.limits.maxPending) this.#giveUpOldest();
    this.#pending.set(key, new IcmpCall(this.#context.ipVersion).asked(message, span));
  }

  #reply(message: IcmpMessage, span: Span): void {
    const key = keyOf(message);
    const call = this.#pending.get(key) ?? new IcmpCall(this.#context.ipVersion);
    this.#pending.delete(key);
    this.#context.emit(call.answered(message, span));
  }

  #expire(now: Micros): void {
    for (const [key, call] of this.#pending) {
      if (now - (call.requestStart ?? now) < REPLY_TIMEOUT_MICROS) return;
      this.#giveUp(key, call);
    }
  }

  #giveUpOldest(): void {
    const [oldest] = this.#pending;
    if (oldest !== undefined) this.#giveUp(oldest[0], oldest[1]);
  }

  #giveUp(key: number, call: IcmpCall): void {
    this.#pending.delete(key);
    this.#context.emit(call.unanswered());
  }

  gap(): 'lost' {
    return 'lost';
  }

  resync(_side: Side, _bytes: Uint8Array, offset: number): number {
    return offset;
  }

  close(_at: Micros, _reason: CloseReason): void {
    for (const [key, call] of this.#pending) this.#giveUp(key, call);
  }
}

const keyOf = (message: IcmpMessage) => message.id * 0x10000 + message.sequence;
