/** Pairs commands with replies: in order, except for what the server sends by itself. */

import type { CloseReason, Parsed, Session, SessionContext, Side, Span } from '../../dissect/dissector.ts';
import { PlainCall } from './call.ts';
import { commandFacts } from './command-facts.ts';
import { type Command, type Half, RedisExchange, type Reply } from './describe.ts';
import { commandFrame, readCommand, valueEnd } from './frames.ts';
import { commandName } from './keys.ts';
import { readSnapshot, type Snapshot, type SnapshotToken } from './replication.ts';
import { ReplyMode } from './reply-mode.ts';
import { pushWithoutSecrets, replyWithoutSecrets, withoutSecrets } from './secrets.ts';
import { isConfirmation, isPublished, Subscriptions } from './subscriptions.ts';
import { NO_VALUE, type RespValue, ValueBuilder, wholeValue } from './values.ts';
import { type Unusual, WaitingCommands } from './waiting.ts';
import { type RespToken, readToken, startsLikeReply, startsLikeResp } from './wire.ts';
import { isMonitorLine, textIn, wordsOf } from './words.ts';

/** A command, or a value of the usual types, that is wholly here. */
interface Whole {
  readonly kind: 'whole';
  bytes: Uint8Array;
  start: number;
  end: number;
}

export interface RedisMessage {
  readonly token: RespToken | SnapshotToken | Whole;
  readonly size: number;
}

const ERROR = 0x2d;
const NOTHING = new Uint8Array(0);

export class RedisSession implements Session<RedisMessage> {
  readonly #context: SessionContext;
  readonly #builders: Readonly<Record<Side, ValueBuilder>>;
  /** First token's time and the bytes so far of the value being built on each side. */
  readonly #open: Record<Side, { start: number; size: number } | undefined> = { client: undefined, server: undefined };
  readonly #waiting = new WaitingCommands();
  /** What is wholly here, and what was read of it: one object each, filled for each message. */
  readonly #frame = commandFrame();
  readonly #whole: Whole = { kind: 'whole', bytes: NOTHING, start: 0, end: 0 };
  readonly #wholeMessage = { token: this.#whole, size: 0 };
  readonly #done = { kind: 'done' as const, value: this.#wholeMessage, end: 0 };
  readonly #replyMode = new ReplyMode();
  #isMonitoring = false;
  readonly #subscriptions = new Subscriptions();
  /** `snapshot`: the master is about to send, or sends, its data; `commands`: it sends commands and gets no replies. */
  #replication: 'none' | 'snapshot' | 'commands' = 'none';
  #snapshot: Snapshot | undefined;

  constructor(context: SessionContext) {
    this.#context = context;
    const { maxBodyBytes } = context.limits;
    this.#builders = { client: new ValueBuilder(maxBodyBytes), server: new ValueBuilder(maxBodyBytes) };
  }

  read(side: Side, bytes: Uint8Array, offset: number, end: number = bytes.length): Parsed<RedisMessage> {
    const wholeEnd = this.#wholeEnd(side, bytes, offset, end);
    if (wholeEnd > 0) {
      this.#whole.bytes = bytes;
      this.#whole.start = offset;
      this.#whole.end = wholeEnd;
      this.#done.end = wholeEnd;
      return this.#done;
    }
    const shown = end === bytes.length ? bytes : bytes.subarray(0, end);
    const parsed =
      side === 'server' && this.#replication === 'snapshot' && (this.#snapshot !== undefined || bytes[offset] !== ERROR)
        ? readSnapshot(shown, offset, this.#snapshot)
        : readToken(shown, offset, this.#builders[side].remaining);
    if (parsed.kind !== 'done') return parsed;
    return { kind: 'done', value: { token: parsed.value, size: parsed.end - offset }, end: parsed.end };
  }

  /** Where the command or reply ends that begins at `offset`; 0 where it has to be read token by token. */
  #wholeEnd(side: Side, bytes: Uint8Array, offset: number, limit: number): number {
    if (this.#open[side] !== undefined || this.#replication !== 'none') return 0;
    const end =
      side === 'server'
        ? valueEnd(bytes, offset, limit)
        : readCommand(bytes, offset, limit, this.#frame)
          ? this.#frame.end
          : 0;
    return end - offset > this.#context.limits.maxBodyBytes ? 0 : end;
  }

  message(side: Side, { token, size }: RedisMessage, span: Span): void {
    switch (token.kind) {
      case 'whole':
        if (side === 'client') this.#wholeCommand(token, span);
        else this.#wholeReply(token, span);
        return;
      case 'snapshot-wait':
        return;
      case 'snapshot-head':
        this.#snapshot = token.state;
        // SYNC has the snapshot itself for a reply.
        if (this.#waiting.isNext('SYNC'))
          this.#context.emit(
            new RedisExchange(this.#waiting.take(), { start: span.first, end: span.last, size, value: NO_VALUE }),
          );
        if (token.state.remaining === 0) this.#endSnapshot();
        return;
      case 'snapshot-part':
        if (token.isLast) this.#endSnapshot();
        else if (this.#snapshot?.remaining !== undefined) {
          this.#snapshot = { remaining: this.#snapshot.remaining - token.size };
        }
        return;
      default:
        this.#token(side, token, { start: span.first, end: span.last, size });
    }
  }

  gap(side: Side, length: number): 'absorbed' | 'lost' {
    if (side === 'server' && this.#snapshot?.remaining !== undefined && length < this.#snapshot.remaining) {
      this.#snapshot = { remaining: this.#snapshot.remaining - length };
      return 'absorbed';
    }
    if (this.#builders[side].skip(length)) return 'absorbed';
    this.#builders[side].reset();
    this.#open[side] = undefined;
    // Which commands the lost replies belonged to is not known any more: they leave without one.
    if (side === 'server') this.#flush(undefined);
    return 'lost';
  }

  resync(side: Side, bytes: Uint8Array, offset: number): number {
    for (let at = offset; at < bytes.length; at += 1) {
      const isLineStart = at === offset || (bytes[at - 1] === 10 && bytes[at - 2] === 13);
      if (!isLineStart) continue;
      if (side === 'client' ? startsLikeResp(bytes, at, '*') === 'yes' : startsLikeReply(bytes, at)) return at;
    }
    return -1;
  }

  close(_at: number, reason: CloseReason): void {
    // A capture that ends says nothing of the reply; a connection that ends does.
    const isFailure = reason === 'fin' || reason === 'reset' || reason === 'timeout';
    this.#flush(isFailure ? (reason === 'reset' ? 'connection reset before the reply' : 'no reply') : undefined);
  }

  settle(): void {
    this.#waiting.settle();
  }

  #flush(failure: string | undefined): void {
    while (this.#waiting.length > 0) this.#context.emit(new RedisExchange(this.#waiting.take(), undefined, failure));
  }

  #wholeCommand(whole: Whole, span: Span): void {
    const { bytes, start, end } = whole;
    const frame = this.#frame;
    const facts = commandFacts(bytes, frame.nameStart, frame.nameEnd);
    if (!facts.isPlain || !this.#replyMode.isUsual) {
      this.#command(wholeValue(bytes, start, end), { start: span.first, end: span.last, size: end - start });
      return;
    }
    const call = this.#waiting.begin();
    call.ask(facts, { frame, place: whole }, span);
    if (this.#context.borrow?.() !== true) call.keep();
    this.#enqueue(call);
  }

  #wholeReply(whole: Whole, span: Span): void {
    const call = this.#waiting.nextPlain;
    if (call === null || this.#subscriptions.any || this.#isMonitoring) {
      const { bytes, start, end } = whole;
      this.#reply({ start: span.first, end: span.last, size: end - start, value: wholeValue(bytes, start, end) });
      return;
    }
    this.#waiting.shift();
    call.answer(whole, span);
    this.#context.emit(call);
    this.#waiting.retire(call);
    this.#awaitSnapshot();
  }

  #enqueue(command: Unusual | PlainCall): void {
    if (this.#waiting.length >= this.#context.limits.maxPending) {
      const oldest = this.#waiting.take();
      this.#context.anomaly('redis: too many commands wait for a reply');
      this.#context.emit(new RedisExchange(oldest, undefined));
    }
    this.#waiting.add(command);
  }

  #endSnapshot(): void {
    this.#snapshot = undefined;
    this.#replication = 'commands';
  }

  #token(side: Side, token: RespToken, half: Half): void {
    const open = this.#open[side];
    const start = open?.start ?? half.start;
    const size = (open?.size ?? 0) + half.size;
    const taken = this.#builders[side].take(token);
    if (taken === undefined) {
      this.#open[side] = { start, size };
      return;
    }
    this.#open[side] = undefined;
    if ('fault' in taken) {
      this.#builders[side].reset();
      this.#context.anomaly(`redis: ${taken.fault}`);
      return;
    }
    const whole = { start, end: half.end, size };
    if (side === 'client') this.#command(taken, whole);
    else this.#reply({ ...whole, value: taken });
  }

  #command(value: RespValue, half: Half): void {
    const words = wordsOf(value);
    if (words === undefined) this.#context.anomaly('redis: a command that is not a list of strings');
    // An empty line or list is ignored by the server too.
    if (words === undefined || words.length === 0) return;
    const name = commandName(words);
    const command: Unusual = {
      ...half,
      name,
      words: withoutSecrets(name, words),
      isTruncated: value.isTruncated,
      replies: this.#repliesTo(name, words),
    };
    if (this.#replication !== 'none' || this.#replyMode.silences(name, words)) {
      this.#context.emit(new RedisExchange(command, undefined));
      return;
    }
    this.#enqueue(command);
    this.#awaitSnapshot();
  }

  /** The next thing the server sends is its data, once all before SYNC is answered. */
  #awaitSnapshot(): void {
    if (this.#replication === 'none' && this.#waiting.isNext('SYNC')) this.#replication = 'snapshot';
  }

  #repliesTo(name: string, words: readonly string[]): number {
    if (!isConfirmation(name.toLowerCase())) return 1;
    return words.length > 1 ? words.length - 1 : Number.POSITIVE_INFINITY;
  }

  #reply(reply: Reply): void {
    const { value } = reply;
    // A master that prepares its answer to PSYNC keeps the connection alive with empty lines.
    if (value.type === 'inline' && value.value === '') return;
    const first = Array.isArray(value.value) ? (value.value as readonly unknown[])[0] : undefined;
    const kind = typeof first === 'string' ? first : '';
    const isConfirmed = isConfirmation(kind) && (value.type === '>' || this.#isAbout(kind) || this.#subscriptions.any);
    if (isConfirmed) {
      const left = (value.value as readonly unknown[])[2];
      if (typeof left === 'number') this.#subscriptions.confirmed(kind, left);
    }
    const isByItself =
      this.#replication === 'commands' ||
      // A shard that moves takes its channels with it: that is told without having been asked.
      (isConfirmed && !this.#isAbout(kind)) ||
      (value.type === '>' && !isConfirmed) ||
      (this.#subscriptions.any && isPublished(kind)) ||
      (this.#isMonitoring && value.type === '+' && isMonitorLine(textIn(value)));
    const head = isByItself ? undefined : this.#waiting.next;
    if (head === undefined) {
      this.#context.emit(new RedisExchange(undefined, { ...reply, value: pushWithoutSecrets(value) }));
      return;
    }
    if (isConfirmed && !(head instanceof PlainCall)) {
      head.replies -= 1;
      if (head.replies > 0 && !(head.replies === Number.POSITIVE_INFINITY && this.#subscriptions.isNone(kind))) return;
    }
    const command = this.#waiting.take();
    if (command === undefined) return;
    if (value.error === undefined) this.#changeMode(command, value);
    if (value.error !== undefined && command.name === 'SYNC') this.#replication = 'none';
    this.#context.emit(new RedisExchange(command, { ...reply, value: replyWithoutSecrets(command.name, value) }));
    this.#awaitSnapshot();
  }

  /** Does the oldest command wait for a confirmation of this kind? */
  #isAbout(kind: string): boolean {
    return this.#waiting.isNext(kind.toUpperCase());
  }

  #changeMode({ name }: Command, value: RespValue): void {
    if (name === 'MONITOR') this.#isMonitoring = true;
    else if (name === 'RESET') {
      this.#isMonitoring = false;
      this.#subscriptions.clear();
      this.#replyMode.reset();
    } else if (name === 'PSYNC' && value.type === '+') {
      this.#replication = textIn(value).startsWith('CONTINUE') ? 'commands' : 'snapshot';
    }
  }
}
