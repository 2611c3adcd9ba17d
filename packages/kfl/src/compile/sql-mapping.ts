/** Where a store keeps the values of entries: given to the SQL compiler as data, by whoever owns the table. */

/** How a column says that a value is missing. */
export type Missing = 'never' | 'empty' | 'zero' | 'null';

export interface SqlColumn {
  readonly column: string;
  /**
   * `integer` is an unsigned 64-bit number that documents hold as its decimal text. `status` is a nullable number beside a
   * column with the text of those that are none.
   */
  readonly type: 'text' | 'number' | 'bool' | 'texts' | 'integer' | 'status';
  /** `empty` and `zero` are for values that are never empty or 0 when they are there. */
  readonly missing: Missing;
  /** Of a status: the column with its text. */
  readonly textColumn?: string;
  /** SQL that says whether the column holds this value at all: it may hold it for another path. */
  readonly when?: string;
  /** Path of the value that was taken out of the document for it, when it is not the column's own: `request.body.text`. */
  readonly taken?: string;
  /** Not read by lists and charts: bodies, headers. */
  readonly isHeavy?: true;
}

export interface SqlMapping {
  /** By path in the document, keys joined with dots. */
  readonly columns: Readonly<Record<string, SqlColumn>>;
  /** Columns of type Map(String, String) by path: keys in lower case, a repeated one several times. */
  readonly maps: Readonly<Record<string, string>>;
  /** Array column with the protocols an entry carries. */
  readonly protocols: string;
  /** Column with the JSON text of every value that has no column. */
  readonly document: string;
}

export type SqlParameter = string | number | boolean;
export type SqlParameters = Readonly<Record<string, SqlParameter>>;

/** Collects literals: each becomes a `{p0:String}` placeholder, none is ever part of the text. */
export class Binder {
  readonly parameters: Record<string, SqlParameter> = {};
  readonly #prefix: string;
  #count = 0;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  text(value: string): string {
    return this.#bind(value, 'String');
  }
  number(value: number): string {
    return this.#bind(value, 'Float64');
  }
  /** A whole number in decimal, for 64-bit columns. */
  integer(value: string): string {
    return this.#bind(value, 'UInt64');
  }

  #bind(value: SqlParameter, type: string): string {
    const name = `${this.#prefix}${this.#count++}`;
    this.parameters[name] = value;
    return `{${name}:${type}}`;
  }
}
