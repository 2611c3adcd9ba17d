/** A request and its reply while they are put together; `describe.ts` shows them. */

import { Slab } from '../../decode/slab.ts';
import { CountedExchange } from '../../dissect/counted-exchange.ts';
import type { CommandHead, ReplyHead, Sequence } from './commands.ts';
import { unknownLogin } from './user.ts';

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

export abstract class CallFacts extends CountedExchange implements CommandHead {
  readonly protocol = 'mongodb';
  readonly command: string;
  readonly database: string;
  collection: string;
  /** Of a getMore the cursor it goes on with, else the one that the reply opened. */
  cursor: string;
  asked: Part | undefined;
  replied: Part | undefined;
  reply: ReplyHead | undefined;
  /** Documents in the request: of an insert, of updates. */
  sent: number | undefined;
  /** What the cursor was opened with. */
  origin: string | undefined;
  login = unknownLogin;
  /** How the request was made smaller, and how the reply. */
  compressor: string | undefined;
  replyCompressor: string | undefined;
  /** Nobody answers it. */
  isOneWay = false;
  missing: string | undefined;

  constructor(head: CommandHead) {
    super();
    this.command = head.command;
    this.database = head.database;
    this.collection = head.collection;
    this.cursor = head.cursor;
  }
}
