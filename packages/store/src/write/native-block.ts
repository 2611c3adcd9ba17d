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
  /** The column's data, in pieces. */
  parts(): Uint8Array[];
}

/** A growing buffer of texts and lengths. */
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
    if (text.length < LONG_TEXT && this.#ascii(text)) return;
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

  /** Counting the bytes first costs as much as writing them: the place is left for as many as there are characters. */
  #ascii(text: string): boolean {
    this.#reserve(text.length * 3 + 10);
    const start = this.length + (text.length < 0x80 ? 1 : 2);
    if (this.#buffer.write(text, start, 'utf8') !== text.length) return false;
    this.varUint(text.length);
    this.length += text.length;
    return true;
  }

  view(): Uint8Array {
    return this.#buffer.subarray(0, this.length);
  }
}

/** Below 0x80, so that the length is one byte. */
const SHORT_TEXT = 0x40;
/** Below 0x4000, so that the length is two bytes at most. */
const LONG_TEXT = 0x1000;

type NumberArray = Uint8Array | Uint16Array | Uint32Array | Float64Array;

/** A growing list of numbers of one width. The machine's own byte order is the format's: little endian. */
class Numbers {
  #values: NumberArray;
  readonly #make: (length: number) => NumberArray;
  count = 0;

  constructor(make: (length: number) => NumberArray) {
    this.#make = make;
    this.#values = make(256);
  }
  get length(): number {
    return this.count * this.#values.BYTES_PER_ELEMENT;
  }
  push(value: number): void {
    if (this.count === this.#values.length) {
      const grown = this.#make(this.count * 2);
      grown.set(this.#values);
      this.#values = grown;
    }
    this.#values[this.count++] = value;
  }
  view(): Uint8Array {
    return new Uint8Array(this.#values.buffer, 0, this.length);
  }
}

const uint8 = () => new Numbers((length) => new Uint8Array(length));
const uint16 = () => new Numbers((length) => new Uint16Array(length));
const uint32 = () => new Numbers((length) => new Uint32Array(length));
const float64 = () => new Numbers((length) => new Float64Array(length));

/** A growing list of 64-bit numbers. */
class Numbers64 {
  #values = new BigUint64Array(256);
  /** The same memory as pairs of halves, so that small ones need no BigInt. */
  #halves = new Uint32Array(this.#values.buffer);
  #count = 0;

  get length(): number {
    return this.#count * 8;
  }
  push(value: bigint): void {
    this.#reserve();
    this.#values[this.#count++] = value;
  }
  /** For counts, which never come near 2^32. */
  pushSmall(value: number): void {
    this.#reserve();
    this.#halves[2 * this.#count++] = value;
  }
  #reserve(): void {
    if (this.#count < this.#values.length) return;
    const grown = new BigUint64Array(this.#count * 2);
    grown.set(this.#values);
    this.#values = grown;
    this.#halves = new Uint32Array(grown.buffer);
  }
  view(): Uint8Array {
    return new Uint8Array(this.#values.buffer, 0, this.length);
  }
}

function eightBytes(...values: readonly bigint[]): Uint8Array {
  return new Uint8Array(BigUint64Array.from(values).buffer);
}

/** A column of numbers, one after the other. */
class Plain implements ColumnBuilder {
  readonly #values: Numbers;

  constructor(values: Numbers) {
    this.#values = values;
  }
  get size(): number {
    return this.#values.length;
  }
  append(value: number): void {
    this.#values.push(value);
  }
  parts(): Uint8Array[] {
    return [this.#values.view()];
  }
}

/** 64-bit numbers, given as decimal text or as what was made of it. */
class Plain64 implements ColumnBuilder {
  readonly #values = new Numbers64();

  get size(): number {
    return this.#values.length;
  }
  append(value: string | bigint): void {
    this.#values.push(typeof value === 'bigint' ? value : BigInt(value));
  }
  parts(): Uint8Array[] {
    return [this.#values.view()];
  }
}

class Texts implements ColumnBuilder {
  readonly #data = new Bytes();

  get size(): number {
    return this.#data.length;
  }
  append(value: string): void {
    this.#data.string(value);
  }
  parts(): Uint8Array[] {
    return [this.#data.view()];
  }
}

/** A byte per row that says whether it is null, then all the values. */
class NullableNumber implements ColumnBuilder {
  readonly #nulls = uint8();
  readonly #values = float64();

  get size(): number {
    return this.#values.length;
  }
  append(value: number | null): void {
    this.#nulls.push(value === null ? 1 : 0);
    this.#values.push(value ?? 0);
  }
  parts(): Uint8Array[] {
    return [this.#nulls.view(), this.#values.view()];
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
  readonly #values = uint32();
  /** Most columns say the same, or nothing, many times in a row. */
  #lastText: string | undefined;
  #lastIndex = 0;

  get size(): number {
    return this.#keys.length + this.#values.length;
  }
  append(text: string): void {
    if (text !== this.#lastText) {
      this.#lastIndex = this.#indexOf(text);
      this.#lastText = text;
    }
    this.#values.push(this.#lastIndex);
  }
  #indexOf(text: string): number {
    const known = this.#indexes.get(text);
    if (known !== undefined) return known;
    const index = this.#indexes.size;
    this.#indexes.set(text, index);
    this.#keys.string(text);
    return index;
  }
  /** What comes before the ends of lists, when the dictionary is inside of one. */
  prefix(): Uint8Array[] {
    return [eightBytes(KEYS_VERSION)];
  }
  /** Nothing at all when there is no value, which happens when every list of a block is empty. */
  data(): Uint8Array[] {
    const { count } = this.#values;
    if (count === 0) return [];
    const flags = INDEX_UINT32 | HAS_ADDITIONAL_KEYS | NEED_UPDATE_DICTIONARY;
    return [
      eightBytes(flags, BigInt(this.#indexes.size)),
      this.#keys.view(),
      eightBytes(BigInt(count)),
      this.#values.view(),
    ];
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
  parts(): Uint8Array[] {
    return [...this.#dictionary.prefix(), ...this.#dictionary.data()];
  }
}

/** For each row where its items end, then all items. */
class Labels implements ColumnBuilder {
  readonly #ends = new Numbers64();
  readonly #items = new Dictionary();
  #count = 0;

  get size(): number {
    return this.#ends.length + this.#items.size;
  }
  append(value: readonly string[]): void {
    for (const item of value) this.#items.append(item);
    this.#count += value.length;
    this.#ends.pushSmall(this.#count);
  }
  parts(): Uint8Array[] {
    return [...this.#items.prefix(), this.#ends.view(), ...this.#items.data()];
  }
}

/** A map is a list of pairs, written as a list of keys and a list of values with the same ends. */
class HeaderMap implements ColumnBuilder {
  readonly #ends = new Numbers64();
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
    this.#ends.pushSmall(this.#count);
  }
  parts(): Uint8Array[] {
    return [...this.#keys.prefix(), this.#ends.view(), ...this.#keys.data(), this.#values.view()];
  }
}

const builders: Readonly<Record<ColumnType, () => ColumnBuilder>> = {
  UInt8: () => new Plain(uint8()),
  UInt16: () => new Plain(uint16()),
  UInt32: () => new Plain(uint32()),
  UInt64: () => new Plain64(),
  Float64: () => new Plain(float64()),
  'Nullable(Float64)': () => new NullableNumber(),
  String: () => new Texts(),
  'LowCardinality(String)': () => new Label(),
  'Array(LowCardinality(String))': () => new Labels(),
  'Map(LowCardinality(String), String)': () => new HeaderMap(),
};

interface Place<Builder> {
  readonly name: string;
  readonly builder: Builder;
}

/** A block being filled. `append` must be given one value of the right type for every column; nothing may throw halfway. */
export class NativeBlock {
  readonly #columns: readonly Column[];
  readonly #builders: readonly ColumnBuilder[];
  // Most columns are of two types. Each has a loop of its own, in which `append` is always the same function.
  readonly #labels: readonly Place<Label>[];
  readonly #texts: readonly Place<Texts>[];
  readonly #others: readonly Place<ColumnBuilder>[];
  readonly #stamps: readonly Place<ColumnBuilder>[];
  readonly #stamp: Readonly<Record<string, unknown>>;
  rows = 0;

  /** `stamp` has the columns that are the same for all rows. */
  constructor(columns: readonly Column[], stamp: Readonly<Record<string, unknown>> = {}) {
    this.#columns = columns;
    this.#stamp = stamp;
    this.#builders = columns.map(({ type }) => builders[type]());
    const places = columns.map(({ name }, at) => ({ name, builder: this.#builders[at] as ColumnBuilder }));
    const own = places.filter(({ name }) => !(name in stamp));
    this.#stamps = places.filter(({ name }) => name in stamp);
    this.#labels = own.filter((place): place is Place<Label> => place.builder instanceof Label);
    this.#texts = own.filter((place): place is Place<Texts> => place.builder instanceof Texts);
    this.#others = own.filter(({ builder }) => !(builder instanceof Label || builder instanceof Texts));
  }

  /** One row: a value for each column that is not in the stamp. */
  append(row: object): void {
    const values = row as Readonly<Record<string, unknown>>;
    for (const { name, builder } of this.#labels) builder.append(values[name] as string);
    for (const { name, builder } of this.#texts) builder.append(values[name] as string);
    for (const { name, builder } of this.#others) builder.append(values[name]);
    this.rows++;
  }

  /** The block as pieces in order: joining them would copy everything once more. */
  finish(): Uint8Array[] {
    for (const { name, builder } of this.#stamps)
      for (let row = 0; row < this.rows; row++) builder.append(this.#stamp[name]);
    const head = new Bytes();
    head.varUint(this.#columns.length);
    head.varUint(this.rows);
    const pieces = [head.view()];
    for (const [index, { name, type }] of this.#columns.entries()) {
      const title = new Bytes(128);
      title.string(name);
      title.string(type);
      pieces.push(title.view(), ...(this.#builders[index]?.parts() ?? []));
    }
    return pieces;
  }
}
