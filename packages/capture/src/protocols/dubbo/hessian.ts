/**
 * Values of Hessian 2 (http://hessian.caucho.com/doc/hessian-serialization.html) → JSON. Bytes that lie never go further than
 * they are: a value past the end is null and marks the reader as short.
 */

import type { JsonValue } from '@kubeshark/model';
import { ByteReader } from '../../decode/byte-reader.ts';

/** Values of one message, all levels together. */
export const MAX_VALUES = 10_000;
/** Levels of lists, maps and objects. */
export const MAX_DEPTH = 64;
/** Characters of one text. */
export const MAX_TEXT = 4096;
/** Fields of a class, and classes of a message: Java's own limits are far beyond what is sent. */
const MAX_FIELDS = 1024;
const MAX_CLASSES = 256;
const END = 0x5a;

interface Definition {
  readonly name: string;
  readonly fields: readonly string[];
}

export class HessianReader {
  readonly #reader: ByteReader;
  readonly #definitions: Definition[] = [];
  /** Names of types of lists and maps, which later ones refer to. */
  readonly #types: string[] = [];
  #values = 0;
  #isOver = false;

  constructor(bytes: Uint8Array, start = 0) {
    this.#reader = new ByteReader(bytes, start);
  }

  /** Something is not here, or is beyond a limit: what comes after it cannot be read. */
  get isOver(): boolean {
    return this.#isOver || this.#reader.isShort;
  }
  get left(): number {
    return this.#reader.left;
  }

  /** The next value as text; empty where it is none. */
  text(): string {
    const value = this.value();
    return typeof value === 'string' ? value : '';
  }

  value(depth = 0): JsonValue {
    if (this.isOver || this.#reader.left === 0 || ++this.#values > MAX_VALUES || depth > MAX_DEPTH) return this.#stop();
    const code = this.#reader.u8();
    return this.#scalar(code) ?? this.#compound(code, depth);
  }

  #stop(): null {
    this.#isOver = true;
    return null;
  }

  /** Undefined for what has parts, and for null. */
  #scalar(code: number): JsonValue | undefined {
    const reader = this.#reader;
    if (code >= 0x80 && code <= 0xbf) return code - 0x90;
    if (code >= 0xc0 && code <= 0xcf) return ((code - 0xc8) << 8) + reader.u8();
    if (code >= 0xd0 && code <= 0xd7) return ((code - 0xd4) << 16) + reader.u16();
    if (code >= 0xd8 && code <= 0xef) return code - 0xe0;
    if (code >= 0xf0) return ((code - 0xf8) << 8) + reader.u8();
    if (code >= 0x38 && code <= 0x3f) return ((code - 0x3c) << 16) + reader.u16();
    if (code <= 0x1f) return this.#chars(code);
    if (code >= 0x30 && code <= 0x33) return this.#chars(((code - 0x30) << 8) + reader.u8());
    if (code >= 0x20 && code <= 0x2f) return binary(reader.view(code - 0x20));
    if (code >= 0x34 && code <= 0x37) return binary(reader.view(((code - 0x34) << 8) + reader.u8()));
    switch (code) {
      case 0x49:
        return reader.i32();
      case 0x59:
        return reader.i32();
      case 0x4c:
        return exact(reader.i64());
      case 0x54:
        return true;
      case 0x46:
        return false;
      case 0x4a:
        return dateOf(Number(reader.i64()));
      case 0x4b:
        return dateOf(reader.i32() * 60_000);
      case 0x44:
        return finite(reader.f64());
      case 0x5b:
        return 0;
      case 0x5c:
        return 1;
      case 0x5d:
        return (reader.u8() << 24) >> 24;
      case 0x5e:
        return (reader.u16() << 16) >> 16;
      case 0x5f:
        return reader.i32() / 1000;
      case 0x52:
      case 0x53:
        return this.#longText(code === 0x53);
      case 0x41:
      case 0x42:
        return this.#longBinary(code === 0x42);
      default:
        return undefined;
    }
  }

  #compound(code: number, depth: number): JsonValue {
    if (code === 0x4e) return null;
    if (code >= 0x60 && code <= 0x6f) return this.#object(code - 0x60, depth);
    if (code >= 0x70 && code <= 0x77) {
      this.#type();
      return this.#list(code - 0x70, depth);
    }
    if (code >= 0x78 && code <= 0x7f) return this.#list(code - 0x78, depth);
    switch (code) {
      case 0x43:
        return this.#define(depth);
      case 0x4f:
        return this.#object(this.#number(), depth);
      case 0x48:
        return this.#map(depth);
      case 0x4d:
        this.#type();
        return this.#map(depth);
      case 0x55:
        this.#type();
        return this.#list(undefined, depth);
      case 0x56:
        this.#type();
        return this.#list(this.#number(), depth);
      case 0x57:
        return this.#list(undefined, depth);
      case 0x58:
        return this.#list(this.#number(), depth);
      case 0x51:
        // A value that stood before: which one is not looked up, so that nobody builds a circle.
        return `#${this.#number()}`;
      default:
        return this.#stop();
    }
  }

  #number(): number {
    const value = this.value();
    return typeof value === 'number' && value >= 0 ? value : (this.#stop() ?? 0);
  }

  /** UTF-8 whose length is told in UTF-16 units. */
  #chars(length: number): string {
    const reader = this.#reader;
    const { bytes, at } = reader;
    const limit = at + reader.left;
    let end = at;
    let units = 0;
    while (units < length && end < limit) {
      const byte = bytes[end] ?? 0;
      const width = byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
      // Java writes each half of a pair by itself, three bytes long; others write both as one.
      units += width === 4 ? 2 : 1;
      end += width;
    }
    if (units < length || end > limit) {
      reader.skip(reader.left + 1);
      return '';
    }
    return textOf(reader.view(end - at));
  }

  #longText(isLast: boolean): string {
    let text = this.#chars(this.#reader.u16());
    let last = isLast;
    while (!last && !this.isOver) {
      const code = this.#reader.u8();
      const piece = code === 0x52 ? this.#chars(this.#reader.u16()) : this.#scalar(code);
      last = code !== 0x52;
      if (typeof piece !== 'string') return text;
      if (text.length < MAX_TEXT) text += piece;
    }
    return clipped(text);
  }

  #longBinary(isLast: boolean): string {
    let size = this.#reader.u16();
    this.#reader.skip(size);
    let last = isLast;
    while (!last && !this.isOver) {
      const code = this.#reader.u8();
      last = code !== 0x41;
      const length = last ? this.#lengthOf(code) : this.#reader.u16();
      this.#reader.skip(length);
      size += length;
    }
    return `${size} bytes`;
  }

  #lengthOf(code: number): number {
    if (code === 0x42) return this.#reader.u16();
    if (code >= 0x20 && code <= 0x2f) return code - 0x20;
    if (code >= 0x34 && code <= 0x37) return ((code - 0x34) << 8) + this.#reader.u8();
    return this.#stop() ?? 0;
  }

  #type(): void {
    const value = this.value();
    if (typeof value === 'string' && this.#types.length < MAX_CLASSES) this.#types.push(value);
  }

  #define(depth: number): JsonValue {
    const name = this.text();
    const count = this.#number();
    if (count > MAX_FIELDS || this.#definitions.length >= MAX_CLASSES) return this.#stop();
    const fields: string[] = [];
    while (fields.length < count && !this.isOver) fields.push(this.text());
    this.#definitions.push({ name, fields });
    return this.value(depth + 1);
  }

  #object(index: number, depth: number): JsonValue {
    const definition = this.#definitions[index];
    if (definition === undefined) return this.#stop();
    const found: Record<string, JsonValue> = { class: definition.name };
    for (const field of definition.fields) {
      if (this.isOver) break;
      found[field] = this.value(depth + 1);
    }
    return found;
  }

  /** Without a count up to a mark. */
  #list(count: number | undefined, depth: number): JsonValue {
    const items: JsonValue[] = [];
    while (!this.isOver && (count === undefined ? !this.#isEnd() : items.length < count))
      items.push(this.value(depth + 1));
    return items;
  }

  #map(depth: number): JsonValue {
    const found: Record<string, JsonValue> = {};
    while (!this.isOver && !this.#isEnd()) {
      const key = this.value(depth + 1);
      found[typeof key === 'string' ? key : JSON.stringify(key)] = this.value(depth + 1);
    }
    return found;
  }

  #isEnd(): boolean {
    const reader = this.#reader;
    if (reader.left === 0) return this.#stop() === null;
    if (reader.bytes[reader.at] !== END) return false;
    reader.skip(1);
    return true;
  }
}

const utf8 = new TextDecoder();
const clipped = (text: string): string => (text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text);
export const textOf = (bytes: Uint8Array): string => clipped(utf8.decode(bytes.subarray(0, 4 * MAX_TEXT)));
const binary = (bytes: Uint8Array): string => `${bytes.length} bytes`;
const finite = (value: number): JsonValue => (Number.isFinite(value) ? value : String(value));
/** A number while that is exact, else its digits. */
const exact = (value: bigint): JsonValue => (Number.isSafeInteger(Number(value)) ? Number(value) : value.toString());
export function dateOf(millis: number): string {
  const date = new Date(millis);
  return Number.isNaN(date.getTime()) ? `${millis} ms` : date.toISOString();
}
