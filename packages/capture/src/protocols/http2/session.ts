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
import type { Http2Call } from './call.ts';
import { type BlockSpan, openCall, recycle, takeRequest, takeResponse } from './call-parts.ts';
import { HeaderBlock } from './header-block.ts';
import { HpackDecoder } from './hpack.ts';
import type { Octets } from './huffman.ts';
import {
  CONTINUATION,
  DATA,
  END_HEADERS,
  END_STREAM,
  errorName,
  FrameReader,
  type FrameToken,
  frameEnd,
  GOAWAY,
  HEADERS,
  isPlausibleFrame,
  PUSH_PROMISE,
  RST_STREAM,
  takePadding,
  wordOf,
} from './wire.ts';

/** Bytes of one header block over all its CONTINUATION frames; a flood of them is cut here (CVE-2024-27316 and kin). */
const MAX_BLOCK_BYTES = 256 * 1024;
/** Frames one block may be spread over. */
export const MAX_CONTINUATIONS = 128;
const PROMISED_BYTES = 4;

/** A header block with what its frame said. */
interface WholeBlock extends Octets {
  readonly stream: number;
  /** The promised stream when a PUSH_PROMISE began it; else 0. */
  readonly promised: number;
  readonly flags: number;
}

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

/** One side of the connection. */
interface Half {
  readonly decoder: HpackDecoder;
  /** A header block whose end is to come. */
  block: OpenBlock | undefined;
  /** A long frame has so many bytes to come; its stream when it is DATA, else 0. */
  restStream: number;
  restLeft: number;
}

/** Of all connections: what it has read is taken before anything else is read. */
const reader = new FrameReader();

export class Http2Session implements Session<FrameToken> {
  readonly #context: SessionContext;
  readonly #calls: HttpCallContext;
  readonly #client: Half;
  readonly #server: Half;
  /** Open ones, by id. */
  readonly #streams = new Map<number, Http2Call>();

  constructor(context: SessionContext, refiners: Refiners, upgrade?: UpgradeOptions) {
    this.#context = context;
    this.#calls = { protocol: 'http2', refiners, maxBodyBytes: context.limits.maxBodyBytes };
    this.#client = { decoder: new HpackDecoder(context.midStream), block: undefined, restStream: 0, restLeft: 0 };
    this.#server = { decoder: new HpackDecoder(context.midStream), block: undefined, restStream: 0, restLeft: 0 };
    const origin = upgrade?.origin;
    if (origin instanceof HttpCall && origin.request !== null) {
      // The request that asked for the upgrade is stream 1, and is answered there (RFC 7540 §3.2).
      const call = this.#openStream(1);
      call.request = origin.request;
      call.interim = origin.response === null ? null : [origin.response];
    }
  }

  read(side: Side, bytes: Uint8Array, offset: number, end: number): Parsed<FrameToken> {
    const { restLeft } = this.#half(side);
    return restLeft > 0 ? reader.rest(bytes, { start: offset, end }, restLeft) : reader.read(bytes, offset, end);
  }

  message(side: Side, token: FrameToken, span: Span): void {
    if (token.kind === 'frame') {
      const taken = token.end - token.start;
      if (token.length > taken) {
        const half = this.#half(side);
        half.restStream = token.type === DATA ? token.stream : 0;
        half.restLeft = token.length - taken;
      }
      this.#frame(side, token, span);
    } else if (token.kind === 'rest') {
      const half = this.#half(side);
      half.restLeft -= token.size;
      token.stream = half.restStream;
      this.#data(side, token, span);
    }
  }

  gap(side: Side, length: number): 'absorbed' | 'lost' {
    const half = this.#half(side);
    if (length <= half.restLeft) {
      half.restLeft -= length;
      this.#messageOf(side, half.restStream)?.lose(length);
      return 'absorbed';
    }
    half.restStream = 0;
    half.restLeft = 0;
    half.block = undefined;
    half.decoder.forget();
    this.#context.anomaly('http2: frames lost, later header fields may be unknown');
    for (const call of this.#streams.values()) if (call.response === null) call.lost += length;
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
    for (const call of this.#streams.values()) {
      if (call.response?.complete !== true) {
        const what = call.response === null ? 'no response' : 'response cut off';
        call.failure =
          reason === 'end-of-capture'
            ? `${what} before the capture ended`
            : `${what}: connection ${closings[reason] ?? reason}`;
      }
      this.#emit(call);
    }
    this.#streams.clear();
  }

  settle(): void {
    for (const call of this.#streams.values()) call.keep();
  }

  #frame(side: Side, frame: FrameToken, span: Span): void {
    switch (frame.type) {
      case CONTINUATION: {
        const open = this.#half(side).block;
        if (open !== undefined) this.#extend(side, open, { frame, span });
        return;
      }
      case HEADERS:
      case PUSH_PROMISE:
        return this.#begin(side, frame, span);
      case DATA:
        if (!takePadding(frame)) return this.#context.anomaly('http2: padding longer than its frame');
        this.#data(side, frame, span);
        if (frame.flags & END_STREAM) this.#complete(side, frame.stream, span);
        return;
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
  #begin(side: Side, frame: FrameToken, span: Span): void {
    let promised = 0;
    let fits = takePadding(frame);
    if (frame.type === PUSH_PROMISE) {
      promised = wordOf(frame, 0) & 0x7fffffff;
      frame.start += PROMISED_BYTES;
      fits &&= frame.start <= frame.end;
    }
    if (!fits) return this.#context.anomaly('http2: padding longer than its frame');
    const { stream, flags, bytes, start, end, size } = frame;
    if (flags & END_HEADERS) {
      const when = { first: span.first, last: span.last, size };
      this.#endBlock(side, { stream, promised, flags, bytes, start, end }, when);
      return;
    }
    const parts = [bytes.slice(start, end)];
    const block: OpenBlock = { stream, promised, flags, first: span.first, parts, length: end - start, size };
    this.#half(side).block = block;
  }

  #extend(side: Side, block: OpenBlock, { frame, span }: { frame: FrameToken; span: Span }): void {
    const half = this.#half(side);
    block.size += frame.size;
    block.length += frame.end - frame.start;
    if (block.length > MAX_BLOCK_BYTES || block.parts.length >= MAX_CONTINUATIONS) {
      half.block = undefined;
      half.decoder.forget();
      this.#context.anomaly('http2: header block too long');
      return;
    }
    block.parts.push(frame.bytes.slice(frame.start, frame.end));
    if ((frame.flags & END_HEADERS) === 0) return;
    half.block = undefined;
    const { stream, promised, flags, first, size, length } = block;
    const bytes = new Uint8Array(length);
    let at = 0;
    for (const part of block.parts) {
      bytes.set(part, at);
      at += part.length;
    }
    this.#endBlock(side, { stream, promised, flags, bytes, start: 0, end: length }, { first, last: span.last, size });
  }

  #endBlock(side: Side, whole: WholeBlock, when: BlockSpan): void {
    const block = this.#half(side).decoder.decode(whole);
    if (!(block instanceof HeaderBlock)) {
      this.#context.anomaly(`http2: ${block.fault}`);
      return;
    }
    if (block.omitted > 0) this.#context.anomaly('http2: header fields beyond the limit left out');
    const { promised, stream, flags } = whole;
    if (promised > 0) {
      takeRequest(this.#openStream(promised), block, when);
      this.#complete('client', promised, when);
      return;
    }
    const call = this.#streams.get(stream) ?? this.#openStream(stream);
    if (side === 'client') takeRequest(call, block, when);
    else takeResponse(call, block, when);
    if (flags & END_STREAM) this.#complete(side, stream, when);
  }

  #half(side: Side): Half {
    return side === 'client' ? this.#client : this.#server;
  }

  #messageOf(side: Side, stream: number): HttpMessage | null | undefined {
    const call = this.#streams.get(stream);
    return side === 'client' ? call?.request : call?.response;
  }

  #data(side: Side, { stream, bytes, start, end, size }: FrameToken, span: Span): void {
    const message = this.#messageOf(side, stream);
    if (message === null || message === undefined) return;
    const limit = this.#context.limits.maxBodyBytes;
    if (end > start) message.append(bytes, { start, end, limit, isBorrowed: this.#context.borrow?.() ?? false });
    message.size += size;
    message.end = span.last;
  }

  /** One side of a stream has ended. */
  #complete(side: Side, id: number, span: Span): void {
    const call = this.#streams.get(id);
    const message = side === 'client' ? call?.request : call?.response;
    if (call === undefined || message === null || message === undefined) return;
    // A long DATA frame has flagged the end before its last bytes.
    message.complete = true;
    message.end = span.last;
    if (call.response?.complete !== true || (call.request !== null && !call.request.complete)) return;
    const { restLeft, restStream } = this.#half(side);
    if (restLeft > 0 && restStream === id) return;
    this.#finish(call);
  }

  #reset(side: Side, frame: FrameToken): void {
    const call = this.#streams.get(frame.stream);
    if (call === undefined) return;
    const code = errorName(wordOf(frame, 0));
    // A server that has answered may cut the rest of the request off: no failure (§8.1).
    const isOver = call.response?.complete === true;
    if (code !== 'NO_ERROR' || !isOver) {
      call.resetCode = code;
      call.failure = `stream reset by the ${side}: ${code}`;
    }
    this.#finish(call);
  }

  #goAway(side: Side, frame: FrameToken): void {
    if (side !== 'server') return;
    const lastStream = wordOf(frame, 0) & 0x7fffffff;
    const code = errorName(wordOf(frame, 4));
    for (const call of [...this.#streams.values()]) {
      if (call.id <= lastStream || call.id % 2 === 0) continue;
      call.failure = `not processed: the server is going away (${code})`;
      this.#finish(call);
    }
  }

  #openStream(id: number): Http2Call {
    if (this.#streams.size >= this.#context.limits.maxPending) {
      const oldest = this.#streams.values().next();
      this.#context.anomaly('http2: too many streams are open');
      if (oldest.done !== true) this.#finish(oldest.value);
    }
    const call = openCall(this.#calls, id);
    this.#streams.set(id, call);
    return call;
  }

  #finish(call: Http2Call): void {
    this.#streams.delete(call.id);
    this.#emit(call);
    recycle(call);
  }

  #emit(call: Http2Call): void {
    if (call.request === null && call.response === null) return;
    this.#context.emit(call.finish());
  }
}

const closings: Partial<Record<CloseReason, string>> = { fin: 'closed', reset: 'reset', timeout: 'timed out' };
