/**
 * Messages of the binary encoding that are wholly here, found without making values of them. What is odd in the least (an older head,
 * fields out of order, deep nesting) is left to wire.ts, and so is the compact encoding.
 *
 *   length i32, if framed │ 80 01 00 type │ length │ name │ sequence i32 │ struct
 */

import { ByteInterner, latin1 } from '../../decode/interner.ts';
import { CallGroup } from '../../dissect/call-group.ts';
import { piece } from '../../json/json-writer.ts';
import { Type } from './values.ts';
import { MAX_NAME_BYTES, MAX_WHOLE_BYTES, NAME } from './wire.ts';

/** Version 1 of the strict head. */
const VERSION = [0x80, 0x01, 0x00] as const;
const HEAD_BYTES = 12;
/** Structs of usual calls nest less, and have fewer values. */
const MAX_FRAME_DEPTH = 16;
export const MAX_FRAME_VALUES = 2000;

/** What is known of a method by its name. */
export interface NameFacts {
  readonly name: string;
  readonly method: string;
  readonly group: CallGroup;
  readonly isPlain: boolean;
  /** How the call's own values begin. */
  readonly data: Uint8Array;
  /** How the summary begins. */
  readonly summary: Uint8Array;
}

/** `Orders:get` names a service too. */
export function methodOf(name: string): { readonly method: string; readonly service?: string } {
  const colon = name.indexOf(':');
  return colon < 0 ? { method: name } : { method: name.slice(colon + 1), service: name.slice(0, colon) };
}

function factsOf(name: string): NameFacts {
  const method = methodOf(name);
  return {
    name,
    method: method.method,
    group: new CallGroup(name),
    isPlain: NAME.test(name),
    data: piece(`,"thrift":${JSON.stringify(method).slice(0, -1)},"arguments":`),
    summary: piece(`${name}(`),
  };
}

export const NO_NAME = factsOf('');
const names = new ByteInterner((bytes, start, end) => factsOf(latin1(bytes, start, end)));

export class MessageFrame {
  facts = NO_NAME;
  end = 0;
  isFramed = false;
  sequence = 0;
  /** The struct. */
  body = 0;

  /** Fills in the message of one type at `at`; false when it is not usual, or not all here. */
  read(bytes: Uint8Array, at: number, { limit, type }: { readonly limit: number; readonly type: number }): boolean {
    this.isFramed = bytes[at] !== VERSION[0];
    const start = this.isFramed ? at + 4 : at;
    if (start + HEAD_BYTES > limit) return false;
    if (bytes[start] !== VERSION[0] || bytes[start + 1] !== VERSION[1] || bytes[start + 2] !== VERSION[2]) return false;
    if (bytes[start + 3] !== type) return false;
    const length = int32(bytes, start + 4);
    const nameEnd = start + 8 + length;
    if (length < 1 || length > MAX_NAME_BYTES || nameEnd + 4 > limit) return false;
    this.facts = names.of(bytes, start + 8, nameEnd);
    this.sequence = int32(bytes, nameEnd);
    this.body = nameEnd + 4;
    const frame = this.isFramed ? int32(bytes, at) : limit - at;
    const end = start + frame;
    if (!this.facts.isPlain || (this.isFramed && (frame <= 0 || frame > MAX_WHOLE_BYTES || end > limit))) return false;
    const structEnd = endOfStruct(bytes, this.body, this.isFramed ? end : limit);
    this.end = this.isFramed ? end : structEnd;
    return structEnd > 0;
  }
}

/** Bytes of values that have always as many. */
const widths = new Uint8Array(256);
for (const [type, width] of [
  [Type.BOOL, 1],
  [Type.BYTE, 1],
  [Type.DOUBLE, 8],
  [Type.I16, 2],
  [Type.I32, 4],
  [Type.I64, 8],
] as const) {
  widths[type] = width;
}

let values = 0;

/** Where the struct at `at` ends; 0 when it is not usual, or not all here. */
function endOfStruct(bytes: Uint8Array, at: number, limit: number): number {
  values = 0;
  return structEnd(bytes, at, limit, 0);
}

function structEnd(bytes: Uint8Array, start: number, limit: number, depth: number): number {
  if (depth > MAX_FRAME_DEPTH) return 0;
  let last = -1;
  for (let at = start; at < limit; ) {
    const type = bytes[at] ?? 0;
    if (type === Type.STOP) return at + 1;
    if (at + 3 > limit) return 0;
    const id = int16(bytes, at + 1);
    // Members of an object stand in the order of their numbers.
    if (id <= last) return 0;
    last = id;
    at = valueEnd(bytes, at + 3, limit, { type, depth });
    if (at === 0) return 0;
  }
  return 0;
}

/** What a value is, and how deep it lies. */
interface Kind {
  readonly type: number;
  readonly depth: number;
}

function valueEnd(bytes: Uint8Array, at: number, limit: number, { type, depth }: Kind): number {
  if (++values > MAX_FRAME_VALUES) return 0;
  const width = widths[type] ?? 0;
  let end = at + width;
  if (width > 0) return end <= limit ? end : 0;
  switch (type) {
    case Type.STRING: {
      const length = int32(bytes, at);
      end = at + 4 + length;
      return at + 4 <= limit && length >= 0 && end <= limit ? end : 0;
    }
    case Type.STRUCT:
      return structEnd(bytes, at, limit, depth + 1);
    case Type.LIST:
    case Type.SET: {
      const count = int32(bytes, at + 1);
      end = at + 5;
      if (end > limit || count < 0 || depth > MAX_FRAME_DEPTH) return 0;
      for (let i = 0; i < count; i++) {
        end = valueEnd(bytes, end, limit, { type: bytes[at] ?? 0, depth: depth + 1 });
        if (end === 0) return 0;
      }
      return end;
    }
    case Type.MAP: {
      const count = int32(bytes, at + 2);
      end = at + 6;
      if (end > limit || count < 0 || depth > MAX_FRAME_DEPTH) return 0;
      for (let i = 0; i < 2 * count; i++) {
        end = valueEnd(bytes, end, limit, { type: bytes[at + (i & 1)] ?? 0, depth: depth + 1 });
        if (end === 0) return 0;
      }
      return end;
    }
    default:
      return 0;
  }
}

export const int16 = (bytes: Uint8Array, at: number): number => (((bytes[at] ?? 0) << 24) >> 16) | (bytes[at + 1] ?? 0);
export const int32 = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
