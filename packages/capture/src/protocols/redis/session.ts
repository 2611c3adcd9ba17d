/** Pairs commands with replies: in order, except for what the server sends by itself. */

import type { CloseReason, Parsed, Session, SessionContext, Side, Span } from '../../dissect/dissector.ts';
import { type Command, type Half, RedisExchange, type Reply } from './describe.ts';
import { commandName } from './keys.ts';
import { readSnapshot, type Snapshot, type SnapshotToken } from './replication.ts';
import { pushWithoutSecrets, replyWithoutSecrets, withoutSecrets } from './secrets.ts';
import { isConfirmation, isPublished, Subscriptions } from './subscriptions.ts';
import { type RespValue, ValueBuilder } from './values.ts';
import { type RespToken, readToken, startsLikeReply, startsLikeResp } from './wire.ts';
import { isMonitorLine, textIn, wordsOf } from './words.ts';

export interface RedisMessage {
  readonly token: RespToken | SnapshotToken;
  readonly size: number;
}

interface Pending extends Command {
  /** Replies still to come: SUBSCRIBE is confirmed once for each channel. Infinite for leaving all there are. */
  replies: number;
}

const ERROR = 0x2d;
/** SYNC has the snapshot itself for a reply. */
const NO_VALUE: RespValue = { type: '$', value: null, isTruncated: false };

export class RedisSession implements Session<RedisMessage> {
  readonly #context: SessionContext;
  readonly #builders: Readonly<Record<Side, ValueBuilder>>;
  /** First token's time and the bytes so far of the value being built on each side. */
  readonly #open: Record<Side, { start: number; size: number } | undefined> = { client: undefined, server: undefined };
  readonly #pending: Pending[] = [];
  #replies: 'on' | 'off' = 'on';
  /** Commands whose reply is left out: set by CLIENT REPLY SKIP. */
  #skips = 0;
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

  read(side: Side, bytes: Uint8Array, offset: number): Parsed<RedisMessage> {
    const parsed =
      side === 'server' && this.#replication === 'snapshot' && (this.#snapshot !== undefined || bytes[offset] !== ERROR)
        ? readSnapshot(bytes, offset, this.#snapshot)
        : readToken(bytes, offset, this.#builders[side].remaining);
    if (parsed.kind !== 'done') return parsed;
    return { kind: 'done', value: { token: parsed.value, size: parsed.end - offset }, end: parsed.end };
  }

  message(side: Side, { token, size }: RedisMessage, span: Span): void {
    switch (token.kind) {
      case 'snapshot-wait':
        return;
      case 'snapshot-head':
        this.#snapshot = token.state;
        if (this.#pending[0]?.name === 'SYNC')
          this.#context.emit(
            new RedisExchange(this.#pending.shift(), { start: span.first, end: span.last, size, value: NO_VALUE }),
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

  #flush(failure: string | undefined): void {
    for (const command of this.#pending.splice(0)) this.#context.emit(new RedisExchange(command, undefined, failure));
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
    const command: Pending = {
      ...half,
      name,
      words: withoutSecrets(name, words),
      isTruncated: value.isTruncated,
      replies: this.#repliesTo(name, words),
    };
    if (this.#isUnanswered(name, words)) {
      this.#context.emit(new RedisExchange(command, undefined));
      return;
    }
    if (this.#pending.length >= this.#context.limits.maxPending) {
      const oldest = this.#pending.shift();
      this.#context.anomaly('redis: too many commands wait for a reply');
      this.#context.emit(new RedisExchange(oldest, undefined));
    }
    this.#pending.push(command);
    this.#awaitSnapshot();
  }

  /** The next thing the server sends is its data, once all before SYNC is answered. */
  #awaitSnapshot(): void {
    if (this.#replication === 'none' && this.#pending[0]?.name === 'SYNC') this.#replication = 'snapshot';
  }

  /** Changes the reply mode as CLIENT REPLY asks; true when this command gets no reply. */
  #isUnanswered(name: string, words: readonly string[]): boolean {
    if (this.#replication !== 'none') return true;
    if (name === 'CLIENT REPLY') {
      const mode = words[2]?.toUpperCase();
      if (mode === 'ON') this.#replies = 'on';
      if (mode === 'OFF') this.#replies = 'off';
      // A SKIP is itself silent, and so is the command after it.
      if (mode === 'SKIP' && this.#replies === 'on') this.#skips = 1;
      return mode !== 'ON';
    }
    if (this.#replies === 'off') return true;
    if (this.#skips === 0) return false;
    this.#skips -= 1;
    return true;
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
    const head = isByItself ? undefined : this.#pending[0];
    if (head === undefined) {
      this.#context.emit(new RedisExchange(undefined, { ...reply, value: pushWithoutSecrets(value) }));
      return;
    }
    if (isConfirmed) {
      head.replies -= 1;
      if (head.replies > 0 && !(head.replies === Number.POSITIVE_INFINITY && this.#subscriptions.isNone(kind))) return;
    }
    this.#pending.shift();
    if (value.error === undefined) this.#changeMode(head, value);
    if (value.error !== undefined && head.name === 'SYNC') this.#replication = 'none';
    this.#context.emit(new RedisExchange(head, { ...reply, value: replyWithoutSecrets(head.name, value) }));
    this.#awaitSnapshot();
  }

  /** Does the oldest command wait for a confirmation of this kind? */
  #isAbout(kind: string): boolean {
    return this.#pending[0]?.name.toLowerCase() === kind;
  }

  #changeMode({ name }: Command, value: RespValue): void {
    if (name === 'MONITOR') this.#isMonitoring = true;
    else if (name === 'RESET') {
      this.#isMonitoring = false;
      this.#subscriptions.clear();
      this.#replies = 'on';
    } else if (name === 'PSYNC' && value.type === '+') {
      this.#replication = textIn(value).startsWith('CONTINUE') ? 'commands' : 'snapshot';
    }
  }
}
