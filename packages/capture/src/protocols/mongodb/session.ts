/** Pairs requests with replies by their numbers; ties a cursor's batches together; reads on where replies go on by themselves. */

import { bsonDocument } from '../../decode/bson.ts';
import { BsonMembers, BsonType, countMembers } from '../../decode/bson-members.ts';
import { le32 } from '../../decode/little-endian.ts';
import type { CloseReason, Parsed, Session, SessionContext, Side, Span } from '../../dissect/dissector.ts';
import { keep } from './call.ts';
import {
  CURSOR_NOT_FOUND,
  commandHead,
  legacyRequest,
  type ReplyHead,
  replyHead,
  type Sections,
  sectionsOf,
} from './commands.ts';
import { inflate } from './compression.ts';
import { MongoCall } from './describe.ts';
import { learnLogin } from './login.ts';
import { unknownLogin } from './user.ts';
import { type Message, type MongoMessage, Opcode, readMessage, startsWithMessage } from './wire.ts';

/** Open cursors remembered of one connection, with what opened them. */
export const MAX_CURSORS = 256;
/** Characters of the filter that opened a cursor. */
const MAX_ORIGIN = 120;
/** Bits of OP_REPLY. */
const CURSOR_NOT_FOUND_FLAG = 1;
const QUERY_FAILURE_FLAG = 2;
const REPLY_HEAD_BYTES = 20;

interface Origin {
  readonly command: string;
  readonly collection: string;
  readonly text: string;
}

export class MongoSession implements Session<MongoMessage> {
  readonly #context: SessionContext;
  readonly #rest: Record<Side, number> = { client: 0, server: 0 };
  /** Requests by their number, oldest first. */
  readonly #pending = new Map<number, MongoCall>();
  readonly #cursors = new Map<string, Origin>();
  /** The reply that said more will come, and the call it answered. */
  #continuing: { readonly requestId: number; readonly call: MongoCall } | undefined;
  #login = unknownLogin;
  /** The call that the side's last message belongs to. */
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
    this.#rest[side] = message.length - message.body.length;
    let inside = message;
    let compressor: string | undefined;
    if (message.opcode === Opcode.COMPRESSED) {
      const inflated = inflate(message);
      if (inflated === undefined) this.#context.anomaly('mongodb: compressed message that cannot be read');
      else ({ message: inside, compressor } = inflated);
    }
    const call = side === 'client' ? this.#request(inside, span) : this.#reply(inside, span);
    if (call === undefined) return;
    if (side === 'client') call.compressor = compressor;
    else call.replyCompressor = compressor;
    if (this.#rest[side] > 0) call.truncated = true;
    this.#last[side] = call;
    if (side === 'server') this.#settled(call);
    else this.#sent();
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

  #request(message: Message, span: Span): MongoCall | undefined {
    const call = message.opcode === Opcode.MSG ? this.#opMsg(message) : this.#legacy(message);
    call.countRequest(message.size, span);
    this.#login = learnLogin(call, this.#login);
    call.login = this.#login;
    const origin = call.cursor === '' ? undefined : this.#cursors.get(call.cursor);
    if (origin !== undefined) {
      call.origin = origin.text;
      if (call.collection === '') call.collection = origin.collection;
    }
    if (call.isOneWay) return call;
    if (this.#pending.size >= this.#context.limits.maxPending) {
      const oldest = this.#pending.entries().next().value;
      this.#context.anomaly('mongodb: too many requests wait for a reply');
      if (oldest !== undefined) this.#finish(oldest[0], oldest[1]);
    }
    const before = this.#pending.get(message.requestId);
    if (before !== undefined) this.#finish(message.requestId, before);
    this.#pending.set(message.requestId, call);
    return call;
  }

  #opMsg(message: Message): MongoCall {
    const sections = sectionsOf(message);
    const call = new MongoCall(commandHead(message.body, sections.document));
    call.asked = partOf(message, sections);
    call.isOneWay = sections.isMoreToCome;
    call.sent = sentIn(message, sections);
    return call;
  }

  #legacy(message: Message): MongoCall {
    const request = legacyRequest(message);
    const call = new MongoCall(request);
    call.asked = { body: keep(message.body), documents: request.documents, sequences: [] };
    const isAnswered: readonly number[] = [Opcode.QUERY, Opcode.GET_MORE, Opcode.COMMAND, Opcode.COMPRESSED];
    call.isOneWay = !isAnswered.includes(message.opcode);
    return call;
  }

  #reply(message: Message, span: Span): MongoCall | undefined {
    const { responseTo } = message;
    const asked = this.#pending.get(responseTo);
    const continued = this.#continuing?.requestId === responseTo ? this.#continuing.call : undefined;
    // Answers to what was asked before the capture are calls without a request.
    const call = asked ?? new MongoCall(continued ?? { command: 'reply', database: '', collection: '', cursor: '' });
    if (asked !== undefined) this.#pending.delete(responseTo);
    else call.login = this.#login;
    call.countResponse(message.size, span);
    const isMore = this.#readReply(call, message);
    this.#continuing = isMore ? { requestId: message.requestId, call } : undefined;
    return call;
  }

  /** Fills the reply in; true when more replies follow by themselves. */
  #readReply(call: MongoCall, message: Message): boolean {
    const { opcode, body } = message;
    if (opcode === Opcode.MSG) {
      const sections = sectionsOf(message);
      call.replied = partOf(message, sections);
      call.reply = replyHead(body, sections.document);
      return sections.isMoreToCome;
    }
    if (opcode === Opcode.REPLY) {
      call.replied = { body: keep(body), documents: repliedIn(body), sequences: [] };
      call.reply = legacyReply(call, body);
    } else if (opcode === Opcode.COMMAND_REPLY) {
      call.replied = { body: keep(body), documents: [{ name: '', at: 0 }], sequences: [] };
      call.reply = replyHead(body, 0);
    }
    return false;
  }

  /** A request that nobody answers leaves when it is whole. */
  #sent(): void {
    const call = this.#last.client;
    if (call?.isOneWay !== true || this.#rest.client > 0) return;
    this.#last.client = undefined;
    this.#context.emit(call);
  }

  /** A reply is whole: its cursor is remembered, and the call leaves. */
  #settled(call: MongoCall): void {
    if (this.#rest.server > 0) return;
    this.#last.server = undefined;
    const { reply } = call;
    if (reply !== undefined) this.#follow(call, reply.cursor);
    this.#context.emit(call);
  }

  #follow(call: MongoCall, cursor: string): void {
    if (call.cursor !== '') {
      if (cursor === '0') this.#cursors.delete(call.cursor);
      return;
    }
    if (cursor === '0') return;
    call.cursor = cursor;
    const oldest = this.#cursors.keys().next();
    if (this.#cursors.size >= MAX_CURSORS && oldest.done !== true) this.#cursors.delete(oldest.value);
    this.#cursors.set(cursor, { command: call.command, collection: call.collection, text: originOf(call) });
  }

  #finish(requestId: number, call: MongoCall): void {
    this.#pending.delete(requestId);
    this.#context.emit(call);
  }

  #flush(missing: string | undefined): void {
    for (const side of ['server', 'client'] as const) {
      const unfinished = this.#last[side];
      this.#last[side] = undefined;
      // A request that waits for its reply is among the others.
      if (unfinished !== undefined && (side === 'server' || unfinished.isOneWay)) this.#context.emit(unfinished);
    }
    for (const [requestId, call] of this.#pending) {
      call.missing = missing;
      this.#finish(requestId, call);
    }
  }
}

const partOf = ({ body }: Message, { document, sequences }: Sections) => ({
  body: keep(body),
  documents: document < 0 ? [] : [{ name: '', at: document }],
  sequences,
});

/** Documents sent beside the command, or in its own list. */
function sentIn({ body }: Message, { document, sequences }: Sections): number | undefined {
  let sent: number | undefined;
  for (const { start, end } of sequences) {
    for (let at = start; at < end; at += Math.max(5, le32(body, at))) sent = (sent ?? 0) + 1;
  }
  const member = new BsonMembers(body, document);
  while (member.next()) {
    const { name, type, at } = member;
    if (type === BsonType.array && (name === 'documents' || name === 'updates' || name === 'deletes'))
      sent = (sent ?? 0) + countMembers(body, at);
  }
  return sent;
}

/** Where the documents of an OP_REPLY begin: one is the reply to a command, several are those of a query. */
function repliedIn(body: Uint8Array): { readonly name: string; readonly at: number }[] {
  return body.length > REPLY_HEAD_BYTES ? [{ name: '', at: REPLY_HEAD_BYTES }] : [];
}

function legacyReply(call: MongoCall, body: Uint8Array): ReplyHead {
  const flags = le32(body, 0);
  const cursor = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const id = body.length >= 12 ? cursor.getBigInt64(4, true).toString() : '0';
  const documents = Math.max(0, le32(body, 16));
  if ((flags & CURSOR_NOT_FOUND_FLAG) !== 0) return CURSOR_NOT_FOUND;
  const isQuery = call.command === 'find' || call.command === 'getMore';
  const first = replyHead(body, REPLY_HEAD_BYTES);
  if ((flags & QUERY_FAILURE_FLAG) !== 0) return first.code === 0 ? { ...first, code: 8 } : first;
  // Documents of a query are data: a member named `ok` in them says nothing.
  return isQuery ? { code: 0, codeName: '', message: '', cursor: id, documents } : first;
}

/** `find {"status":"open"}`. */
function originOf({ command, asked }: MongoCall): string {
  const at = asked?.documents[0]?.at;
  if (asked === undefined || at === undefined) return command;
  const { filter, pipeline } = bsonDocument(asked.body, at).value;
  const text = JSON.stringify(filter ?? pipeline ?? {});
  return `${command} ${text.length > MAX_ORIGIN ? `${text.slice(0, MAX_ORIGIN)}…` : text}`;
}
