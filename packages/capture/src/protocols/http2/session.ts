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
import type { Refiners } from '../../http/refiners.ts';
import type { Http2Call } from './call.ts';
import { Half, OpenBlock, type WholeBlock } from './half.ts';
import { HeaderBlock } from './header-block.ts';
import type { BlockSpan } from './message.ts';
import { newCall, recycle } from './pool.ts';
import { Streams } from './streams.ts';
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
  takePromise,
  wordOf,
} from './wire.ts';

/** Of all connections: what it has read is taken before anything else is read. */
const reader = new FrameReader();

export class Http2Session implements Session<FrameToken> {
  readonly #context: SessionContext;
  readonly #calls: HttpCallContext;
  readonly #client: Half;
  readonly #server: Half;
  readonly #streams = new Streams();

  constructor(context: SessionContext, refiners: Refiners, upgrade?: UpgradeOptions) {
    this.#context = context;
    this.#calls = { protocol: 'http2', refiners, maxBodyBytes: context.limits.maxBodyBytes };
    this.#client = new Half('client', context.midStream);
    this.#server = new Half('server', context.midStream);
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
    const half = this.#half(side);
    if (token.kind === 'frame') {
      const left = token.length - (token.end - token.start);
      if (left > 0) half.expect(token, left);
      this.#frame(half, token, span);
    } else if (token.kind === 'rest') {
      half.restLeft -= token.size;
      const call = this.#streams.get(half.restStream);
      if (call === null) return;
      this.#data(half, call, { frame: token, span });
      if (this.#isOver(call)) this.#finish(call);
    }
  }

  gap(side: Side, length: number): 'absorbed' | 'lost' {
    const half = this.#half(side);
    if (length <= half.restLeft) {
      half.restLeft -= length;
      const call = this.#streams.get(half.restStream);
      if (call === null) return 'absorbed';
      half.messageOf(call)?.lose(length);
      if (this.#isOver(call)) this.#finish(call);
      return 'absorbed';
    }
    half.forget();
    this.#context.anomaly('http2: frames lost, later header fields may be unknown');
    for (const call of this.#streams.all()) {
      if (call.response === null) call.lost += length;
      else if (this.#isOver(call)) this.#finish(call);
    }
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
    for (const call of this.#streams.all()) {
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
    this.#streams.keep();
  }

  heldBytes(): number {
    return this.#streams.heldBytes;
  }

  #half(side: Side): Half {
    return side === 'client' ? this.#client : this.#server;
  }

  #frame(half: Half, frame: FrameToken, span: Span): void {
    switch (frame.type) {
      case DATA:
        return this.#content(half, frame, span);
      case HEADERS:
      case PUSH_PROMISE:
        return this.#begin(half, frame, span);
      case CONTINUATION:
        return this.#continue(half, frame, span);
      case RST_STREAM:
        return this.#reset(half, frame);
      case GOAWAY:
        return this.#goAway(half, frame);
      default:
        // SETTINGS, PING, PRIORITY, WINDOW_UPDATE and unknown types say nothing of a call.
        return;
    }
  }

  /** A header block begins; most are whole in their first frame. */
  #begin(half: Half, frame: FrameToken, span: Span): void {
    const fits = takePadding(frame) && takePromise(frame);
    if (!fits) return this.#context.anomaly('http2: padding longer than its frame');
    if (frame.flags & END_HEADERS) {
      this.#block(half, frame, { first: span.first, last: span.last, size: frame.size });
    } else {
      half.block = new OpenBlock(frame, span);
    }
  }

  #continue(half: Half, frame: FrameToken, span: Span): void {
    const { block } = half;
    if (block === null) return;
    if (!block.extend(frame)) {
      half.block = null;
      half.decoder.forget();
      this.#context.anomaly('http2: header block too long');
    } else if (frame.flags & END_HEADERS) {
      half.block = null;
      this.#block(half, block.whole(), block.until(span));
    }
  }

  /** A header block is whole. */
  #block(half: Half, whole: WholeBlock, when: BlockSpan): void {
    const { promised, stream, flags } = whole;
    const block = half.decoder.decode(whole);
    if (!(block instanceof HeaderBlock)) return this.#context.anomaly(`http2: ${block.fault}`);
    if (block.omitted > 0) this.#context.anomaly('http2: header fields beyond the limit left out');
    if (promised > 0) {
      const call = this.#streams.get(promised) ?? this.#openStream(promised);
      call.takeRequest(block, when);
      this.#complete(this.#client, call, when);
      return;
    }
    const call = this.#streams.get(stream) ?? this.#openStream(stream);
    if (half === this.#client) call.takeRequest(block, when);
    else call.takeResponse(block, when);
    if (flags & END_STREAM) this.#complete(half, call, when);
  }

  #content(half: Half, frame: FrameToken, span: Span): void {
    if (!takePadding(frame)) return this.#context.anomaly('http2: padding longer than its frame');
    const call = this.#streams.get(frame.stream);
    if (call === null) return;
    this.#data(half, call, { frame, span });
    if (frame.flags & END_STREAM) this.#complete(half, call, span);
  }

  #data(half: Half, call: Http2Call, { frame, span }: { readonly frame: FrameToken; readonly span: Span }): void {
    const message = half.messageOf(call);
    if (message === null) return;
    const { bytes, start, end, size } = frame;
    const limit = this.#context.limits.maxBodyBytes;
    if (end > start) message.append(bytes, { start, end, limit, isBorrowed: this.#context.borrow?.() ?? false });
    message.size += size;
    message.end = span.last;
  }

  /** One side of a stream has ended. */
  #complete(half: Half, call: Http2Call, span: Span): void {
    const message = half.messageOf(call);
    if (message === null) return;
    message.complete = true;
    message.end = span.last;
    if (this.#isOver(call)) this.#finish(call);
  }

  /** Both sides have ended; a long DATA frame flags that before its last bytes. */
  #isOver({ id, request, response }: Http2Call): boolean {
    if (response?.complete !== true || (request !== null && !request.complete)) return false;
    return !this.#client.isAwaiting(id) && !this.#server.isAwaiting(id);
  }

  #reset(half: Half, frame: FrameToken): void {
    const call = this.#streams.get(frame.stream);
    if (call === null) return;
    const code = errorName(wordOf(frame, 0));
    // A server that has answered may cut the rest of the request off: no failure (§8.1).
    const isOver = call.response?.complete === true;
    if (code !== 'NO_ERROR' || !isOver) {
      call.resetCode = code;
      call.failure = `stream reset by the ${half.side}: ${code}`;
    }
    this.#finish(call);
  }

  #goAway(half: Half, frame: FrameToken): void {
    if (half.side !== 'server') return;
    const lastStream = wordOf(frame, 0) & 0x7fffffff;
    const code = errorName(wordOf(frame, 4));
    for (const call of this.#streams.all()) {
      if (call.id <= lastStream || call.id % 2 === 0) continue;
      call.failure = `not processed: the server is going away (${code})`;
      this.#finish(call);
    }
  }

  #openStream(id: number): Http2Call {
    if (this.#streams.size >= this.#context.limits.maxPending) {
      this.#context.anomaly('http2: too many streams are open');
      const { oldest } = this.#streams;
      if (oldest !== null) this.#finish(oldest);
    }
    const call = newCall(this.#calls, id);
    this.#streams.add(call);
    return call;
  }

  #finish(call: Http2Call): void {
    this.#streams.remove(call);
    this.#emit(call);
    recycle(call);
  }

  #emit(call: Http2Call): void {
    if (call.request === null && call.response === null) return;
    this.#context.emit(call.finish());
    call.leave();
  }
}

const closings: Partial<Record<CloseReason, string>> = { fin: 'closed', reset: 'reset', timeout: 'timed out' };
