/** Pairs calls with replies by their sequence numbers; a client that leaves them at zero is answered in order. */

import { Slab } from '../../decode/slab.ts';
import type { CloseReason, Parsed, Session, SessionContext, Side, Span } from '../../dissect/dissector.ts';
import { Spares } from '../../http/spares.ts';
import { PlainCall } from './call.ts';
import { type Half, halfOf, type ThriftCall, ThriftExchange } from './describe.ts';
import { MAX_FRAME_VALUES, MessageFrame } from './frames.ts';
import { StructEnd } from './struct-end.ts';
import {
  type Begun,
  type Message,
  MessageType,
  NOTHING_BEGUN,
  readMessage,
  startsWithMessage,
  type ThriftMessage,
} from './wire.ts';

/** A usual message that is wholly here: the session's frame tells more of it. */
interface Usual {
  readonly kind: 'usual';
  bytes: Uint8Array;
  start: number;
}
export type SessionMessage = ThriftMessage | Usual;

const copies = new Slab();
const NOTHING = new Uint8Array(0);
/** Calls that are over, of all connections. */
const spares = new Spares<PlainCall>();

export class ThriftSession implements Session<SessionMessage> {
  readonly #context: SessionContext;
  /** What of the next message was read when it was not all there. */
  readonly #begun = {
    client: { rest: 0, struct: new StructEnd() },
    server: { rest: 0, struct: new StructEnd() },
  } satisfies Record<Side, Begun>;
  readonly #pending: (ThriftCall | PlainCall)[] = [];
  /** One object each, filled for each message. */
  readonly #frame = new MessageFrame();
  readonly #usual: Usual = { kind: 'usual', bytes: NOTHING, start: 0 };
  readonly #done = { kind: 'done' as const, value: this.#usual, end: 0 };
  /** The call whose frame is read over, and which half of it. */
  readonly #open: Record<Side, { readonly call: ThriftCall; readonly half: Half } | undefined> = {
    client: undefined,
    server: undefined,
  };

  constructor(context: SessionContext) {
    this.#context = context;
  }

  read(side: Side, bytes: Uint8Array, offset: number, end: number = bytes.length): Parsed<SessionMessage> {
    const type = side === 'client' ? MessageType.CALL : MessageType.REPLY;
    const { rest, struct } = this.#begun[side];
    // One of which more was gone over already is not usual, and with every packet asked for again.
    const mayBeUsual = rest === 0 && struct.values <= 2 * MAX_FRAME_VALUES;
    if (mayBeUsual && this.#frame.read(bytes, offset, { limit: end, type })) {
      struct.reset();
      this.#usual.bytes = bytes;
      this.#usual.start = offset;
      this.#done.end = this.#frame.end;
      return this.#done;
    }
    return readMessage(side, end === bytes.length ? bytes : bytes.subarray(0, end), offset, this.#begun[side]);
  }

  message(side: Side, message: SessionMessage, span: Span): void {
    if (message.kind === 'usual') {
      if (side === 'client') this.#ask(message, span);
      else this.#answer(message, span);
      return;
    }
    if (message.kind === 'rest') {
      this.#begun[side].rest -= message.size;
      const open = this.#open[side];
      if (open !== undefined) {
        open.half.size += message.size;
        open.half.end = span.last;
        open.half.isCut = true;
      }
    } else {
      this.#begun[side].rest = message.rest;
      this.#open[side] = side === 'client' ? this.#call(message, span) : this.#reply(message, span);
    }
    if (this.#begun[side].rest === 0) this.#whole(side);
  }

  settle(): void {
    for (const call of this.#pending) if (call instanceof PlainCall) call.keep();
  }

  heldBytes(): number {
    let bytes = 0;
    for (const call of this.#pending)
      bytes += call instanceof PlainCall ? call.requestSize : (call.asked?.body.length ?? 0);
    return bytes;
  }

  #ask({ bytes, start }: Usual, span: Span): void {
    const call = spares.take() ?? new PlainCall();
    call.ask(this.#frame, { bytes, start }, span);
    if (this.#context.borrow?.() !== true) call.keep();
    this.#enqueue(call);
  }

  #answer({ bytes, start }: Usual, span: Span): void {
    const frame = this.#frame;
    const at = this.#find(frame.sequence);
    const call = this.#pending[at];
    if (!(call instanceof PlainCall)) {
      const parsed = readMessage('server', bytes.subarray(0, frame.end), start, NOTHING_BEGUN);
      if (parsed.kind === 'done') this.message('server', parsed.value, span);
      return;
    }
    this.#takeOut(at);
    call.answer(frame, { bytes, start }, span);
    this.#context.emit(call);
    retire(call);
  }

  /** The oldest call with this number waits there; -1 when none does. */
  #find(sequence: number): number {
    const [next] = this.#pending;
    if (next !== undefined && sequenceOf(next) === sequence) return 0;
    return this.#pending.findIndex((call) => sequenceOf(call) === sequence);
  }

  #takeOut(at: number): void {
    if (at === 0) this.#pending.shift();
    else this.#pending.splice(at, 1);
  }

  #enqueue(call: ThriftCall | PlainCall): void {
    if (this.#pending.length >= this.#context.limits.maxPending) {
      const oldest = this.#pending.shift();
      this.#context.anomaly('thrift: too many calls wait for a reply');
      if (oldest !== undefined) this.#context.emit(new ThriftExchange(opened(oldest)));
    }
    this.#pending.push(call);
  }

  gap(side: Side, length: number): 'absorbed' | 'lost' {
    this.#begun[side].struct.reset();
    const open = this.#open[side];
    if (open !== undefined) open.call.gap += length;
    if (length < this.#begun[side].rest) {
      this.#begun[side].rest -= length;
      return 'absorbed';
    }
    this.#begun[side].rest = 0;
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
    const half = keptHalf(message, span);
    const call: ThriftCall = { asked: half, replied: undefined, missing: undefined, gap: 0 };
    if (message.type !== MessageType.ONEWAY) this.#enqueue(call);
    return { call, half };
  }

  #reply(message: Message, span: Span): { readonly call: ThriftCall; readonly half: Half } {
    const half = keptHalf(message, span);
    const at = this.#find(message.sequence);
    const asked = this.#pending[at];
    if (asked !== undefined) this.#takeOut(at);
    const call: ThriftCall =
      asked !== undefined ? opened(asked) : { asked: undefined, replied: undefined, missing: undefined, gap: 0 };
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
    for (const waiting of this.#pending.splice(0)) {
      const call = opened(waiting);
      call.missing = missing;
      this.#context.emit(new ThriftExchange(call));
    }
  }
}

const sequenceOf = (call: ThriftCall | PlainCall): number | undefined =>
  call instanceof PlainCall ? call.sequence : call.asked?.sequence;

/** A usual call goes on as any other. */
function opened(call: ThriftCall | PlainCall): ThriftCall {
  if (!(call instanceof PlainCall)) return call;
  const asked = call.asked();
  retire(call);
  return { asked: { ...asked, body: copies.keep(asked.body) }, replied: undefined, missing: undefined, gap: 0 };
}

/** Takes back a call that nobody holds any more. */
function retire(call: PlainCall): void {
  call.release();
  spares.give(call);
}

function keptHalf(message: Message, span: Span): Half {
  return { ...halfOf(message, span), body: copies.keep(message.body) };
}
