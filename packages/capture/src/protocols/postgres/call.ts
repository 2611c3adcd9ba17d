/** A call while it is put together: frontend and backend fill it, `describe.ts` shows it. */

import { Slab } from '../../decode/slab.ts';
import type { SqlStatement } from '../../decode/sql-statement.ts';
import { CountedExchange } from '../../dissect/counted-exchange.ts';
import { type Columns, noColumns } from './columns.ts';
import type { ErrorFields, Tag } from './fields.ts';
import { type Login, type Name, unknownLogin } from './names.ts';
import type { Portal } from './statements.ts';
import type { TypedMessage } from './wire.ts';

/** Rows kept of one call. */
export const MAX_ROWS = 20;
/** Notices kept of one call. */
const MAX_NOTICES = 8;
/** Tags kept of one query string with many statements. */
const MAX_TAGS = 32;
/** Parameters of the session a server reports when it is ready; PostgreSQL 17 has 15. */
const MAX_REPORTED = 64;

/** Copies of rows, of all connections. */
const copies = new Slab();

/** `query` has a statement to run; the others are named by what they do. */
export type CallKind = 'query' | 'startup' | 'prepare' | 'cancel' | 'notification' | 'function' | 'error';

export interface Row {
  /** The DataRow's body, where it lies or a copy: `bytes[start, end)`. */
  bytes: Uint8Array;
  start: number;
  end: number;
  /** What the server said of the columns; none when that was before the capture. */
  readonly columns: Columns;
}

/** What few calls have of these lists. */
const none: readonly never[] = [];

export abstract class CallFacts extends CountedExchange {
  readonly protocol = 'postgres';
  /** A Parse becomes a query when what it prepares is executed in the same batch. */
  kind: CallKind;
  sql: SqlStatement | undefined;
  /** Name of the prepared statement; empty for the unnamed one. */
  statement: Name | undefined;
  /** What was bound, for its parameters. */
  portal: Portal | undefined;
  login: Login = unknownLogin;
  application: string | undefined;
  authentication: string | undefined;
  /** Of the server's process that serves the connection, is to be cancelled, or notifies. */
  processId: number | undefined;
  columns = noColumns;
  #rows: Row[] | null = null;
  #rowBytes = 0;
  /** Rows that are copies. */
  #copiedRows = 0;
  /** Rows the server counted or sent; undefined when none were told. */
  rowCount: number | undefined;
  tags: readonly Tag[] = none;
  copy: { readonly direction: 'in' | 'out' | 'both'; bytes: number; messages: number } | undefined;
  notices: readonly string[] = none;
  reported: readonly (readonly [name: string, value: string])[] = none;
  channel: string | undefined;
  payload: string | undefined;
  transaction: 'open' | 'failed' | undefined;
  failure: ErrorFields | undefined;
  /** Why there is no end of the response, when there should be one. */
  missing: string | undefined;
  /** The server has begun to answer it: it leaves with the next ReadyForQuery. */
  isAnswered = false;
  /** It was given away: what comes later belongs to another call. */
  hasLeft = false;

  constructor(kind: CallKind) {
    super();
    this.kind = kind;
  }

  /** The first rows. */
  get rows(): readonly Row[] {
    return this.#rows ?? none;
  }

  /** Counts a row, and keeps it while there are few and no more than `maxBytes` of them. */
  row({ bytes, start, end }: TypedMessage, columns: Columns, maxBytes: number): void {
    this.rowCount = (this.rowCount ?? 0) + 1;
    const length = end - start;
    if (this.rows.length >= MAX_ROWS || this.#rowBytes + length > maxBytes) {
      this.truncated = true;
      return;
    }
    this.#rowBytes += length;
    this.#rows ??= [];
    this.#rows.push({ bytes, start, end, columns });
  }

  /** The bytes go away: copies what still lies in them. */
  keep(): void {
    this.sql?.settle();
    this.portal?.keep();
    const { rows } = this;
    for (; this.#copiedRows < rows.length; this.#copiedRows++) {
      const row = rows[this.#copiedRows];
      if (row === undefined) return;
      const length = row.end - row.start;
      row.start = copies.copy(row.bytes, row.start, row.end);
      row.bytes = copies.block;
      row.end = row.start + length;
    }
  }

  notice(text: string): void {
    if (this.notices.length < MAX_NOTICES) this.notices = [...this.notices, text];
    else this.truncated = true;
  }

  /** CommandComplete: rows that were sent have been counted, rows that were changed are only told here. */
  done(tag: Tag): void {
    if (this.tags.length === 0) this.tags = tag.alone;
    else if (this.tags.length < MAX_TAGS) this.tags = [...this.tags, tag];
    else this.truncated = true;
    const { rows } = tag;
    if (rows !== undefined && !tag.isSelect) this.rowCount = rows;
    else if (rows !== undefined) this.rowCount ??= rows;
  }

  report(name: string, value: string): void {
    if (this.reported.length < MAX_REPORTED) this.reported = [...this.reported, [name, value]];
  }

  copied(bytes: number): void {
    if (this.copy === undefined) return;
    this.copy.bytes += bytes;
    this.copy.messages += 1;
  }
}
