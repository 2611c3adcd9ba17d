/** Messages whose head stands as it was on the wire; fields become strings when something reads them. */

import { Interner, latin1 } from '../../decode/interner.ts';
import { Remembered } from '../../decode/remembered.ts';
import { Slab } from '../../decode/slab.ts';
import { CallGroup } from '../../dissect/call-group.ts';
import type { Span } from '../../dissect/dissector.ts';
import { type FieldTable, parseFields } from '../../http/field-table.ts';
import type { HttpFields } from '../../http/fields.ts';
import { type HttpHead, HttpMessage, type RequestHead, type ResponseHead } from '../../http/message.ts';
import { endpointOf } from '../../http/target.ts';
import type { JsonWriter } from '../../json/json-writer.ts';
import type { HeadScan } from './head-scan.ts';
import type { Part } from './wire.ts';

/** What repeats over all connections. */
export const methods = new Interner((text) => text);
/** What Content-Type says. */
export const contentTypes = new Interner((value) => {
  const [mime = ''] = /^[^; \r]*/.exec(value.toLowerCase()) ?? [];
  return { mime, isAscii: ASCII_TYPE.test(value) };
});
const byEndpoint = new Remembered((endpoint) => new CallGroup(endpoint), { texts: 4096, characters: 300 });
/** `GET /users/7` to `GET /users/{id}`. */
export const groups = new Interner((line) => {
  const space = line.indexOf(' ');
  return byEndpoint.of(endpointOf(line.slice(0, space), line.slice(space + 1)));
});
/** Text in such a charset has ASCII in it as it is. */
const ASCII_TYPE = /^[^;]*(?:;\s*charset="?(?:utf-?8|us-ascii)"?\s*)?$/i; // application/json; charset=utf-8
const slab = new Slab();
const EQUALS = 61;
const QUESTION_MARK = 63;
const AMPERSAND = 38;
const SLASH = 47;

const NOTHING = new Uint8Array(0);
const NEVER: Span = { first: 0, last: 0 };

abstract class Http1Message<Head extends HttpHead> extends HttpMessage<Head> {
  protected block: Uint8Array = NOTHING;
  /** Where the head begins in the block. All other offsets are counted from there. */
  protected from = 0;
  private isBorrowed = false;
  private fieldsStart = 0;
  private minor = 1;
  private typeStart = 0;
  private typeEnd = 0;
  private mimeText: string | null = null;
  private parsed: HttpFields | null = null;

  constructor() {
    super(NEVER);
  }

  protected read({ bytes, head, end, start }: Part, span: Span, isBorrowed: boolean): void {
    this.begin(span);
    const from = head.start;
    this.size = end - start;
    this.isBorrowed = isBorrowed;
    this.from = isBorrowed ? from : slab.copy(bytes, from, head.end);
    this.block = isBorrowed ? bytes : slab.block;
    this.fieldsStart = head.lineEnd - from;
    this.headSize = head.end - from;
    this.minor = head.minor;
    this.typeStart = head.typeStart - from;
    this.typeEnd = head.typeEnd - from;
    this.mimeText = null;
    this.parsed = null;
  }

  /** Takes the content that a whole part has behind its head: the message is over. */
  takeContent({ bytes, head, end }: Part, limit: number): void {
    this.complete = true;
    if (end > head.end) this.append(bytes, { start: head.end, end, limit, isBorrowed: this.isBorrowed });
  }

  override release(): void {
    super.release();
    this.block = NOTHING;
    this.parsed = null;
  }

  override keep(): void {
    super.keep();
    if (!this.isBorrowed) return;
    this.isBorrowed = false;
    this.from = slab.copy(this.block, this.from, this.from + this.headSize);
    this.block = slab.block;
  }

  get version(): string {
    return this.minor === 0 ? '1.0' : '1.1';
  }

  mime(): string {
    this.mimeText ??= this.typeEnd > this.typeStart ? this.intern(contentTypes, this.typeStart, this.typeEnd).mime : '';
    return this.mimeText;
  }

  fields(): HttpFields {
    this.parsed ??= parseFields(this.block, this.from + this.fieldsStart, this.from + this.headSize);
    return this.parsed;
  }

  writable(): this {
    return this;
  }

  scan(table: FieldTable): void {
    table.read(this.block, this.from + this.fieldsStart, this.from + this.headSize).findAuthority();
  }

  protected intern<Value>(interner: Interner<Value>, start: number, end: number): Value {
    return interner.of(this.block, this.from + start, this.from + end);
  }

  protected slice(start: number, end: number): string {
    return latin1(this.block, this.from + start, this.from + end);
  }
}

/** Media type of a head; empty where it names none. */
export function mimeOf(bytes: Uint8Array, { typeStart, typeEnd }: HeadScan): string {
  return typeEnd > typeStart ? contentTypes.of(bytes, typeStart, typeEnd).mime : '';
}

/** Where a query stands. */
interface Query {
  readonly start: number;
  readonly end: number;
}

/** How a head came, beside its bytes. */
export interface Coming {
  /** The bytes stay as they are until `keep`; else they are copied now. */
  readonly isBorrowed: boolean;
  readonly isSecure: boolean;
}

export class Http1Request extends Http1Message<RequestHead> implements RequestHead {
  method = '';
  private methodEnd = 0;
  private targetEnd = 0;
  private pathEnd = 0;
  private queryStart = 0;
  private targetText: string | null = null;
  scheme = 'http';

  /** Becomes the request of this head. */
  take(part: Part, span: Span, { isBorrowed, isSecure }: Coming): this {
    this.read(part, span, isBorrowed);
    const { bytes, head } = part;
    const { start } = head;
    this.methodEnd = head.methodEnd - start;
    this.targetEnd = head.targetEnd - start;
    this.pathEnd = head.pathEnd - start;
    this.queryStart = head.queryStart - start;
    this.targetText = null;
    this.method = methods.of(bytes, start, head.methodEnd);
    this.scheme = isSecure ? 'https' : 'http';
    return this;
  }

  get head(): this {
    return this;
  }

  get target(): string {
    this.targetText ??= this.slice(this.methodEnd + 1, this.targetEnd);
    return this.targetText;
  }

  group(): CallGroup {
    return this.intern(groups, 0, this.pathEnd);
  }

  endpoint(): string {
    return this.group().endpoint;
  }

  hasParameter(names: readonly string[]): boolean {
    const { block, from } = this;
    return hasParameter(block, { start: from + this.queryStart, end: from + this.targetEnd }, names);
  }

  get isPath(): boolean {
    return this.block[this.from + this.methodEnd + 1] === SLASH;
  }

  writePath(json: JsonWriter): void {
    this.writeTo(json, this.pathEnd);
  }

  writeTarget(json: JsonWriter): void {
    this.writeTo(json, this.targetEnd);
  }

  query<Value>(interner: Interner<Value>): Value | undefined {
    return this.pathEnd === this.targetEnd ? undefined : this.intern(interner, this.pathEnd + 1, this.targetEnd);
  }

  private writeTo(json: JsonWriter, end: number): void {
    json.asciiPart(this.block, this.from + this.methodEnd + 1, this.from + end);
  }

  authority(): string {
    return this.fields().first('host') ?? '';
  }
}

export class Http1Response extends Http1Message<ResponseHead> implements ResponseHead {
  status = 0;
  private reasonStart = 0;
  private reasonEnd = 0;

  /** Becomes the response of this head. */
  take(part: Part, span: Span, isBorrowed: boolean): this {
    this.read(part, span, isBorrowed);
    const { head } = part;
    this.status = head.status;
    this.reasonStart = head.reasonStart - head.start;
    this.reasonEnd = head.reasonEnd - head.start;
    return this;
  }

  get head(): this {
    return this;
  }

  get reason(): string {
    return this.slice(this.reasonStart, this.reasonEnd);
  }
}

/** Whether a query has a parameter of one of these names. */
export function hasParameter(bytes: Uint8Array, query: Query, names: readonly string[]): boolean {
  const { start, end } = query;
  for (let at = start; at < end; at++) {
    if (bytes[at] !== QUESTION_MARK && bytes[at] !== AMPERSAND) continue;
    for (const name of names) if (isParameter(bytes, at + 1, name)) return true;
  }
  return false;
}

function isParameter(bytes: Uint8Array, at: number, name: string): boolean {
  for (let i = 0; i < name.length; i++) if (bytes[at + i] !== name.charCodeAt(i)) return false;
  return bytes[at + name.length] === EQUALS;
}
