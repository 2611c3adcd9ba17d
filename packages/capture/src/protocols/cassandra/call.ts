/** One request with its answer: the numbers at once, the bodies kept for whoever looks closer. */

import { Slab } from '../../decode/slab.ts';
import type { SqlStatement } from '../../decode/sql-statement.ts';
import { CountedExchange } from '../../dissect/counted-exchange.ts';
import type { Prepared } from './messages.ts';

/** A message as it is kept: unpacked, cut at `maxBodyBytes`. */
export interface Half {
  readonly opcode: number;
  readonly version: number;
  readonly flags: number;
  /** As it lies in its chunk until it is copied. */
  body: Uint8Array;
  readonly start: number;
  end: number;
  size: number;
  isCut: boolean;
  gap: number;
}

/** A statement that PREPARE gave a name. */
export interface Known {
  readonly statement: SqlStatement;
  readonly prepared: Prepared;
}

export interface Failure {
  readonly code: number;
  readonly message: string;
}

/** What a batch runs: its first statements, and how many there are. */
export interface Batch {
  readonly statements: readonly string[];
  readonly size: number;
  readonly consistency: string;
}

/** What is known of the connection. */
export interface Peers {
  keyspace?: string;
  user?: string;
  driver?: string;
}

/** Copies of bodies, of all connections. */
const copies = new Slab();

export abstract class CallFacts extends CountedExchange {
  readonly protocol = 'cassandra';
  readonly request: Half | null;
  response: Half | null = null;
  statement: SqlStatement | undefined;
  /** Of EXECUTE: what its PREPARE told, when that was seen. */
  known: Known | undefined;
  batch: Batch | undefined;
  failure: Failure | undefined;
  /** Why there is no answer, when there should be one. */
  missing: string | undefined;
  peers: Peers = {};
  #isRequestKept = false;
  #isResponseKept = false;

  constructor(request: Half | null) {
    super();
    this.request = request;
  }

  /** No more will come: the halves are as they are now. */
  settle(peers: Peers): void {
    const { request, response } = this;
    this.peers = peers;
    if (request !== null) this.setRequest(request);
    if (response !== null) this.setResponse(response);
    this.truncated = request?.isCut === true || response?.isCut === true;
  }

  /** The bytes go away: copies what still lies in them, once. */
  keep(): void {
    const { request, response } = this;
    if (!this.#isRequestKept && request !== null) request.body = copies.keep(request.body);
    if (!this.#isResponseKept && response !== null) response.body = copies.keep(response.body);
    this.#isRequestKept = request !== null;
    this.#isResponseKept = response !== null;
  }

  get status(): number | null {
    return this.response === null ? null : (this.failure?.code ?? 0);
  }
  get error(): boolean {
    return this.failure !== undefined || this.missing !== undefined;
  }
}
