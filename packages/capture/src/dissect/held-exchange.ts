/**
 * A call whose request and response are each wholly here, kept as their bytes: read when somebody looks, used again when it is
 * over.
 */

import type { ProtocolId } from '@kubeshark/model';
import { Slab } from '../decode/slab.ts';
import type { Description, Exchange, Span } from './dissector.ts';

const NOTHING = new Uint8Array(0);
/** Copies of requests, of all protocols. */
const copies = new Slab();

/** Where something lies. */
export interface Place {
  readonly bytes: Uint8Array;
  readonly start: number;
}

export abstract class HeldExchange implements Exchange {
  abstract readonly protocol: ProtocolId;
  readonly gap = 0;
  readonly truncated = false;
  requestStart = Number.NaN;
  requestEnd = Number.NaN;
  responseStart = Number.NaN;
  responseEnd = Number.NaN;
  requestSize = 0;
  responseSize = 0;
  /** The request, in the chunk it came in or in a block it shares with others: what is in it is counted from `start`. */
  bytes: Uint8Array = NOTHING;
  start = 0;
  /** The response, while the call is given out. */
  reply: Uint8Array = NOTHING;
  replyStart = 0;
  private isBorrowed = false;

  abstract readonly status: number | string;
  abstract readonly error: boolean;
  abstract describe(): Description;

  /** Takes the request, whose bytes stay as they are until `keep`. */
  protected holdRequest({ bytes, start }: Place, size: number, { first, last }: Span): void {
    this.bytes = bytes;
    this.start = start;
    this.requestSize = size;
    this.requestStart = first;
    this.requestEnd = last;
    this.isBorrowed = true;
  }

  protected holdResponse({ bytes, start }: Place, size: number, { first, last }: Span): void {
    this.reply = bytes;
    this.replyStart = start;
    this.responseSize = size;
    this.responseStart = first;
    this.responseEnd = last;
  }

  /** The bytes go away: copies them, once. */
  keep(): void {
    if (!this.isBorrowed) return;
    this.isBorrowed = false;
    this.start = copies.copy(this.bytes, this.start, this.start + this.requestSize);
    this.bytes = copies.block;
  }

  /** Lets go of what it was about. */
  release(): void {
    this.bytes = NOTHING;
    this.reply = NOTHING;
  }
}
