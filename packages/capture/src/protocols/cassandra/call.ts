/** One request with its answer: the numbers at once, the bodies kept for whoever looks closer. */

import type { SqlStatement } from '../../decode/sql-statement.ts';
import type { Description, Exchange } from '../../dissect/dissector.ts';
import type { Prepared } from './messages.ts';

/** A message as it is kept: unpacked, cut at `maxBodyBytes`. */
export interface Half {
  readonly opcode: number;
  readonly version: number;
  readonly flags: number;
  readonly body: Uint8Array;
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

export abstract class CallFacts implements Exchange {
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

  constructor(request: Half | null) {
    this.request = request;
  }

  get requestStart(): number | null {
    return this.request?.start ?? null;
  }
  get requestEnd(): number | null {
    return this.request?.end ?? null;
  }
  get responseStart(): number | null {
    return this.response?.start ?? null;
  }
  get responseEnd(): number | null {
    return this.response?.end ?? null;
  }
  get requestSize(): number {
    return this.request?.size ?? 0;
  }
  get responseSize(): number {
    return this.response?.size ?? 0;
  }
  get status(): number | null {
    return this.response === null ? null : (this.failure?.code ?? 0);
  }
  get error(): boolean {
    return this.failure !== undefined || this.missing !== undefined;
  }
  get gap(): number {
    return (this.request?.gap ?? 0) + (this.response?.gap ?? 0);
  }
  get truncated(): boolean {
    return this.request?.isCut === true || this.response?.isCut === true;
  }

  abstract describe(): Description;
}
