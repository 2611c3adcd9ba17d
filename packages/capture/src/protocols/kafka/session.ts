/** Pairs requests with their answers by correlation id. A broker answers in the order it was asked. */

import type { CloseReason, Parsed, Session, SessionContext, Side, Span } from '../../dissect/dissector.ts';
import { API_VERSIONS, FETCH, PRODUCE, SASL_AUTHENTICATE, SASL_HANDSHAKE, SHARE_FETCH, TOKEN } from './api-keys.ts';
import { clientAt } from './client.ts';
import { KafkaCursor, skipTags } from './cursor.ts';
import { KafkaCall } from './exchange.ts';
import { FetchTopics } from './fetch-topics.ts';
import { habitOf } from './habit.ts';
import { type Plan, planOf } from './plan.ts';
import { Logins } from './sasl.ts';
import { type Facts, type Learn, scan } from './scan.ts';
import { apiOf, isFlexible } from './schema.ts';
import { type TopicNames, topicNamesOf } from './topic-names.ts';
import { int32, type KafkaMessage, mayBeResponse, readFrame, requestHeader, startsWithRequest } from './wire.ts';

const UNSUPPORTED_VERSION = 35;
/** Answers that tell both the name and the id of topics. */
const telling = new Set([3, 19, 20, 69, 75, 77, 90]);
const NONE: readonly string[] = [];

/** A message behind its header. */
interface Message {
  readonly half: 'request' | 'response';
  readonly frame: KafkaMessage;
  readonly start: number;
  readonly plan: Plan;
}

export class KafkaSession implements Session<KafkaMessage> {
  readonly #context: SessionContext;
  readonly #names: TopicNames;
  readonly #learn: Learn;
  readonly #cursor = new KafkaCursor(new Uint8Array(0));
  /** Calls that wait for their answer, oldest first. */
  #pending: KafkaCall[] = [];
  readonly #expected = { rest: 0, isToken: false, end: 0 };
  readonly #rest: Record<Side, number> = { client: 0, server: 0 };
  /** The call whose long frame is being passed over. */
  readonly #open: Record<Side, KafkaCall | undefined> = { client: undefined, server: undefined };
  readonly #fetchTopics = new FetchTopics();
  readonly #logins = new Logins();
  /** After SaslHandshake version 0, tokens come without headers until a request does. */
  #takesTokens = false;
  #isDamaged = false;

  constructor(context: SessionContext) {
    this.#context = context;
    this.#names = topicNamesOf(context.names);
    this.#learn = (topic, id) => this.#names.learn(topic, id);
  }

  read(side: Side, bytes: Uint8Array, offset: number, end = bytes.length): Parsed<KafkaMessage> {
    this.#expected.rest = this.#rest[side];
    this.#expected.isToken = this.#takesTokens;
    this.#expected.end = end;
    return readFrame(side, bytes, offset, this.#expected);
  }

  message(side: Side, message: KafkaMessage, span: Span): void {
    if (message.kind === 'rest') return this.#pass(side, message.size, span);
    this.#rest[side] = message.length - (message.end - message.start);
    if (side === 'client') this.#request(message, span);
    else this.#response(message, span);
  }

  /** Counts bytes of a long frame; at its end the call goes on as any other. */
  #pass(side: Side, size: number, span: Span): void {
    this.#rest[side] -= size;
    const call = this.#open[side];
    if (call === undefined) return;
    if (side === 'client') {
      call.requestSize += size;
      call.requestEnd = span.last;
    } else {
      call.responseSize += size;
      call.responseEnd = span.last;
    }
    if (this.#rest[side] === 0) this.#close(side, call);
  }

  #close(side: Side, call: KafkaCall): void {
    this.#open[side] = undefined;
    if (side === 'client') this.#sent(call);
    else this.#emit(call);
  }

  /** Gives a call away, after which it is another's. */
  #emit(call: KafkaCall): void {
    this.#context.emit(call);
    call.release();
  }

  #request(frame: KafkaMessage, span: Span): void {
    const header = requestHeader(this.#cursor.reset(frame.bytes, frame.start, frame.end));
    const isToken = this.#takesTokens && (header === undefined || apiOf(header.apiKey) === undefined);
    if (!isToken) this.#takesTokens = false;
    if (header === undefined && !isToken) return this.#context.anomaly('a request without its header');
    const known =
      header === undefined || isToken
        ? { apiKey: TOKEN, apiVersion: 0, correlationId: 0, client: null }
        : {
            apiKey: header.apiKey,
            apiVersion: header.apiVersion,
            correlationId: header.correlationId,
            client: header.clientIdStart < 0 ? null : clientAt(frame.bytes, header.clientIdStart, header.clientIdEnd),
          };
    const call = KafkaCall.open(known, this.#names, this.#context.limits.maxBodyBytes);
    call.requestStart = span.first;
    call.requestEnd = span.last;
    call.requestSize = frame.size;
    call.truncated = this.#rest.client > 0;
    if (header === undefined || isToken) call.login = this.#logins.token(frame.bytes.subarray(frame.start, frame.end));
    else this.#readRequest(call, frame, header.end);
    if (this.#rest.client > 0) this.#open.client = call;
    else this.#sent(call);
  }

  #readRequest(call: KafkaCall, frame: KafkaMessage, start: number): void {
    const { apiKey, apiVersion } = call.header ?? { apiKey: TOKEN, apiVersion: 0 };
    const plan = planOf(apiKey, 'request', apiVersion);
    if (plan === undefined) return;
    const isFetch = apiKey === FETCH || apiKey === SHARE_FETCH;
    const facts = call.factsOf('request', isFetch);
    this.#find(call, facts, { half: 'request', frame, start, plan });
    if (isFetch) call.sessionTopics = this.#fetchTopics.follow(facts) ?? NONE;
    if (apiKey === SASL_HANDSHAKE || apiKey === SASL_AUTHENTICATE) {
      const message = frame.bytes.subarray(start, frame.end);
      call.login = apiKey === SASL_HANDSHAKE ? this.#logins.handshake(message) : this.#logins.step(message, apiVersion);
    }
  }

  /** Finds the facts of a message, most quickly where it has the shape of those before, and keeps it. */
  #find(call: KafkaCall, facts: Facts, { half, frame, start, plan }: Message, learn?: Learn): void {
    const { bytes, end, length } = frame;
    const cursor = this.#cursor.reset(bytes, start, end);
    const habit = habitOf(plan);
    let shape = habit === null || learn !== undefined ? null : habit.find(cursor, this.#names, facts);
    if (shape === null) {
      scan(cursor.reset(bytes, start, end), plan, facts.again(), learn);
      this.#check(call, cursor, frame);
      const isWhole = end - frame.start === length && !cursor.isShort && cursor.left === 0;
      if (habit !== null && isWhole) shape = habit.shapeOf({ bytes, start, end }, this.#names);
    }
    const kept = call.keptOf(half);
    const keptEnd = Math.min(end, start + this.#context.limits.maxBodyBytes);
    kept.plan = plan;
    kept.shape = keptEnd < end ? null : shape;
    if (keptEnd < end) call.truncated = true;
    // A whole answer is given away before another byte is read.
    const isOver = half === 'response' && this.#rest.server === 0;
    kept.hold({ bytes, start, end: keptEnd });
    if (!isOver && this.#context.borrow?.() !== true) kept.keep();
  }

  /** A message that does not end where its frame does is shown as far as it can be read. */
  #check(call: KafkaCall, cursor: KafkaCursor, { start, end, length }: KafkaMessage): void {
    if (end - start < length) return;
    if (cursor.isShort) this.#context.anomaly(`${call.apiName}: a message shorter than its fields`);
    else if (cursor.left > 0) this.#context.anomaly(`${call.apiName}: bytes after the message`);
  }

  /** What was borrowed of the chunk goes away. */
  settle(): void {
    for (const call of this.#pending) call.keep();
    this.#open.client?.keep();
    this.#open.server?.keep();
  }

  heldBytes(): number {
    let bytes = 0;
    for (const call of this.#pending) bytes += call.request?.length ?? 0;
    return bytes;
  }

  /** The whole request is there: it waits for its answer, unless none is to come. */
  #sent(call: KafkaCall): void {
    if (call.header?.apiKey === PRODUCE && call.requestFacts?.acks === 0) {
      this.#emit(call);
      return;
    }
    if (this.#pending.length >= this.#context.limits.maxPending) {
      this.#context.anomaly('too many requests wait for an answer');
      this.#giveUp(undefined, 1);
    }
    this.#pending.push(call);
  }

  #response(frame: KafkaMessage, span: Span): void {
    const call = this.#callOf(int32(frame.bytes, frame.start)) ?? KafkaCall.open(undefined, this.#names, 0);
    call.responseStart = span.first;
    call.responseEnd = span.last;
    call.responseSize = frame.size;
    call.truncated ||= this.#rest.server > 0;
    if (call.header !== undefined) this.#readResponse(call, call.header.apiKey, frame);
    if (this.#rest.server > 0) this.#open.server = call;
    else this.#emit(call);
  }

  /** The call an answer is of; those asked before it will get none. */
  #callOf(id: number): KafkaCall | undefined {
    const first = this.#pending[0];
    const isFirst = first?.header?.apiKey === TOKEN || first?.header?.correlationId === id;
    const at = isFirst ? 0 : this.#pending.findIndex(({ header }) => header?.correlationId === id);
    if (at < 0) {
      if (!this.#isDamaged && !this.#context.midStream) this.#context.anomaly('an answer to nothing that was asked');
      return undefined;
    }
    this.#giveUp(this.#isDamaged ? undefined : 'no answer, though a later request has one', at);
    this.#isDamaged = false;
    return this.#pending.shift();
  }

  #readResponse(call: KafkaCall, apiKey: number, frame: KafkaMessage): void {
    if (apiKey === TOKEN) {
      call.factsOf('response');
      return;
    }
    const api = apiOf(apiKey);
    const cursor = this.#cursor.reset(frame.bytes, frame.start + 4, frame.end);
    let version = call.header?.apiVersion ?? 0;
    if (apiKey === API_VERSIONS) {
      // A broker that does not know the version answers with the first one, and never with tags in the header.
      const code = new KafkaCursor(frame.bytes, cursor.at, frame.end).i16();
      if (code === UNSUPPORTED_VERSION) version = 0;
    } else if (api !== undefined && isFlexible(api, version)) skipTags(cursor);
    const plan = planOf(apiKey, 'response', version);
    if (plan === undefined) return;
    const start = cursor.at;
    const facts = call.factsOf('response');
    this.#find(call, facts, { half: 'response', frame, start, plan }, telling.has(apiKey) ? this.#learn : undefined);
    this.#takesTokens = apiKey === SASL_HANDSHAKE && version === 0 && facts.errorCode === 0;
  }

  gap(side: Side, length: number): 'absorbed' | 'lost' {
    const call = this.#open[side];
    if (call !== undefined) call.gap += length;
    if (length < this.#rest[side]) {
      this.#rest[side] -= length;
      return 'absorbed';
    }
    this.#rest[side] = 0;
    this.#isDamaged = true;
    if (call !== undefined) {
      call.truncated = true;
      this.#close(side, call);
    }
    return 'lost';
  }

  resync(side: Side, bytes: Uint8Array, offset: number): number {
    for (let at = offset; at + 8 <= bytes.length; at++) {
      if (side === 'client' ? startsWithRequest(bytes, at) === 'yes' : this.#isAnswer(bytes, at)) return at;
    }
    return -1;
  }

  /** The id of an answer that is waited for, or a frame that fills exactly what is there. */
  #isAnswer(bytes: Uint8Array, at: number): boolean {
    if (!mayBeResponse(bytes, at)) return false;
    const id = int32(bytes, at + 4);
    return (
      at + 4 + int32(bytes, at) === bytes.length || this.#pending.some(({ header }) => header?.correlationId === id)
    );
  }

  #giveUp(missing: string | undefined, count = this.#pending.length): void {
    if (count === 0) return;
    for (const call of this.#pending.splice(0, count)) {
      if (missing !== undefined) call.missing = missing;
      this.#emit(call);
    }
  }

  close(_at: number, reason: CloseReason): void {
    for (const side of ['client', 'server'] as const) {
      const call = this.#open[side];
      if (call === undefined) continue;
      call.truncated = true;
      this.#close(side, call);
    }
    // A capture that ends says nothing of the answer; a connection that ends does.
    const isFailure = reason === 'fin' || reason === 'reset' || reason === 'timeout';
    this.#giveUp(isFailure ? (reason === 'reset' ? 'connection reset before the answer' : 'no answer') : undefined);
  }
}
