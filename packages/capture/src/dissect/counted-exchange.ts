/** The numbers of a call in plain fields: the call a session puts together is the exchange it gives away, without a wrapper. */

import type { Micros, ProtocolId } from '@kubeshark/model';
import type { Description, Exchange, Span } from './dissector.ts';

/** What one side said, as far as the numbers go. */
export interface CountedHalf {
  readonly start: Micros;
  readonly end: Micros | null;
  readonly size: number;
  readonly gap?: number;
}

export abstract class CountedExchange implements Exchange {
  abstract readonly protocol: ProtocolId;
  requestStart: Micros | null = null;
  requestEnd: Micros | null = null;
  responseStart: Micros | null = null;
  responseEnd: Micros | null = null;
  requestSize = 0;
  responseSize = 0;
  gap = 0;
  truncated = false;

  abstract readonly status: number | string | null;
  abstract readonly error: boolean;
  abstract describe(): Description;

  /** More bytes of the request. */
  countRequest(size: number, { first, last }: Span): void {
    this.requestStart ??= first;
    this.requestEnd = last;
    this.requestSize += size;
  }

  /** More bytes of the response. */
  countResponse(size: number, { first, last }: Span): void {
    this.responseStart ??= first;
    this.responseEnd = last;
    this.responseSize += size;
  }

  /** As if nothing had been counted: for calls that are used again. */
  protected forget(): void {
    this.requestStart = null;
    this.requestEnd = null;
    this.responseStart = null;
    this.responseEnd = null;
    this.requestSize = 0;
    this.responseSize = 0;
    this.gap = 0;
    this.truncated = false;
  }

  /** The request, where it was put together before the call was. */
  protected setRequest({ start, end, size, gap = 0 }: CountedHalf): void {
    this.requestStart = start;
    this.requestEnd = end;
    this.requestSize = size;
    this.gap += gap;
  }

  protected setResponse({ start, end, size, gap = 0 }: CountedHalf): void {
    this.responseStart = start;
    this.responseEnd = end;
    this.responseSize = size;
    this.gap += gap;
  }
}
