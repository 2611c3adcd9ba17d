/** What a server says of the columns of a result: the same again and again, definition by definition. */

import { ByteReader } from '../../decode/byte-reader.ts';
import { ByteInterner } from '../../decode/interner.ts';
import { Slab } from '../../decode/slab.ts';
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

/** A column as a result describes it. */
class Definition implements Column {
  readonly name: string;
  readonly table: string;
  readonly type: number;
  readonly charset: number;
  readonly flags: number;
  readonly isExtended: boolean;
  private readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array, { name, table, type, charset, flags }: Column, isExtended: boolean) {
    this.bytes = bytes;
    this.name = name;
    this.table = table;
    this.type = type;
    this.charset = charset;
    this.flags = flags;
    this.isExtended = isExtended;
  }

  /** Does this definition stand there? */
  isAt(bytes: Uint8Array, start: number, end: number): boolean {
    const own = this.bytes;
    const { length } = own;
    if (end - start !== length) return false;
    for (let i = 0; i < length; i++) if (own[i] !== bytes[start + i]) return false;
    return true;
  }
}

/** Columns in order, as far as they were told; lists that begin alike share their beginning. */
export class Columns {
  readonly count: number;
  readonly before: Columns | null;
  readonly column: Definition | null;
  private longer: Map<Column, Columns> | null = null;
  /** What followed last, and mostly does again. */
  private usual: Columns | null = null;
  private made: { readonly list: readonly Column[]; readonly keys: RowKeys } | null = null;

  constructor(before: Columns | null = null, column: Definition | null = null) {
    this.before = before;
    this.column = column;
    this.count = before === null ? 0 : before.count + 1;
  }

  /** These columns and the one that a ColumnDefinition41 in `bytes[start, end)` tells. */
  and({ bytes, start, end }: Place, mariaCapabilities: number): Columns {
    const { usual } = this;
    const isExtended = (mariaCapabilities & MariaCapability.EXTENDED_METADATA) !== 0;
    const column = usual?.column ?? null;
    if (column !== null && column.isExtended === isExtended && column.isAt(bytes, start, end)) return usual ?? this;
    this.usual = this.with((isExtended ? extendedColumns : usualColumns).of(bytes, start, end));
    return this.usual;
  }

  private with(column: Definition): Columns {
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
    this.usual = null;
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

/** Where something stands. */
interface Place {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

const copies = new Slab();
const usualColumns = new ByteInterner((bytes, start, end) => readColumn(bytes, start, end, false), REMEMBERED);
const extendedColumns = new ByteInterner((bytes, start, end) => readColumn(bytes, start, end, true), REMEMBERED);

function readColumn(bytes: Uint8Array, start: number, end: number, isExtended: boolean): Definition {
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
  const column = { name, table, charset, type: reader.u8(), flags: reader.u16le() };
  return new Definition(copies.keep(bytes.subarray(start, end)), column, isExtended);
}
