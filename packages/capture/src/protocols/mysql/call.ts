/** A command and its answer while they are put together; `describe.ts` shows them. */

import type { JsonValue } from '@kubeshark/model';
import { Slab } from '../../decode/slab.ts';
import type { SqlStatement } from '../../decode/sql-statement.ts';
import { CountedExchange } from '../../dissect/counted-exchange.ts';
import { ServerStatus } from './codes.ts';
import type { Columns } from './columns.ts';
import type { Failure, OkFields, SessionChange } from './fields.ts';
import type { Binding } from './parameters.ts';
import { type User, unknownUser } from './user.ts';
import type { Packet } from './wire.ts';

/** Rows kept of one call. */
export const MAX_ROWS = 20;
/** Changes of the session kept of one call. */
const MAX_CHANGES = 32;
/** Copies of rows, of all connections. */
const copies = new Slab();

export interface Row {
  /** The packet, where it lies or a copy: `bytes[start, end)`. */
  bytes: Uint8Array;
  start: number;
  end: number;
  readonly columns: Columns;
  readonly isBinary: boolean;
}

/** What few calls have of these lists and tables. */
const none: readonly never[] = [];
const empty: Readonly<Record<string, never>> = {};

export abstract class CallFacts extends CountedExchange {
  readonly protocol = 'mysql';
  /** The command's name, `LOGIN` or `ERROR`. */
  readonly name: string;
  sql: SqlStatement | undefined;
  /** What the command names: a database, a connection to kill. */
  subject: string | undefined;
  /** Number of the prepared statement. */
  statement: number | undefined;
  binding: Binding | undefined;
  attributes: Readonly<Record<string, JsonValue>> = empty;
  user: User = unknownUser;
  /** What the client tells of itself. */
  client: Readonly<Record<string, string>> = empty;
  authentication: string | undefined;
  serverVersion: string | undefined;
  connectionId: number | undefined;
  compression: string | undefined;
  #rows: Row[] | null = null;
  #rowBytes = 0;
  /** Rows that are copies. */
  #copiedRows = 0;
  /** Rows sent, or changed; undefined when none were told. */
  rowCount: number | undefined;
  lastInsertId: number | undefined;
  warnings = 0;
  info = '';
  /** Results of one call: statements separated by semicolons, and procedures, have several. */
  results = 0;
  /** Parameters and columns of a statement that is prepared. */
  prepared: { readonly parameters: number; readonly columns: number } | undefined;
  text: string | undefined;
  /** A file of the client that LOAD DATA LOCAL asked for. */
  infile: { readonly file: string; bytes: number } | undefined;
  progressReports = 0;
  changes: readonly SessionChange[] = none;
  isInTransaction = false;
  failure: Failure | undefined;
  /** Why there is no end of the response, when there should be one. */
  missing: string | undefined;

  constructor(name: string) {
    super();
    this.name = name;
  }

  /** The first rows. */
  get rows(): readonly Row[] {
    return this.#rows ?? none;
  }

  /** Counts a row, and keeps it while there are few and no more than `maxRowBytes` of them. */
  row(
    { bytes, start, end }: Packet,
    columns: Columns,
    { isBinary, maxRowBytes }: { readonly isBinary: boolean; readonly maxRowBytes: number },
  ): void {
    this.rowCount = (this.rowCount ?? 0) + 1;
    const length = end - start;
    if (this.rows.length >= MAX_ROWS || this.#rowBytes + length > maxRowBytes) {
      this.truncated = true;
      return;
    }
    this.#rowBytes += length;
    this.#rows ??= [];
    this.#rows.push({ bytes, start, end, columns, isBinary });
  }

  /** The bytes go away: copies what still lies in them. */
  keep(): void {
    this.sql?.settle();
    this.binding?.keep();
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

  /** A result without rows. */
  done({ affectedRows, lastInsertId, status, warnings, info, changes }: OkFields): void {
    if (this.sql !== undefined) this.rowCount = (this.rowCount ?? 0) + affectedRows;
    if (lastInsertId !== 0) this.lastInsertId = lastInsertId;
    if (info !== '') this.info = info;
    if (changes.length > 0) this.changes = [...this.changes, ...changes].slice(0, MAX_CHANGES);
    this.ended(status, warnings);
  }

  /** The state after a result. */
  ended(status: number, warnings: number): void {
    this.results++;
    this.warnings += warnings;
    this.isInTransaction = (status & ServerStatus.IN_TRANSACTION) !== 0;
  }
}
