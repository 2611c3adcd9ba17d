/** Protocols that live inside HTTP calls (GraphQL, gRPC, event streams) without knowing which version carried them. */

import type { CallGroup } from '../dissect/call-group.ts';
import type { Description, Exchange } from '../dissect/dissector.ts';
import type { JsonWriter } from '../json/json-writer.ts';
import type { HttpExchange } from './exchange.ts';

/** What is known of every call without looking closer. */
export interface CallKind {
  readonly carrier: 'http' | 'http2';
  /** Media types of both halves; empty where there is none. */
  readonly request: string;
  readonly response: string;
}

/** What can be asked of a request before anything is made of it. */
export interface RequestSight {
  readonly method: string;
  /** Media type without parameters, lower case; empty when there is none. */
  readonly mime: string;
  /** Whether the query has a parameter of one of these names. */
  hasParameter(names: readonly string[]): boolean;
  /** Whether JSON in the body may have a member of one of these names: it is there, or the body is encoded. */
  mayHave(members: readonly string[]): boolean;
}

export interface HttpRefiner {
  readonly id: Exchange['protocol'];
  /** Whether calls of this kind may be its own. Asked once for each kind. */
  reads(kind: CallKind): boolean;
  /** False for a request that is surely none of its own: then `refine` need not be asked. */
  mayRefine?(request: RequestSight): boolean;
  /** Asked of every finished call of such types: refuse cheaply, by method or path, before looking at a body. */
  refine(call: HttpExchange): Refinement | null;
}

/** What a refinement writes of itself as `describe` tells it, without objects made of it. */
export interface WrittenRefinement {
  readonly method: string;
  readonly endpoint: string;
  readonly summary: string;
  readonly errorText: string | undefined;
  /** Of the response, instead of HTTP's own; undefined where it stays. */
  readonly status: number | undefined;
  /** Keys that HTTP does not have, a comma before each. */
  writeRequest(json: JsonWriter): void;
  writeResponse(json: JsonWriter): void;
}

/** What a refiner knows better than plain HTTP. Absent values stay as HTTP has them. */
export interface Refinement {
  readonly protocol: Exchange['protocol'];
  readonly status?: number | string | null;
  readonly error?: boolean;
  endpoint?(): string;
  /** See {@link Exchange}. */
  group?(): CallGroup | null;
  /** The same to be written as JSON; null where only `describe` knows. One object may be reused for all calls. */
  written?(): WrittenRefinement | null;
  /** Asked only when the call is described. Keys of `request` and `response` are added to HTTP's, or replace them. */
  describe(): Partial<Pick<Description, 'method' | 'endpoint' | 'summary' | 'errorText' | 'data'>> & {
    readonly request?: Readonly<Record<string, unknown>>;
    readonly response?: Readonly<Record<string, unknown>>;
  };
}
