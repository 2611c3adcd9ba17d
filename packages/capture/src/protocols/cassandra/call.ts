/** One request with its answer: the numbers at once, the bodies kept for whoever looks closer. */

import { Slab } from '../../decode/slab.ts';
import type { SqlStatement } from '../../decode/sql-statement.ts';
import { CountedExchange } from '../../dissect/counted-exchange.ts';
import type { Span } from '../../dissect/dissector.ts';
import type { Prepared } from './messages.ts';
import type { Envelope } from './wire.ts';

const NOTHING = new Uint8Array(0);
/** Copies of bodies, of all connections. */
const copies = new Slab();

/** A message as it is kept: unpacked, cut at `maxBodyBytes`. */
export class Half {
  opcode = 0;
  version = 0;
  flags = 0;
  /** Where the body lies: in its chunk, until it is copied. */
  bytes: Uint8Array = NOTHING;
  from = 0;
  to = 0;
  start = 0;
  end = 0;
  size = 0;
  isCut = false;
  gap = 0;
  private isBorrowed = false;

  /** The body is told by `place`. */
  begin({ opcode, version, flags, size }: Envelope, { first, last }: Span): void {
    this.opcode = opcode;
    this.version = version;
    this.flags = flags;
    this.size = size;
    this.start = first;
    this.end = last;
    this.isCut = false;
    this.gap = 0;
  }

  place(bytes: Uint8Array, from: number, to: number): void {
    this.bytes = bytes;
    this.from = from;
    this.to = to;
    this.isBorrowed = true;
  }

  /** The bytes go away: copies them, once. */
  keep(): void {
    if (!this.isBorrowed) return;
    const length = this.to - this.from;
    const from = copies.copy(this.bytes, this.from, this.to);
    this.place(copies.block, from, from + length);
    this.isBorrowed = false;
  }

  release(): void {
    this.place(NOTHING, 0, 0);
    this.isBorrowed = false;
  }
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

const nobody: Peers = {};

export abstract class CallFacts extends CountedExchange {
  readonly protocol = 'cassandra';
  /** Null when they were not seen. */
  request: Half | null = null;
  response: Half | null = null;
  statement: SqlStatement | undefined;
  /** Of EXECUTE: what its PREPARE told, when that was seen. */
  known: Known | undefined;
  batch: Batch | undefined;
  failure: Failure | undefined;
  /** Why there is no answer, when there should be one. */
  missing: string | undefined;
  peers = nobody;
  private readonly asked = new Half();
  private readonly replied = new Half();

  /** The request, to be filled. */
  ask(): Half {
    this.request = this.asked;
    return this.asked;
  }

  /** The same of the response. */
  answer(): Half {
    this.response = this.replied;
    return this.replied;
  }

  /** No more will come: the halves are as they are now. */
  settle(peers: Peers): void {
    const { request, response } = this;
    this.peers = peers;
    if (request !== null) this.setRequest(request);
    if (response !== null) this.setResponse(response);
    this.truncated = request?.isCut === true || response?.isCut === true;
  }

  /** The bytes go away: copies what still lies in them. */
  keep(): void {
    this.asked.keep();
    this.replied.keep();
    this.statement?.settle();
  }

  /** Lets go of what it was about, and is as new. */
  release(): void {
    this.forget();
    this.request = null;
    this.response = null;
    this.asked.release();
    this.replied.release();
    this.statement = undefined;
    this.known = undefined;
    this.batch = undefined;
    this.failure = undefined;
    this.missing = undefined;
    this.peers = nobody;
  }

  get status(): number | null {
    return this.response === null ? null : (this.failure?.code ?? 0);
  }
  get error(): boolean {
    return this.failure !== undefined || this.missing !== undefined;
  }
}
