/** Pairs requests with their answers by the packet's number; what is sent again is the same call. */

import type { CloseReason, Parsed, Session, SessionContext, Side, Span } from '../../dissect/dissector.ts';
import { WaitingCalls } from '../../dissect/waiting-calls.ts';
import { Spares } from '../../http/spares.ts';
import { RadiusCall } from './call.ts';
import { isRequest, looksLikePacket, type RadiusPacket, readPacket } from './wire.ts';

/** Clients ask again some times within half a minute (RFC 5080 §2.2.1), and then turn to another server. */
export const ANSWER_TIMEOUT_MICROS = 30_000_000;
/** Calls that are over, of all conversations. */
const spares = new Spares<RadiusCall>();

export class RadiusSession implements Session<RadiusPacket> {
  readonly #context: SessionContext;
  /** At most one of each number, so that looking through them is no matter. */
  readonly #waiting = new WaitingCalls<RadiusCall>();

  constructor(context: SessionContext) {
    this.#context = context;
  }

  read(_side: Side, bytes: Uint8Array, offset: number, end: number = bytes.length): Parsed<RadiusPacket> {
    const parsed = readPacket(bytes, offset, end);
    if (parsed.kind !== 'done' || this.#context.transport !== 'udp') return parsed;
    // Octets behind the packet are padding (RFC 2865 §3).
    return parsed.end === end ? parsed : { ...parsed, end };
  }

  message(_side: Side, packet: RadiusPacket, span: Span): void {
    this.#expire(span.first);
    if (isRequest(packet.code)) this.#request(packet, span);
    else this.#response(packet, span);
  }

  settle(): void {
    for (let call = this.#waiting.oldest; call !== null; call = call.next) call.keep();
  }

  #request(packet: RadiusPacket, span: Span): void {
    const before = this.#find(packet.id);
    if (before?.isAgain(packet) === true) {
      before.retries++;
      return;
    }
    // Its number is used for another one: the client has given it up.
    if (before !== null) this.#giveUp(before, 'no answer');
    const { oldest, size } = this.#waiting;
    if (oldest !== null && size >= this.#context.limits.maxPending) {
      this.#context.anomaly('radius: too many requests wait for an answer');
      this.#giveUp(oldest, undefined);
    }
    const call = spares.take() ?? new RadiusCall();
    call.asks(packet, span);
    if (this.#context.borrow?.() !== true) call.keep();
    this.#waiting.add(call);
  }

  #response(packet: RadiusPacket, span: Span): void {
    const waiting = this.#find(packet.id);
    if (waiting !== null) this.#waiting.remove(waiting);
    const call = waiting ?? spares.take() ?? new RadiusCall();
    call.answers(packet, span);
    this.#emit(call);
  }

  #find(id: number): RadiusCall | null {
    let call = this.#waiting.oldest;
    while (call !== null && call.id !== id) call = call.next;
    return call;
  }

  /** Gives the call out, to be used again then. */
  #emit(call: RadiusCall): void {
    this.#context.emit(call);
    call.reset();
    spares.give(call);
  }

  #expire(now: number): void {
    for (let call = this.#waiting.oldest; call !== null; call = this.#waiting.oldest) {
      if (now - (call.requestStart ?? now) < ANSWER_TIMEOUT_MICROS) return;
      this.#giveUp(call, 'no answer');
    }
  }

  #giveUp(call: RadiusCall, missing: string | undefined): void {
    this.#waiting.remove(call);
    call.missing = missing;
    this.#emit(call);
  }

  gap(): 'lost' {
    return 'lost';
  }

  resync(side: Side, bytes: Uint8Array, offset: number): number {
    for (let at = offset; at < bytes.length; at++) if (looksLikePacket(bytes, at, side) === 'yes') return at;
    return -1;
  }

  close(_at: number, reason: CloseReason): void {
    // A capture that ends says nothing of the answer; silence and a connection that ends do.
    const missing = reason === 'end-of-capture' || reason === 'evicted' ? undefined : 'no answer';
    for (let call = this.#waiting.oldest; call !== null; call = this.#waiting.oldest) this.#giveUp(call, missing);
  }
}
