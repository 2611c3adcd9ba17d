/** What a server says of the columns of a result: the same again and again, so made once for each RowDescription. */

import { ByteReader } from '../../decode/byte-reader.ts';
import { ByteInterner } from '../../decode/interner.ts';
import { RowKeys } from '../../json/row-keys.ts';

/** Columns described of one result: PostgreSQL's own limit is 1,664. */
export const MAX_COLUMNS = 1664;
/** Descriptions remembered, twice, each with its JSON: some 100 kB of ten columns each. */
const REMEMBERED = { capacity: 512, maxLength: 2048 } as const;

export interface Column {
  readonly name: string;
  readonly type: number;
  readonly format: number;
}

export class Columns {
  readonly list: readonly Column[];
  readonly keys: RowKeys;

  constructor(list: readonly Column[]) {
    this.list = list;
    this.keys = new RowKeys(list.map(({ name }) => name));
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
