/** One header field: its name, and its value as the octets that were sent, which become text when something reads it. */

import { latin1 } from '../../decode/interner.ts';
import { fieldText, type TableField } from '../../http/field-table.ts';
import { piece } from '../../json/json-writer.ts';
import type { HeaderName } from './header-name.ts';
import type { Octets } from './huffman.ts';
import { type Path, pathAt } from './path.ts';

/** What RFC 7541 §4.1 adds to the octets of each entry of a table. */
const ENTRY_OVERHEAD = 32;

export class HeaderField implements Octets, TableField {
  readonly name: HeaderName;
  /** The value, decoded. */
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** Octets of name and value. */
  readonly length: number;
  private text: string | null = null;
  private mimeText: string | null = null;
  private pathOrNull: Path | null = null;
  private ascii: boolean | null = null;
  private numberOrNull: number | null = null;
  /** It came before, or stands in a block that did: it will be written again. */
  isKept = false;
  /** It was written once. */
  private wasWritten = false;
  private written: Uint8Array | null = null;

  constructor(name: HeaderName, { bytes, start, end }: Octets) {
    this.name = name;
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    this.length = name.raw.length + end - start;
  }

  /** What it takes of a table. */
  get size(): number {
    return this.length + ENTRY_OVERHEAD;
  }

  get value(): string {
    this.text ??= this.isAscii ? latin1(this.bytes, this.start, this.end) : fieldText(this.bytes, this.start, this.end);
    return this.text;
  }

  /** Of a media type: without parameters, lower case. */
  get mime(): string {
    this.mimeText ??= this.value.split(';', 1)[0]?.trim().toLowerCase() ?? '';
    return this.mimeText;
  }

  /** The value as a path. */
  get path(): Path {
    this.pathOrNull ??= pathAt(this);
    return this.pathOrNull;
  }

  /** The value as a whole number; 0 when it is none. */
  get number(): number {
    this.numberOrNull ??= wholeNumber(this.value);
    return this.numberOrNull;
  }

  get isAscii(): boolean {
    this.ascii ??= isAsciiText(this);
    return this.ascii;
  }

  get json(): Uint8Array | null {
    if (!this.isKept || this.name.key === null) return null;
    // An id that a server sends back is kept, and written no second time.
    if (!this.wasWritten) {
      this.wasWritten = true;
      return null;
    }
    this.written ??= piece(`,${this.name.key}${JSON.stringify(this.value)}`);
    return this.written;
  }
}

function wholeNumber(text: string): number {
  const number = Number(text);
  return Number.isInteger(number) ? number : 0;
}

function isAsciiText({ bytes, start, end }: Octets): boolean {
  for (let at = start; at < end; at++) if ((bytes[at] ?? 0) >= 0x80) return false;
  return true;
}
