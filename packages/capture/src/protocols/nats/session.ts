/** Puts messages together into calls: a request is paired with the first message on the subject its reply is awaited on. */

import type { CloseReason, Parsed, Session, SessionContext, Side, Span } from '../../dissect/dissector.ts';
import { type Halves, type Peers, statusLineOf } from './call.ts';
import { NatsCall } from './exchange.ts';
import { MessageFrame } from './frames.ts';
import { Half, type Usual } from './halves.ts';
import { objectIn } from './jetstream.ts';
import { Requests } from './requests.ts';
import { Subscriptions } from './subscriptions.ts';
import { type NatsMessage, readMessage, resumesAt } from './wire.ts';

/** Status of a message that only says that the server is there. */
const HEARTBEAT = 100;

export type SessionMessage = NatsMessage | Usual;

const NOTHING = new Uint8Array(0);

export class NatsSession implements Session<SessionMessage> {
  readonly #context: SessionContext;
  readonly #rest: Record<Side, number> = { client: 0, server: 0 };
  /** The message whose long payload is being passed over. */
  readonly #open: Record<Side, Half | undefined> = { client: undefined, server: undefined };
  readonly #subscriptions: Subscriptions;
  readonly #requests: Requests;
  /** In verbose mode every word of the client is confirmed, in order. */
  #unconfirmed: Half[] = [];
  #isVerbose = false;
  #connect: Half | undefined;
  #info: Half | undefined;
  #pings: Half[] = [];
  #peers: Peers = {};
  /** One object each, filled for each message. */
  readonly #frame = new MessageFrame();
  readonly #usual: Usual = { kind: 'usual', bytes: NOTHING, size: 0 };
  readonly #done = { kind: 'done' as const, value: this.#usual, end: 0 };
  readonly #given: { -readonly [Key in keyof Halves]: Halves[Key] } = {
    request: undefined,
    response: undefined,
    missing: undefined,
  };

  constructor(context: SessionContext) {
    this.#context = context;
    this.#subscriptions = new Subscriptions(context.midStream);
    this.#requests = new Requests(context, (half, missing) => this.#emit(half, undefined, missing));
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
    this.#requests.expire(span.first);
    const { maxBodyBytes } = this.#context.limits;
    if (message.kind === 'usual')
      return this.#take(side, this.#borrowed(Half.ofFrame(this.#frame, message, span, maxBodyBytes)));
    const half = this.#borrowed(Half.of(message, span, maxBodyBytes));
    const end = message.length + (message.content.length < message.length ? 2 : 0);
    this.#rest[side] = end - message.content.length;
    if (this.#rest[side] > 0) this.#open[side] = half;
    else this.#take(side, half);
  }

  /** What cannot be borrowed is copied at once. */
  #borrowed(half: Half): Half {
    if (this.#context.borrow?.() !== true) half.keep();
    return half;
  }

  settle(): void {
    this.#requests.keep();
    for (const half of this.#unconfirmed) half.keep();
    for (const half of this.#pings) half.keep();
    for (const half of [this.#connect, this.#info, this.#open.client, this.#open.server]) half?.keep();
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
    const given = this.#given;
    given.request = request;
    given.response = response;
    given.missing = missing;
    const call = NatsCall.of(given, this.#peers, this.#context.limits.maxBodyBytes);
    this.#context.emit(call);
    call.release();
    // What waits for its confirmation may have had its reply already.
    if (this.#unconfirmed.length > 0) return;
    request?.release();
    response?.release();
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
        this.#subscriptions.add(half);
        return this.#said(half);
      case 'UNSUB':
        half.nameAs(this.#subscriptions.end(half), undefined);
        return this.#said(half);
      default:
        if (!half.hasReplyTo || !this.#subscriptions.reachReplyTo(half)) return this.#said(half);
        if (this.#isVerbose) this.#await(half);
        return this.#requests.add(half);
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

  #requestOf(half: Half): Half | undefined {
    // A heartbeat says that the reply is still to come.
    if (this.#requests.size === 0 || statusLineOf(half) === HEARTBEAT) return undefined;
    return this.#requests.repliedBy(half, this.#subscriptions);
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
    if (this.#requests.has(half)) {
      if (answer?.verb !== '-ERR') return;
      this.#requests.end(half);
    }
    this.#emit(half, answer);
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
    for (const one of this.#unconfirmed.splice(0)) if (!this.#requests.has(one)) this.#emit(one);
    for (const one of this.#pings.splice(0)) this.#emit(one);
    return 'lost';
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
    for (const half of this.#unconfirmed.splice(0)) if (!this.#requests.has(half)) this.#emit(half);
    this.#requests.flush(missing);
    for (const half of this.#pings.splice(0)) this.#emit(half, undefined, missing);
  }
}
