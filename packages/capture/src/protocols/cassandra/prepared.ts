/** Prepared statements by id: a driver prepares on one connection and executes on many; the id is a digest of the text. */

import type { NameTable } from '../../names/name-table.ts';
import type { Known } from './call.ts';

/** Statements of the applications one agent sees; the oldest learnt leaves. */
export const MAX_STATEMENTS = 8192;

export class PreparedStatements {
  readonly #known = new Map<string, Known>();

  learn(id: string, known: Known): void {
    this.#known.delete(id);
    if (this.#known.size >= MAX_STATEMENTS) {
      const oldest = this.#known.keys().next();
      if (oldest.done !== true) this.#known.delete(oldest.value);
    }
    this.#known.set(id, known);
  }

  of(id: string): Known | undefined {
    return this.#known.get(id);
  }
}

/** What the connections of one engine have in common is its table of names. */
const tables = new WeakMap<NameTable, PreparedStatements>();

export function preparedStatementsOf(engine: NameTable): PreparedStatements {
  let known = tables.get(engine);
  if (known === undefined) {
    known = new PreparedStatements();
    tables.set(engine, known);
  }
  return known;
}
