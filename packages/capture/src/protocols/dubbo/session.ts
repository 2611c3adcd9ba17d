/** Pairs requests with responses by their number; heartbeats are read over. */

import type { CloseReason, Parsed, Session, SessionContext, Side, Span } from '../../dissect/dissector.ts';
import { DubboCall } from './describe.ts';
import { type DubboMessage, type Message, readMessage, startsWithMessage } from './wire.ts';

export class DubboSession implements Session<DubboMessage> {
  readonly #context: SessionContext;
  /** Unanswered calls by number, oldest first. */
  readonly #pending = new Map<string, DubboCall>();
  readonly #rest: Record<Side, number> = { client: 0, server: 0 };
  /** The call whose long body is being passed over. */
  readonly #open: Record<Side, DubboCall | undefined> = { client: undefined, server: undefined };

  constructor(context: SessionContext) {
    this.#context = context;
  }

  read(side: Side, bytes: Uint8Array, offset: number): Parsed<DubboMessage> {
    return readMessage(bytes, offset, this.#rest[side]);
  }

  message(side: Side, message: DubboMessage, span: Span): void {
    if (message.kind === 'rest') {
      this.#rest[side] -= message.size;
      if (side === 'client') this.#open.client?.countRequest(message.size, span);
      else this.#open.server?.countResponse(message.size, span);
    } else {
      this.#rest[side] = message.length - message.body.length;
      if (!message.isEvent)
        this.#open[side] = side === 'client' ? this.#request(message, span) : this.#response(message, span);
    }
    if (this.#rest[side] === 0) this.#whole(side);
  }

  #request(message: Message, span: Span): DubboCall {
    const before = this.#pending.get(message.id);
    if (before !== undefined) this.#giveUp(before, 'no reply');
    const call = new DubboCall(message);
    call.asks(message, span);
    if (!message.isTwoWay) return call;
    const [oldest] = this.#pending.values();
    if (oldest !== undefined && this.#pending.size >= this.#context.limits.maxPending) {
      this.#context.anomaly('dubbo: too many calls wait for a reply');
      this.#giveUp(oldest, undefined);
    }
    this.#pending.set(message.id, call);
    return call;
  }

  #response(message: Message, span: Span): DubboCall {
    const call = this.#pending.get(message.id) ?? new DubboCall(message);
    this.#pending.delete(message.id);
    call.answers(message, span);
    return call;
  }

  /** A call that nobody answers leaves when it is whole, others with their response. */
  #whole(side: Side): void {
    const call = this.#open[side];
    this.#open[side] = undefined;
    if (call !== undefined && (side === 'server' || !call.isTwoWay)) this.#context.emit(call);
  }

  #giveUp(call: DubboCall, missing: string | undefined): void {
    this.#pending.delete(call.id);
    call.missing = missing;
    this.#context.emit(call);
  }

  gap(side: Side, length: number): 'absorbed' | 'lost' {
    const call = this.#open[side];
    if (call !== undefined) call.gap += Math.min(length, this.#rest[side]);
    if (length < this.#rest[side]) {
      this.#rest[side] -= length;
      return 'absorbed';
    }
    this.#rest[side] = 0;
    this.#whole(side);
    // Responses name their request: those of later ones find theirs, the lost ones never come.
    return 'lost';
  }

  resync(side: Side, bytes: Uint8Array, offset: number): number {
    for (let at = bytes.indexOf(0xda, offset); at >= 0; at = bytes.indexOf(0xda, at + 1))
      if (startsWithMessage(bytes, at, side) === 'yes') return at;
    return -1;
  }

  close(_at: number, reason: CloseReason): void {
    for (const side of ['client', 'server'] as const) this.#whole(side);
    const isFailure = reason === 'fin' || reason === 'reset' || reason === 'timeout';
    for (const call of this.#pending.values()) this.#giveUp(call, isFailure ? 'no reply' : undefined);
  }
}
