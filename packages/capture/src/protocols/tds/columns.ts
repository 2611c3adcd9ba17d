/** What a server says of the columns of a result (COLMETADATA, [MS-TDS] §2.2.7.4): the same again and again. */

import { ByteReader } from '../../decode/byte-reader.ts';
import { ByteInterner } from '../../decode/interner.ts';
import { piece } from '../../json/json-writer.ts';
import { RowKeys } from '../../json/row-keys.ts';
import { shortText } from './text.ts';
import { type Dialect, type TypeInfo, typeInfo } from './types.ts';

/** Columns of one table: SQL Server's own limit of a SELECT. */
const MAX_COLUMNS = 4096;
const NO_COLUMNS = 0xffff;
/** Descriptions remembered, twice: some kilobytes each. */
const REMEMBERED = { capacity: 1024, maxLength: 4096 } as const;

export interface Column {
  readonly name: string;
  readonly type: TypeInfo;
}

export class Columns {
  readonly list: readonly Column[];
  private pieces: readonly Uint8Array[] | null | undefined;

  constructor(list: readonly Column[]) {
    this.list = list;
  }

  /** A brace or a comma, the key, and its colon, of each; null where an object would not have them so. */
  get keys(): readonly Uint8Array[] | null {
    this.pieces ??= keysOf(this.list);
    return this.pieces;
  }
}

/** A name that comes again, and one that is empty, get their number. */
function keysOf(list: readonly Column[]): readonly Uint8Array[] | null {
  const keys = new RowKeys(list.map(({ name }, index) => (name === '' ? `#${index + 1}` : name)));
  if (keys.json === null || list.some(({ name }) => name === '__proto__')) return null;
  return list.map((_, index) => piece(`${index === 0 ? '{' : ','}${JSON.stringify(keys.of(index))}:`));
}

export const noColumns = new Columns([]);

/** Reads the columns that follow; undefined for none that are known, or not here whole. `before`: those of the result before. */
export function readColumns(reader: ByteReader, dialect: Dialect, before: Columns): Columns | undefined {
  const start = reader.at;
  const count = reader.u16le();
  if (count === NO_COLUMNS) return reader.isShort ? undefined : before;
  if (count > MAX_COLUMNS) return undefined;
  for (let index = 0; index < count; index++) {
    if (readType(reader, dialect) === undefined || reader.isShort) return undefined;
    reader.skip(2 * reader.u8());
  }
  if (reader.isShort) return undefined;
  const { hasCollation, isModern } = dialect;
  const known = isModern ? modern : hasCollation ? collated : oldest;
  return known.of(reader.bytes, start, reader.at);
}

const interner = (dialect: Dialect) =>
  new ByteInterner<Columns>((bytes, start, end) => makeColumns(new ByteReader(bytes, start, end), dialect), REMEMBERED);
/** Of TDS 7.2 and later, of 7.1, of 7.0. */
const modern = interner({ hasCollation: true, isModern: true });
const collated = interner({ hasCollation: true, isModern: false });
const oldest = interner({ hasCollation: false, isModern: false });

function makeColumns(reader: ByteReader, dialect: Dialect): Columns {
  const list: Column[] = [];
  for (let count = reader.u16le(); count > 0; count--) {
    const type = readType(reader, dialect);
    if (type !== undefined) list.push({ type, name: shortText(reader) });
  }
  return new Columns(list);
}

/** The type, with what stands around it; of old large values the name of their table stands behind it. */
function readType(reader: ByteReader, dialect: Dialect): TypeInfo | undefined {
  const type = readTypeOnly(reader, dialect);
  if (type?.form !== 'long') return type;
  const parts = dialect.isModern ? reader.u8() : 1;
  for (let part = 0; part < parts; part++) reader.skip(2 * reader.u16le());
  return type;
}

/** The type of an output, or of a column. */
export function readTypeOnly(reader: ByteReader, dialect: Dialect): TypeInfo | undefined {
  // The user's type and flags say nothing of how values are read.
  reader.skip(dialect.isModern ? 6 : 4);
  return typeInfo(reader, dialect);
}
