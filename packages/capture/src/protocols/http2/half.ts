/** One side of a connection: its header table, and what of it is not whole yet (RFC 9113 §4.3, §6.10). */

import type { Side, Span } from '../../dissect/dissector.ts';
import type { HttpMessage } from '../../http/message.ts';
import type { Http2Call } from './call.ts';
import { HpackDecoder } from './hpack.ts';
import type { Octets } from './huffman.ts';
import type { BlockSpan } from './message.ts';
import { DATA, type FrameToken } from './wire.ts';

/** Bytes of one header block over all its CONTINUATION frames; a flood of them is cut here (CVE-2024-27316 and kin). */
const MAX_BLOCK_BYTES = 256 * 1024;
/** Frames one block may be spread over. */
export const MAX_CONTINUATIONS = 128;

/** A header block with what its first frame said. */
export interface WholeBlock extends Octets {
  readonly stream: number;
  /** The promised stream when a PUSH_PROMISE began it; else 0. */
  readonly promised: number;
  readonly flags: number;
}

/** A header block that is still being collected. */
export class OpenBlock {
  readonly stream: number;
  readonly promised: number;
  readonly flags: number;
  private readonly first: number;
  private readonly parts: Uint8Array[];
  private length: number;
  private size: number;

  constructor({ stream, promised, flags, bytes, start, end, size }: FrameToken, { first }: Span) {
    this.stream = stream;
    this.promised = promised;
    this.flags = flags;
    this.first = first;
    this.parts = [bytes.slice(start, end)];
    this.length = end - start;
    this.size = size;
  }

  /** Takes the next frame; false when they are too many, or too long. */
  extend({ bytes, start, end, size }: FrameToken): boolean {
    this.size += size;
    this.length += end - start;
    if (this.length > MAX_BLOCK_BYTES || this.parts.length >= MAX_CONTINUATIONS) return false;
    this.parts.push(bytes.slice(start, end));
    return true;
  }

  whole(): WholeBlock {
    const { stream, promised, flags, length } = this;
    const bytes = new Uint8Array(length);
    let at = 0;
    for (const part of this.parts) {
      bytes.set(part, at);
      at += part.length;
    }
    return { stream, promised, flags, bytes, start: 0, end: length };
  }

  /** When it was on the wire; the last frame came then. */
  until({ last }: Span): BlockSpan {
    return { first: this.first, last, size: this.size };
  }
}

export class Half {
  readonly side: Side;
  readonly decoder: HpackDecoder;
  /** A header block whose end is to come. */
  block: OpenBlock | null = null;
  /** A long frame has so many bytes to come; its stream when it is DATA, else 0. */
  restStream = 0;
  restLeft = 0;

  constructor(side: Side, midStream: boolean) {
    this.side = side;
    this.decoder = new HpackDecoder(midStream);
  }

  /** Nobody knows what comes next. */
  forget(): void {
    this.restStream = 0;
    this.restLeft = 0;
    this.block = null;
    this.decoder.forget();
  }

  /** A frame has more bytes than were read with its head. */
  expect({ type, stream }: FrameToken, left: number): void {
    this.restStream = type === DATA ? stream : 0;
    this.restLeft = left;
  }

  /** Bytes of a long DATA frame of this stream are to come. */
  isAwaiting(stream: number): boolean {
    return this.restLeft > 0 && this.restStream === stream;
  }

  messageOf(call: Http2Call): HttpMessage | null {
    return this.side === 'client' ? call.request : call.response;
  }
}
