/** Pairs requests with their answers by the packet's number; what is sent again is the same call. */

import type { CloseReason, Parsed, Session, SessionContext, Side, Span } from '../../dissect/dissector.ts';
import { RadiusCall } from './describe.ts';
import { isRequest, looksLikePacket, type RadiusPacket, readPacket } from './wire.ts';

/** Clients ask again some times within half a minute (RFC 5080 §2.2.1), and then turn to another server. */
export const ANSWER_TIMEOUT_MICROS = 30_000_000;

export class RadiusSession implements Session<RadiusPacket> {
  readonly #context: SessionContext;
  /** Unanswered calls by number, oldest first. */
  readonly #pending = new Map<number, RadiusCall>();

  constructor(context: SessionContext) {
    this.#context = context;
  }

  read(_side: Side, bytes: Uint8Array, offset: number): Parsed<RadiusPacket> {
    const parsed = readPacket(bytes, offset);
    // Octets behind the packet are padding (RFC 2865 §3).
    return parsed.kind === 'done' && this.#context.transport === 'udp' ? { ...parsed, end: bytes.length } : parsed;
  }

  message(_side: Side, packet: RadiusPacket, span: Span): void {
    this.#expire(span.first);
    if (isRequest(packet.code)) this.#request(packet, span);
    else this.#response(packet, span);
  }

  #request(packet: RadiusPacket, span: Span): void {
    const before = this.#pending.get(packet.id);
    if (before?.isAgain(packet) === true) {
      before.retries++;
      return;
    }
    // Its number is used for another one: the client has given it up.
    if (before !== undefined) this.#giveUp(before, 'no answer');
    const [oldest] = this.#pending.values();
    if (oldest !== undefined && this.#pending.size >= this.#context.limits.maxPending) {
      this.#context.anomaly('radius: too many requests wait for an answer');
      this.#giveUp(oldest, undefined);
    }
    this.#pending.set(packet.id, new RadiusCall(packet.id).asks(packet, span));
  }

  #response(packet: RadiusPacket, span: Span): void {
    const call = this.#pending.get(packet.id) ?? new RadiusCall(packet.id);
    this.#pending.delete(packet.id);
    this.#context.emit(call.answers(packet, span));
  }

  #expire(now: number): void {
    for (const call of this.#pending.values()) {
      if (now - (call.requestStart ?? now) < ANSWER_TIMEOUT_MICROS) return;
      this.#giveUp(call, 'no answer');
    }
  }

  #giveUp(call: RadiusCall, missing: string | undefined): void {
    this.#pending.delete(call.id);
    call.missing = missing;
    this.#context.emit(call);
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
    for (const call of this.#pending.values()) this.#giveUp(call, missing);
  }
}
