/** Bodies of single messages: native protocol v5, §4. */

import type { JsonValue } from '@kubeshark/model';
import { ByteReader } from '../../decode/byte-reader.ts';
import { hexText } from '../../decode/hex.ts';
import { ByteInterner } from '../../decode/interner.ts';
import { type CqlType, cqlValue, stringOf, typeOf, untypedValue } from './values.ts';
import { int32 } from './wire.ts';

const VOID = 1;
const ROWS = 2;
const TRACING = 0x02;
const CUSTOM_PAYLOAD = 0x04;
const WARNING = 0x08;
/** Parameters, columns and statements of a batch shown of one call. */
export const MAX_SHOWN = 100;
/** Rows shown of one result. */
export const MAX_ROWS = 20;
const MAX_WARNINGS = 8;

export const consistencies =
  'ANY ONE TWO THREE QUORUM ALL LOCAL_QUORUM EACH_QUORUM SERIAL LOCAL_SERIAL LOCAL_ONE'.split(' ');

export interface Column {
  readonly name: string;
  readonly type: CqlType;
}

/** What PREPARE taught of a statement. */
export interface Prepared {
  readonly variables: readonly Column[];
  readonly columns: readonly Column[];
}

export interface ResultHead {
  readonly tracingId: string | undefined;
  readonly warnings: readonly string[];
}

/** Reads over what may stand before the body proper. */
export function responseHead(reader: ByteReader, flags: number): ResultHead {
  const tracingId = (flags & TRACING) === 0 ? undefined : hexText(reader.view(16));
  const warnings: string[] = [];
  if ((flags & WARNING) !== 0) {
    for (let left = reader.u16(); left > 0 && !reader.isShort; left--) {
      const warning = stringOf(reader);
      if (warnings.length < MAX_WARNINGS) warnings.push(warning);
    }
  }
  skipPayload(reader, flags);
  return { tracingId, warnings };
}

/** A body, where it lies. */
interface Body {
  readonly bytes: Uint8Array;
  readonly from: number;
  readonly to: number;
}

/** Where the body proper of a request begins. */
export function behindPayload({ bytes, from, to }: Body, flags: number): number {
  if (flags === 0) return from;
  const reader = new ByteReader(bytes, from, to);
  skipPayload(reader, flags);
  return reader.at;
}

/** Ids of prepared statements as they are known by. */
const ids = new ByteInterner((bytes, start, end) => hexText(bytes.subarray(start, end)));

/** The id of a prepared statement that stands at `from`; empty where it is not all there. */
export function idAt(bytes: Uint8Array, from: number, to: number): string {
  const start = from + 2;
  const end = start + (((bytes[from] ?? 0) << 8) | (bytes[from + 1] ?? 0));
  return end > to ? '' : ids.of(bytes, start, end);
}

/** Is a result of the kinds that change nothing of what is known of the connection? */
export function isRowsOrNothing({ bytes, from, to }: Body): boolean {
  const kind = from + 4 <= to ? int32(bytes, from) : 0;
  return kind === VOID || kind === ROWS;
}

export function skipPayload(reader: ByteReader, flags: number): void {
  if ((flags & CUSTOM_PAYLOAD) === 0) return;
  for (let left = reader.u16(); left > 0 && !reader.isShort; left--) {
    reader.skip(reader.u16());
    reader.skip(Math.max(0, reader.i32()));
  }
}

export function stringMap(reader: ByteReader): Readonly<Record<string, string>> {
  const map = new Map<string, string>();
  for (let left = reader.u16(); left > 0 && !reader.isShort && map.size < MAX_SHOWN; left--) {
    map.set(stringOf(reader), stringOf(reader));
  }
  return Object.fromEntries(map);
}

/** A value bound to a statement: null, not set, or bytes to be understood by the type PREPARE told. */
function boundValue(reader: ByteReader, type: CqlType | undefined): JsonValue {
  const length = reader.i32();
  if (length === -2) return 'not set';
  if (length < 0) return null;
  const bytes = reader.view(length);
  return type === undefined ? untypedValue(bytes) : cqlValue(bytes, type);
}

function boundValues(reader: ByteReader, variables: readonly Column[]): JsonValue[] {
  const values: JsonValue[] = [];
  for (let left = reader.u16(), index = 0; left > 0 && !reader.isShort; left--, index++) {
    const value = boundValue(reader, variables[index]?.type);
    if (values.length < MAX_SHOWN && !reader.isShort) values.push(value);
  }
  return values;
}

export interface Parameters {
  readonly consistency: string;
  readonly values: readonly JsonValue[] | Readonly<Record<string, JsonValue>>;
  readonly keyspace: string | undefined;
}

const HAS_VALUES = 0x01;
const HAS_PAGE_SIZE = 0x04;
const HAS_PAGING_STATE = 0x08;
const HAS_SERIAL_CONSISTENCY = 0x10;
const HAS_TIMESTAMP = 0x20;
const HAS_NAMES = 0x40;
const HAS_KEYSPACE = 0x80;

/** What stands behind the statement of QUERY and EXECUTE. */
export function parametersOf(reader: ByteReader, version: number, variables: readonly Column[]): Parameters {
  const consistency = consistencies[reader.u16()] ?? 'unknown';
  const flags = version >= 5 ? reader.u32() : reader.u8();
  let values: Parameters['values'] = [];
  if ((flags & HAS_VALUES) !== 0) {
    values = (flags & HAS_NAMES) !== 0 ? namedValues(reader, variables) : boundValues(reader, variables);
  }
  if ((flags & HAS_PAGE_SIZE) !== 0) reader.skip(4);
  if ((flags & HAS_PAGING_STATE) !== 0) reader.skip(Math.max(0, reader.i32()));
  if ((flags & HAS_SERIAL_CONSISTENCY) !== 0) reader.skip(2);
  if ((flags & HAS_TIMESTAMP) !== 0) reader.skip(8);
  const keyspace = version >= 5 && (flags & HAS_KEYSPACE) !== 0 ? stringOf(reader) : undefined;
  return { consistency, values, keyspace };
}

function namedValues(reader: ByteReader, variables: readonly Column[]): Readonly<Record<string, JsonValue>> {
  const values = new Map<string, JsonValue>();
  for (let left = reader.u16(); left > 0 && !reader.isShort && values.size < MAX_SHOWN; left--) {
    const name = stringOf(reader);
    values.set(name, boundValue(reader, variables.find((variable) => variable.name === name)?.type));
  }
  return Object.fromEntries(values);
}

/** One statement of a batch: its text, or the id it was prepared with. */
export interface BatchItem {
  readonly text?: Uint8Array;
  readonly id?: string;
}

/** The statements of a batch, bounded, and how many there are; their values are read over. */
export function batchOf(reader: ByteReader): {
  readonly items: readonly BatchItem[];
  readonly count: number;
  readonly consistency: string;
} {
  reader.skip(1);
  const count = reader.u16();
  const items: BatchItem[] = [];
  for (let left = count; left > 0 && !reader.isShort; left--) {
    const kind = reader.u8();
    const item =
      kind === 0 ? { text: reader.view(Math.max(0, reader.i32())) } : { id: hexText(reader.view(reader.u16())) };
    for (let values = reader.u16(); values > 0 && !reader.isShort; values--) reader.skip(Math.max(0, reader.i32()));
    if (items.length < MAX_SHOWN && !reader.isShort) items.push(item);
  }
  return { items, count, consistency: consistencies[reader.u16()] ?? 'unknown' };
}

const GLOBAL_SPEC = 0x01;
const HAS_MORE_PAGES = 0x02;
const NO_METADATA = 0x04;
const METADATA_CHANGED = 0x08;

interface Metadata {
  readonly columns: readonly Column[] | undefined;
  readonly hasMorePages: boolean;
  readonly columnCount: number;
}

function metadataOf(reader: ByteReader, isPrepared: boolean, version: number): Metadata {
  const flags = reader.u32();
  const columnCount = reader.i32();
  if (isPrepared && version >= 4) for (let left = reader.i32(); left > 0 && !reader.isShort; left--) reader.skip(2);
  if ((flags & HAS_MORE_PAGES) !== 0) reader.skip(Math.max(0, reader.i32()));
  if ((flags & METADATA_CHANGED) !== 0) reader.skip(reader.u16());
  const hasMorePages = (flags & HAS_MORE_PAGES) !== 0;
  if ((flags & NO_METADATA) !== 0) return { columns: undefined, hasMorePages, columnCount };
  if ((flags & GLOBAL_SPEC) !== 0) skipTable(reader);
  const columns: Column[] = [];
  for (let left = columnCount; left > 0 && !reader.isShort; left--) {
    if ((flags & GLOBAL_SPEC) === 0) skipTable(reader);
    columns.push({ name: stringOf(reader), type: typeOf(reader) });
  }
  return { columns, hasMorePages, columnCount };
}

function skipTable(reader: ByteReader): void {
  reader.skip(reader.u16());
  reader.skip(reader.u16());
}

/** The id of a prepared statement and what its answer tells of it. */
export function preparedOf(reader: ByteReader, version: number): { readonly id: string; readonly prepared: Prepared } {
  const id = hexText(reader.view(reader.u16()));
  if (version >= 5) reader.skip(reader.u16());
  const variables = metadataOf(reader, true, version).columns ?? [];
  const columns = metadataOf(reader, false, version).columns ?? [];
  return { id, prepared: { variables, columns } };
}

export interface Rows {
  readonly count: number;
  readonly rows: readonly Readonly<Record<string, JsonValue>>[];
  readonly hasMorePages: boolean;
}

/** The rows of a result, the first of them as objects; `known`: columns told when the statement was prepared. */
export function rowsOf(reader: ByteReader, version: number, known: readonly Column[]): Rows {
  const { columns = known, hasMorePages, columnCount } = metadataOf(reader, false, version);
  const count = reader.i32();
  const rows: Record<string, JsonValue>[] = [];
  for (let left = Math.min(count, MAX_ROWS); left > 0 && !reader.isShort && columnCount > 0; left--) {
    const cells = new Map<string, JsonValue>();
    for (let index = 0; index < columnCount && !reader.isShort; index++) {
      const length = reader.i32();
      const column = columns[index];
      const bytes = length < 0 ? null : reader.view(length);
      const value = bytes === null ? null : column === undefined ? untypedValue(bytes) : cqlValue(bytes, column.type);
      cells.set(column?.name ?? `#${index + 1}`, value);
    }
    if (!reader.isShort) rows.push(Object.fromEntries(cells));
  }
  return { count: Math.max(0, count), rows, hasMorePages };
}
