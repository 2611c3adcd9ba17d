/** What the store asks of an engine. One SQL text, two implementations: `embedded.ts` (chDB) and `server.ts` (ClickHouse). */

/** A value bound to a `{name:Type}` placeholder. 64-bit integers travel as decimal strings. */
export type Parameter = string | number | boolean | readonly (string | number)[];

export interface Statement {
  /** ClickHouse SQL with `{name:Type}` placeholders and without SETTINGS or FORMAT. */
  readonly sql: string;
  readonly parameters?: Readonly<Record<string, Parameter>>;
}

export interface Limits {
  readonly seconds?: number;
  readonly memoryBytes?: number;
  /** Rows the engine may read; it refuses before it begins where it can tell. */
  readonly rows?: number;
  readonly threads?: number;
}

export interface RunOptions {
  readonly limits?: Limits;
  /** Aborting stops the work in the engine, not only the wait for it. */
  readonly signal?: AbortSignal | undefined;
}

/** One row: the selected columns in order. 64-bit integers are decimal strings, NaN is null. */
export type Row = readonly unknown[];

export interface Rows {
  readonly rows: readonly Row[];
  /** What the engine read to answer. */
  readonly rowsRead: number;
  readonly bytesRead: number;
}

export interface Driver {
  /** True when no other process can write to the same tables. */
  readonly exclusive: boolean;
  select(statement: Statement, options?: RunOptions): Promise<Rows>;
  /** DDL and other statements without a result. */
  execute(statement: Statement): Promise<void>;
  /** Inserts one block of ClickHouse's Native format, given in pieces; resolves when the engine has committed it. */
  insertNative(table: string, block: readonly Uint8Array[]): Promise<void>;
  close(): Promise<void>;
}
