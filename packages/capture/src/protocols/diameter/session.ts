/** Pairs requests with answers by the hop-by-hop number; both peers ask, each with numbers of its own (RFC 6733 §3). */

import type { CloseReason, Parsed, Session, SessionContext, Side, Span } from '../../dissect/dissector.ts';
import { DiameterCall } from './describe.ts';
import { type DiameterMessage, type Message, readMessage, startsWithMessage } from './wire.ts';

const other = (side: Side): Side => (side === 'client' ? 'server' : 'client');

export class DiameterSession implements Session<DiameterMessage> {
  readonly #context: SessionContext;
  /** Unanswered calls by who asked and their number, oldest first. */
  readonly #pending: Record<Side, Map<number, DiameterCall>> = { client: new Map(), server: new Map() };
  readonly #rest: Record<Side, number> = { client: 0, server: 0 };
  /** The call whose long message is being passed over. */
  readonly #open: Record<Side, { readonly call: DiameterCall; readonly isRequest: boolean } | undefined> = {
    client: undefined,
    server: undefined,
  };

  constructor(context: SessionContext) {
    this.#context = context;
  }

  read(side: Side, bytes: Uint8Array, offset: number): Parsed<DiameterMessage> {
    return readMessage(bytes, offset, this.#rest[side]);
  }

  message(side: Side, message: DiameterMessage, span: Span): void {
    if (message.kind === 'rest') {
      const open = this.#open[side];
      this.#rest[side] -= message.size;
      if (open?.isRequest === true) open.call.countRequest(message.size, span);
      else open?.call.countResponse(message.size, span);
    } else {
      this.#rest[side] = message.length - message.bytes.length;
      const call = message.isRequest ? this.#request(side, message) : this.#answered(side, message);
      call.take(message, span);
      this.#open[side] = { call, isRequest: message.isRequest };
    }
    if (this.#rest[side] === 0) this.#whole(side);
  }

  #request(side: Side, message: Message): DiameterCall {
    const pending = this.#pending[side];
    const before = pending.get(message.hopByHop);
    if (before !== undefined) this.#giveUp(before, 'no answer');
    const [oldest] = pending.values();
    if (oldest !== undefined && pending.size >= this.#context.limits.maxPending) {
      this.#context.anomaly('diameter: too many requests wait for an answer');
      this.#giveUp(oldest, undefined);
    }
    const call = new DiameterCall(side, message);
    pending.set(message.hopByHop, call);
    return call;
  }

  #answered(side: Side, message: Message): DiameterCall {
    const pending = this.#pending[other(side)];
    const call = pending.get(message.hopByHop);
    pending.delete(message.hopByHop);
    return call ?? new DiameterCall(side, message);
  }

  /** A request waits for its answer from here on; an answer ends its call. */
  #whole(side: Side): void {
    const open = this.#open[side];
    this.#open[side] = undefined;
    if (open?.isRequest === false) this.#context.emit(open.call);
  }

  #giveUp(call: DiameterCall, missing: string | undefined): void {
    this.#pending[call.side].delete(call.hopByHop);
    call.missing = missing;
    this.#context.emit(call);
  }

  gap(side: Side, length: number): 'absorbed' | 'lost' {
    const open = this.#open[side];
    if (open !== undefined) open.call.gap += Math.min(length, this.#rest[side]);
    if (length < this.#rest[side]) {
      this.#rest[side] -= length;
      return 'absorbed';
    }
    this.#rest[side] = 0;
    this.#whole(side);
    // Answers name their request: those of later ones find theirs, the lost ones never come.
    return 'lost';
  }

  resync(_side: Side, bytes: Uint8Array, offset: number): number {
    for (let at = offset; at < bytes.length; at++) if (startsWithMessage(bytes, at) === 'yes') return at;
    return -1;
  }

  close(_at: number, reason: CloseReason): void {
    for (const side of ['client', 'server'] as const) this.#whole(side);
    const isFailure = reason === 'fin' || reason === 'reset' || reason === 'timeout';
    for (const pending of Object.values(this.#pending))
      for (const call of pending.values()) this.#giveUp(call, isFailure ? 'no answer' : undefined);
  }
}
