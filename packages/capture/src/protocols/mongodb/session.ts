/** Pairs requests with replies by their numbers; ties a cursor's batches together; reads on where replies go on by themselves. */

import { le32 } from '../../decode/little-endian.ts';
import type { CloseReason, Parsed, Session, SessionContext, Side, Span } from '../../dissect/dissector.ts';
import { Spares } from '../../http/spares.ts';
import { CommandHead, legacyRequest, readSections } from './commands.ts';
import { inflate } from './compression.ts';
import { Cursors } from './cursors.ts';
import { MongoCall } from './describe.ts';
import { learnLogin } from './login.ts';
import { UNKNOWN_ERROR } from './outcome.ts';
import { roleOf, telling } from './roles.ts';
import { subjectOf } from './subject.ts';
import { unknownLogin } from './user.ts';
import { Waiting } from './waiting.ts';
import { type Message, type MongoMessage, Opcode, readMessage, startsWithMessage } from './wire.ts';

/** Bits of OP_REPLY. */
const CURSOR_NOT_FOUND_FLAG = 1;
const QUERY_FAILURE_FLAG = 2;
const REPLY_HEAD_BYTES = 20;

/** Calls that are over, of all connections. */
const spares = new Spares<MongoCall>();
const head = new CommandHead();

export class MongoSession implements Session<MongoMessage> {
  readonly #context: SessionContext;
  readonly #rest: Record<Side, number> = { client: 0, server: 0 };
  readonly #waiting = new Waiting();
  readonly #cursors = new Cursors();
  /** The reply that said more will come, and what it answered. */
  #continuing:
    | { readonly requestId: number; readonly subject: MongoCall['subject']; readonly cursor: string }
    | undefined;
  #login = unknownLogin;
  /** The call that the side's last message belongs to, while it is here. */
  readonly #last: Record<Side, MongoCall | undefined> = { client: undefined, server: undefined };

  constructor(context: SessionContext) {
    this.#context = context;
  }

  read(side: Side, bytes: Uint8Array, offset: number, end = bytes.length): Parsed<MongoMessage> {
    return readMessage(bytes, offset, side === 'client' ? this.#rest.client : this.#rest.server, end);
  }

  message(side: Side, message: MongoMessage, span: Span): void {
    if (message.kind === 'rest') {
      this.#rest[side] -= message.size;
      return this.#countRest(side, message.size, span);
    }
    const rest = message.length - (message.end - message.start);
    this.#rest[side] = rest;
    let inside = message;
    let compressor: string | undefined;
    if (message.opcode === Opcode.COMPRESSED) {
      const inflated = inflate(message);
      if (inflated === undefined) this.#context.anomaly('mongodb: compressed message that cannot be read');
      else ({ message: inside, compressor } = inflated);
    }
    const call = side === 'client' ? this.#request(inside, span) : this.#reply(inside, span);
    if (side === 'client') call.compressor = compressor;
    else call.replyCompressor = compressor;
    if (rest > 0) call.truncated = true;
    this.#last[side] = call;
    if (side === 'server') this.#settled(call);
    else this.#sent();
    // What has left borrows nothing.
    if (this.#last[side] === call && this.#context.borrow?.() !== true) call.keep();
  }

  settle(): void {
    this.#waiting.settle();
    this.#last.client?.keep();
    this.#last.server?.keep();
  }

  heldBytes(): number {
    return this.#waiting.heldBytes;
  }

  gap(side: Side, length: number): 'absorbed' | 'lost' {
    const call = this.#last[side];
    if (call !== undefined) call.gap += length;
    if (length < this.#rest[side]) {
      this.#rest[side] -= length;
      return 'absorbed';
    }
    this.#rest[side] = 0;
    // Replies name their request, so those of later requests find theirs; the lost ones never come.
    if (side === 'server') this.#flush(undefined);
    else this.#sent();
    return 'lost';
  }

  resync(side: Side, bytes: Uint8Array, offset: number): number {
    for (let at = offset; at < bytes.length; at += 1) if (startsWithMessage(bytes, at, side) === 'yes') return at;
    return -1;
  }

  close(_at: number, reason: CloseReason): void {
    const isFailure = reason === 'fin' || reason === 'reset' || reason === 'timeout';
    this.#flush(isFailure ? 'no reply' : undefined);
  }

  #countRest(side: Side, size: number, span: Span): void {
    const call = this.#last[side];
    if (call === undefined) return;
    if (side === 'client') {
      call.countRequest(size, span);
      this.#sent();
    } else {
      call.countResponse(size, span);
      if (this.#rest.server === 0) this.#settled(call);
    }
  }

  #request(message: Message, span: Span): MongoCall {
    const call = spares.take() ?? new MongoCall();
    call.requestId = message.requestId;
    if (message.opcode === Opcode.MSG) this.#opMsg(call, message);
    else this.#legacy(call, message);
    call.countRequest(message.size, span);
    if (call.subject.tellsLogin) this.#login = learnLogin(call, this.#login);
    call.login = this.#login;
    if (call.cursor !== '') this.#cursors.goOn(call);
    if (call.isOneWay) return call;
    if (this.#waiting.size >= this.#context.limits.maxPending) {
      const { oldest } = this.#waiting;
      this.#context.anomaly('mongodb: too many requests wait for a reply');
      if (oldest !== undefined) this.#finish(oldest);
    }
    const before = this.#waiting.take(message.requestId);
    if (before !== undefined) this.#emit(before);
    this.#waiting.add(call);
    return call;
  }

  #opMsg(call: MongoCall, message: Message): void {
    const { asked } = call;
    asked.begin(message);
    call.isOneWay = readSections(message, asked);
    const { bytes, start, end } = message;
    asked.form = head.readMessage(bytes, asked.document < 0 ? -1 : start + asked.document, end);
    call.subject = head.subject;
    call.cursor = head.cursor;
    call.sent = head.sent;
    call.told = head.told;
    if (asked.sequences.length > 0) countSequences(call);
  }

  #legacy(call: MongoCall, message: Message): void {
    const { command, database, collection, cursor, documents, told } = legacyRequest(message);
    call.subject = subjectOf(command, database, collection);
    call.cursor = cursor;
    call.told = told;
    call.asked.begin(message);
    call.asked.name(documents);
    const isAnswered: readonly number[] = [Opcode.QUERY, Opcode.GET_MORE, Opcode.COMMAND, Opcode.COMPRESSED];
    call.isOneWay = !isAnswered.includes(message.opcode);
  }

  #reply(message: Message, span: Span): MongoCall {
    const { responseTo } = message;
    const asked = this.#waiting.take(responseTo);
    const call = asked ?? this.#unasked(responseTo);
    call.countResponse(message.size, span);
    const isMore = this.#readReply(call, message);
    const { subject, cursor } = call;
    this.#continuing = isMore ? { requestId: message.requestId, subject, cursor } : undefined;
    return call;
  }

  /** A call without a request: the reply goes on, or answers what was asked before the capture. */
  #unasked(responseTo: number): MongoCall {
    const call = spares.take() ?? new MongoCall();
    const continued = this.#continuing;
    if (continued?.requestId === responseTo) {
      call.subject = continued.subject;
      call.cursor = continued.cursor;
    }
    call.login = this.#login;
    return call;
  }

  /** Fills the reply in; true when more replies follow by themselves. */
  #readReply(call: MongoCall, message: Message): boolean {
    const { opcode, start } = message;
    const { replied, outcome } = call;
    if (opcode === Opcode.MSG) {
      replied.begin(message);
      const isMore = readSections(message, replied);
      const at = replied.document < 0 ? -1 : start + replied.document;
      replied.form = outcome.readMessage(message, at, !call.asked.isThere || call.subject.isPrivate);
      return isMore;
    }
    if (opcode === Opcode.REPLY) {
      replied.begin(message);
      replied.document = replied.length > REPLY_HEAD_BYTES ? REPLY_HEAD_BYTES : -1;
      readLegacyReply(call, message.body);
    } else if (opcode === Opcode.COMMAND_REPLY) {
      replied.begin(message);
      replied.document = 0;
      outcome.read(message, start);
    }
    return false;
  }

  /** A request that nobody answers leaves when it is whole. */
  #sent(): void {
    const call = this.#last.client;
    if (call?.isOneWay === true && this.#rest.client === 0) this.#emit(call);
  }

  /** A reply is whole: its cursor is remembered, and the call leaves. */
  #settled(call: MongoCall): void {
    if (this.#rest.server > 0) return;
    if (call.outcome.isKnown) this.#cursors.follow(call);
    this.#emit(call);
  }

  #finish(call: MongoCall): void {
    this.#waiting.take(call.requestId);
    this.#emit(call);
  }

  /** Gives a call away, after which it is another's. */
  #emit(call: MongoCall): void {
    const last = this.#last;
    this.#context.emit(call);
    if (last.client === call) last.client = undefined;
    if (last.server === call) last.server = undefined;
    call.clear();
    spares.give(call);
  }

  #flush(missing: string | undefined): void {
    for (const side of ['server', 'client'] as const) {
      const unfinished = this.#last[side];
      this.#last[side] = undefined;
      // A request that waits for its reply is among the others.
      if (unfinished !== undefined && (side === 'server' || unfinished.isOneWay)) this.#emit(unfinished);
    }
    for (let call = this.#waiting.oldest; call !== undefined; call = this.#waiting.oldest) {
      call.missing = missing;
      this.#finish(call);
    }
  }
}

/** Counts the documents sent beside a command; of them, too, a list may say what is meant. */
function countSequences(call: MongoCall): void {
  const { asked } = call;
  const { bytes, start: body } = asked;
  for (const { name, start, end } of asked.sequences) {
    for (let at = body + start; at < body + end; at += Math.max(5, le32(bytes, at))) call.sent = (call.sent ?? 0) + 1;
    const role = roleOf(name);
    if (role > 0 && role <= telling.length && (call.told === 0 || role < call.told)) call.told = role;
  }
}

/** Where the documents of an OP_REPLY begin: one is the reply to a command, several are those of a query. */
function readLegacyReply({ outcome, subject: { command } }: MongoCall, body: Uint8Array): void {
  const flags = le32(body, 0);
  const cursor = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const id = body.length >= 12 ? cursor.getBigInt64(4, true).toString() : '0';
  const documents = Math.max(0, le32(body, 16));
  if ((flags & CURSOR_NOT_FOUND_FLAG) !== 0) return outcome.failedForCursor();
  outcome.read({ bytes: body, end: body.length }, REPLY_HEAD_BYTES);
  if ((flags & QUERY_FAILURE_FLAG) !== 0) {
    if (outcome.code === 0) outcome.code = UNKNOWN_ERROR;
  } else if (command === 'find' || command === 'getMore') {
    // Documents of a query are data: a member named `ok` in them says nothing.
    outcome.gave(id, documents);
  }
}
