/** Head sections as they were on the wire; fields become strings when something reads them. */

import { Interner, latin1 } from '../../decode/interner.ts';
import type { Slab } from '../../decode/slab.ts';
import { HttpFields } from '../../http/fields.ts';
import type { RequestHead, ResponseHead } from '../../http/message.ts';
import type { HeadScan } from './head-scan.ts';

/** Methods, targets and media types repeat over all connections. */
const interner = new Interner();
const utf8 = new TextDecoder('utf-8', { fatal: true });
/** A head has at most 60 kB; a flood of one-letter fields would still make thousands of strings. */
const MAX_FIELDS = 1000;

abstract class Head {
  private readonly block: Uint8Array;
  private readonly start: number;
  private readonly end: number;
  private readonly minor: number;
  private readonly mimeText: string;
  private parsed: HttpFields | null = null;

  constructor(bytes: Uint8Array, scan: HeadScan, slab: Slab) {
    this.start = slab.copy(bytes, scan.start, scan.end);
    this.block = slab.block;
    this.end = this.start + scan.end - scan.start;
    this.minor = scan.minor;
    this.mimeText = interner.text(bytes, scan.mimeStart, scan.mimeEnd);
  }

  get version(): string {
    return this.minor === 0 ? '1.0' : '1.1';
  }

  mime(): string {
    return this.mimeText.toLowerCase();
  }

  fields(): HttpFields {
    this.parsed ??= parseFields(this.block, this.afterStartLine, this.end);
    return this.parsed;
  }

  private get afterStartLine(): number {
    return this.block.indexOf(10, this.start) + 1;
  }
}

export class Http1Request extends Head implements RequestHead {
  readonly method: string;
  readonly target: string;
  readonly scheme: string;

  constructor(bytes: Uint8Array, scan: HeadScan, from: { readonly slab: Slab; readonly secure: boolean }) {
    super(bytes, scan, from.slab);
    this.method = interner.text(bytes, scan.start, scan.methodEnd);
    this.target = interner.text(bytes, scan.methodEnd + 1, scan.targetEnd);
    this.scheme = from.secure ? 'https' : 'http';
  }

  authority(): string {
    return this.fields().first('host') ?? '';
  }
}

export class Http1Response extends Head implements ResponseHead {
  readonly status: number;
  readonly reason: string;

  constructor(bytes: Uint8Array, scan: HeadScan, slab: Slab) {
    super(bytes, scan, slab);
    this.status = scan.status;
    this.reason = interner.text(bytes, scan.reasonStart, scan.reasonEnd);
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
      const name = interner.text(bytes, at, at + colon).trimEnd();
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
