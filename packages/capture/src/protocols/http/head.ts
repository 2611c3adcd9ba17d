/** Head sections as they were on the wire; fields become strings when something reads them. */

import { isUtf8 } from 'node:buffer';
import { Interner, latin1 } from '../../decode/interner.ts';
import { Slab } from '../../decode/slab.ts';
import { type FieldName, HttpFields } from '../../http/fields.ts';
import type { RequestHead, ResponseHead } from '../../http/message.ts';
import { endpointOf } from '../../http/target.ts';
import type { HeadScan } from './head-scan.ts';

/** What repeats over all connections. */
const methods = new Interner((text) => text);
const names = new Interner((text): FieldName => {
  const spelled = text.trimEnd();
  return { spelled, lower: spelled.toLowerCase() };
});
const mimes = new Interner((text) => text.toLowerCase());
/** `GET /users/7` to `GET /users/{id}`. */
const endpoints = new Interner((line) => {
  const space = line.indexOf(' ');
  return endpointOf(line.slice(0, space), line.slice(space + 1));
});
const slab = new Slab();
const utf8 = new TextDecoder();
const LF = 10;
const CR = 13;
const TAB = 9;
const SPACE = 32;
const COLON = 58;
const EQUALS = 61;
const QUESTION_MARK = 63;
const AMPERSAND = 38;
/** A head has at most 60 kB; a flood of one-letter fields would still make thousands of strings. */
const MAX_FIELDS = 1000;

abstract class Head {
  protected block: Uint8Array;
  protected start: number;
  private isBorrowed: boolean;
  /** Offsets from the start, here and below. */
  private readonly fieldsStart: number;
  private readonly end: number;
  private readonly minor: number;
  private readonly mimeStart: number;
  private readonly mimeEnd: number;
  private mimeText: string | null = null;
  private parsed: HttpFields | null = null;

  /** `isBorrowed`: the bytes stay as they are until `keep`; else they are copied now. */
  constructor(bytes: Uint8Array, scan: HeadScan, isBorrowed: boolean) {
    const { start } = scan;
    this.isBorrowed = isBorrowed;
    this.start = isBorrowed ? start : slab.copy(bytes, start, scan.end);
    this.block = isBorrowed ? bytes : slab.block;
    this.fieldsStart = scan.lineEnd - start;
    this.end = scan.end - start;
    this.minor = scan.minor;
    this.mimeStart = scan.mimeStart - start;
    this.mimeEnd = scan.mimeEnd - start;
  }

  keep(): void {
    if (!this.isBorrowed) return;
    this.isBorrowed = false;
    this.start = slab.copy(this.block, this.start, this.start + this.end);
    this.block = slab.block;
  }

  get version(): string {
    return this.minor === 0 ? '1.0' : '1.1';
  }

  mime(): string {
    this.mimeText ??= this.mimeEnd > this.mimeStart ? this.intern(mimes, this.mimeStart, this.mimeEnd) : '';
    return this.mimeText;
  }

  fields(): HttpFields {
    this.parsed ??= parseFields(this.block, this.start + this.fieldsStart, this.start + this.end);
    return this.parsed;
  }

  protected intern<Value>(interner: Interner<Value>, from: number, to: number): Value {
    return interner.of(this.block, this.start + from, this.start + to);
  }

  protected text(from: number, to: number): string {
    return latin1(this.block, this.start + from, this.start + to);
  }
}

export class Http1Request extends Head implements RequestHead {
  readonly method: string;
  private readonly methodEnd: number;
  private readonly targetEnd: number;
  private readonly pathEnd: number;
  private targetText: string | null = null;
  readonly scheme: string;

  constructor(bytes: Uint8Array, scan: HeadScan, from: { readonly isBorrowed: boolean; readonly isSecure: boolean }) {
    super(bytes, scan, from.isBorrowed);
    const { start } = scan;
    this.methodEnd = scan.methodEnd - start;
    this.targetEnd = scan.targetEnd - start;
    this.pathEnd = scan.pathEnd - start;
    this.method = methods.of(bytes, start, scan.methodEnd);
    this.scheme = from.isSecure ? 'https' : 'http';
  }

  get target(): string {
    this.targetText ??= this.text(this.methodEnd + 1, this.targetEnd);
    return this.targetText;
  }

  endpoint(): string {
    return this.intern(endpoints, 0, this.pathEnd);
  }

  hasParameter(names: readonly string[]): boolean {
    const { block, start } = this;
    const end = start + this.targetEnd;
    for (let at = start + this.methodEnd + 1; at < end; at++) {
      if (block[at] !== QUESTION_MARK && block[at] !== AMPERSAND) continue;
      for (const name of names) if (isParameter(block, at + 1, name)) return true;
    }
    return false;
  }

  authority(): string {
    return this.fields().first('host') ?? '';
  }
}

export class Http1Response extends Head implements ResponseHead {
  readonly status: number;
  private readonly reasonStart: number;
  private readonly reasonEnd: number;

  constructor(bytes: Uint8Array, scan: HeadScan, isBorrowed: boolean) {
    super(bytes, scan, isBorrowed);
    this.status = scan.status;
    this.reasonStart = scan.reasonStart - scan.start;
    this.reasonEnd = scan.reasonEnd - scan.start;
  }

  get reason(): string {
    return this.text(this.reasonStart, this.reasonEnd);
  }
}

function isParameter(bytes: Uint8Array, at: number, name: string): boolean {
  for (let i = 0; i < name.length; i++) if (bytes[at + i] !== name.charCodeAt(i)) return false;
  return bytes[at + name.length] === EQUALS;
}

/** Field lines up to `end`; lines that are none are left out. */
export function parseFields(bytes: Uint8Array, start: number, end: number): HttpFields {
  const fields = new HttpFields();
  for (let at = start; at < end && fields.size < MAX_FIELDS; ) {
    let colon = 0;
    let special = false;
    let stop = at;
    for (; stop < end; stop++) {
      const byte = bytes[stop] ?? 0;
      if (byte === COLON && colon === 0) colon = stop;
      else if (byte >= 0x80) special = true;
      else if (byte === LF) {
        // A line that begins with white space continues the one before (obs-fold).
        if (bytes[stop + 1] !== SPACE && bytes[stop + 1] !== TAB) break;
        special = true;
      }
    }
    if (colon > at)
      fields.addNamed(names.of(bytes, at, colon), valueText(bytes, { start: colon + 1, end: stop, special }));
    at = stop + 1;
  }
  return fields;
}

interface ValueRange {
  readonly start: number;
  readonly end: number;
  /** It is folded, or not ASCII. */
  readonly special: boolean;
}

function valueText(bytes: Uint8Array, range: ValueRange): string {
  let { start, end } = range;
  while (start < end && isSpace(bytes[start])) start++;
  while (end > start && isSpace(bytes[end - 1])) end--;
  const raw = latin1(bytes, start, end);
  if (!range.special) return raw;
  // Latin1 by the standard, UTF-8 in practice.
  const view = bytes.subarray(start, end);
  const text = isUtf8(view) ? utf8.decode(view) : raw;
  return text.replace(/\r?\n[ \t]+/g, ' ');
}

function isSpace(byte: number | undefined): boolean {
  return byte === SPACE || byte === TAB || byte === CR || byte === LF;
}
