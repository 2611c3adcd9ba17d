/**
 * Builds one block of ClickHouse's Native format, column by column, as rows arrive: what is left to do when the block is
 * full is joining a few buffers. Format: https://clickhouse.com/docs/interfaces/formats/Native; for LowCardinality,
 * src/DataTypes/Serializations/SerializationLowCardinality.cpp. All integers are little endian; a VarUInt is LEB128.
 *
 *   VarUInt columns, VarUInt rows, then for each column: String name, String type, data of all rows
 */

import type { Column, ColumnType } from '../schema/columns.ts';
import type { HeaderColumn } from '../schema/entry-columns.ts';

interface ColumnBuilder {
  /** Bytes so far, roughly: decides when a block is full. */
  readonly size: number;
  append(value: unknown): void;
  write(out: Bytes): void;
}

/** A growing buffer. */
class Bytes {
  #buffer: Buffer;
  length = 0;

  constructor(capacity = 1024) {
    this.#buffer = Buffer.allocUnsafe(capacity);
  }

  #reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(grown, 0, 0, this.length);
    this.#buffer = grown;
  }

  varUint(value: number): void {
    this.#reserve(10);
    let rest = value;
    while (rest >= 0x80) {
      this.#buffer[this.length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#buffer[this.length++] = rest;
  }

  /** VarUInt of the bytes in UTF-8, then the bytes. */
  string(text: string): void {
    if (text.length < SHORT_TEXT && this.#shortAscii(text)) return;
    const bytes = Buffer.byteLength(text);
    this.varUint(bytes);
    this.#reserve(bytes);
    this.length += this.#buffer.write(text, this.length, bytes, 'utf8');
  }

  /** Short texts are nearly always ASCII, for which a loop beats the call into the runtime. */
  #shortAscii(text: string): boolean {
    this.#reserve(SHORT_TEXT + 1);
    const buffer = this.#buffer;
    const start = this.length + 1;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code >= 0x80) return false;
      buffer[start + i] = code;
    }
    buffer[this.length] = text.length;
    this.length = start + text.length;
    return true;
  }

  number(value: number): void {
    this.#reserve(8);
    this.#buffer.writeDoubleLE(value, this.length);
    this.length += 8;
  }

  uint(value: number, size: 1 | 2 | 4): void {
    this.#reserve(size);
    this.#buffer.writeUIntLE(value, this.length, size);
    this.length += size;
  }

  uint64(value: bigint): void {
    this.#reserve(8);
    this.#buffer.writeBigUInt64LE(value, this.length);
    this.length += 8;
  }

  bytes(source: Bytes): void {
    this.#reserve(source.length);
    source.view().copy(this.#buffer, this.length);
    this.length += source.length;
  }

  view(): Buffer {
    return this.#buffer.subarray(0, this.length);
  }
}

/** Below 0x80, so that the length is one byte. */
const SHORT_TEXT = 0x40;

/** A column whose values are written one after the other. */
class Plain<Value> implements ColumnBuilder {
  readonly #data = new Bytes();
  readonly #put: (data: Bytes, value: Value) => void;

  constructor(put: (data: Bytes, value: Value) => void) {
    this.#put = put;
  }
  get size(): number {
    return this.#data.length;
  }
  append(value: Value): void {
    this.#put(this.#data, value);
  }
  write(out: Bytes): void {
    out.bytes(this.#data);
  }
}

/** A byte per row that says whether it is null, then all the values. */
class NullableNumber implements ColumnBuilder {
  readonly #nulls = new Bytes();
  readonly #data = new Bytes();

  get size(): number {
    return this.#data.length;
  }
  append(value: number | null): void {
    this.#nulls.uint(value === null ? 1 : 0, 1);
    this.#data.number(value ?? 0);
  }
  write(out: Bytes): void {
    out.bytes(this.#nulls);
    out.bytes(this.#data);
  }
}

/** Version of the dictionary's layout: "shared dictionaries with additional keys". */
const KEYS_VERSION = 1n;
const HAS_ADDITIONAL_KEYS = 1n << 9n;
const NEED_UPDATE_DICTIONARY = 1n << 10n;
const INDEX_UINT32 = 2n;

/** A dictionary of distinct texts and an index into it per value. */
class Dictionary {
  readonly #indexes = new Map<string, number>();
  readonly #keys = new Bytes();
  readonly #data = new Bytes();
  #count = 0;

  get size(): number {
    return this.#keys.length + this.#data.length;
  }
  append(text: string): void {
    let index = this.#indexes.get(text);
    if (index === undefined) {
      index = this.#indexes.size;
      this.#indexes.set(text, index);
      this.#keys.string(text);
    }
    this.#data.uint(index, 4);
    this.#count++;
  }
  writePrefix(out: Bytes): void {
    out.uint64(KEYS_VERSION);
  }
  /** Nothing at all when there is no value, which happens when every list of a block is empty. */
  writeData(out: Bytes): void {
    if (this.#count === 0) return;
    out.uint64(INDEX_UINT32 | HAS_ADDITIONAL_KEYS | NEED_UPDATE_DICTIONARY);
    out.uint64(BigInt(this.#indexes.size));
    out.bytes(this.#keys);
    out.uint64(BigInt(this.#count));
    out.bytes(this.#data);
  }
}

class Label implements ColumnBuilder {
  readonly #dictionary = new Dictionary();

  get size(): number {
    return this.#dictionary.size;
  }
  append(value: string): void {
    this.#dictionary.append(value);
  }
  write(out: Bytes): void {
    this.#dictionary.writePrefix(out);
    this.#dictionary.writeData(out);
  }
}

/** For each row where its items end, then all items. */
class Labels implements ColumnBuilder {
  readonly #ends = new Bytes();
  readonly #items = new Dictionary();
  #count = 0;

  get size(): number {
    return this.#ends.length + this.#items.size;
  }
  append(value: readonly string[]): void {
    for (const item of value) this.#items.append(item);
    this.#count += value.length;
    this.#ends.uint64(BigInt(this.#count));
  }
  write(out: Bytes): void {
    this.#items.writePrefix(out);
    out.bytes(this.#ends);
    this.#items.writeData(out);
  }
}

/** A map is a list of pairs, written as a list of keys and a list of values with the same ends. */
class HeaderMap implements ColumnBuilder {
  readonly #ends = new Bytes();
  readonly #keys = new Dictionary();
  readonly #values = new Bytes();
  #count = 0;

  get size(): number {
    return this.#ends.length + this.#keys.size + this.#values.length;
  }
  append({ keys, values }: HeaderColumn): void {
    for (const key of keys) this.#keys.append(key);
    for (const value of values) this.#values.string(value);
    this.#count += keys.length;
    this.#ends.uint64(BigInt(this.#count));
  }
  write(out: Bytes): void {
    this.#keys.writePrefix(out);
    out.bytes(this.#ends);
    this.#keys.writeData(out);
    out.bytes(this.#values);
  }
}

const builders: Readonly<Record<ColumnType, () => ColumnBuilder>> = {
  UInt8: () => new Plain<number>((data, value) => data.uint(value, 1)),
  UInt16: () => new Plain<number>((data, value) => data.uint(value, 2)),
  UInt32: () => new Plain<number>((data, value) => data.uint(value, 4)),
  UInt64: () => new Plain<string>((data, value) => data.uint64(BigInt(value))),
  Float64: () => new Plain<number>((data, value) => data.number(value)),
  'Nullable(Float64)': () => new NullableNumber(),
  String: () => new Plain<string>((data, value) => data.string(value)),
  'LowCardinality(String)': () => new Label(),
  'Array(LowCardinality(String))': () => new Labels(),
  'Map(LowCardinality(String), String)': () => new HeaderMap(),
};

/** A block being filled. `append` must be given one value of the right type for every column; nothing may throw halfway. */
export class NativeBlock {
  readonly #columns: readonly Column[];
  readonly #builders: readonly ColumnBuilder[];
  rows = 0;

  constructor(columns: readonly Column[]) {
    this.#columns = columns;
    this.#builders = columns.map(({ type }) => builders[type]());
  }

  get size(): number {
    let size = 0;
    for (const builder of this.#builders) size += builder.size;
    return size;
  }

  append(row: object): void {
    const values = row as Readonly<Record<string, unknown>>;
    for (let i = 0; i < this.#columns.length; i++) this.#builders[i]?.append(values[this.#columns[i]?.name as string]);
    this.rows++;
  }

  finish(): Uint8Array {
    const out = new Bytes(this.size + 8192);
    out.varUint(this.#columns.length);
    out.varUint(this.rows);
    for (const [index, { name, type }] of this.#columns.entries()) {
      out.string(name);
      out.string(type);
      this.#builders[index]?.write(out);
    }
    return out.view();
  }
}
