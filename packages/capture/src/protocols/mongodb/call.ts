/** A request and its reply while they are put together; `describe.ts` shows them. */

import { Slab } from '../../decode/slab.ts';
import type { Span } from '../../dissect/dissector.ts';
import type { CommandHead, ReplyHead, Sequence } from './commands.ts';

const copies = new Slab();

/** A document of a message, read when somebody looks. */
export interface Part {
  /** A copy of the message's body. */
  readonly body: Uint8Array;
  /** Documents by where they begin; `name` is empty for the command or the reply itself. */
  readonly documents: readonly { readonly name: string; readonly at: number }[];
  readonly sequences: readonly Sequence[];
}

export const keep = (body: Uint8Array): Uint8Array => copies.keep(body);

/** Who speaks and with what, as far as the connection's beginning told. */
export interface Login {
  user?: string;
  mechanism?: string;
  application?: string;
}

export class MongoCall implements CommandHead {
  readonly command: string;
  readonly database: string;
  collection: string;
  /** Of a getMore the cursor it goes on with, else the one that the reply opened. */
  cursor: string;
  readonly start: number | null;
  end: number | null;
  responseStart: number | null = null;
  responseEnd: number | null = null;
  requestSize = 0;
  responseSize = 0;
  asked: Part | undefined;
  replied: Part | undefined;
  reply: ReplyHead | undefined;
  /** Documents in the request: of an insert, of updates. */
  sent: number | undefined;
  /** What the cursor was opened with. */
  origin: string | undefined;
  login: Readonly<Login> = {};
  /** How the request was made smaller, and how the reply. */
  compressor: string | undefined;
  replyCompressor: string | undefined;
  /** Nobody answers it. */
  isOneWay = false;
  missing: string | undefined;
  gap = 0;
  truncated = false;

  constructor(head: CommandHead, start: number | null) {
    this.command = head.command;
    this.database = head.database;
    this.collection = head.collection;
    this.cursor = head.cursor;
    this.start = start;
    this.end = start;
  }

  answered(size: number, { first, last }: Span): void {
    this.responseStart ??= first;
    this.responseEnd = last;
    this.responseSize += size;
  }
}
