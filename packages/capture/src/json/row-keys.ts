/** Rows of databases as JSON: the keys of their columns, made once for each description of a result. */

import { type JsonWriter, piece } from './json-writer.ts';

/** An array index: objects have such keys before all others. */
const INDEX = /^\d+$/;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
/** With so many digits a number is always exact. */
const EXACT_DIGITS = 15;

export class RowKeys {
  private readonly keys: readonly string[];
  /** The keys as JSON, with a colon; null where an object would not have them in this order. */
  readonly json: readonly Uint8Array[] | null;

  /** A name that comes again gets its number. */
  constructor(names: readonly string[]) {
    const seen = new Set<string>();
    this.keys = names.map((name, at) => {
      if (seen.has(name)) return `${name}#${at + 1}`;
      seen.add(name);
      return name;
    });
    const isPlain = new Set(this.keys).size === names.length && !this.keys.some((key) => INDEX.test(key));
    this.json = isPlain ? this.keys.map((key) => piece(`${JSON.stringify(key)}:`)) : null;
  }

  /** The key of a column, described or not. */
  of(index: number): string {
    return this.keys[index] ?? `#${index + 1}`;
  }
}

/** Writes a number whose text is what JSON writes of it; else answers false. */
export function writeWhole(json: JsonWriter, bytes: Uint8Array, start: number, end: number): boolean {
  const first = bytes[start] === MINUS ? start + 1 : start;
  const digits = end - first;
  if (digits < 1 || digits > EXACT_DIGITS) return false;
  if (bytes[first] === ZERO && (digits > 1 || first > start)) return false;
  for (let at = first; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (byte < ZERO || byte > NINE) return false;
  }
  json.asciiPart(bytes, start, end);
  return true;
}

/** Writes ASCII as a string; else nothing, and answers false. */
export function writeAscii(json: JsonWriter, bytes: Uint8Array, start: number, end: number): boolean {
  const before = json.length;
  if (json.ascii(bytes, start, end)) return true;
  json.length = before;
  return false;
}

/** Members of an object, a comma before each; those that are undefined are not there. */
export const membersOf = (values: Readonly<Record<string, string | number | undefined>>): Uint8Array =>
  piece(
    Object.entries(values)
      .flatMap(([key, value]) => (value === undefined ? [] : [`,${JSON.stringify(key)}:${JSON.stringify(value)}`]))
      .join(''),
  );
