/** Prepared statements of one connection, by the number the server gave them. */

import type { SqlStatement } from '../../decode/sql-statement.ts';
import { noColumns } from './columns.ts';
import type { Bindable, Parameter } from './parameters.ts';

/** Statements remembered of one connection; servers allow 16,382 over all of theirs. */
export const MAX_STATEMENTS = 2048;
/** Parameters whose values were sent ahead. */
const MAX_LONG_DATA = 256;

/** MariaDB: the statement prepared last, whose number the client does not know yet. */
export const LAST_PREPARED = 0xffffffff;

export class Statement implements Bindable {
  readonly sql: SqlStatement;
  /** Undefined until the server has given it. */
  id: number | undefined;
  parameterCount: number | undefined;
  parameters: readonly Parameter[] = [];
  columns = noColumns;
  readonly longData = new Map<number, number>();

  constructor(sql: SqlStatement) {
    this.sql = sql;
  }

  /** Bytes of a parameter that come before the execution. */
  sentAhead(parameter: number, bytes: number): void {
    if (this.longData.size < MAX_LONG_DATA || this.longData.has(parameter))
      this.longData.set(parameter, (this.longData.get(parameter) ?? 0) + bytes);
  }
}

export class Statements {
  readonly #byId = new Map<number, Statement>();
  #last: Statement | undefined;

  find(id: number): Statement | undefined {
    return id === LAST_PREPARED ? this.#last : this.#byId.get(id);
  }

  /** The client asks to prepare it. */
  preparing(statement: Statement): void {
    this.#last = statement;
  }

  /** The server has given it its number. */
  prepared(statement: Statement): void {
    const { id } = statement;
    if (id === undefined) return;
    this.#byId.delete(id);
    if (this.#byId.size >= MAX_STATEMENTS) {
      const oldest = this.#byId.keys().next();
      if (oldest.done !== true) this.#byId.delete(oldest.value);
    }
    this.#byId.set(id, statement);
  }

  closed(id: number): void {
    this.#byId.delete(id);
  }

  clear(): void {
    this.#byId.clear();
    this.#last = undefined;
  }
}
