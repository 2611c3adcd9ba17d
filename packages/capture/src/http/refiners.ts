/** The protocols that may live inside a call, by its media types: most calls carry none and are told so at once. */

import type { CallKind, HttpRefiner } from './refiner.ts';

/** Pairs of types remembered; full, it starts again. */
const MAX_PAIRS = 256;

export class Refiners {
  private readonly carrier: CallKind['carrier'];
  private readonly all: readonly HttpRefiner[];
  private readonly byRequest = new Map<string, Map<string, readonly HttpRefiner[]>>();
  private pairs = 0;
  /** The pair asked for last: nearly always the next one too. */
  private requestMime: string | null = null;
  private responseMime: string | null = null;
  private found: readonly HttpRefiner[] = [];

  /** The most specific first. */
  constructor(carrier: CallKind['carrier'], all: readonly HttpRefiner[]) {
    this.carrier = carrier;
    this.all = all;
  }

  /** Those to ask of a call with these media types; empty where it has none. */
  of(requestMime: string, responseMime: string): readonly HttpRefiner[] {
    if (requestMime === this.requestMime && responseMime === this.responseMime) return this.found;
    this.found = this.byRequest.get(requestMime)?.get(responseMime) ?? this.add(requestMime, responseMime);
    this.requestMime = requestMime;
    this.responseMime = responseMime;
    return this.found;
  }

  private add(requestMime: string, responseMime: string): readonly HttpRefiner[] {
    if (this.pairs >= MAX_PAIRS) {
      this.byRequest.clear();
      this.pairs = 0;
    }
    const kind = { carrier: this.carrier, request: requestMime, response: responseMime };
    const found = this.all.filter((refiner) => refiner.reads(kind));
    const byResponse = this.byRequest.get(requestMime) ?? new Map<string, readonly HttpRefiner[]>();
    this.byRequest.set(requestMime, byResponse.set(responseMime, found));
    this.pairs++;
    return found;
  }
}
