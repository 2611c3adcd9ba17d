/** Pairs requests with responses by their number; heartbeats are read over. */

import type { CloseReason, Parsed, Session, SessionContext, Side, Span } from '../../dissect/dissector.ts';
import { WaitingCalls } from '../../dissect/waiting-calls.ts';
import { Spares } from '../../http/spares.ts';
import { DubboCall } from './call.ts';
import { type DubboMessage, type Message, readMessage, startsWithMessage } from './wire.ts';

/** Calls that are over, of all connections. */
const spares = new Spares<DubboCall>();

export class DubboSession implements Session<DubboMessage> {
  readonly #context: SessionContext;
  readonly #waiting = new WaitingCalls<DubboCall>();
  readonly #rest: Record<Side, number> = { client: 0, server: 0 };
  /** The call whose message is being read. */
  readonly #open: Record<Side, DubboCall | null> = { client: null, server: null };
  readonly #state = { rest: 0, limit: 0 };

  constructor(context: SessionContext) {
    this.#context = context;
  }

  read(side: Side, bytes: Uint8Array, offset: number, end: number = bytes.length): Parsed<DubboMessage> {
    this.#state.rest = this.#rest[side];
    this.#state.limit = end;
    return readMessage(bytes, offset, this.#state);
  }

  message(side: Side, message: DubboMessage, span: Span): void {
    if (message.kind === 'rest') {
      this.#rest[side] -= message.size;
      if (side === 'client') this.#open.client?.countRequest(message.size, span);
      else this.#open.server?.countResponse(message.size, span);
    } else {
      this.#rest[side] = message.length - (message.end - message.start);
      if (!message.isEvent) this.#take(side, message, span);
    }
    if (this.#rest[side] === 0) this.#whole(side);
  }

  settle(): void {
    for (let call = this.#waiting.oldest; call !== null; call = call.next) call.keep();
    this.#open.client?.keep();
    this.#open.server?.keep();
  }

  #take(side: Side, message: Message, span: Span): void {
    const call = side === 'client' ? this.#request(message, span) : this.#response(message, span);
    this.#open[side] = call;
    // A call that is over at once needs nothing kept.
    const isOver = this.#rest[side] === 0 && (side === 'server' || !call.isTwoWay);
    if (!isOver && this.#context.borrow?.() !== true) call.keep();
  }

  #request(message: Message, span: Span): DubboCall {
    const before = this.#find(message);
    if (before !== null) this.#giveUp(before, 'no reply');
    const call = this.#begin(message);
    call.asks(message, span);
    if (!message.isTwoWay) return call;
    const { oldest, size } = this.#waiting;
    if (oldest !== null && size >= this.#context.limits.maxPending) {
      this.#context.anomaly('dubbo: too many calls wait for a reply');
      this.#giveUp(oldest, undefined);
    }
    this.#waiting.add(call);
    return call;
  }

  #response(message: Message, span: Span): DubboCall {
    const waiting = this.#find(message);
    if (waiting !== null) this.#waiting.remove(waiting);
    const call = waiting ?? this.#begin(message);
    call.answers(message, span);
    return call;
  }

  #find({ high, low }: Message): DubboCall | null {
    let call = this.#waiting.oldest;
    while (call !== null && !(call.low === low && call.high === high)) call = call.next;
    return call;
  }

  #begin(message: Message): DubboCall {
    return (spares.take() ?? new DubboCall()).begin(message);
  }

  /** A call that nobody answers leaves when it is whole, others with their response. */
  #whole(side: Side): void {
    const call = this.#open[side];
    this.#open[side] = null;
    if (call !== null && (side === 'server' || !call.isTwoWay)) this.#emit(call);
  }

  /** Gives the call out, to be used again then, unless bytes of it are still read over. */
  #emit(call: DubboCall): void {
    this.#context.emit(call);
    if (this.#open.client === call || this.#open.server === call) return;
    call.reset();
    spares.give(call);
  }

  #giveUp(call: DubboCall, missing: string | undefined): void {
    this.#waiting.remove(call);
    call.missing = missing;
    this.#emit(call);
  }

  gap(side: Side, length: number): 'absorbed' | 'lost' {
    const call = this.#open[side];
    if (call !== null) call.gap += Math.min(length, this.#rest[side]);
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
    for (let call = this.#waiting.oldest; call !== null; call = this.#waiting.oldest)
      this.#giveUp(call, isFailure ? 'no reply' : undefined);
  }
}
