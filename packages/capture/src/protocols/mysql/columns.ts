/** What a server says of the columns of a result: the same again and again, definition by definition. */

import { ByteReader } from '../../decode/byte-reader.ts';
import { ByteInterner } from '../../decode/interner.ts';
import { RowKeys } from '../../json/row-keys.ts';
import { MariaCapability } from './codes.ts';
import { lenenc, lenencBytes, lenencText } from './fields.ts';

/** Definitions remembered, twice. */
const REMEMBERED = { capacity: 2048, maxLength: 256 } as const;
/** Lists of columns remembered, of whatever length. */
const MAX_LISTS = 2048;

export interface Column {
  readonly name: string;
  readonly table: string;
  readonly type: number;
  readonly charset: number;
  readonly flags: number;
}

/** Columns in order, as far as they were told; lists that begin alike share their beginning. */
export class Columns {
  readonly count: number;
  readonly before: Columns | null;
  readonly column: Column | null;
  private longer: Map<Column, Columns> | null = null;
  private made: { readonly list: readonly Column[]; readonly keys: RowKeys } | null = null;

  constructor(before: Columns | null = null, column: Column | null = null) {
    this.before = before;
    this.column = column;
    this.count = before === null ? 0 : before.count + 1;
  }

  /** These columns and another. */
  and(column: Column): Columns {
    const known = this.longer?.get(column);
    if (known !== undefined) return known;
    const longer = new Columns(this, column);
    if (lists < MAX_LISTS) {
      lists++;
      this.longer ??= new Map();
      this.longer.set(column, longer);
    }
    return longer;
  }

  get list(): readonly Column[] {
    return this.whole.list;
  }

  get keys(): RowKeys {
    return this.whole.keys;
  }

  forget(): void {
    this.longer = null;
  }

  private get whole(): { readonly list: readonly Column[]; readonly keys: RowKeys } {
    if (this.made !== null) return this.made;
    const list = columnsUpTo(this);
    this.made = { list, keys: new RowKeys(list.map(({ name }) => name)) };
    return this.made;
  }
}

function columnsUpTo(last: Columns): Column[] {
  const list: Column[] = [];
  for (let at: Columns | null = last; at !== null; at = at.before) if (at.column !== null) list.push(at.column);
  return list.reverse();
}

let lists = 0;
export const noColumns = new Columns();

/** The list that a result begins with. */
export function firstColumns(): Columns {
  if (lists >= MAX_LISTS) {
    noColumns.forget();
    lists = 0;
  }
  return noColumns;
}

const usual = new ByteInterner((bytes, start, end) => readColumn(bytes, start, end, false), REMEMBERED);
const extended = new ByteInterner((bytes, start, end) => readColumn(bytes, start, end, true), REMEMBERED);

/** ColumnDefinition41. */
export const columnOf = (bytes: Uint8Array, start: number, end: number, mariaCapabilities: number): Column =>
  ((mariaCapabilities & MariaCapability.EXTENDED_METADATA) === 0 ? usual : extended).of(bytes, start, end);

function readColumn(bytes: Uint8Array, start: number, end: number, isExtended: boolean): Column {
  const reader = new ByteReader(bytes, start, end);
  for (const _ of ['catalog', 'schema']) lenencBytes(reader);
  const table = lenencText(reader);
  lenencBytes(reader); // table without its alias
  const name = lenencText(reader);
  lenencBytes(reader); // name without its alias
  if (isExtended) lenencBytes(reader);
  lenenc(reader); // length of what follows
  const charset = reader.u16le();
  reader.skip(4); // width
  return { name, table, charset, type: reader.u8(), flags: reader.u16le() };
}
