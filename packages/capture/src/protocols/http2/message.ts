/** Messages made of decoded header blocks (RFC 9113 §8.3). */

import type { Interner } from '../../decode/interner.ts';
import type { CallGroup } from '../../dissect/call-group.ts';
import type { Span } from '../../dissect/dissector.ts';
import type { FieldTable } from '../../http/field-table.ts';
import type { HttpFields } from '../../http/fields.ts';
import { UNKNOWN } from '../../http/fields.ts';
import { HttpMessage, type RequestHead, type ResponseHead, type WritableRequest } from '../../http/message.ts';
import type { JsonWriter } from '../../json/json-writer.ts';
import { HeaderBlock } from './header-block.ts';
import { type Path, pathOf } from './path.ts';

const unknownPath = pathOf(UNKNOWN);
const nothing = new HeaderBlock();
const NEVER: Span = { first: 0, last: 0 };

/** A header block as it came. */
export interface BlockSpan extends Span {
  /** Bytes on the wire. */
  readonly size: number;
}

export class Http2Request extends HttpMessage<RequestHead> implements RequestHead, WritableRequest {
  readonly version = '2';
  private block: HeaderBlock = nothing;
  private path: Path = unknownPath;

  constructor() {
    super(NEVER);
  }

  /** Becomes the request that a block tells of. */
  take(block: HeaderBlock, when: BlockSpan): this {
    this.begin(when);
    this.size = when.size;
    this.headSize = when.size;
    this.block = block;
    this.path = block.path ?? (this.method === 'CONNECT' ? pathOf(this.authority()) : unknownPath);
    return this;
  }

  override release(): void {
    super.release();
    this.block = nothing;
  }

  get head(): this {
    return this;
  }
  get method(): string {
    return this.block.method?.value ?? UNKNOWN;
  }
  get target(): string {
    return this.path.text;
  }
  get scheme(): string {
    return this.block.scheme?.value ?? 'http';
  }
  fields(): HttpFields {
    return this.block;
  }
  mime(): string {
    return this.block.mime;
  }
  endpoint(): string {
    return this.group().endpoint;
  }
  group(): CallGroup {
    return this.path.groupOf(this.method);
  }
  hasParameter(names: readonly string[]): boolean {
    return this.path.hasParameter(names);
  }
  authority(): string {
    return this.block.authority?.value ?? this.block.first('host') ?? '';
  }

  writable(): this {
    return this;
  }
  scan(table: FieldTable): void {
    this.block.scan(table);
  }
  get writtenFields(): Uint8Array | null {
    return this.block.writtenFields;
  }
  keepFields(json: JsonWriter, start: number): void {
    this.block.keepFields(json, start);
  }
  get isPath(): boolean {
    return this.path.text.startsWith('/');
  }
  writePath(json: JsonWriter): void {
    json.asciiPart(this.path.bytes, this.path.start, this.path.queryStart);
  }
  writeTarget(json: JsonWriter): void {
    json.asciiPart(this.path.bytes, this.path.start, this.path.end);
  }
  writtenPlace(): Uint8Array | null {
    const { authority } = this.block;
    return authority === null ? null : this.path.placeOf(this.scheme, authority);
  }
  keepPlace(json: JsonWriter, start: number): void {
    const { authority } = this.block;
    if (authority !== null) this.path.keepPlace(json, start, { scheme: this.scheme, authority });
  }
  query<Value>(interner: Interner<Value>): Value | undefined {
    const { bytes, queryStart, end } = this.path;
    return queryStart === end ? undefined : interner.of(bytes, queryStart + 1, end);
  }
}

export class Http2Response extends HttpMessage<ResponseHead> implements ResponseHead {
  readonly version = '2';
  readonly reason = '';
  private block: HeaderBlock = nothing;

  constructor() {
    super(NEVER);
  }

  /** Becomes the response that a block tells of. */
  take(block: HeaderBlock, when: BlockSpan): this {
    this.begin(when);
    this.size = when.size;
    this.headSize = when.size;
    this.block = block;
    return this;
  }

  override release(): void {
    super.release();
    this.block = nothing;
  }

  get head(): this {
    return this;
  }
  get status(): number {
    return this.block.status;
  }
  fields(): HttpFields {
    return this.block;
  }
  mime(): string {
    return this.block.mime;
  }
  writable(): this {
    return this;
  }
  scan(table: FieldTable): void {
    this.block.scan(table);
  }
  get writtenFields(): Uint8Array | null {
    return this.block.writtenFields;
  }
  keepFields(json: JsonWriter, start: number): void {
    this.block.keepFields(json, start);
  }
}
