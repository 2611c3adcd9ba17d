/** Protocols that live inside HTTP calls (GraphQL, gRPC, event streams) without knowing which version carried them. */

import type { Description, Exchange } from '../dissect/dissector.ts';
import type { HttpExchange } from './exchange.ts';

export interface HttpRefiner {
  readonly id: Exchange['protocol'];
  /** Whether calls of these media types may be its own; empty where there is none. Asked once for each pair of types. */
  reads(requestMime: string, responseMime: string): boolean;
  /** Asked of every finished call of such types: refuse cheaply, by method or path, before looking at a body. */
  refine(call: HttpExchange): Refinement | null;
}

/** What a refiner knows better than plain HTTP. Absent values stay as HTTP has them. */
export interface Refinement {
  readonly protocol: Exchange['protocol'];
  readonly status?: number | string | null;
  readonly error?: boolean;
  endpoint?(): string;
  /** Asked only when the call is described. Keys of `request` and `response` are added to HTTP's, or replace them. */
  describe(): Partial<Pick<Description, 'method' | 'endpoint' | 'summary' | 'errorText' | 'data'>> & {
    readonly request?: Readonly<Record<string, unknown>>;
    readonly response?: Readonly<Record<string, unknown>>;
  };
}
