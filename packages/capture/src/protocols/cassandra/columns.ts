/** Columns as they are told before rows: what is written of them is kept, since the same tables are asked again and again. */

import { ByteReader } from '../../decode/byte-reader.ts';
import { ByteInterner } from '../../decode/interner.ts';
import { piece } from '../../json/json-writer.ts';
import type { Column } from './messages.ts';
import { type CqlType, stringOf, typeOf } from './values.ts';

/** Tables are described in some hundred bytes. */
const KEPT = { capacity: 1024, maxLength: 2048 } as const;
/** Names that would stand in another order as members of an object. */
const NUMBER = /^\d+$/;
/** The first type that has another inside, or a name behind it; types before it are two bytes. */
const CUSTOM = 0x00;
const FIRST_NESTED = 0x20;

export class KeptColumns {
  /** The key of each, with what stands before it. */
  readonly keys: readonly Uint8Array[];
  readonly types: readonly CqlType[];
  /** Each has a name of its own that is no number. */
  readonly isPlain: boolean;

  constructor(columns: readonly Column[]) {
    this.keys = columns.map(({ name }, i) => piece(`${i === 0 ? '{' : ','}${JSON.stringify(name)}:`));
    this.types = columns.map(({ type }) => type);
    const names = new Set(columns.map(({ name }) => name));
    this.isPlain = names.size === columns.length && !columns.some(({ name }) => NUMBER.test(name));
  }
}

const told = new WeakMap<readonly Column[], KeptColumns>();

/** Of columns that PREPARE told. */
export function keptColumns(columns: readonly Column[]): KeptColumns {
  let kept = told.get(columns);
  if (kept === undefined) {
    kept = new KeptColumns(columns);
    told.set(columns, kept);
  }
  return kept;
}

const GLOBAL_SPEC = 0x01;
const described = new ByteInterner((bytes, start, end) => {
  const reader = new ByteReader(bytes, start, end);
  const columns: Column[] = [];
  skipTable(reader);
  while (reader.left > 0 && !reader.isShort) columns.push({ name: stringOf(reader), type: typeOf(reader) });
  return new KeptColumns(columns);
}, KEPT);

function skipTable(reader: ByteReader): void {
  reader.skip(reader.u16());
  reader.skip(reader.u16());
}

/** What is told of a result's columns. */
interface Told {
  readonly flags: number;
  readonly count: number;
  /** Nothing of them stands behind it. */
  readonly limit: number;
}

/** Where the columns end that begin at `at` with their table; -1 when they are not usual: nested types, several tables. */
export function columnsEnd(bytes: Uint8Array, at: number, { flags, count, limit }: Told): number {
  if ((flags & GLOBAL_SPEC) === 0) return -1;
  let end = stringEnd(bytes, stringEnd(bytes, at, limit), limit);
  for (let left = count; left > 0 && end > 0; left--) {
    end = stringEnd(bytes, end, limit);
    const type = ((bytes[end] ?? 0) << 8) | (bytes[end + 1] ?? 0);
    if (type === CUSTOM || type >= FIRST_NESTED) return -1;
    end += 2;
  }
  return end > 0 && end <= limit ? end : -1;
}

export const columnsAt = (bytes: Uint8Array, start: number, end: number): KeptColumns =>
  described.of(bytes, start, end);

/** -1 behind the end. */
const stringEnd = (bytes: Uint8Array, at: number, limit: number): number => {
  const end = at + 2 + (((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0));
  return at >= 0 && end <= limit ? end : -1;
};
