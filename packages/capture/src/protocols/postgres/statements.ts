/** Prepared statements and portals of one connection, by name. */

import { Slab } from '../../decode/slab.ts';
import type { SqlStatement } from '../../decode/sql-statement.ts';
import { type Columns, noColumns } from './columns.ts';
import type { Name } from './names.ts';

/** Copies of parameters, of all connections. */
const copies = new Slab();
/** Statements and portals remembered of one connection; drivers keep a few hundred. */
export const MAX_STATEMENTS = 2048;

export class Statement {
  readonly sql: SqlStatement;
  /** Types of the parameters: those Parse declared, later those the server told. */
  types: readonly number[];
  columns: Columns = noColumns;

  constructor(sql: SqlStatement, types: readonly number[]) {
    this.sql = sql;
    this.types = types;
  }
}

export class Portal {
  readonly statementName: Name;
  /** Undefined when it was prepared before the capture. */
  readonly statement: Statement | undefined;
  /** The Bind's formats and parameters, where they lie or a copy: `bytes[start, end)`. */
  bytes: Uint8Array;
  start: number;
  end: number;
  private isLent = true;
  /** What the server told of the portal itself, formats included. */
  columns: Columns | undefined;

  constructor(
    statementName: Name,
    statement: Statement | undefined,
    bind: { bytes: Uint8Array; start: number; end: number },
  ) {
    this.statementName = statementName;
    this.statement = statement;
    this.bytes = bind.bytes;
    this.start = bind.start;
    this.end = bind.end;
  }

  /** The bytes go away: copies them, once. */
  keep(): void {
    if (!this.isLent) return;
    this.isLent = false;
    const length = this.end - this.start;
    this.start = copies.copy(this.bytes, this.start, this.end);
    this.bytes = copies.block;
    this.end = this.start + length;
  }
}

/** A table that keeps the newest of its names. */
export class Names<T> {
  readonly #values = new Map<string, T>();
  /** The unnamed one is replaced all the time. */
  #unnamed: T | undefined;

  get unnamed(): T | undefined {
    return this.#unnamed;
  }

  get({ text }: Name): T | undefined {
    return text === '' ? this.#unnamed : this.#values.get(text);
  }

  set({ text }: Name, value: T): void {
    if (text === '') {
      this.#unnamed = value;
      return;
    }
    this.#values.delete(text);
    if (this.#values.size >= MAX_STATEMENTS) {
      const oldest = this.#values.keys().next();
      if (oldest.done !== true) this.#values.delete(oldest.value);
    }
    this.#values.set(text, value);
  }
}
