/** Pairs calls with replies by their sequence numbers; a client that leaves them at zero is answered in order. */

import { Slab } from '../../decode/slab.ts';
import type { CloseReason, Parsed, Session, SessionContext, Side, Span } from '../../dissect/dissector.ts';
import { type Half, type ThriftCall, ThriftExchange } from './describe.ts';
import { type Message, MessageType, readMessage, startsWithMessage, type ThriftMessage } from './wire.ts';

const copies = new Slab();

export class ThriftSession implements Session<ThriftMessage> {
  readonly #context: SessionContext;
  readonly #rest: Record<Side, number> = { client: 0, server: 0 };
  readonly #pending: ThriftCall[] = [];
  /** The call whose frame is read over, and which half of it. */
  readonly #open: Record<Side, { readonly call: ThriftCall; readonly half: Half } | undefined> = {
    client: undefined,
    server: undefined,
  };

  constructor(context: SessionContext) {
    this.#context = context;
  }

  read(side: Side, bytes: Uint8Array, offset: number): Parsed<ThriftMessage> {
    return readMessage(side, bytes, offset, this.#rest[side]);
  }

  message(side: Side, message: ThriftMessage, span: Span): void {
    if (message.kind === 'rest') {
      this.#rest[side] -= message.size;
      const open = this.#open[side];
      if (open !== undefined) {
        open.half.size += message.size;
        open.half.end = span.last;
        open.half.isCut = true;
      }
    } else {
      this.#rest[side] = message.rest;
      this.#open[side] = side === 'client' ? this.#call(message, span) : this.#reply(message, span);
    }
    if (this.#rest[side] === 0) this.#whole(side);
  }

  gap(side: Side, length: number): 'absorbed' | 'lost' {
    const open = this.#open[side];
    if (open !== undefined) open.call.gap += length;
    if (length < this.#rest[side]) {
      this.#rest[side] -= length;
      return 'absorbed';
    }
    this.#rest[side] = 0;
    this.#whole(side);
    // Which replies are missing is not known where all numbers are zero.
    if (side === 'server') this.#flush(undefined);
    return 'lost';
  }

  resync(side: Side, bytes: Uint8Array, offset: number): number {
    for (let at = offset; at < bytes.length; at += 1) if (startsWithMessage(bytes, at, side) === 'yes') return at;
    return -1;
  }

  close(_at: number, reason: CloseReason): void {
    for (const side of ['client', 'server'] as const) this.#whole(side);
    const isFailure = reason === 'fin' || reason === 'reset' || reason === 'timeout';
    this.#flush(isFailure ? 'no reply' : undefined);
  }

  #call(message: Message, span: Span): { readonly call: ThriftCall; readonly half: Half } {
    const half = halfOf(message, span);
    const call: ThriftCall = { asked: half, replied: undefined, missing: undefined, gap: 0 };
    if (message.type !== MessageType.ONEWAY) {
      if (this.#pending.length >= this.#context.limits.maxPending) {
        const oldest = this.#pending.shift();
        this.#context.anomaly('thrift: too many calls wait for a reply');
        if (oldest !== undefined) this.#context.emit(new ThriftExchange(oldest));
      }
      this.#pending.push(call);
    }
    return { call, half };
  }

  #reply(message: Message, span: Span): { readonly call: ThriftCall; readonly half: Half } {
    const half = halfOf(message, span);
    const at = this.#pending.findIndex(({ asked }) => asked?.sequence === message.sequence);
    const [asked] = at < 0 ? [] : this.#pending.splice(at, 1);
    const call: ThriftCall = asked ?? { asked: undefined, replied: undefined, missing: undefined, gap: 0 };
    call.replied = half;
    return { call, half };
  }

  /** The side's message has been read to its end. */
  #whole(side: Side): void {
    const open = this.#open[side];
    this.#open[side] = undefined;
    if (open !== undefined && (side === 'server' || open.half.type === MessageType.ONEWAY))
      this.#context.emit(new ThriftExchange(open.call));
  }

  #flush(missing: string | undefined): void {
    for (const call of this.#pending.splice(0)) {
      call.missing = missing;
      this.#context.emit(new ThriftExchange(call));
    }
  }
}

function halfOf(message: Message, span: Span): Half {
  const { encoding, isFramed, type, name, sequence, size, body } = message;
  const { first: start, last: end } = span;
  return { encoding, isFramed, type, name, sequence, body: copies.keep(body), size, start, end, isCut: false };
}
