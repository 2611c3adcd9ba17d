/** What a server says of the columns of a result: the same again and again, so made once for each RowDescription. */

import { ByteReader } from '../../decode/byte-reader.ts';
import { ByteInterner } from '../../decode/interner.ts';
import { piece } from '../../json/json-writer.ts';

/** Columns described of one result: PostgreSQL's own limit is 1,664. */
export const MAX_COLUMNS = 1664;
/** Descriptions remembered, twice, each with its JSON: some 100 kB of ten columns each. */
const REMEMBERED = { capacity: 512, maxLength: 2048 } as const;

export interface Column {
  readonly name: string;
  readonly type: number;
  readonly format: number;
}

/** An array index: objects have such keys before all others. */
const INDEX = /^\d+$/;

export class Columns {
  readonly list: readonly Column[];
  /** The key of each in an object: its name; one that comes again gets its number. */
  readonly keys: readonly string[];
  /** The keys as JSON, with a colon; null where an object would not have them in this order. */
  readonly keysJson: readonly Uint8Array[] | null;

  constructor(list: readonly Column[]) {
    this.list = list;
    const seen = new Set<string>();
    this.keys = list.map(({ name }, at) => {
      if (seen.has(name)) return `${name}#${at + 1}`;
      seen.add(name);
      return name;
    });
    const isPlain = new Set(this.keys).size === list.length && !this.keys.some((key) => INDEX.test(key));
    this.keysJson = isPlain ? this.keys.map((key) => piece(`${JSON.stringify(key)}:`)) : null;
  }

  /** The key of a column, described or not. */
  key(index: number): string {
    return this.keys[index] ?? `#${index + 1}`;
  }
}

/** The description came before the capture. */
export const noColumns = new Columns([]);

const known = new ByteInterner(
  (bytes, start, end) => new Columns(readColumns(new ByteReader(bytes, start, end))),
  REMEMBERED,
);

/** RowDescription. */
export const columnsOf = (bytes: Uint8Array, start: number, end: number): Columns => known.of(bytes, start, end);

function readColumns(reader: ByteReader): Column[] {
  const count = Math.min(reader.u16(), MAX_COLUMNS);
  const columns: Column[] = [];
  while (columns.length < count) {
    const name = reader.cstring();
    reader.skip(6); // table and column number
    const type = reader.u32();
    reader.skip(6); // type size and modifier
    const format = reader.u16();
    if (reader.isShort) break;
    columns.push({ name, type, format });
  }
  return columns;
}
