/** Where the properties of a message stand, and what comes again and again of them. */

import { ByteReader } from '../../decode/byte-reader.ts';
import { ByteInterner, Interner } from '../../decode/interner.ts';
import { piece } from '../../json/json-writer.ts';
import { compressionsOf, headersOf, mimeOf, traceIdIn } from './describe.ts';
import { contentProperties } from './method.ts';
import { readTable } from './values.ts';
import { long } from './wire.ts';

const FLAG_BYTES = 2;
const MORE_FLAGS = 1;
/** Tables of headers that are kept, with their JSON: half as many, some 1 kB each. */
const KEPT_HEADERS = { capacity: 4096, maxLength: 1024 } as const;

const index = (name: string) => contentProperties.findIndex((property) => property.name === name);
export const CONTENT_TYPE = index('contentType');
export const CONTENT_ENCODING = index('contentEncoding');
export const HEADERS = index('headers');

const types = contentProperties.map(({ type }) => type);

/** Property flags and the properties they announce (§4.2.6.1), as places in their bytes. */
export class PropertyPlaces {
  bytes: Uint8Array = new Uint8Array(0);
  /** By number: where each begins, behind its length where it has one; -1 for those that are not there. */
  readonly starts = new Int32Array(contentProperties.length);
  readonly ends = new Int32Array(contentProperties.length);
  /** How many are there. */
  count = 0;

  /** Finds them; false where they are not whole, or are of no class that is known. */
  read(bytes: Uint8Array, start: number, end: number): boolean {
    this.bytes = bytes;
    this.count = 0;
    const flags = ((bytes[start] ?? 0) << 8) | (bytes[start + 1] ?? 0);
    let at = start + FLAG_BYTES;
    if (at > end || (flags & MORE_FLAGS) !== 0) return false;
    for (let number = 0; number < types.length; number++) {
      this.starts[number] = -1;
      if ((flags & (0x8000 >> number)) === 0) continue;
      const type = types[number];
      const from = type === 'shortstr' ? at + 1 : at;
      const length =
        type === 'shortstr' ? (bytes[at] ?? 0) : type === 'octet' ? 1 : type === 'table' ? 4 + long(bytes, at) : 8;
      this.starts[number] = from;
      at = from + length;
      this.ends[number] = at;
      this.count++;
      if (at > end) return false;
    }
    return true;
  }

  has(number: number): boolean {
    return (this.starts[number] ?? -1) >= 0;
  }

  /** What is remembered of one that is there. */
  known<Value>(number: number, of: ByteInterner<Value>): Value | undefined {
    return this.has(number) ? of.of(this.bytes, this.starts[number] ?? 0, this.ends[number] ?? 0) : undefined;
  }
}

/** Headers of a message, kept by the bytes of their table. */
export interface KeptHeaders {
  /** Undefined for an empty table. */
  readonly json: Uint8Array | undefined;
  readonly traceId: string | undefined;
}

export const keptHeaders = new ByteInterner<KeptHeaders>((bytes, start, end) => {
  const headers = headersOf(readTable(new ByteReader(bytes, start, end)));
  return { json: headers === undefined ? undefined : piece(JSON.stringify(headers)), traceId: traceIdIn(headers) };
}, KEPT_HEADERS);

/** A type of content that comes again. */
interface KeptMime {
  readonly mime: string;
  /** Up to the text of a body. */
  readonly opening: Uint8Array;
}

const text = (latin1: string) => Buffer.from(latin1, 'latin1').toString('utf8');
const openingOf = (mime: string) => piece(`${mime === '' ? '' : `,"mime":${JSON.stringify(mime)}`},"text":`);
export const mimes = new Interner((contentType): KeptMime => {
  const mime = mimeOf(text(contentType));
  return { mime, opening: openingOf(mime) };
});
export const NO_MIME: KeptMime = { mime: '', opening: openingOf('') };
/** Whether the body is packed. */
export const packings = new Interner((contentEncoding) => compressionsOf(text(contentEncoding)).length > 0);
