/** Prepared statements and portals of one connection, by name. */

import type { SqlStatement } from '../../decode/sql-statement.ts';
import type { Column } from './fields.ts';

/** Statements and portals remembered of one connection; drivers keep a few hundred. */
export const MAX_STATEMENTS = 2048;

export interface Statement {
  readonly sql: SqlStatement;
  /** Types of the parameters: those Parse declared, later those the server told. */
  types: readonly number[];
  columns: readonly Column[];
}

export interface Portal {
  readonly statementName: string;
  /** Undefined when it was prepared before the capture. */
  readonly statement: Statement | undefined;
  /** A copy of the Bind's body. */
  readonly bind: Uint8Array;
  /** Where in it the formats and parameters begin. */
  readonly valuesAt: number;
  /** What the server told of the portal itself, formats included. */
  columns?: readonly Column[];
}

/** A table that keeps the newest of its names. */
export class Names<T> {
  readonly #values = new Map<string, T>();

  get(name: string): T | undefined {
    return this.#values.get(name);
  }

  set(name: string, value: T): void {
    // The unnamed one is replaced all the time and keeps its place.
    if (name !== '') this.#values.delete(name);
    if (this.#values.size >= MAX_STATEMENTS && !this.#values.has(name)) {
      const oldest = this.#values.keys().next();
      if (oldest.done !== true) this.#values.delete(oldest.value);
    }
    this.#values.set(name, value);
  }
}
