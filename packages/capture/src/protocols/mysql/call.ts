/** A command and its answer while they are put together; `describe.ts` shows them. */

import type { JsonValue } from '@kubeshark/model';
import { Slab } from '../../decode/slab.ts';
import type { SqlStatement } from '../../decode/sql-statement.ts';
import { CountedExchange } from '../../dissect/counted-exchange.ts';
import { ServerStatus } from './codes.ts';
import type { Column, Failure, OkFields, SessionChange } from './fields.ts';
import type { Binding } from './parameters.ts';

/** Rows kept of one call. */
export const MAX_ROWS = 20;
/** Changes of the session kept of one call. */
const MAX_CHANGES = 32;
const copies = new Slab();

export interface Row {
  /** A copy of the packet. */
  readonly bytes: Uint8Array;
  readonly columns: readonly Column[];
  readonly isBinary: boolean;
}

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
  attributes: Readonly<Record<string, JsonValue>> = {};
  user: string | undefined;
  database: string | undefined;
  /** What the client tells of itself. */
  client: Readonly<Record<string, string>> = {};
  authentication: string | undefined;
  serverVersion: string | undefined;
  connectionId: number | undefined;
  compression: string | undefined;
  readonly rows: Row[] = [];
  #rowBytes = 0;
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
  readonly changes: SessionChange[] = [];
  isInTransaction = false;
  failure: Failure | undefined;
  /** Why there is no end of the response, when there should be one. */
  missing: string | undefined;

  constructor(name: string) {
    super();
    this.name = name;
  }

  /** Counts a row, and keeps it while there are few and no more than `maxBytes` of them. */
  row(
    body: Uint8Array,
    kind: { readonly columns: readonly Column[]; readonly isBinary: boolean },
    maxBytes: number,
  ): void {
    this.rowCount = (this.rowCount ?? 0) + 1;
    if (this.rows.length >= MAX_ROWS || this.#rowBytes + body.length > maxBytes) {
      this.truncated = true;
      return;
    }
    this.#rowBytes += body.length;
    this.rows.push({ bytes: copies.keep(body), columns: kind.columns, isBinary: kind.isBinary });
  }

  /** A result without rows. */
  done({ affectedRows, lastInsertId, status, warnings, info, changes }: OkFields): void {
    if (this.sql !== undefined) this.rowCount = (this.rowCount ?? 0) + affectedRows;
    if (lastInsertId !== 0) this.lastInsertId = lastInsertId;
    if (info !== '') this.info = info;
    this.changes.push(...changes.slice(0, MAX_CHANGES - this.changes.length));
    this.ended(status, warnings);
  }

  /** The state after a result. */
  ended(status: number, warnings: number): void {
    this.results++;
    this.warnings += warnings;
    this.isInTransaction = (status & ServerStatus.IN_TRANSACTION) !== 0;
  }
}
