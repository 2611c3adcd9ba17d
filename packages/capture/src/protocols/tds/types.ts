/** Types of columns and parameters ([MS-TDS] §2.2.5.4 and §2.2.5.5), and how their values are framed. */

import type { ByteReader } from '../../decode/byte-reader.ts';

/** What the two ends agreed on, as far as it changes how values are read. */
export interface Dialect {
  /** From TDS 7.1 on text has a collation. */
  readonly hasCollation: boolean;
  /** From TDS 7.2 on numbers are wider. */
  readonly isModern: boolean;
}

/** How a value's length is told. */
type Form = 'fixed' | 'byte' | 'short' | 'long' | 'parts' | 'variant';

/** A type; one object for all that have it. */
export class TypeInfo {
  readonly id: number;
  readonly form: Form;
  /** Bytes of a fixed value. */
  readonly length: number;
  readonly scale: number;
  /** Of text the bytes of a character; 0 for all else. */
  readonly width: number;

  constructor(id: number, form: Form, length = 0, scale = 0) {
    this.id = id;
    this.form = form;
    this.length = length;
    this.scale = scale;
    this.width = wide.has(id) ? 2 : narrow.has(id) ? 1 : 0;
  }
}

const XML = 0xf1;
/** In UTF-16. */
const wide = new Set([0xe7, 0xef, 0x63, XML]);
const OLD_VARCHAR = 0x27;
const OLD_CHAR = 0x2f;
const narrow = new Set([OLD_VARCHAR, OLD_CHAR, 0xa7, 0xaf, 0x23]);
/** The length of a value that comes in parts, or is null. */
const UNKNOWN_LENGTH = 0xffff;
const NO_LENGTH = 0xffff_ffff;

/** What stands behind the id of a type. */
type Head =
  | 'nothing'
  | 'scale'
  | 'precision'
  | 'byte'
  | 'short'
  | 'collated'
  | 'long'
  | 'text'
  | 'variant'
  | 'xml'
  | 'udt';

/** Bytes of types whose values are always as long. */
const fixed: Readonly<Record<number, number>> = {
  ...{ 31: 0, 48: 1, 50: 1, 52: 2, 56: 4, 58: 4, 59: 4, 60: 8 },
  ...{ 61: 8, 62: 8, 122: 4, 127: 8 },
};
const heads: readonly (readonly [Head, readonly number[]])[] = [
  ['nothing', [0x28]],
  ['scale', [0x29, 0x2a, 0x2b]],
  ['precision', [0x37, 0x3f, 0x6a, 0x6c]],
  ['byte', [0x24, 0x25, 0x26, OLD_VARCHAR, 0x2d, OLD_CHAR, 0x68, 0x6d, 0x6e, 0x6f]],
  ['short', [0xa5, 0xad]],
  ['collated', [0xa7, 0xaf, 0xe7, 0xef]],
  ['long', [0x22]],
  ['text', [0x23, 0x63]],
  ['variant', [0x62]],
  ['xml', [XML]],
  ['udt', [0xf0]],
];

/** By id. */
const headOf: (Head | undefined)[] = Array.from({ length: 256 });
/** By id: types that need no more to be known. */
const plain: (TypeInfo | undefined)[] = Array.from({ length: 256 });
/** The same where the value comes in parts, and by scale. */
const inParts: (TypeInfo | undefined)[] = Array.from({ length: 256 });
const scaled = new Map<number, TypeInfo>();

const forms: Readonly<Partial<Record<Head, Form>>> = {
  ...{ short: 'short', collated: 'short', udt: 'short', long: 'long', text: 'long', variant: 'variant', xml: 'parts' },
};
for (const [head, ids] of heads) {
  for (const id of ids) {
    headOf[id] = head;
    plain[id] = new TypeInfo(id, forms[head] ?? 'byte');
    inParts[id] = new TypeInfo(id, 'parts');
  }
}
for (const [id, length] of Object.entries(fixed)) {
  headOf[Number(id)] = 'nothing';
  plain[Number(id)] = new TypeInfo(Number(id), 'fixed', length);
}

function withScale(id: number, scale: number): TypeInfo {
  const key = id * 256 + scale;
  const known = scaled.get(key);
  if (known !== undefined) return known;
  const made = new TypeInfo(id, 'byte', 0, scale);
  scaled.set(key, made);
  return made;
}

/** Undefined for a type that is not known: then nothing behind it can be read. */
export function typeInfo(reader: ByteReader, { hasCollation }: Dialect): TypeInfo | undefined {
  const id = reader.u8();
  switch (headOf[id]) {
    case undefined:
      return undefined;
    case 'nothing':
      break;
    case 'byte':
      reader.skip(1);
      break;
    case 'scale':
      return withScale(id, reader.u8());
    case 'precision':
      reader.skip(2);
      return withScale(id, reader.u8());
    case 'short':
      return reader.u16le() === UNKNOWN_LENGTH ? inParts[id] : plain[id];
    case 'collated': {
      const length = reader.u16le();
      if (hasCollation) reader.skip(COLLATION_BYTES);
      return length === UNKNOWN_LENGTH ? inParts[id] : plain[id];
    }
    case 'long':
    case 'variant':
      reader.skip(4);
      break;
    case 'text':
      reader.skip(hasCollation ? 4 + COLLATION_BYTES : 4);
      break;
    case 'xml':
      if (reader.u8() !== 0)
        for (let part = 0; part < 3; part++) reader.skip(2 * (part < 2 ? reader.u8() : reader.u16le()));
      break;
    case 'udt': {
      const length = reader.u16le();
      for (let part = 0; part < 3; part++) reader.skip(2 * reader.u8());
      reader.skip(2 * reader.u16le());
      return length === UNKNOWN_LENGTH ? inParts[id] : plain[id];
    }
  }
  return plain[id];
}
const COLLATION_BYTES = 5;

/** The type of a value inside a variant. */
export const typeInVariant = (id: number, scale: number): TypeInfo => new TypeInfo(id, 'short', 0, scale);

/**
 * Bytes of the value that follows, which the reader goes to; -1 where it is null. Not of values in parts: those have no length.
 * `isColumn`: of a row, where old large values have a pointer before them.
 */
export function lengthOfValue(reader: ByteReader, { form, id, length }: TypeInfo, isColumn: boolean): number {
  switch (form) {
    case 'fixed':
      return length === 0 ? -1 : length;
    case 'byte': {
      const bytes = reader.u8();
      if (id === OLD_VARCHAR || id === OLD_CHAR) return bytes === 0xff ? -1 : bytes;
      return bytes === 0 ? -1 : bytes;
    }
    case 'short': {
      const bytes = reader.u16le();
      return bytes === UNKNOWN_LENGTH ? -1 : bytes;
    }
    case 'long': {
      if (isColumn) {
        const pointer = reader.u8();
        if (pointer === 0) return -1;
        reader.skip(pointer + 8);
      }
      const bytes = reader.u32le();
      return bytes === NO_LENGTH ? -1 : bytes;
    }
    case 'variant': {
      const bytes = reader.u32le();
      return bytes === 0 ? -1 : bytes;
    }
    case 'parts':
      return -1;
  }
}

/** Passes over a value. */
export function skipValue(reader: ByteReader, type: TypeInfo, isColumn: boolean): void {
  if (type.form === 'parts') return skipParts(reader);
  const length = lengthOfValue(reader, type, isColumn);
  if (length > 0) reader.skip(length);
}

/** A value of unknown length (§2.2.5.2.3): pieces with their length before each, up to one of zero. */
function skipParts(reader: ByteReader): void {
  if (isNullInParts(reader)) return;
  while (!reader.isShort) {
    const bytes = reader.u32le();
    if (bytes === 0) return;
    reader.skip(bytes);
  }
}

/** Reads the length of the whole, which says nothing but that there is no value. */
export function isNullInParts(reader: ByteReader): boolean {
  const [low, high] = [reader.u32le(), reader.u32le()];
  return low === NO_LENGTH && high === NO_LENGTH;
}
