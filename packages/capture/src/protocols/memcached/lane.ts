/** Pairs the commands of one conversation with their replies: in order, but for quiet commands, which are told by a mark. */

import type { SessionContext, Span } from '../../dissect/dissector.ts';
import type { Place } from '../../dissect/held-exchange.ts';
import { Spares } from '../../http/spares.ts';
import { PlainCall } from './call.ts';
import { MemcachedExchange } from './describe.ts';
import type { CommandFrame, ReplyFrame } from './frames.ts';
import { addReply, type Command, type MemcachedCall, openCommand, openReply, type Reply } from './open-call.ts';

/** Calls that are over, of all connections. */
const spares = new Spares<PlainCall>();

export class Lane {
  readonly #context: SessionContext;
  readonly #pending: (MemcachedCall | PlainCall)[] = [];

  constructor(context: SessionContext) {
    this.#context = context;
  }

  /** Takes a command; what gets no reply leaves at once, unless more of its value is to come. */
  command(command: Command, span: Span): MemcachedCall {
    const { limits } = this.#context;
    const call = openCommand(command, span, limits.maxBodyBytes);
    if (command.isSilent) {
      if (command.left === 0) this.emit(call);
      return call;
    }
    this.#enqueue(call);
    return call;
  }

  /** The oldest command, when it is one of the usual: it is answered by `answer`. */
  get nextPlain(): PlainCall | null {
    const [next] = this.#pending;
    return next instanceof PlainCall ? next : null;
  }

  /** Takes a usual command. */
  ask(frame: CommandFrame, bytes: Uint8Array, start: number, span: Span): void {
    const call = spares.take() ?? new PlainCall();
    call.ask(frame, { bytes, start }, span);
    if (this.#context.borrow?.() !== true) call.keep();
    this.#enqueue(call);
  }

  /** Takes a usual reply to the oldest command, which is a usual one. */
  answer(call: PlainCall, frame: ReplyFrame, place: Place, span: Span): void {
    this.#pending.shift();
    call.answer(frame, place, span);
    this.#context.emit(call);
    retire(call);
  }

  /** What was borrowed goes away. */
  settle(): void {
    for (const call of this.#pending) if (call instanceof PlainCall) call.keep();
  }

  #enqueue(call: MemcachedCall | PlainCall): void {
    if (this.#pending.length >= this.#context.limits.maxPending) {
      this.#context.anomaly('memcached: too many commands wait for a reply');
      const oldest = this.#pending.shift();
      if (oldest !== undefined) this.emit(this.#opened(oldest));
    }
    this.#pending.push(call);
  }

  /** A usual command goes on as any other. */
  #opened(call: MemcachedCall | PlainCall): MemcachedCall {
    if (!(call instanceof PlainCall)) return call;
    const opened = call.opened();
    retire(call);
    return opened;
  }

  reply(reply: Reply, span: Span): MemcachedCall {
    const call = this.#answeredBy(reply) ?? openReply(span);
    if (addReply(call, reply, span, this.#context.limits.maxBodyBytes)) {
      const at = this.#pending.indexOf(call);
      if (at >= 0) this.#pending.splice(at, 1);
      if (reply.left === 0) this.emit(call);
    }
    return call;
  }

  emit(call: MemcachedCall): void {
    this.#context.emit(new MemcachedExchange(call, this.#context.limits.maxBodyBytes));
  }

  lose(length: number): void {
    const [first] = this.#pending;
    if (first === undefined) return;
    const opened = this.#opened(first);
    opened.gap += length;
    this.#pending[0] = opened;
  }

  flush(failure: string | undefined): void {
    for (const waiting of this.#pending.splice(0)) {
      const call = this.#opened(waiting);
      if (!call.isQuiet && failure !== undefined) call.failure = failure;
      this.emit(call);
    }
  }

  /** The command a reply is for; quiet ones before it had nothing to say. */
  #answeredBy(reply: Reply): MemcachedCall | undefined {
    const { opaque, word } = reply;
    let at = opaque === undefined ? -1 : this.#pending.findIndex((call) => call.opaque === opaque);
    if (at < 0 && word === 'MN') at = this.#pending.findIndex(({ name }) => name === 'mn');
    if (at < 0) at = this.#pending.findIndex((call) => !call.isQuiet || saysSomething(call, word));
    if (at < 0) return undefined;
    for (const quiet of this.#pending.splice(0, at)) this.emit(this.#opened(quiet));
    const [next] = this.#pending;
    if (next === undefined) return undefined;
    const call = this.#opened(next);
    this.#pending[0] = call;
    return call;
  }
}

/** Quiet commands leave out what is usual (protocol.txt, "quiet mode semantics"). */
function saysSomething({ name }: MemcachedCall | PlainCall, word: string): boolean {
  if (name === 'mg' || name.startsWith('get') || name.startsWith('gat')) return word !== 'EN' && word !== 'MN';
  return word !== 'HD' && word !== 'MN' && !(word === 'NF' && name !== 'ms');
}

/** Takes back a call that nobody holds any more. */
function retire(call: PlainCall): void {
  call.release();
  spares.give(call);
}
