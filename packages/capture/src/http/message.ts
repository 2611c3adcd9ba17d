/** One half of an HTTP call, whatever version carried it. */

import type { Body, Micros } from '@kubeshark/model';
import { type Decoded, decodeContent } from '../decode/content.ts';
import type { Interner } from '../decode/interner.ts';
import { payloadOf } from '../decode/payload.ts';
import { type TextHints, textOf } from '../decode/text.ts';
import type { CallGroup } from '../dissect/call-group.ts';
import type { Span } from '../dissect/dissector.ts';
import type { JsonWriter } from '../json/json-writer.ts';
import { Content } from './content.ts';
import type { FieldTable } from './field-table.ts';
import type { HttpFields } from './fields.ts';

/** A head whose bytes are still there. */
export interface WritableHead {
  scan(table: FieldTable): void;
  /** Its fields as JSON, where that is kept; what was written of them may be kept for the next time. */
  readonly writtenFields?: Uint8Array | null;
  keepFields?(json: JsonWriter, start: number): void;
}

/** Those whose bytes are still there are written without making anything. */
export type Trailers = HttpFields & Partial<WritableHead>;

export interface WritableRequest extends WritableHead {
  /** The target is a path, perhaps with a query. */
  readonly isPath: boolean;
  /** Of the target, as part of a string. */
  writePath(json: JsonWriter): void;
  writeTarget(json: JsonWriter): void;
  /** From `path` to `host` as JSON, where that is kept; what was written of it may be kept for the next time. */
  writtenPlace?(): Uint8Array | null;
  keepPlace?(json: JsonWriter, start: number): void;
  /** What the interner knows of the query; undefined without one. */
  query<Value>(interner: Interner<Value>): Value | undefined;
}

/** What a head section tells. Everything but the cheap values is made when it is first asked for. */
export interface HttpHead {
  /** `1.1`, `2`, … */
  readonly version: string;
  fields(): HttpFields;
  /** Where its bytes are still there, so that it can be written without making anything. */
  writable?(): WritableHead;
  /** Media type without parameters, lower case; empty when there is none. Read of every call, so it must be cheap. */
  mime(): string;
}

export interface RequestHead extends HttpHead {
  readonly method: string;
  /** As in the request line, or HTTP/2's `:path`. */
  readonly target: string;
  /** `GET /users/{id}`, where that can be had cheaper than from method and target. */
  endpoint?(): string;
  group?(): CallGroup;
  writable?(): WritableRequest;
  /** Whether the query has a parameter of one of these names. */
  hasParameter(names: readonly string[]): boolean;
  /** Authority the request names; HTTP/2's `:authority`, else the `Host` field. */
  authority(): string;
  /** `https` when the call was read from inside TLS. */
  readonly scheme: string;
}

export interface ResponseHead extends HttpHead {
  readonly status: number;
  /** Reason phrase; empty in HTTP/2. */
  readonly reason: string;
}

export abstract class HttpMessage<Head extends HttpHead = HttpHead> extends Content {
  abstract readonly head: Head;
  start: Micros;
  end: Micros;
  /** Bytes on the wire, head and framing included. */
  size = 0;
  /** Of these, the head's. */
  headSize = 0;
  /** Bytes lost inside. */
  gap = 0;
  /** The end of the message was seen. */
  complete = false;
  trailers: Trailers | null = null;
  private content: Decoded | null = null;

  constructor({ first, last }: Span) {
    super();
    this.start = first;
    this.end = last;
  }

  /** Becomes another message, which began then. */
  protected begin({ first, last }: Span): void {
    this.start = first;
    this.end = last;
    this.size = 0;
    this.gap = 0;
    this.complete = false;
    this.trailers = null;
    this.content = null;
  }

  /** Nobody looks at it any more: what it holds is let go. */
  release(): void {
    this.clearContent();
    this.trailers = null;
    this.content = null;
  }

  /** What it borrowed of the chunk goes away: copies it. */
  keep(): void {
    this.keepContent();
  }

  /** Counts content bytes that were lost. */
  lose(length: number): void {
    this.skip(length);
    this.gap += length;
    this.size += length;
  }

  /** Content with its encodings undone, as far as that is possible; made once. */
  decoded(): Decoded {
    this.content ??= decodeContent(this.rawBody(), this.head.fields().list('content-encoding'));
    return this.content;
  }

  /** Decoded content as text; null when it is not text. */
  text(): string | null {
    return textOf(this.decoded().bytes, this.textHints());
  }

  private textHints(): TextHints {
    const charset = parameterOf(this.head.fields().first('content-type'), 'charset');
    return { mime: this.head.mime(), ...(charset !== undefined && { charset }) };
  }

  /** The model's form of the content; undefined when there was none. `limit` cuts what is shown after decoding. */
  body(limit: number): Body | undefined {
    if (this.bodySize === 0) return undefined;
    return payloadOf(this.decoded(), {
      size: this.bodySize,
      isCut: this.isCut,
      limit,
      ...this.textHints(),
    });
  }
}

/** Value of a parameter such as `charset` in a field like `text/html; charset="utf-8"`. */
function parameterOf(field: string | undefined, name: string): string | undefined {
  for (const parameter of field?.split(';').slice(1) ?? []) {
    const [key = '', value = ''] = parameter.split('=', 2).map((part) => part.trim());
    if (key.toLowerCase() === name) return value.replace(/^"(.*)"$/, '$1');
  }
  return undefined;
}
