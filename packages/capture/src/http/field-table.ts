/** The field lines of one head as ranges of its bytes (RFC 9112 §5): one table is filled again and again, and makes nothing. */

import { isUtf8 } from 'node:buffer';
import { latin1 } from '../decode/interner.ts';
import { line } from '../decode/line-feed.ts';
import { FieldPlaces } from './field-places.ts';
import { FieldLines, type HttpFields } from './fields.ts';
import { names, type TableName } from './table-name.ts';

/** A head has at most 60 kB; a flood of one-letter fields would still make thousands of strings. */
const MAX_FIELDS = 1000;
const LF = 10;
const CR = 13;
const TAB = 9;
const SPACE = 32;
const COLON = 58;
const NOTHING = new Uint8Array(0);
const utf8 = new TextDecoder();

/** A field that does not stand in a line. */
export interface TableField {
  readonly name: TableName;
  /** Its value: `bytes[start, end)`. */
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  readonly isAscii: boolean;
  /** `,"name":"value"`, where that is kept. */
  readonly json: Uint8Array | null;
}

/** The text of a field value: latin1 by the standard, UTF-8 in practice. */
export function fieldText(bytes: Uint8Array, start: number, end: number): string {
  const view = bytes.subarray(start, end);
  const text = isUtf8(view) ? utf8.decode(view) : latin1(bytes, start, end);
  return text.replace(/\r?\n[ \t]+/g, ' ');
}

export class FieldTable {
  private bytes: Uint8Array = NOTHING;
  /** Those put in one by one. */
  private readonly fields: TableField[] = [];
  private isOfLines = true;
  count = 0;
  authorityBytes: Uint8Array = NOTHING;
  /** Range of the authority that a request names; empty without one. */
  authorityStart = 0;
  authorityEnd = 0;
  /** It came from a field that is folded, or not ASCII. */
  isAuthoritySpecial = false;
  readonly names: TableName[] = [];
  private readonly found = new FieldPlaces();
  /** How many names they were found among; -1 when some were changed since. */
  private foundAmong = -1;
  private readonly starts = new Int32Array(MAX_FIELDS);
  private readonly ends = new Int32Array(MAX_FIELDS);
  /** It is folded, or not ASCII. */
  private readonly specials = new Uint8Array(MAX_FIELDS);

  /** Reads field lines up to `end`; lines that are none are left out. */
  read(bytes: Uint8Array, start: number, end: number): this {
    this.bytes = bytes;
    this.isOfLines = true;
    this.count = 0;
    for (let at = start; at < end && this.count < MAX_FIELDS; ) at = this.line(at, end);
    this.names.length = this.count;
    return this;
  }

  /** Reads a field line; returns where the next one begins. */
  private line(at: number, end: number): number {
    const { bytes } = this;
    let name = this.expected(at, end);
    let colon = at + (name?.raw.length ?? 0);
    if (name === null) {
      while (colon < end && isNameByte(bytes[colon] ?? 0)) colon++;
      if (colon === at || colon === end || bytes[colon] !== COLON) return this.oddLine(at, end);
      name = names.of(bytes, at, colon);
    }
    let stop = line.end(bytes, colon + 1, end);
    let special = line.isAscii ? 0 : 1;
    // A line that begins with white space continues the one before (obs-fold).
    while (stop < end && (bytes[stop + 1] === SPACE || bytes[stop + 1] === TAB)) {
      stop = line.end(bytes, stop + 1, end);
      special = 1;
    }
    this.add(name, { start: colon + 1, end: stop, special });
    return stop + 1;
  }

  /** The same where what stands before a colon is no name, or there is none. */
  private oddLine(at: number, end: number): number {
    const { bytes } = this;
    let colon = 0;
    let special = 0;
    let stop = at;
    for (; stop < end; stop++) {
      const byte = bytes[stop] ?? 0;
      if (byte === COLON && colon === 0) colon = stop;
      else if (byte >= 0x80) special = 1;
      else if (byte === LF) {
        if (bytes[stop + 1] !== SPACE && bytes[stop + 1] !== TAB) break;
        special = 1;
      }
    }
    if (colon > at) this.add(names.of(bytes, at, colon), { start: colon + 1, end: stop, special });
    return stop + 1;
  }

  /** Where the value of a field stands, from `startOf` to `endOf`. */
  bytesOf(index: number): Uint8Array {
    return this.isOfLines ? this.bytes : (this.fields[index]?.bytes ?? NOTHING);
  }

  /** `,"name":"value"`, where that is kept. */
  jsonOf(index: number): Uint8Array | null {
    return this.isOfLines ? null : (this.fields[index]?.json ?? null);
  }

  startOf(index: number): number {
    return this.starts[index] ?? 0;
  }

  endOf(index: number): number {
    return this.ends[index] ?? 0;
  }

  isSpecial(index: number): boolean {
    return this.specials[index] === 1;
  }

  /** Heads of one sender have their fields in one order: then they stand where they stood before. */
  get places(): FieldPlaces {
    if (this.foundAmong !== this.count) {
      this.found.find(this.names, this.count);
      this.foundAmong = this.count;
    }
    return this.found;
  }

  /** Where the first field of a name stands, the name in lower case; -1 without one. */
  private find(lower: string): number {
    for (let i = 0; i < this.count; i++) if (this.names[i]?.lower === lower) return i;
    return -1;
  }

  /** First value of a field; the name in lower case. */
  first(lower: string): string | undefined {
    const index = this.find(lower);
    return index < 0 ? undefined : this.valueOf(index);
  }

  valueOf(index: number): string {
    const start = this.startOf(index);
    const end = this.endOf(index);
    const bytes = this.bytesOf(index);
    return this.isSpecial(index) ? fieldText(bytes, start, end) : latin1(bytes, start, end);
  }

  toFields(): HttpFields {
    const fields = new FieldLines();
    for (let i = 0; i < this.count; i++) {
      const name = this.names[i];
      if (name !== undefined) fields.add(name, this.valueOf(i));
    }
    return fields;
  }

  /** Heads of one sender have their fields in one order: the name of the one before, where it stands here too. */
  private expected(at: number, end: number): TableName | null {
    const { bytes } = this;
    const before = this.names[this.count];
    if (before === undefined || before.key === null) return null;
    const { raw } = before;
    if (at + raw.length >= end || bytes[at + raw.length] !== COLON) return null;
    for (let i = 0; i < raw.length; i++) if (raw[i] !== bytes[at + i]) return null;
    return before;
  }

  /** Begins anew, with fields that do not stand in lines and are put in one by one. */
  clear(): this {
    this.isOfLines = false;
    this.count = 0;
    this.authorityStart = 0;
    this.authorityEnd = 0;
    this.isAuthoritySpecial = false;
    return this;
  }

  /** Puts in a field, whose value stays where it is. */
  append(field: TableField): void {
    const at = this.count;
    if (at >= MAX_FIELDS) return;
    this.setName(field.name);
    this.fields[at] = field;
    this.starts[at] = field.start;
    this.ends[at] = field.end;
    this.specials[at] = field.isAscii ? 0 : 1;
    this.count++;
  }

  /** Puts in an authority that is no field. */
  setAuthority({ bytes, start, end }: Omit<TableField, 'name' | 'isAscii' | 'json'>): void {
    this.authorityBytes = bytes;
    this.authorityStart = start;
    this.authorityEnd = end;
  }

  /** Takes the authority from the Host field (RFC 9110 §7.2). */
  findAuthority(): void {
    const { host } = this.places;
    this.authorityBytes = host < 0 ? NOTHING : this.bytesOf(host);
    this.isAuthoritySpecial = host >= 0 && this.isSpecial(host);
    this.authorityStart = host < 0 ? 0 : this.startOf(host);
    this.authorityEnd = host < 0 ? 0 : this.endOf(host);
  }

  private setName(name: TableName): void {
    if (this.names[this.count] === name) return;
    this.names[this.count] = name;
    this.foundAmong = -1;
  }

  private add(name: TableName, value: Readonly<Record<'start' | 'end' | 'special', number>>): void {
    const { bytes } = this;
    let { start, end } = value;
    while (start < end && isSpace(bytes[start])) start++;
    while (end > start && isSpace(bytes[end - 1])) end--;
    this.setName(name);
    this.starts[this.count] = start;
    this.ends[this.count] = end;
    this.specials[this.count] = value.special;
    this.count++;
  }
}

/** What is neither a control character nor a colon, and ASCII: more than a token (RFC 9110 §5.6.2), as senders are. */
function isNameByte(byte: number): boolean {
  return byte > SPACE && byte < 0x7f && byte !== COLON;
}

function isSpace(byte: number | undefined): boolean {
  return byte === SPACE || byte === TAB || byte === CR || byte === LF;
}

const table = new FieldTable();

/** Field lines up to `end`. */
export function parseFields(bytes: Uint8Array, start: number, end: number): HttpFields {
  return table.read(bytes, start, end).toFields();
}
