/** Protocols that live inside HTTP calls (GraphQL, gRPC, event streams) without knowing which version carried them. */

import type { Description, Exchange } from '../dissect/dissector.ts';
import type { HttpExchange } from './exchange.ts';

export interface HttpRefiner {
  readonly id: Exchange['protocol'];
  /**
   * Asked of every finished call: refuse cheaply, by `call.request?.head.mime()`, method or path, before looking at a body.
   */
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
