/** Head sections as they were on the wire; fields become strings when something reads them. */

import { Interner, latin1 } from '../../decode/interner.ts';
import type { Slab } from '../../decode/slab.ts';
import { HttpFields } from '../../http/fields.ts';
import type { RequestHead, ResponseHead } from '../../http/message.ts';
import { endpointOf } from '../../http/target.ts';
import type { HeadScan } from './head-scan.ts';

/** What repeats over all connections. */
const names = new Interner((text) => text);
const mimes = new Interner((text) => text.toLowerCase());
/** `GET /users/7` to `GET /users/{id}`. */
const endpoints = new Interner((line) => {
  const space = line.indexOf(' ');
  return endpointOf(line.slice(0, space), line.slice(space + 1));
});
const utf8 = new TextDecoder('utf-8', { fatal: true });
/** A head has at most 60 kB; a flood of one-letter fields would still make thousands of strings. */
const MAX_FIELDS = 1000;

abstract class Head {
  protected readonly block: Uint8Array;
  protected readonly start: number;
  private readonly fieldsStart: number;
  private readonly end: number;
  private readonly minor: number;
  private readonly mimeStart: number;
  private readonly mimeEnd: number;
  private parsed: HttpFields | null = null;

  constructor(bytes: Uint8Array, scan: HeadScan, slab: Slab) {
    const { start } = scan;
    const at = slab.copy(bytes, start, scan.end);
    this.start = at;
    this.block = slab.block;
    this.fieldsStart = at + scan.lineEnd - start;
    this.end = at + scan.end - start;
    this.minor = scan.minor;
    this.mimeStart = at + scan.mimeStart - start;
    this.mimeEnd = at + scan.mimeEnd - start;
  }

  get version(): string {
    return this.minor === 0 ? '1.0' : '1.1';
  }

  mime(): string {
    return this.mimeEnd > this.mimeStart ? mimes.of(this.block, this.mimeStart, this.mimeEnd) : '';
  }

  fields(): HttpFields {
    this.parsed ??= parseFields(this.block, this.fieldsStart, this.end);
    return this.parsed;
  }
}

export class Http1Request extends Head implements RequestHead {
  readonly method: string;
  private readonly methodEnd: number;
  private readonly targetEnd: number;
  private readonly pathEnd: number;
  readonly scheme: string;

  constructor(bytes: Uint8Array, scan: HeadScan, from: { readonly slab: Slab; readonly secure: boolean }) {
    super(bytes, scan, from.slab);
    const shift = this.start - scan.start;
    this.methodEnd = scan.methodEnd + shift;
    this.targetEnd = scan.targetEnd + shift;
    this.pathEnd = scan.pathEnd + shift;
    this.method = names.of(bytes, scan.start, scan.methodEnd);
    this.scheme = from.secure ? 'https' : 'http';
  }

  get target(): string {
    return latin1(this.block, this.methodEnd + 1, this.targetEnd);
  }

  endpoint(): string {
    return endpoints.of(this.block, this.start, this.pathEnd);
  }

  authority(): string {
    return this.fields().first('host') ?? '';
  }
}

export class Http1Response extends Head implements ResponseHead {
  readonly status: number;
  private readonly reasonStart: number;
  private readonly reasonEnd: number;

  constructor(bytes: Uint8Array, scan: HeadScan, slab: Slab) {
    super(bytes, scan, slab);
    const shift = this.start - scan.start;
    this.status = scan.status;
    this.reasonStart = scan.reasonStart + shift;
    this.reasonEnd = scan.reasonEnd + shift;
  }

  get reason(): string {
    return latin1(this.block, this.reasonStart, this.reasonEnd);
  }
}

/** Field lines up to `end`; lines that are none are left out. */
export function parseFields(bytes: Uint8Array, start: number, end: number): HttpFields {
  const fields = new HttpFields();
  for (let at = start; at < end && fields.size < MAX_FIELDS; ) {
    let stop = lineEnd(bytes, at, end);
    // A line that begins with white space continues the one before (obs-fold).
    while (stop < end && (bytes[stop + 1] === 32 || bytes[stop + 1] === 9)) stop = lineEnd(bytes, stop + 1, end);
    const colon = bytes.subarray(at, stop).indexOf(58);
    if (colon > 0) {
      const name = names.of(bytes, at, at + colon).trimEnd();
      fields.add(name, valueText(bytes, at + colon + 1, stop));
    }
    at = stop + 1;
  }
  return fields;
}

function lineEnd(bytes: Uint8Array, at: number, end: number): number {
  const found = bytes.indexOf(10, at);
  return found < 0 ? end : found;
}

function valueText(bytes: Uint8Array, start: number, end: number): string {
  const raw = latin1(bytes, start, end);
  // Latin1 by the standard, UTF-8 in practice.
  const text = /[\x80-\xff]/.test(raw) ? utf8Or(raw, bytes.subarray(start, end)) : raw;
  return text.replace(/\r?\n[ \t]+/g, ' ').trim();
}

function utf8Or(raw: string, bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return raw;
  }
}
