/** Follows the streams of one connection: each is one call (RFC 9113 §5, §8). */

import type {
  CloseReason,
  Parsed,
  Session,
  SessionContext,
  Side,
  Span,
  UpgradeOptions,
} from '../../dissect/dissector.ts';
import { HttpCall, type HttpCallContext } from '../../http/call.ts';
import type { HttpMessage } from '../../http/message.ts';
import type { Refiners } from '../../http/refiners.ts';
import { type Block, HpackDecoder } from './hpack.ts';
import { Http2Request, Http2Response } from './message.ts';
import {
  CONTINUATION,
  contentOf,
  DATA,
  END_HEADERS,
  END_STREAM,
  errorName,
  type Frame,
  type FrameToken,
  frameEnd,
  GOAWAY,
  HEADERS,
  isPlausibleFrame,
  PUSH_PROMISE,
  RST_STREAM,
  readFrame,
  word,
} from './wire.ts';

/** Bytes of one header block over all its CONTINUATION frames; a flood of them is cut here (CVE-2024-27316 and kin). */
const MAX_BLOCK_BYTES = 256 * 1024;
/** Frames one block may be spread over. */
export const MAX_CONTINUATIONS = 128;
const MAX_INTERIM = 16;

/** A header block that is still being collected. */
interface OpenBlock {
  readonly stream: number;
  /** The promised stream when a PUSH_PROMISE began it. */
  readonly promised: number;
  readonly flags: number;
  readonly first: number;
  readonly parts: Uint8Array[];
  length: number;
  size: number;
}

interface StreamState {
  readonly id: number;
  readonly call: HttpCall;
  resetCode: string | undefined;
}

export class Http2Session implements Session<FrameToken> {
  readonly #context: SessionContext;
  readonly #calls: HttpCallContext;
  readonly #decoders: Readonly<Record<Side, HpackDecoder>>;
  readonly #blocks: Record<Side, OpenBlock | undefined> = { client: undefined, server: undefined };
  /** A long frame whose rest is to come: its stream when it is DATA, else 0. */
  readonly #rest: Record<Side, { stream: number; left: number }> = {
    client: { stream: 0, left: 0 },
    server: { stream: 0, left: 0 },
  };
  readonly #streams = new Map<number, StreamState>();

  constructor(context: SessionContext, refiners: Refiners, upgrade?: UpgradeOptions) {
    this.#context = context;
    this.#calls = { protocol: 'http2', refiners, maxBodyBytes: context.limits.maxBodyBytes };
    this.#decoders = { client: new HpackDecoder(context.midStream), server: new HpackDecoder(context.midStream) };
    const origin = upgrade?.origin;
    if (origin instanceof HttpCall && origin.request !== null) {
      // The request that asked for the upgrade is stream 1, and is answered there (RFC 7540 §3.2).
      this.#openStream(1).call.request = origin.request;
    }
  }

  read(side: Side, bytes: Uint8Array, offset: number): Parsed<FrameToken> {
    return readFrame(bytes, offset, this.#rest[side].left);
  }

  message(side: Side, token: FrameToken, span: Span): void {
    if (token.kind === 'preface') return;
    if (token.kind === 'rest') {
      const rest = this.#rest[side];
      rest.left -= token.size;
      this.#data(side, { stream: rest.stream, bytes: token.bytes, size: token.size }, span);
      return;
    }
    if (token.length > token.payload.length) {
      const stream = token.type === DATA ? token.stream : 0;
      this.#rest[side] = { stream, left: token.length - token.payload.length };
    }
    this.#frame(side, token, span);
  }

  gap(side: Side, length: number): 'absorbed' | 'lost' {
    const rest = this.#rest[side];
    const message = this.#messageOf(side, rest.stream);
    if (length <= rest.left) {
      rest.left -= length;
      message?.lose(length);
      return 'absorbed';
    }
    this.#rest[side] = { stream: 0, left: 0 };
    this.#blocks[side] = undefined;
    this.#decoders[side].forget();
    this.#context.anomaly('http2: frames lost, later header fields may be unknown');
    for (const { call } of this.#streams.values()) if (call.response === null) call.lost += length;
    return 'lost';
  }

  resync(side: Side, bytes: Uint8Array, offset: number): number {
    for (let at = offset; at + 9 <= bytes.length; at += 1) {
      if (!isPlausibleFrame(bytes, at, side)) continue;
      const next = frameEnd(bytes, at);
      // The frame after it must make sense too, or the bytes end exactly here.
      if (next === bytes.length || (next + 9 <= bytes.length && isPlausibleFrame(bytes, next, side))) return at;
    }
    return -1;
  }

  close(_at: number, reason: CloseReason): void {
    for (const stream of this.#streams.values()) {
      const { call } = stream;
      if (call.response?.complete !== true) {
        const what = call.response === null ? 'no response' : 'response cut off';
        call.failure =
          reason === 'end-of-capture'
            ? `${what} before the capture ended`
            : `${what}: connection ${closings[reason] ?? reason}`;
      }
      this.#emit(stream);
    }
    this.#streams.clear();
  }

  #frame(side: Side, frame: Frame, span: Span): void {
    const open = this.#blocks[side];
    if (frame.type === CONTINUATION) {
      if (open !== undefined) this.#extend(side, open, { frame, span });
      return;
    }
    switch (frame.type) {
      case HEADERS:
        return this.#begin(side, frame, span);
      case PUSH_PROMISE:
        return this.#begin(side, frame, span);
      case DATA: {
        const bytes = contentOf(frame);
        if (bytes === undefined) return this.#context.anomaly('http2: padding longer than its frame');
        this.#data(side, { stream: frame.stream, bytes, size: frame.size }, span);
        if (frame.flags & END_STREAM) this.#complete(side, frame.stream, span);
        return;
      }
      case RST_STREAM:
        return this.#reset(side, frame);
      case GOAWAY:
        return this.#goAway(side, frame);
      default:
        // SETTINGS, PING, PRIORITY, WINDOW_UPDATE and unknown types say nothing of a call.
        return;
    }
  }

  /** A header block begins; most are whole in their first frame. */
  #begin(side: Side, frame: Frame, span: Span): void {
    let content = contentOf(frame);
    let promised = 0;
    if (content !== undefined && frame.type === PUSH_PROMISE) {
      promised = word(content, 0) & 0x7fffffff;
      content = content.subarray(4);
    }
    if (content === undefined) return this.#context.anomaly('http2: padding longer than its frame');
    const block: OpenBlock = {
      stream: frame.stream,
      promised,
      flags: frame.flags,
      first: span.first,
      parts: [frame.flags & END_HEADERS ? content : content.slice()],
      length: content.length,
      size: frame.size,
    };
    if (frame.flags & END_HEADERS) this.#endBlock(side, block, span);
    else this.#blocks[side] = block;
  }

  #extend(side: Side, block: OpenBlock, { frame, span }: { frame: Frame; span: Span }): void {
    block.size += frame.size;
    block.length += frame.payload.length;
    if (block.length > MAX_BLOCK_BYTES || block.parts.length >= MAX_CONTINUATIONS) {
      this.#blocks[side] = undefined;
      this.#decoders[side].forget();
      this.#context.anomaly('http2: header block too long');
      return;
    }
    block.parts.push(frame.payload.slice());
    if ((frame.flags & END_HEADERS) === 0) return;
    this.#blocks[side] = undefined;
    this.#endBlock(side, block, span);
  }

  #endBlock(side: Side, open: OpenBlock, span: Span): void {
    const bytes = open.parts.length === 1 ? (open.parts[0] ?? new Uint8Array(0)) : Buffer.concat(open.parts);
    const block = this.#decoders[side].decode(bytes);
    if ('fault' in block) {
      this.#context.anomaly(`http2: ${block.fault}`);
      return;
    }
    if (block.omitted > 0) this.#context.anomaly('http2: header fields beyond the limit left out');
    if (open.promised > 0) {
      this.#request(this.#openStream(open.promised), block, { first: open.first, last: span.last, size: open.size });
      this.#complete('client', open.promised, span);
      return;
    }
    const stream = this.#streams.get(open.stream) ?? this.#openStream(open.stream);
    const when = { first: open.first, last: span.last, size: open.size };
    if (side === 'client') this.#request(stream, block, when);
    else this.#response(stream, block, when);
    if (open.flags & END_STREAM) this.#complete(side, open.stream, span);
  }

  #request({ call }: StreamState, block: Block, { size, ...span }: Span & { readonly size: number }): void {
    if (call.request !== null) {
      call.request.trailers = block.fields;
      call.request.size += size;
      call.request.end = span.last;
      return;
    }
    call.request = new Http2Request(block, span);
    call.request.size = size;
  }

  #response({ call }: StreamState, block: Block, { size, ...span }: Span & { readonly size: number }): void {
    if (call.response !== null) {
      call.response.trailers = block.fields;
      call.response.size += size;
      call.response.end = span.last;
      return;
    }
    const response = new Http2Response(block, span);
    response.size = size;
    const { status } = response.head;
    if (status < 100 || status >= 200) {
      call.response = response;
      return;
    }
    call.interim ??= [];
    if (call.interim.length < MAX_INTERIM) call.interim.push(response);
  }

  #messageOf(side: Side, stream: number): HttpMessage | null | undefined {
    const call = this.#streams.get(stream)?.call;
    return side === 'client' ? call?.request : call?.response;
  }

  #data(side: Side, { stream, bytes, size }: { stream: number; bytes: Uint8Array; size: number }, span: Span): void {
    const message = this.#messageOf(side, stream);
    if (message === null || message === undefined) return;
    message.append(bytes, { start: 0, end: bytes.length, limit: this.#context.limits.maxBodyBytes });
    message.size += size;
    message.end = span.last;
  }

  /** One side of a stream has ended. */
  #complete(side: Side, id: number, span: Span): void {
    const stream = this.#streams.get(id);
    const message = this.#messageOf(side, id);
    if (stream === undefined || message === null || message === undefined) return;
    // A long DATA frame has flagged the end before its last bytes.
    message.complete = true;
    message.end = span.last;
    const { request, response } = stream.call;
    if (response?.complete !== true || (request !== null && !request.complete)) return;
    if (this.#rest[side].left > 0 && this.#rest[side].stream === id) return;
    this.#finish(stream);
  }

  #reset(side: Side, { stream: id, payload }: Frame): void {
    const stream = this.#streams.get(id);
    if (stream === undefined) return;
    const code = errorName(word(payload, 0));
    // A server that has answered may cut the rest of the request off: no failure (§8.1).
    const isOver = stream.call.response?.complete === true;
    if (code !== 'NO_ERROR' || !isOver) {
      stream.resetCode = code;
      stream.call.failure = `stream reset by the ${side}: ${code}`;
    }
    this.#finish(stream);
  }

  #goAway(side: Side, { payload }: Frame): void {
    if (side !== 'server') return;
    const lastStream = word(payload, 0) & 0x7fffffff;
    const code = errorName(word(payload, 4));
    for (const stream of [...this.#streams.values()]) {
      if (stream.id <= lastStream || stream.id % 2 === 0) continue;
      stream.call.failure = `not processed: the server is going away (${code})`;
      this.#finish(stream);
    }
  }

  #openStream(id: number): StreamState {
    if (this.#streams.size >= this.#context.limits.maxPending) {
      const oldest = this.#streams.values().next();
      this.#context.anomaly('http2: too many streams are open');
      if (oldest.done !== true) this.#finish(oldest.value);
    }
    const stream: StreamState = { id, call: new HttpCall(this.#calls), resetCode: undefined };
    this.#streams.set(id, stream);
    return stream;
  }

  #finish(stream: StreamState): void {
    this.#streams.delete(stream.id);
    this.#emit(stream);
  }

  #emit({ id, call, resetCode }: StreamState): void {
    if (call.request === null && call.response === null) return;
    call.data = { http2: { streamId: id, ...(resetCode !== undefined && { resetCode }) } };
    this.#context.emit(call.finish());
  }
}

const closings: Partial<Record<CloseReason, string>> = { fin: 'closed', reset: 'reset', timeout: 'timed out' };
