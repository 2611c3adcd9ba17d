/** Puts frames together into messages; each is a call of its own on the connection of its upgrade. */

import type {
  CloseReason,
  Parsed,
  Session,
  SessionContext,
  Side,
  Span,
  UpgradeOptions,
} from '../../dissect/dissector.ts';
import { HttpCall } from '../../http/call.ts';
import { foldPath, parseTarget } from '../../http/target.ts';
import type { WsReading, WsRefiner, WsText } from '../../ws/refiner.ts';
import { type Message, WsExchange } from './describe.ts';
import { MessageInflater } from './inflate.ts';
import { CLOSE, CONTINUATION, type FrameHead, opcodeName, readToken, unmask, type WsToken } from './wire.ts';

/** Messages of a connection joined in its middle that are looked at for the protocol inside. */
const MAX_ASKED = 8;
const utf8 = new TextDecoder();

/** A message while its frames come. */
interface OpenMessage {
  readonly opcode: string;
  readonly isCompressed: boolean;
  readonly start: number;
  readonly parts: Uint8Array[];
  kept: number;
  length: number;
  size: number;
  gap: number;
}

/** One direction. */
interface Half {
  /** The frame whose payload is being read, and how much of it is left. */
  frame: FrameHead | undefined;
  left: number;
  /** The data message being put together, and the control message that may stand between its frames. */
  message: OpenMessage | undefined;
  control: OpenMessage | undefined;
  readonly inflater: MessageInflater;
}

export class WsSession implements Session<WsToken> {
  readonly #context: SessionContext;
  readonly #halves: Readonly<Record<Side, Half>>;
  /** Of the call that opened the connection; undefined when it was not seen. */
  readonly #path: string | undefined;
  /** Reads the protocol inside the messages. */
  #reading: WsReading | undefined;
  /** Asked whose the messages are, where no subprotocol says it. */
  #candidates: readonly WsRefiner[] = [];
  #asked = 0;
  #isClosed = false;
  #lastAt = 0;

  constructor(context: SessionContext, refiners: readonly WsRefiner[], upgrade?: UpgradeOptions) {
    this.#context = context;
    const extensions = upgrade?.parameters?.['Sec-WebSocket-Extensions'] ?? '';
    const half = (side: Side): Half => ({
      frame: undefined,
      left: 0,
      message: undefined,
      control: undefined,
      inflater: new MessageInflater(!extensions.includes(`${side}_no_context_takeover`)),
    });
    this.#halves = { client: half('client'), server: half('server') };
    if (context.midStream) for (const { inflater } of Object.values(this.#halves)) inflater.lose();
    const origin = upgrade?.origin;
    this.#path =
      origin instanceof HttpCall && origin.request !== null
        ? foldPath(parseTarget(origin.request.head.target).path)
        : undefined;
    const subprotocol = upgrade?.parameters?.['Sec-WebSocket-Protocol'];
    if (upgrade === undefined) this.#candidates = refiners;
    else if (subprotocol !== undefined) {
      this.#read(refiners.find(({ subprotocols }) => subprotocols.includes(subprotocol)));
    }
  }

  #read(refiner: WsRefiner | undefined): void {
    const { limits } = this.#context;
    this.#reading = refiner?.open({
      limits,
      path: this.#path,
      emit: (exchange) => this.#context.emit(exchange),
      anomaly: (fault) => this.#context.anomaly(fault),
    });
  }

  read(side: Side, bytes: Uint8Array, offset: number): Parsed<WsToken> {
    return readToken(bytes, offset, this.#halves[side].left);
  }

  message(side: Side, token: WsToken, span: Span): void {
    this.#lastAt = span.last;
    const half = this.#halves[side];
    if (token.kind === 'head') this.#begin(half, token, span);
    else this.#append(half, token.bytes);
    if (half.left === 0) this.#endFrame(side, span);
  }

  gap(side: Side, length: number): 'absorbed' | 'lost' {
    const half = this.#halves[side];
    half.inflater.lose();
    const open = half.control ?? half.message;
    if (length < half.left && open !== undefined) {
      half.left -= length;
      open.length += length;
      open.gap += length;
      return 'absorbed';
    }
    half.frame = undefined;
    half.left = 0;
    half.message = undefined;
    half.control = undefined;
    this.#reading?.gap(length);
    return 'lost';
  }

  resync(side: Side, bytes: Uint8Array, offset: number): number {
    for (let at = offset; at < bytes.length; at += 1) {
      if (startsLikeFrame(bytes, at, side) || isFrameBeforeFrame(bytes, at, side)) return at;
    }
    return -1;
  }

  close(at: number, reason: CloseReason): void {
    this.#reading?.close(this.#lastAt || at, reason);
    if (this.#isClosed || (reason !== 'fin' && reason !== 'reset')) return;
    const empty = { size: 0, length: 0, payload: new Uint8Array(0), isCompressed: false, isTruncated: false, gap: 0 };
    const when = this.#lastAt || at;
    const message: Message = {
      ...empty,
      side: 'server',
      opcode: 'close',
      start: when,
      end: when,
      path: this.#shownPath,
    };
    this.#context.emit(new WsExchange(message, `connection ${reason === 'reset' ? 'reset' : 'ended'} without a close`));
  }

  /** Gives a message to the protocol inside; false when it is none of it. */
  #isRead(text: WsText): boolean {
    if (this.#reading === undefined && this.#asked < MAX_ASKED) {
      this.#asked++;
      this.#read(this.#candidates.find((refiner) => refiner.recognises(text.text)));
    }
    return this.#reading?.message(text) ?? false;
  }

  get #shownPath(): string {
    return this.#path ?? '(unknown)';
  }

  #begin(half: Half, head: FrameHead, span: Span): void {
    half.frame = head;
    half.left = head.length;
    if (head.opcode === CONTINUATION) {
      if (half.message === undefined) this.#context.anomaly('ws: continuation of nothing');
      else half.message.size += head.size;
      return;
    }
    const open: OpenMessage = {
      opcode: opcodeName(head.opcode) ?? 'binary',
      isCompressed: head.isCompressed,
      start: span.first,
      parts: [],
      kept: 0,
      length: 0,
      size: head.size,
      gap: 0,
    };
    if (head.opcode >= CLOSE) {
      half.control = open;
      return;
    }
    if (half.message !== undefined) this.#context.anomaly('ws: a message inside another');
    half.message = open;
  }

  #append(half: Half, bytes: Uint8Array): void {
    const { frame } = half;
    const open = half.control ?? half.message;
    const position = (frame?.length ?? 0) - half.left;
    half.left -= bytes.length;
    if (open === undefined || frame === undefined) return;
    open.length += bytes.length;
    open.size += bytes.length;
    const room = open.gap > 0 ? 0 : this.#context.limits.maxBodyBytes - open.kept;
    if (room <= 0) return;
    const part = bytes.subarray(0, room);
    open.parts.push(frame.mask === undefined ? part.slice() : unmask(part, frame.mask, position));
    open.kept += part.length;
  }

  #endFrame(side: Side, span: Span): void {
    const half = this.#halves[side];
    const { frame } = half;
    half.frame = undefined;
    const open = half.control ?? half.message;
    if (frame === undefined || open === undefined || !frame.isFinal) return;
    if (half.control === undefined) half.message = undefined;
    else half.control = undefined;
    if (open.opcode === 'close') this.#isClosed = true;
    this.#emit(side, open, span.last);
  }

  #emit(side: Side, open: OpenMessage, end: number): void {
    const { opcode, isCompressed, start, size, length, gap } = open;
    const raw = Buffer.concat(open.parts);
    const isWhole = raw.length === length;
    const { inflater } = this.#halves[side];
    const plain = !isCompressed ? raw : isWhole ? inflater.inflate(raw) : { fault: 'deflate: the message is cut' };
    if (isCompressed && !isWhole) inflater.lose();
    const fault = 'fault' in plain ? plain.fault : undefined;
    const payload = 'fault' in plain ? raw : plain;
    const { maxBodyBytes } = this.#context.limits;
    const isTruncated = !isWhole || payload.length > maxBodyBytes;
    const kept = payload.length > maxBodyBytes ? payload.subarray(0, maxBodyBytes) : payload;
    const isText = opcode === 'text' && fault === undefined;
    if (isText && this.#isRead({ side, text: utf8.decode(kept), start, end, size, isTruncated, gap })) return;
    this.#context.emit(
      new WsExchange({
        side,
        opcode,
        start,
        end,
        size,
        length,
        gap,
        isCompressed,
        payload: kept,
        isTruncated,
        path: this.#shownPath,
        ...(fault !== undefined && { fault }),
      }),
    );
  }
}

/** Is this the head of a frame of this side, its payload text where it says so? For streams joined in their middle. */
export function startsLikeFrame(bytes: Uint8Array, offset: number, side: Side): boolean {
  const parsed = readToken(bytes, offset, 0);
  if (parsed.kind !== 'done' || parsed.value.kind !== 'head') return false;
  const { isFinal, isCompressed, opcode, mask, length } = parsed.value;
  // Only whole, plain text frames are believed: a text is told from noise by its characters.
  if (!isFinal || isCompressed || opcodeName(opcode) !== 'text' || (mask !== undefined) !== (side === 'client'))
    return false;
  if (length < 2 || parsed.end + length > bytes.length) return false;
  const payload = bytes.subarray(parsed.end, parsed.end + length);
  const plain = mask === undefined ? payload : unmask(payload, mask, 0);
  return plain.every((byte) => (byte >= 0x20 && byte < 0x7f) || byte === 9 || byte === 10 || byte === 13);
}

/** Is this a whole frame of this side, right before another or the end of what is here? For a stream known to be WebSocket. */
function isFrameBeforeFrame(bytes: Uint8Array, offset: number, side: Side): boolean {
  const parsed = readToken(bytes, offset, 0);
  if (parsed.kind !== 'done' || parsed.value.kind !== 'head') return false;
  if ((parsed.value.mask !== undefined) !== (side === 'client')) return false;
  const end = parsed.end + parsed.value.length;
  if (end >= bytes.length) return end === bytes.length && parsed.value.length > 0;
  const next = readToken(bytes, end, 0);
  return next.kind === 'done' && next.value.kind === 'head' && (next.value.mask !== undefined) === (side === 'client');
}
