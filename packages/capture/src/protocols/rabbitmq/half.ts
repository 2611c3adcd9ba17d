/** What one side said: a method, and the message that came with it. */

import type { JsonObject } from '@kubeshark/model';
import { Slab } from '../../decode/slab.ts';
import type { Span } from '../../dissect/dissector.ts';
import { BodyCollector } from '../../http/body.ts';
import type { Method } from './method.ts';
import type { Frame } from './wire.ts';

const slab = new Slab();

/** A content header's payload before its properties: class, weight, size of the body (§2.3.5.2). */
const CONTENT_HEAD_BYTES = 12;

/** A message: its properties as they were sent, its body as far as it is kept. */
export interface Content {
  readonly block: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** Size of the body as announced. */
  readonly size: number;
  readonly body: BodyCollector;
}

export interface Half {
  readonly name: string;
  /** Undefined for a number nobody knows. */
  readonly method: Method | undefined;
  readonly fields: JsonObject;
  readonly start: number;
  end: number;
  /** Bytes on the wire, frames included. */
  size: number;
  content: Content | undefined;
  gap: number;
  /** More was sent than was read. */
  isCut: boolean;
}

export function openHalf(name: string, method: Method | undefined, fields: JsonObject, span: Span): Half {
  return { name, method, fields, start: span.first, end: span.last, size: 0, content: undefined, gap: 0, isCut: false };
}

/** The message that a content header announces; undefined when it is too short to be one. */
export function contentOf({ bytes, start, end }: Frame, limit: number): Content | undefined {
  if (end - start < CONTENT_HEAD_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, CONTENT_HEAD_BYTES);
  const size = view.getUint32(4) * 0x1_0000_0000 + view.getUint32(8);
  const at = slab.copy(bytes, start + CONTENT_HEAD_BYTES, end);
  return {
    block: slab.block,
    start: at,
    end: at + end - start - CONTENT_HEAD_BYTES,
    size,
    body: new BodyCollector(limit),
  };
}

export const textIn = (fields: JsonObject, name: string): string => {
  const value = fields[name];
  return typeof value === 'string' ? value : '';
};
export const numberIn = (fields: JsonObject, name: string): number => Number(fields[name] ?? 0);
