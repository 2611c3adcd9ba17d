/** Pairs requests with responses in order and follows the framing of both sides (RFC 9112 §6, §9). */

import type { Micros } from '@kubeshark/model';
import type { CloseReason, Parsed, Session, SessionContext, Side, Span } from '../../dissect/dissector.ts';
import type { HttpCall } from '../../http/call.ts';
import { CallQueue } from '../../http/call-queue.ts';
import { parseFields } from '../../http/field-table.ts';
import { FieldLines } from '../../http/fields.ts';
import type { HttpMessage } from '../../http/message.ts';
import type { Refiners } from '../../http/refiners.ts';
import { nextRequest, nextResponse } from './boundary.ts';
import { failureOf } from './failure.ts';
import { HeadScan } from './head-scan.ts';
import { HeldRequest, mayBeRefined, type PlainContext } from './held-request.ts';
import { PlainExchange } from './plain-exchange.ts';
import { newCall, newRequest, newResponse, recycle } from './pool.ts';
import { goesOnAsHttp2, upgradeOf } from './upgrade.ts';
import { type Part, PartReader, type Phase } from './wire.ts';

/** Interim responses kept of one call. */
const MAX_INTERIM = 16;
/** Trailer fields kept of one message. */
const MAX_TRAILERS = 100;

/** Of all connections: what it has read is taken before anything else is read. */
const reader = new PartReader();

/** Takes what is read of a request while another is held. */
const spareScan = new HeadScan();
/** Stands for every plain call of all connections. */
let plain: PlainExchange | null = null;

/** One side of the connection. */
interface Half {
  phase: Phase;
  left: number;
  message: HttpMessage | null;
  call: HttpCall | null;
}

const atRest = (): Half => ({ phase: 'head', left: 0, message: null, call: null });

export class Http1Session implements Session<Part> {
  private readonly context: SessionContext;
  private readonly calls: PlainContext;
  private readonly held: HeldRequest;
  private readonly client = atRest();
  private readonly server = atRest();
  /** Calls whose response is not over, oldest first. */
  private readonly pending = new CallQueue();
  /** Bytes lost where responses may have been, since the last response. */
  private lostResponses = 0;

  constructor(context: SessionContext, refiners: Refiners) {
    this.context = context;
    const isSecure = context.alpn !== undefined;
    this.calls = { protocol: 'http', refiners, maxBodyBytes: context.limits.maxBodyBytes, isSecure };
    this.held = new HeldRequest(this.calls);
  }

  read(side: Side, bytes: Uint8Array, offset: number, end: number): Parsed<Part> {
    reader.at(offset, end);
    const half = this.half(side);
    switch (half.phase) {
      case 'head':
        if (side === 'server') return reader.response(bytes, this.held.isThere);
        return reader.request(bytes, this.held.isThere ? spareScan : this.held.head);
      case 'length':
      case 'chunk-data':
        return reader.content(bytes, half.left);
      case 'chunk-size':
        return reader.chunkSize(bytes);
      case 'chunk-end':
        return reader.chunkEnd(bytes);
      case 'trailers':
        return reader.trailer(bytes);
      case 'until-close':
        return reader.content(bytes, Infinity);
      case 'held':
        return { kind: 'more', atLeast: 1 };
    }
  }

  message(side: Side, part: Part, span: Span): void {
    const half = this.half(side);
    if (part.kind === 'request') {
      this.request(part, span);
      return;
    }
    if (part.kind === 'response') {
      this.response(part, span);
      return;
    }
    const { message } = half;
    if (message === null) return;
    message.size += part.end - part.start;
    message.end = span.last;
    switch (part.kind) {
      case 'content':
        this.content(message, part);
        this.consumed(side, part.end - part.start);
        break;
      case 'chunk-size':
        half.left = part.length;
        half.phase = part.length === 0 ? 'trailers' : 'chunk-data';
        break;
      case 'chunk-end':
        half.phase = 'chunk-size';
        break;
      case 'trailer':
        this.trailer(message, part);
        break;
      case 'end':
        this.complete(side);
        break;
    }
  }

  gap(side: Side, length: number, _at: Micros): 'absorbed' | 'lost' {
    if (this.held.isThere) this.letGo();
    const half = this.half(side);
    const { message } = half;
    if (half.phase === 'held') return 'absorbed';
    if (message !== null && half.phase === 'until-close') {
      message.lose(length);
      return 'absorbed';
    }
    const inContent = half.phase === 'length' || half.phase === 'chunk-data';
    if (message !== null && inContent && length <= half.left) {
      message.lose(length);
      this.consumed(side, length);
      return 'absorbed';
    }
    this.breakOff(side, length);
    return 'lost';
  }

  resync(side: Side, bytes: Uint8Array, offset: number): number {
    const { phase } = this.half(side);
    if (phase === 'held') return offset;
    return side === 'client' ? nextRequest(bytes, offset) : nextResponse(bytes, offset);
  }

  close(_at: Micros, reason: CloseReason): void {
    if (this.held.isThere) this.letGo();
    const { server } = this;
    if (server.phase === 'until-close' && reason !== 'reset' && reason !== 'end-of-capture') this.complete('server');
    for (let call = this.pending.shift(); call !== null; call = this.pending.shift()) {
      if (call.response?.complete !== true) call.failure = failureOf(call, reason);
      this.emit(call);
    }
  }

  settle(): void {
    if (this.held.isThere && !this.held.keep()) this.letGo();
    this.pending.keep();
  }

  heldBytes(): number {
    return this.pending.heldBytes;
  }

  private half(side: Side): Half {
    return side === 'client' ? this.client : this.server;
  }

  private request(part: Part, span: Span): void {
    if (this.held.isThere) this.letGo();
    else if (this.holds(part)) return this.held.take(part, span.last);
    this.makeCall(part, span);
  }

  /** Whether a request can wait as it is. */
  private holds(part: Part): boolean {
    if (this.pending.length > 0 || this.lostResponses > 0 || !HeldRequest.isOrdinary(part)) return false;
    return part.end - part.head.end <= this.calls.maxBodyBytes && this.borrows();
  }

  /** The held request is not answered plainly: it becomes a call like any other. */
  private letGo(): void {
    const { held } = this;
    held.isThere = false;
    this.makeCall(held.part, { first: held.at, last: held.at });
  }

  /** The held request is answered plainly: nothing is made of the two. */
  private answerHeld(part: Part, span: Span): boolean {
    const { held, calls: context } = this;
    if (!part.isWhole || part.head.anomaly !== '' || part.end - part.head.end > context.maxBodyBytes) return false;
    if (mayBeRefined(held, part, context.refiners)) return false;
    plain ??= new PlainExchange(held, part);
    held.isThere = false;
    this.context.emit(plain.begin(held, part, span));
    return true;
  }

  private makeCall(part: Part, span: Span): void {
    const { head } = part;
    if (head.anomaly !== '') this.context.anomaly(head.anomaly);
    if (head.malformed) this.context.anomaly('malformed request line');
    if (this.lostResponses > 0) this.giveUpLost();
    const call = newCall(this.calls);
    const coming = { isBorrowed: this.borrows(), isSecure: this.calls.isSecure };
    const request = newRequest().take(part, span, coming);
    call.request = request;
    if (this.pending.length >= this.context.limits.maxPending) this.dropOldest();
    this.pending.push(call);
    const half = this.client;
    half.message = request;
    half.call = call;
    if (part.isWhole) {
      request.takeContent(part, this.calls.maxBodyBytes);
      this.complete('client');
      if (head.contentLength <= 0 && (head.upgrade || request.head.method === 'CONNECT')) half.phase = 'held';
    } else if (head.coded) {
      if (head.contentLength >= 0) this.context.anomaly('content-length beside transfer-encoding');
      // A request whose last coding is not chunked has no readable end (RFC 9112 §6.3).
      half.phase = head.chunked ? 'chunk-size' : 'until-close';
    } else {
      half.phase = 'length';
      half.left = head.contentLength;
    }
  }

  private response(part: Part, span: Span): void {
    if (this.held.isThere) {
      if (this.answerHeld(part, span)) return;
      this.letGo();
    }
    const { head } = part;
    if (head.anomaly !== '') this.context.anomaly(head.anomaly);
    let call = this.pending.first;
    if (call?.response?.complete) {
      // The request's end never came, the next response did.
      this.pending.shift();
      this.emit(call);
      call = this.pending.first;
    }
    this.lostResponses = 0;
    const response = newResponse().take(part, span, this.borrows());
    if (head.status < 200 && head.status !== 101) {
      if (call !== null) {
        call.interim ??= [];
        if (call.interim.length < MAX_INTERIM) call.interim.push(response);
      }
      return;
    }
    if (call === null) {
      call = newCall(this.calls);
      this.pending.push(call);
    }
    call.response = response;
    const half = this.server;
    half.message = response;
    half.call = call;
    if (part.isWhole) {
      response.takeContent(part, this.calls.maxBodyBytes);
      this.complete('server');
    } else {
      this.frameResponse(call, head);
    }
  }

  /** RFC 9112 §6.3: how the end of a response's content is found. */
  private frameResponse(call: HttpCall, head: HeadScan): void {
    const half = this.server;
    const method = call.request?.head.method;
    const { status } = head;
    const tunnels = status === 101 || (method === 'CONNECT' && status < 300);
    if (status === 101 && goesOnAsHttp2(call)) return this.handOn(call);
    if (tunnels) this.complete('server', true);
    else if (method === 'HEAD' || status === 204 || status === 304) this.complete('server');
    else if (head.chunked) half.phase = 'chunk-size';
    else if (head.coded || head.contentLength < 0) half.phase = 'until-close';
    else if (head.contentLength === 0) this.complete('server');
    else {
      half.phase = 'length';
      half.left = head.contentLength;
    }
    if (tunnels) this.handOver(call);
    else if (this.client.phase === 'held') this.client.phase = 'head';
  }

  private consumed(side: Side, length: number): void {
    const half = this.half(side);
    if (half.phase === 'until-close') return;
    half.left -= length;
    if (half.left > 0) return;
    if (half.phase === 'chunk-data') half.phase = 'chunk-end';
    else this.complete(side);
  }

  private content(message: HttpMessage, { bytes, start, end }: Part): void {
    const limit = this.context.limits.maxBodyBytes;
    message.append(bytes, { start, end, limit, isBorrowed: this.borrows() });
  }

  private borrows(): boolean {
    return this.context.borrow?.() ?? false;
  }

  private trailer(message: HttpMessage, part: Part): void {
    if (message.trailers !== null && message.trailers.size >= MAX_TRAILERS) return;
    const fields = new FieldLines();
    if (message.trailers !== null) fields.addAll(message.trailers);
    fields.addAll(parseFields(part.bytes, part.start, part.end));
    message.trailers = fields;
  }

  /** The message of a side is over, and the call with it unless the other side goes on; `isKept`: it is needed after that. */
  private complete(side: Side, isKept = false): void {
    const half = this.half(side);
    const { message, call } = half;
    half.phase = 'head';
    half.message = null;
    half.call = null;
    if (message === null || call === null) return;
    message.complete = true;
    const isOver = call.response?.complete === true && (call.request === null || call.request.complete);
    if (!isOver || call !== this.pending.first) return;
    this.pending.shift();
    this.emit(call);
    if (!isKept) recycle(call);
  }

  /** Who asks for HTTP/2 is answered there, as stream 1 (RFC 7540 §3.2): the call is not over, and is HTTP/2's now. */
  private handOn(call: HttpCall): void {
    const { server } = this;
    server.phase = 'head';
    server.message = null;
    server.call = null;
    if (call.response !== null) call.response.complete = true;
    this.pending.shift();
    if (!this.handOver(call)) this.emit(call);
  }

  /** 101 Switching Protocols, or a tunnel: both directions go on in something else. Answers whether that is read. */
  private handOver(call: HttpCall): boolean {
    const { protocol, parameters } = upgradeOf(call);
    // What comes after the upgrade may refer to it for long.
    call.keep();
    return this.context.upgrade(protocol, { parameters, origin: call });
  }

  /** What a side was sending ends here, incomplete: `length` bytes of it and of what followed are unknown. */
  private breakOff(side: Side, length: number): void {
    const half = this.half(side);
    const { message, call } = half;
    half.phase = 'head';
    half.message = null;
    half.call = null;
    if (side === 'server') this.lostResponses += length;
    if (message === null || call === null) return;
    message.lose(Math.min(length, half.left));
    if (side === 'server' && call === this.pending.first) {
      this.pending.shift();
      this.emit(call);
    } else if (side === 'client') {
      // Nothing more comes of it: the call is over with its response.
      message.complete = true;
    }
  }

  /** Responses were lost and the client goes on: those of the calls before will not come any more. */
  private giveUpLost(): void {
    for (let call = this.pending.shift(); call !== null; call = this.pending.shift()) {
      call.lost = this.lostResponses;
      this.emit(call);
    }
    this.lostResponses = 0;
  }

  private dropOldest(): void {
    const oldest = this.pending.shift();
    if (oldest === null) return;
    this.context.anomaly('too many calls wait for their response');
    this.emit(oldest);
  }

  private emit(call: HttpCall): void {
    this.context.emit(call.finish());
    call.leave();
  }
}
