/** Puts messages together into operations, by their message id (RFC 4511 §4.1.1.1). */

import type { CloseReason, Parsed, Session, SessionContext, Side, Span } from '../../dissect/dissector.ts';
import { LdapCall } from './describe.ts';
import { extendedOid, resultCode, saslMechanism } from './fields.ts';
import {
  BIND_RESPONSE,
  EXTENDED_RESPONSE,
  INTERMEDIATE,
  requests,
  responses,
  SEARCH_ENTRY,
  SEARCH_REFERENCE,
  START_TLS,
  unanswered,
} from './operations.ts';
import { beginsMessage, type LdapMessage, readMessage } from './wire.ts';

type Message = Extract<LdapMessage, { kind: 'message' }>;

/** Mechanisms that may agree on a security layer: RFC 4752, RFC 2831, MS-ADTS §3.1.1.3.4. */
const sealing: ReadonlySet<string> = new Set(['GSSAPI', 'GSS-SPNEGO', 'DIGEST-MD5']);
/** The id of what the server says by itself (RFC 4511 §4.4). */
const UNSOLICITED = 0;
const SUCCESS = 0;

export class LdapSession implements Session<LdapMessage> {
  readonly #context: SessionContext;
  readonly #waiting = new Map<number, LdapCall>();
  readonly #rest: Record<Side, number> = { client: 0, server: 0 };
  /** The call whose long message is being passed over. */
  readonly #open: Record<Side, LdapCall | undefined> = { client: undefined, server: undefined };
  /** Messages of the client so far. */
  #order = 0;
  /** Abandoned operations whose result may be on its way all the same, in the order in which they were abandoned. */
  readonly #abandoned: LdapCall[] = [];
  #mayBeSealed = false;
  /** One object for all reads. */
  readonly #state = { rest: 0, mayBeSealed: false, end: 0 };
  #isSealed = false;

  constructor(context: SessionContext) {
    this.#context = context;
  }

  read(side: Side, bytes: Uint8Array, offset: number, end: number = bytes.length): Parsed<LdapMessage> {
    this.#state.rest = this.#rest[side];
    this.#state.mayBeSealed = this.#mayBeSealed;
    this.#state.end = end;
    return readMessage(side, bytes, offset, this.#state);
  }

  settle(): void {
    for (const call of this.#waiting.values()) call.keep();
    this.#open.client?.keep();
    this.#open.server?.keep();
  }

  heldBytes(): number {
    let bytes = 0;
    for (const call of this.#waiting.values()) bytes += call.heldBytes;
    return bytes;
  }

  /** What was kept of the message as it lies may have to be copied at once. */
  #borrow(call: LdapCall): void {
    if (this.#context.borrow?.() !== true) call.keep();
  }

  message(side: Side, message: LdapMessage, span: Span): void {
    switch (message.kind) {
      case 'rest':
        return this.#pass(side, message.size, span);
      case 'sealed':
        if (!this.#isSealed) this.#context.anomaly('protected by a SASL security layer');
        this.#isSealed = true;
        this.#rest[side] = message.rest;
        this.#open[side] = undefined;
        return;
      case 'message':
        this.#rest[side] = message.rest;
        if (side === 'client') this.#fromClient(message, span);
        else this.#fromServer(message, span);
    }
  }

  #pass(side: Side, size: number, { last }: Span): void {
    this.#rest[side] -= size;
    const call = this.#open[side];
    if (call === undefined) return;
    if (side === 'client') call.requestEnd = last;
    else call.responseEnd = last;
    if (this.#rest[side] > 0) return;
    this.#open[side] = undefined;
    // A result that long waited for its end.
    if (side === 'server' && call.result !== undefined) this.#emit(call);
  }

  #fromClient({ id, tag, content, isCut, size, rest }: Message, span: Span): void {
    const call = new LdapCall(requests.get(tag) ?? 'message', id);
    call.order = ++this.#order;
    call.asks(content, isCut);
    this.#borrow(call);
    call.countRequest(size, span);
    if (rest > 0) this.#open.client = call;
    if (unanswered.has(call.operation)) {
      this.#emit(call);
      if (call.operation === 'abandon') this.#abandon(content);
      return;
    }
    const before = this.#waiting.get(id);
    if (before !== undefined) this.#giveUp(before, 'its message id was used again');
    if (this.#waiting.size >= this.#context.limits.maxPending) {
      const [oldest] = this.#waiting.values();
      this.#context.anomaly('too many operations wait for a result');
      if (oldest !== undefined) this.#giveUp(oldest, undefined);
    }
    this.#waiting.set(id, call);
  }

  /** No result comes (RFC 4511 §4.11), unless the server had sent it before it heard of that. */
  #abandon(content: Uint8Array): void {
    let id = 0;
    for (const byte of content.subarray(0, 4)) id = id * 256 + byte;
    const call = this.#waiting.get(id);
    if (call === undefined || call.abandonedBy !== undefined) return;
    call.abandonedBy = this.#order;
    // Of a connection whose server is not heard nothing says that they are over.
    if (this.#abandoned.length >= this.#context.limits.maxPending) this.#abandoned.shift();
    this.#abandoned.push(call);
  }

  /** The server has heard what the client said up to `order`: what was abandoned before is over. */
  #heard(order: number): void {
    for (
      let call = this.#abandoned[0];
      call !== undefined && (call.abandonedBy ?? 0) < order;
      call = this.#abandoned[0]
    ) {
      this.#abandoned.shift();
      if (this.#waiting.get(call.id) === call) this.#giveUp(call, undefined);
    }
  }

  #fromServer(message: Message, span: Span): void {
    const { id, tag, content, isCut, size, rest } = message;
    const call = this.#waiting.get(id) ?? new LdapCall(responses.get(tag) ?? 'message', id);
    call.countResponse(size, span);
    this.#open.server = rest > 0 ? call : undefined;
    switch (tag) {
      case SEARCH_ENTRY:
        call.entry(content, isCut, this.#context.limits.maxBodyBytes);
        this.#borrow(call);
        return this.#await(call);
      case SEARCH_REFERENCE:
        call.referenceCount++;
        return this.#await(call);
      case INTERMEDIATE:
        call.intermediateCount++;
        return this.#await(call);
      default:
        call.answers(content, resultCode(content));
        this.#borrow(call);
        call.truncated ||= isCut;
        this.#waiting.delete(id);
        this.#heard(call.order);
        if (rest === 0) this.#done(call, tag);
    }
  }

  /** Of a connection that was joined late, what a search returns is known before its request is. */
  #await(call: LdapCall): void {
    if (this.#waiting.has(call.id)) return;
    if (this.#waiting.size < this.#context.limits.maxPending) this.#waiting.set(call.id, call);
    else this.#emit(call);
  }

  #done(call: LdapCall, tag: number): void {
    if (call.id === UNSOLICITED && call.request === undefined) call.missing = 'the server ends the connection';
    this.#emit(call);
    if (call.request === undefined || call.code !== SUCCESS) return;
    if (tag === EXTENDED_RESPONSE && extendedOid(call.request) === START_TLS) this.#context.upgrade('tls');
    if (tag === BIND_RESPONSE) this.#mayBeSealed = sealing.has(saslMechanism(call.request) ?? '');
  }

  #emit(call: LdapCall): void {
    this.#context.emit(call);
  }

  #giveUp(call: LdapCall, missing: string | undefined): void {
    this.#waiting.delete(call.id);
    call.missing = missing;
    this.#emit(call);
  }

  gap(side: Side, length: number): 'absorbed' | 'lost' {
    const call = this.#open[side];
    if (call !== undefined) call.gap += Math.min(length, this.#rest[side]);
    if (length < this.#rest[side]) {
      this.#rest[side] -= length;
      return 'absorbed';
    }
    this.#rest[side] = 0;
    this.#open[side] = undefined;
    if (side === 'server' && call?.result !== undefined) this.#emit(call);
    // Which results were in what is lost nobody knows: a later one finds its request by its id.
    return 'lost';
  }

  resync(side: Side, bytes: Uint8Array, offset: number): number {
    for (let at = offset; at < bytes.length; at++) if (beginsMessage(bytes, at, side) === 'yes') return at;
    return -1;
  }

  close(_at: number, reason: CloseReason): void {
    const open = this.#open.server;
    if (open?.result !== undefined) this.#emit(open);
    // A capture that ends says nothing of the result; a connection that ends does.
    const isFailure = reason === 'fin' || reason === 'reset' || reason === 'timeout';
    const missing = reason === 'reset' ? 'connection reset before the result' : 'no result';
    for (const call of this.#waiting.values()) {
      this.#giveUp(call, isFailure && call.abandonedBy === undefined ? missing : undefined);
    }
  }
}
