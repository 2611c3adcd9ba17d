/** Pairs requests with answers by the hop-by-hop number; both peers ask, each with numbers of its own (RFC 6733 §3). */

import type { CloseReason, Parsed, Session, SessionContext, Side, Span } from '../../dissect/dissector.ts';
import { Spares } from '../../http/spares.ts';
import { DiameterCall } from './call.ts';
import { type DiameterMessage, type Message, readMessage, startsWithMessage } from './wire.ts';

/** Calls that are over, of all connections. */
const spares = new Spares<DiameterCall>();

/** What one side says. */
class Half {
  /** Unanswered calls that it asked, by their number, oldest first. */
  readonly pending = new Map<number, DiameterCall>();
  rest = 0;
  /** The call whose message is being read, and which half of it that is. */
  open: DiameterCall | null = null;
  isRequest = false;
}

export class DiameterSession implements Session<DiameterMessage> {
  readonly #context: SessionContext;
  readonly #client = new Half();
  readonly #server = new Half();
  readonly #state = { rest: 0, limit: 0 };

  constructor(context: SessionContext) {
    this.#context = context;
  }

  read(side: Side, bytes: Uint8Array, offset: number, end: number = bytes.length): Parsed<DiameterMessage> {
    this.#state.rest = this.#half(side).rest;
    this.#state.limit = end;
    return readMessage(bytes, offset, this.#state);
  }

  #half(side: Side): Half {
    return side === 'client' ? this.#client : this.#server;
  }

  message(side: Side, message: DiameterMessage, span: Span): void {
    const half = this.#half(side);
    if (message.kind === 'rest') {
      half.rest -= message.size;
      if (half.isRequest) half.open?.countRequest(message.size, span);
      else half.open?.countResponse(message.size, span);
    } else {
      half.rest = message.length - (message.end - message.start);
      const call = message.isRequest ? this.#request(side, message) : this.#answered(side, message);
      call.take(message, span);
      half.open = call;
      half.isRequest = message.isRequest;
      // A call that is over at once needs nothing kept.
      const isOver = half.rest === 0 && !message.isRequest;
      if (!isOver && this.#context.borrow?.() !== true) call.keep();
    }
    if (half.rest === 0) this.#whole(half);
  }

  settle(): void {
    for (const half of [this.#client, this.#server]) {
      for (const call of half.pending.values()) call.keep();
      half.open?.keep();
    }
  }

  #request(side: Side, message: Message): DiameterCall {
    const { pending } = this.#half(side);
    const before = pending.get(message.hopByHop);
    if (before !== undefined) this.#giveUp(before, 'no answer');
    if (pending.size >= this.#context.limits.maxPending) {
      const [oldest] = pending.values();
      this.#context.anomaly('diameter: too many requests wait for an answer');
      if (oldest !== undefined) this.#giveUp(oldest, undefined);
    }
    const call = this.#begin(side, message);
    pending.set(message.hopByHop, call);
    return call;
  }

  #answered(side: Side, message: Message): DiameterCall {
    const { pending } = this.#half(side === 'client' ? 'server' : 'client');
    const call = pending.get(message.hopByHop);
    if (call === undefined) return this.#begin(side, message);
    pending.delete(message.hopByHop);
    return call;
  }

  #begin(side: Side, message: Message): DiameterCall {
    return (spares.take() ?? new DiameterCall()).begin(side, message);
  }

  /** A request waits for its answer from here on; an answer ends its call. */
  #whole(half: Half): void {
    const { open } = half;
    half.open = null;
    if (open !== null && !half.isRequest) this.#emit(open);
  }

  /** Gives the call out, to be used again then, unless bytes of it are still read over. */
  #emit(call: DiameterCall): void {
    this.#context.emit(call);
    if (this.#client.open === call || this.#server.open === call) return;
    call.reset();
    spares.give(call);
  }

  #giveUp(call: DiameterCall, missing: string | undefined): void {
    this.#half(call.side).pending.delete(call.hopByHop);
    call.missing = missing;
    this.#emit(call);
  }

  gap(side: Side, length: number): 'absorbed' | 'lost' {
    const half = this.#half(side);
    if (half.open !== null) half.open.gap += Math.min(length, half.rest);
    if (length < half.rest) {
      half.rest -= length;
      return 'absorbed';
    }
    half.rest = 0;
    this.#whole(half);
    // Answers name their request: those of later ones find theirs, the lost ones never come.
    return 'lost';
  }

  resync(_side: Side, bytes: Uint8Array, offset: number): number {
    for (let at = offset; at < bytes.length; at++) if (startsWithMessage(bytes, at) === 'yes') return at;
    return -1;
  }

  close(_at: number, reason: CloseReason): void {
    const isFailure = reason === 'fin' || reason === 'reset' || reason === 'timeout';
    for (const half of [this.#client, this.#server]) this.#whole(half);
    for (const half of [this.#client, this.#server])
      for (const call of half.pending.values()) this.#giveUp(call, isFailure ? 'no answer' : undefined);
  }
}
