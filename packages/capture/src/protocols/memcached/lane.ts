/** Pairs the commands of one conversation with their replies: in order, but for quiet commands, which are told by a mark. */

import type { SessionContext, Span } from '../../dissect/dissector.ts';
import { type Command, collected, type MemcachedCall, MemcachedExchange, openCall, type Reply } from './describe.ts';
import type { Value } from './message.ts';

/** Statistics kept of one reply. */
const MAX_STATS = 256;
/** A `mg` that found its key answers so; `HD` when no value was asked for. */
const found = new Set(['VA', 'HD', 'VALUE']);

export class Lane {
  readonly #context: SessionContext;
  readonly #pending: MemcachedCall[] = [];

  constructor(context: SessionContext) {
    this.#context = context;
  }

  /** Takes a command; what gets no reply leaves at once, unless more of its value is to come. */
  command(command: Command, span: Span): MemcachedCall {
    const { limits } = this.#context;
    const call = openCall(command, span);
    if (command.value !== undefined) call.sent = collected(command.value, limits.maxBodyBytes);
    if (command.isSilent) {
      if (command.left === 0) this.emit(call);
      return call;
    }
    if (this.#pending.length >= limits.maxPending) {
      this.#context.anomaly('memcached: too many commands wait for a reply');
      const oldest = this.#pending.shift();
      if (oldest !== undefined) this.emit(oldest);
    }
    this.#pending.push(call);
    return call;
  }

  reply(reply: Reply, span: Span): MemcachedCall {
    const call = this.#answeredBy(reply) ?? openCall(undefined, span);
    call.replyStart ??= span.first;
    call.replyEnd = span.last;
    call.replySize += reply.size;
    this.#take(call, reply);
    const isMore = reply.isPart && call.start !== null;
    if (!isMore) {
      call.word = reply.word;
      call.text = reply.text;
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
    if (first !== undefined) first.gap += length;
  }

  flush(failure: string | undefined): void {
    for (const call of this.#pending.splice(0)) {
      if (!call.isQuiet && failure !== undefined) call.failure = failure;
      this.emit(call);
    }
  }

  #take(call: MemcachedCall, { value, word, text, key }: Reply): void {
    if (word === 'STAT') {
      const [name = '', ...rest] =
        key === undefined ? text.split(' ') : [key, value === undefined ? '' : textOf(value)];
      if (call.stats.length < MAX_STATS) call.stats.push([name, rest.join(' ')]);
      return;
    }
    // Of the binary protocol a read that was answered well has found its key.
    if (found.has(word) || (word === 'OK' && /^(get|gat)/.test(call.name))) call.hits++;
    if (value !== undefined && call.received === undefined)
      call.received = collected(value, this.#context.limits.maxBodyBytes);
  }

  /** The command a reply is for; quiet ones before it had nothing to say. */
  #answeredBy(reply: Reply): MemcachedCall | undefined {
    const { opaque, word } = reply;
    let at = opaque === undefined ? -1 : this.#pending.findIndex((call) => call.opaque === opaque);
    if (at < 0 && word === 'MN') at = this.#pending.findIndex(({ name }) => name === 'mn');
    if (at < 0) at = this.#pending.findIndex((call) => !call.isQuiet || saysSomething(call, word));
    if (at < 0) return undefined;
    const call = this.#pending[at];
    for (const quiet of this.#pending.splice(0, at)) this.emit(quiet);
    return call;
  }
}

/** Quiet commands leave out what is usual (protocol.txt, "quiet mode semantics"). */
function saysSomething({ name }: MemcachedCall, word: string): boolean {
  if (name === 'mg' || name.startsWith('get') || name.startsWith('gat')) return word !== 'EN' && word !== 'MN';
  return word !== 'HD' && word !== 'MN' && !(word === 'NF' && name !== 'ms');
}

const textOf = ({ bytes, start, end }: Value): string =>
  new TextDecoder().decode(bytes.subarray(start, Math.min(end, start + 1024)));
