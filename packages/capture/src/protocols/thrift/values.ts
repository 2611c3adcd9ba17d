/**
 * Structs of both encodings: https://github.com/apache/thrift/blob/master/doc/specs/thrift-binary-protocol.md and
 * thrift-compact-protocol.md. A walk over a struct makes JSON of it; `StructEnd` only finds its end.
 */

import { Buffer, isUtf8 } from 'node:buffer';
import type { JsonObject, JsonValue } from '@kubeshark/model';

/** Structs and lists inside each other; what nests deeper is refused, as the libraries do at the same depth. */
export const MAX_DEPTH = 64;
/** Values made of one message; the rest is gone over. */
export const MAX_VALUES = 10_000;
/** Characters kept of one text. */
export const MAX_CHARACTERS = 4096;

/** Types of the binary protocol; compact ones are turned into them. */
export const Type = {
  STOP: 0,
  BOOL: 2,
  BYTE: 3,
  DOUBLE: 4,
  I16: 6,
  I32: 8,
  I64: 10,
  STRING: 11,
  STRUCT: 12,
  MAP: 13,
  SET: 14,
  LIST: 15,
  UUID: 16,
} as const;
export const compactTypes: readonly number[] = [
  ...[Type.STOP, Type.BOOL, Type.BOOL, Type.BYTE, Type.I16, Type.I32, Type.I64, Type.DOUBLE, Type.STRING],
  ...[Type.LIST, Type.SET, Type.MAP, Type.STRUCT, Type.UUID],
];
const types = new Set<number>(Object.values(Type));
/** STOP among them. */
export const isType = (type: number): boolean => types.has(type);

export type Encoding = 'binary' | 'compact';

/** Why a walk stopped: the bytes end inside the struct, or are none. */
export type Stopped = 'more' | 'bad';

/** Goes over values; `stopped` says why it could not go on, and everything read since is to be ignored. */
export class Walker {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #isCompact: boolean;
  #values = 0;
  at: number;
  stopped: Stopped | undefined;

  constructor(bytes: Uint8Array, at: number, encoding: Encoding) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#isCompact = encoding === 'compact';
    this.at = at;
  }

  /** Fields by their numbers. */
  struct(depth = 0): JsonObject {
    const members: [string, JsonValue][] = [];
    if (depth > MAX_DEPTH) this.stopped ??= 'bad';
    let id = 0;
    while (this.stopped === undefined) {
      const head = this.#u8();
      const type = this.#isCompact ? (compactTypes[head & 0x0f] ?? -1) : head;
      if (type === Type.STOP) break;
      if (!isType(type)) this.stopped ??= 'bad';
      if (!this.#isCompact) id = this.#i16();
      else if (head >> 4 === 0) id = this.#zigzag();
      else id += head >> 4;
      // A compact field is its own boolean.
      const isFlag = this.#isCompact && type === Type.BOOL;
      if (this.stopped !== undefined) break;
      // Counted before what is inside it, so that a list that is cut is there.
      const isKept = this.#keeps();
      const value = isFlag ? (head & 0x0f) === 1 : this.#value(type, depth + 1);
      if (isKept) members.push([String(id), value]);
    }
    return Object.fromEntries(members);
  }

  #keeps(): boolean {
    return ++this.#values <= MAX_VALUES;
  }

  #value(type: number, depth: number): JsonValue {
    switch (type) {
      case Type.BOOL:
        return this.#u8() === 1;
      case Type.BYTE:
        return (this.#u8() << 24) >> 24;
      case Type.DOUBLE: {
        const at = this.#claim(8);
        const value = at < 0 ? 0 : this.#view.getFloat64(at, this.#isCompact);
        return Number.isFinite(value) ? value : String(value);
      }
      case Type.I16:
        return this.#isCompact ? this.#zigzag() : this.#i16();
      case Type.I32:
        return this.#isCompact ? this.#zigzag() : this.#i32();
      case Type.I64:
        return integer(this.#isCompact ? this.#zigzag64() : this.#i64());
      case Type.STRING:
        return this.#text();
      case Type.STRUCT:
        return this.struct(depth);
      case Type.MAP:
        return this.#map(depth);
      case Type.SET:
      case Type.LIST:
        return this.#list(depth);
      case Type.UUID: {
        const at = this.#claim(16);
        const digits = at < 0 ? '' : hex(this.#bytes.subarray(at, at + 16));
        return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
      }
      default:
        this.stopped ??= 'bad';
        return null;
    }
  }

  #list(depth: number): JsonValue {
    const head = this.#u8();
    const type = this.#isCompact ? (compactTypes[head & 0x0f] ?? -1) : head;
    const count = !this.#isCompact ? this.#i32() : head >> 4 === 15 ? this.#varint() : head >> 4;
    const items: JsonValue[] = [];
    this.#repeat(count, depth, [type], () => {
      const isKept = this.#keeps();
      const value = this.#value(type, depth + 1);
      if (isKept) items.push(value);
    });
    return items;
  }

  #map(depth: number): JsonValue {
    let count: number;
    let kinds: number;
    let keyType: number;
    let valueType: number;
    if (this.#isCompact) {
      count = this.#varint();
      kinds = count === 0 ? 0 : this.#u8();
      keyType = compactTypes[kinds >> 4] ?? -1;
      valueType = compactTypes[kinds & 0x0f] ?? -1;
    } else {
      keyType = this.#u8();
      valueType = this.#u8();
      count = this.#i32();
    }
    const entries: [string, JsonValue][] = [];
    this.#repeat(count, depth, [keyType, valueType], () => {
      const isKept = this.#keeps();
      const key = this.#value(keyType, depth + 1);
      const value = this.#value(valueType, depth + 1);
      if (isKept) entries.push([typeof key === 'string' ? key : JSON.stringify(key), value]);
    });
    return Object.fromEntries(entries);
  }

  /** Each value has a byte at least, so a count beyond the bytes that can come is a lie; empty structs have one too. */
  #repeat(count: number, depth: number, of: readonly number[], each: () => void): void {
    if (count < 0 || depth > MAX_DEPTH || (count > 0 && of.some((type) => !isType(type) || type === Type.STOP)))
      this.stopped ??= 'bad';
    for (let index = 0; index < count && this.stopped === undefined; index++) each();
  }

  #text(): string {
    const length = this.#isCompact ? this.#varint() : this.#i32();
    if (length < 0) this.stopped ??= 'bad';
    const at = this.#claim(length);
    return at < 0 ? '' : textIn(this.#bytes, at, length);
  }

  /** Moves on by `length` bytes and answers where they began; -1 when they are not there. */
  #claim(length: number): number {
    if (this.stopped !== undefined) return -1;
    if (this.at + length > this.#bytes.length) {
      this.stopped = 'more';
      return -1;
    }
    const at = this.at;
    this.at += length;
    return at;
  }

  #u8(): number {
    const at = this.#claim(1);
    return at < 0 ? 0 : (this.#bytes[at] ?? 0);
  }
  #i16(): number {
    const at = this.#claim(2);
    return at < 0 ? 0 : this.#view.getInt16(at);
  }
  #i32(): number {
    const at = this.#claim(4);
    return at < 0 ? 0 : this.#view.getInt32(at);
  }
  #i64(): bigint {
    const at = this.#claim(8);
    return at < 0 ? 0n : this.#view.getBigInt64(at);
  }

  #varint(): number {
    return Number(BigInt.asUintN(32, this.#varint64()));
  }
  #varint64(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#u8();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    this.stopped ??= 'bad';
    return 0n;
  }
  #zigzag(): number {
    return Number(BigInt.asIntN(32, this.#zigzag64()));
  }
  #zigzag64(): bigint {
    const value = this.#varint64();
    return BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n));
  }
}

/** A text, or in hexadecimal digits what is none. */
export function textIn(all: Uint8Array, at: number, length: number): string {
  const bytes = all.subarray(at, at + length);
  const isText = isUtf8(bytes) && !bytes.some((byte) => byte < 9);
  const text = isText
    ? Buffer.prototype.utf8Slice.call(all, at, at + length)
    : `0x${hex(bytes.subarray(0, MAX_CHARACTERS / 2))}`;
  return text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS)}…` : text;
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');

const integer = (value: bigint): JsonValue =>
  value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value.toString();
