/** A request with its answer while it is put together; `describe.ts` shows it. */

import { Slab } from '../../decode/slab.ts';
import type { SqlStatement } from '../../decode/sql-statement.ts';
import type { CallGroup } from '../../dissect/call-group.ts';
import { CountedExchange } from '../../dissect/counted-exchange.ts';
import { Answer, type Reading } from './answer.ts';
import { Arguments } from './arguments.ts';
import type { LoginFields } from './logins.ts';
import { readAnswer } from './tokens.ts';
import type { Ending, Kept } from './wire.ts';

/** Copies of answers, of all connections. */
const copies = new Slab();
const nothing = new Uint8Array(0);

/** What is spoken until a login says otherwise. */
export const NEWEST: Reading = { dialect: { hasCollation: true, isModern: true }, isOld: false };

/** Which kind of message began the call; the name is shown where there is no statement. */
export type CallKind = 'BATCH' | 'RPC' | 'LOGIN' | 'BULK LOAD' | 'TRANSACTION' | 'PRELOGIN' | 'ANSWER';

export abstract class CallFacts extends CountedExchange {
  readonly protocol = 'tds';
  kind: CallKind = 'BATCH';
  sql: SqlStatement | undefined;
  /** What a procedure is called with. */
  readonly args = new Arguments();
  /** Name of the procedure, where it is not one that `args` knows. */
  oldProcedure: string | undefined;
  handle: number | undefined;
  login: LoginFields | undefined;
  /** What a transaction request asks. */
  request: string | undefined;
  database: string | undefined;
  user: string | undefined;
  /** How answers are read. */
  reading = NEWEST;
  /** What of the answer tells how the call went, without its rows. */
  readonly answer = new Answer();
  /** The answer as far as its rows are shown: `bytes[start, end)`. */
  #bytes: Uint8Array = nothing;
  #start = 0;
  #end = 0;
  #isBorrowed = false;
  isCancelled = false;
  /** Why there is no answer, when there should be one. */
  missing: string | undefined;

  /** The summary of what runs no statement. */
  abstract title(): string;

  get status(): number | null {
    const { answer } = this;
    return answer.isKnown ? (answer.failure?.number ?? 0) : null;
  }

  get error(): boolean {
    return this.missing !== undefined || this.answer.failure !== undefined;
  }

  get procedure(): string | undefined {
    return this.args.procedure?.name ?? this.oldProcedure;
  }

  /** First word of the statement, the procedure, or what kind of message it is. */
  get command(): string {
    return this.sql?.verb || (this.procedure ?? this.request ?? this.kind);
  }

  endpoint(): string {
    const { sql, procedure } = this;
    if (sql !== undefined) return sql.endpoint || this.command;
    return procedure === undefined ? this.command : `EXEC ${procedure}`;
  }

  group(): CallGroup | null {
    const { sql, args } = this;
    if (sql === undefined) return args.procedure?.group ?? null;
    return sql.endpoint === '' ? null : sql.group;
  }

  /** The rows of the answer, and what says how they are read. */
  get rows(): Kept | undefined {
    return this.#end > this.#start ? { bytes: this.#bytes, start: this.#start, end: this.#end } : undefined;
  }

  /** The answer is whole. Its bytes are kept as they lie, until `keep`. */
  answered(kept: Kept & Ending): void {
    readAnswer(this.answer, kept, kept, this.reading);
    this.#bytes = kept.bytes;
    this.#start = kept.start;
    this.#end = kept.start + this.answer.rowsEnd;
    this.#isBorrowed = true;
  }

  /** The bytes go away: copies what still lies in them. */
  keep(): void {
    this.args.keep();
    if (!this.#isBorrowed) return;
    const length = this.#end - this.#start;
    this.#isBorrowed = false;
    this.#start = copies.copy(this.#bytes, this.#start, this.#end);
    this.#bytes = copies.block;
    this.#end = this.#start + length;
  }

  /** Nobody looks at it any more: it becomes the next. */
  clear(): void {
    this.forget();
    this.sql = undefined;
    this.args.clear();
    this.oldProcedure = undefined;
    this.handle = undefined;
    this.login = undefined;
    this.request = undefined;
    this.database = undefined;
    this.user = undefined;
    this.answer.clear();
    this.#bytes = nothing;
    this.#start = 0;
    this.#end = 0;
    this.#isBorrowed = false;
    this.isCancelled = false;
    this.missing = undefined;
  }
}
