/** Pairs requests with their answers by the packet's number, for one conversation or for many; what is sent again is the same call. */

import type { LookupContext, Span } from '../../dissect/dissector.ts';
import { Spares } from '../../http/spares.ts';
import { RadiusCall } from './call.ts';
import { isRequest, type RadiusPacket } from './wire.ts';

/** Clients ask again some times within half a minute (RFC 5080 §2.2.1), and then turn to another server. */
export const ANSWER_TIMEOUT_MICROS = 30_000_000;
/** Calls that are over, of all conversations. */
const spares = new Spares<RadiusCall>();

/**
 * The calls that wait in a conversation are a list that its owner keeps: the oldest, which knows the next. At most one of each
 * number is in it, so that looking through them is no matter.
 */
export class RadiusPairing {
  readonly #context: Pick<LookupContext, 'limits' | 'borrow' | 'emit'>;
  /** Calls whose bytes lie in a chunk that is lent. */
  readonly #borrowers: RadiusCall[] = [];

  constructor(context: Pick<LookupContext, 'limits' | 'borrow' | 'emit'>) {
    this.#context = context;
  }

  /** Takes a packet of the conversation in which `waiting` waits; answers what waits then. */
  take(packet: RadiusPacket, span: Span, waiting: RadiusCall | null): RadiusCall | null {
    let oldest = waiting;
    while (oldest !== null && span.first - (oldest.requestStart ?? span.first) >= ANSWER_TIMEOUT_MICROS) {
      oldest = this.#giveUp(oldest, oldest, 'no answer');
    }
    return isRequest(packet.code) ? this.#request(packet, span, oldest) : this.#response(packet, span, oldest);
  }

  /** The conversation is over: what waits leaves without an answer. */
  giveUpAll(waiting: RadiusCall | null, missing: string | undefined): void {
    for (let oldest = waiting; oldest !== null; ) oldest = this.#giveUp(oldest, oldest, missing);
  }

  /** The chunk goes away: what waits copies what it has there. */
  settle(): void {
    for (const call of this.#borrowers) {
      call.keptBy = null;
      call.keep();
    }
    this.#borrowers.length = 0;
  }

  #request(packet: RadiusPacket, span: Span, waiting: RadiusCall | null): RadiusCall | null {
    let oldest = waiting;
    const before = find(packet.id, oldest);
    if (before?.isAgain(packet) === true) {
      before.retries++;
      return oldest;
    }
    // Its number is used for another one: the client has given it up.
    if (before !== null && oldest !== null) oldest = this.#giveUp(before, oldest, 'no answer');
    let youngest: RadiusCall | null = null;
    let count = 0;
    for (let call = oldest; call !== null; call = call.next) {
      youngest = call;
      count++;
    }
    const call = spares.take() ?? new RadiusCall();
    call.asks(packet, span);
    this.#borrow(call);
    if (youngest === null || oldest === null) return call;
    youngest.next = call;
    return count >= this.#context.limits.maxPending ? this.#giveUp(oldest, oldest, undefined) : oldest;
  }

  #response(packet: RadiusPacket, span: Span, oldest: RadiusCall | null): RadiusCall | null {
    const waiting = find(packet.id, oldest);
    const left = waiting === null || oldest === null ? oldest : without(waiting, oldest);
    const call = waiting ?? spares.take() ?? new RadiusCall();
    call.answers(packet, span);
    this.#emit(call);
    return left;
  }

  /** Ends one of those that wait; answers those that still do. */
  #giveUp(call: RadiusCall, oldest: RadiusCall, missing: string | undefined): RadiusCall | null {
    const left = without(call, oldest);
    call.missing = missing;
    this.#emit(call);
    return left;
  }

  /** Gives the call out, to be used again then. */
  #emit(call: RadiusCall): void {
    this.#context.emit(call);
    call.reset();
    spares.give(call);
  }

  #borrow(call: RadiusCall): void {
    if (this.#context.borrow?.() !== true) return call.keep();
    if (call.keptBy === this) return;
    call.keptBy = this;
    this.#borrowers.push(call);
  }
}

function find(id: number, oldest: RadiusCall | null): RadiusCall | null {
  let call = oldest;
  while (call !== null && call.id !== id) call = call.next;
  return call;
}

/** Takes a call, which is among them, out of those that wait. */
function without(call: RadiusCall, oldest: RadiusCall): RadiusCall | null {
  const { next } = call;
  call.next = null;
  if (call === oldest) return next;
  let before = oldest;
  while (before.next !== null && before.next !== call) before = before.next;
  before.next = next;
  return oldest;
}
