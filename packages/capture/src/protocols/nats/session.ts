/** Puts messages together into calls: a request is paired with the first message on the subject its reply is awaited on. */

import type { CloseReason, Parsed, Session, SessionContext, Side, Span } from '../../dissect/dissector.ts';
import { type Half, type Peers, statusLineOf } from './call.ts';
import { NatsCall } from './describe.ts';
import { MessageFrame } from './frames.ts';
import { halfOf, keep, type Usual, usualHalf } from './halves.ts';
import { objectIn } from './jetstream.ts';
import { type NatsMessage, readMessage, resumesAt } from './wire.ts';
import { matches } from './words.ts';

/** Subscriptions remembered of one connection: a client with more is found by its inboxes alone. */
export const MAX_SUBSCRIPTIONS = 4096;
/** A reply later than this is shown without its request; pull requests wait for half of it by default. */
export const REPLY_TIMEOUT_MICROS = 60_000_000;

/** Status of a message that only says that the server is there. */
const HEARTBEAT = 100;

interface Subscription {
  readonly subject: string;
  readonly queueGroup: string | undefined;
}

export type SessionMessage = NatsMessage | Usual;

const NOTHING = new Uint8Array(0);

export class NatsSession implements Session<SessionMessage> {
  readonly #context: SessionContext;
  readonly #rest: Record<Side, number> = { client: 0, server: 0 };
  /** The message whose long payload is being passed over. */
  readonly #open: Record<Side, Half | undefined> = { client: undefined, server: undefined };
  readonly #subscriptions = new Map<string, Subscription>();
  /** Requests by the subject of their reply, oldest first. */
  readonly #awaiting = new Map<string, Half>();
  /** In verbose mode every word of the client is confirmed, in order. */
  #unconfirmed: Half[] = [];
  #isVerbose = false;
  #connect: Half | undefined;
  #info: Half | undefined;
  #pings: Half[] = [];
  #peers: Peers = {};
  /** No request is too old before; the oldest decides. */
  #expiresAt = 0;
  /** One object each, filled for each message. */
  readonly #frame = new MessageFrame();
  readonly #usual: Usual = { kind: 'usual', bytes: NOTHING, size: 0 };
  readonly #done = { kind: 'done' as const, value: this.#usual, end: 0 };

  constructor(context: SessionContext) {
    this.#context = context;
  }

  read(side: Side, bytes: Uint8Array, offset: number, end: number = bytes.length): Parsed<SessionMessage> {
    if (this.#rest[side] === 0 && this.#frame.read(side, bytes, offset, end)) {
      this.#usual.bytes = bytes;
      this.#usual.size = this.#frame.end - offset;
      this.#done.end = this.#frame.end;
      return this.#done;
    }
    return readMessage(side, end === bytes.length ? bytes : bytes.subarray(0, end), offset, this.#rest[side]);
  }

  message(side: Side, message: SessionMessage, span: Span): void {
    if (message.kind === 'rest') return this.#pass(side, message.size, span);
    this.#expire(span.first);
    if (message.kind === 'usual') {
      const half = usualHalf(this.#frame, message, { span, limit: this.#context.limits.maxBodyBytes });
      return this.#take(side, this.#borrowed(half));
    }
    const half = this.#borrowed(halfOf(message, span, this.#context.limits.maxBodyBytes));
    const end = message.length + (message.content.length < message.length ? 2 : 0);
    this.#rest[side] = end - message.content.length;
    if (this.#rest[side] > 0) this.#open[side] = half;
    else this.#take(side, half);
  }

  /** What cannot be borrowed is copied at once. */
  #borrowed(half: Half): Half {
    if (this.#context.borrow?.() !== true) keep(half);
    return half;
  }

  settle(): void {
    for (const half of this.#awaiting.values()) keep(half);
    for (const half of this.#unconfirmed) keep(half);
    for (const half of this.#pings) keep(half);
    for (const half of [this.#connect, this.#info, this.#open.client, this.#open.server])
      if (half !== undefined) keep(half);
  }

  #pass(side: Side, size: number, span: Span): void {
    this.#rest[side] -= size;
    const half = this.#open[side];
    if (half === undefined) return;
    half.size += size;
    half.end = span.last;
    if (this.#rest[side] > 0) return;
    this.#open[side] = undefined;
    this.#take(side, half);
  }

  #take(side: Side, half: Half): void {
    if (side === 'client') this.#fromClient(half);
    else this.#fromServer(half);
  }

  #emit(request: Half | undefined, response?: Half, missing?: string): void {
    this.#context.emit(new NatsCall({ request, response, missing }, this.#peers, this.#context.limits.maxBodyBytes));
  }

  #fromClient(half: Half): void {
    switch (half.verb) {
      case 'CONNECT':
        return this.#connected(half);
      case 'PING':
        if (this.#pings.length < this.#context.limits.maxPending) this.#pings.push(half);
        return;
      case 'PONG':
        return;
      case 'SUB':
        if (half.sid !== undefined && this.#subscriptions.size < MAX_SUBSCRIPTIONS) {
          this.#subscriptions.set(half.sid, { subject: half.subject, queueGroup: half.queueGroup });
        }
        return this.#said(half);
      case 'UNSUB': {
        const known = this.#subscriptions.get(half.sid ?? '');
        // With a count it lives on until so many messages have come.
        if (half.text === '') this.#subscriptions.delete(half.sid ?? '');
        return this.#said({ ...half, subject: known?.subject ?? '' });
      }
      default:
        if (half.replyTo === undefined || !this.#awaits(half.replyTo)) return this.#said(half);
        if (this.#isVerbose) this.#await(half);
        return this.#request(half, half.replyTo);
    }
  }

  /** Nothing but a confirmation is to come, and that only in verbose mode. */
  #said(half: Half): void {
    if (this.#isVerbose) this.#await(half);
    else this.#emit(half);
  }

  #await(half: Half): void {
    if (this.#unconfirmed.length >= this.#context.limits.maxPending) {
      this.#context.anomaly('too many messages wait for a confirmation');
      this.#confirmed(undefined);
    }
    this.#unconfirmed.push(half);
  }

  #request(half: Half, replyTo: string): void {
    const before = this.#awaiting.get(replyTo);
    if (before !== undefined) this.#giveUp(replyTo, before, undefined);
    if (this.#awaiting.size >= this.#context.limits.maxPending) {
      const [oldest] = this.#awaiting;
      this.#context.anomaly('too many requests wait for a reply');
      if (oldest !== undefined) this.#giveUp(...oldest, undefined);
    }
    if (this.#awaiting.size === 0) this.#expiresAt = half.start + REPLY_TIMEOUT_MICROS;
    this.#awaiting.set(replyTo, half);
  }

  /** Will this connection get what is sent to the subject? Of one that was joined late only the inbox tells. */
  #awaits(subject: string): boolean {
    if (this.#context.midStream && subject.startsWith('_INBOX.')) return true;
    for (const { subject: pattern } of this.#subscriptions.values()) if (matches(pattern, subject)) return true;
    return this.#subscriptions.size >= MAX_SUBSCRIPTIONS && subject.startsWith('_INBOX.');
  }

  #connected(half: Half): void {
    const options = objectIn(half.text);
    const { verbose, user, name, lang, version } = options;
    this.#isVerbose = verbose === true;
    const words = [name, lang, version].filter((word): word is string => typeof word === 'string' && word !== '');
    const client = words.join(' ');
    this.#peers = { ...this.#peers, ...(typeof user === 'string' && { user }), ...(client !== '' && { client }) };
    if (this.#connect !== undefined) this.#emit(this.#connect);
    this.#connect = half;
    this.#info = undefined;
  }

  #fromServer(half: Half): void {
    switch (half.verb) {
      case 'INFO':
        return this.#informed(half);
      case 'MSG':
      case 'HMSG':
        // A client that asks for no confirmation has been let in all the same.
        if (this.#connect !== undefined) this.#letIn(undefined);
        return this.#emit(this.#requestOf(half), half);
      case 'PING':
        return;
      case 'PONG': {
        const ping = this.#pings.shift();
        // A client that is not verbose asks for this to know that it was let in.
        if (this.#connect !== undefined) return this.#letIn(half);
        return ping === undefined ? undefined : this.#emit(ping, half);
      }
      case '-ERR':
        if (this.#connect !== undefined) {
          // What was sent to learn of it is part of the login.
          this.#pings = [];
          return this.#letIn(half);
        }
        return this.#isVerbose && this.#unconfirmed.length > 0 ? this.#confirmed(half) : this.#emit(undefined, half);
      default:
        return this.#connect === undefined ? this.#confirmed(half) : this.#letIn(half);
    }
  }

  /** The request a message replies to, which then waits no more. */
  #requestOf(half: Half): Half | undefined {
    // A heartbeat says that the reply is still to come.
    if (this.#awaiting.size === 0 || statusLineOf(half) === HEARTBEAT) return undefined;
    const request = this.#awaiting.get(half.subject);
    if (request !== undefined) {
      this.#awaiting.delete(half.subject);
      return request;
    }
    // A message of a stream keeps its subject: that it came over the inbox of a pull request, its subscription tells.
    const pattern = this.#subscriptions.get(half.sid ?? '')?.subject;
    if (pattern === undefined || matches(pattern, half.subject)) return undefined;
    for (const [replyTo, pull] of this.#awaiting) {
      if (!matches(pattern, replyTo)) continue;
      this.#awaiting.delete(replyTo);
      return pull;
    }
    return undefined;
  }

  #letIn(answer: Half | undefined): void {
    const connect = this.#connect;
    this.#connect = undefined;
    this.#emit(connect, answer);
  }

  #informed(half: Half): void {
    const { server_name: name, version, tls_required: isTls, tls_available: mayBeTls } = objectIn(half.text);
    const isFirst = this.#peers.version === undefined;
    this.#peers = {
      ...this.#peers,
      ...(typeof name === 'string' && { server: name }),
      ...(typeof version === 'string' && { version }),
    };
    if (!isFirst || this.#connect !== undefined) return this.#emit(undefined, half);
    this.#info = half;
    if (isTls === true) this.#context.upgrade('tls');
    // What the client says next is TLS or not: it is recognised again.
    else if (mayBeTls === true) this.#context.upgrade('unknown');
  }

  #confirmed(answer: Half | undefined): void {
    const half = this.#unconfirmed.shift();
    if (half === undefined) return;
    // A request has its reply still to come, unless it was refused.
    if (half.replyTo !== undefined && this.#awaiting.get(half.replyTo) === half) {
      if (answer?.verb !== '-ERR') return;
      this.#awaiting.delete(half.replyTo);
    }
    this.#emit(half, answer);
  }

  #giveUp(replyTo: string, half: Half, missing: string | undefined): void {
    this.#awaiting.delete(replyTo);
    this.#emit(half, undefined, missing);
  }

  #expire(now: number): void {
    if (this.#awaiting.size === 0 || now < this.#expiresAt) return;
    for (const [replyTo, half] of this.#awaiting) {
      this.#expiresAt = half.start + REPLY_TIMEOUT_MICROS;
      if (now < this.#expiresAt) return;
      this.#giveUp(replyTo, half, 'no reply');
    }
  }

  gap(side: Side, length: number): 'absorbed' | 'lost' {
    const half = this.#open[side];
    if (half !== undefined) half.gap += length;
    if (length < this.#rest[side]) {
      this.#rest[side] -= length;
      return 'absorbed';
    }
    this.#rest[side] = 0;
    this.#open[side] = undefined;
    if (half !== undefined) this.#take(side, half);
    if (side === 'client') return 'lost';
    // Which confirmations are missing is not known.
    if (this.#connect !== undefined) this.#letIn(undefined);
    for (const one of this.#unconfirmed.splice(0)) if (!this.#isAwaited(one)) this.#emit(one);
    for (const one of this.#pings.splice(0)) this.#emit(one);
    return 'lost';
  }

  #isAwaited(half: Half): boolean {
    return half.replyTo !== undefined && this.#awaiting.get(half.replyTo) === half;
  }

  resync(side: Side, bytes: Uint8Array, offset: number): number {
    for (let at = offset; at < bytes.length; at++) {
      if ((at === offset || bytes[at - 1] === 10) && resumesAt(bytes, at, side)) return at;
    }
    return -1;
  }

  close(_at: number, reason: CloseReason): void {
    for (const side of ['client', 'server'] as const) {
      const half = this.#open[side];
      this.#open[side] = undefined;
      if (half !== undefined) this.#take(side, half);
    }
    // A capture that ends says nothing of the reply; a connection that ends does.
    const isFailure = reason === 'fin' || reason === 'reset' || reason === 'timeout';
    const missing = isFailure ? (reason === 'reset' ? 'connection reset before the reply' : 'no reply') : undefined;
    if (this.#connect !== undefined) {
      this.#pings = [];
      this.#emit(this.#connect, undefined, missing);
    } else if (this.#info !== undefined) this.#emit(undefined, this.#info);
    for (const half of this.#unconfirmed.splice(0)) if (!this.#isAwaited(half)) this.#emit(half);
    for (const [replyTo, half] of this.#awaiting) this.#giveUp(replyTo, half, missing);
    for (const half of this.#pings.splice(0)) this.#emit(half, undefined, missing);
  }
}
