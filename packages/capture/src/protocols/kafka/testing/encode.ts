/** Messages of any API and version for tests: written from the same plans they are read by, and sealed with real headers. */

import type { JsonValue } from '@kubeshark/model';
import { type Plan, type PlanField, planOf } from '../plan.ts';
import { apiOf, isFlexible } from '../schema.ts';

export const u8 = (value: number): Buffer => Buffer.from([value & 0xff]);
export const i16 = (value: number): Buffer => Buffer.from([(value >> 8) & 0xff, value & 0xff]);
export const i32 = (value: number): Buffer => Buffer.from(new Int32Array([value]).buffer).swap32();
export const i64 = (value: number | string): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(value));
  return bytes;
};

export function uvarint(value: number): Buffer {
  const bytes: number[] = [];
  let left = value;
  for (; left >= 0x80; left = Math.floor(left / 128)) bytes.push((left % 128) | 0x80);
  return Buffer.from([...bytes, left]);
}
export const varint = (value: number): Buffer => uvarint(value < 0 ? -value * 2 - 1 : value * 2);

const length = (value: number, isCompact: boolean, width: 2 | 4): Buffer =>
  isCompact ? uvarint(value + 1) : width === 2 ? i16(value) : i32(value);

function encodeScalar(field: PlanField, value: JsonValue | Uint8Array, isCompact: boolean): Buffer {
  const number = Number(value ?? 0);
  switch (field.type) {
    case 'bool':
    case 'int8':
      return u8(number);
    case 'int16':
    case 'uint16':
      return i16(number);
    case 'int32':
      return i32(number);
    case 'int64':
      return i64(typeof value === 'string' ? value : number);
    case 'float64': {
      const bytes = Buffer.alloc(8);
      bytes.writeDoubleBE(number);
      return bytes;
    }
    case 'uuid':
      return typeof value === 'string' ? Buffer.from(value, 'base64url') : Buffer.alloc(16);
    default: {
      const width = field.type === 'bytes' || field.type === 'records' ? 4 : 2;
      if (value === null || (value === undefined && field.isNullable)) return length(-1, isCompact, width);
      const bytes = value instanceof Uint8Array ? value : Buffer.from(typeof value === 'string' ? value : '');
      return Buffer.concat([length(bytes.length, isCompact, width), bytes]);
    }
  }
}

/** Fields of a message by name; what is missing is zero, empty or null. Bytes may be given as they are. */
export interface Values {
  readonly [name: string]: JsonValue | Uint8Array | Values | readonly Values[] | undefined;
}

function encodeField(field: PlanField, value: Values[string], isCompact: boolean): Buffer {
  if (field.isArray) {
    if (value === undefined || value === null) return length(field.isNullable ? -1 : 0, isCompact, 4);
    const items = value as readonly Values[];
    return Buffer.concat([
      length(items.length, isCompact, 4),
      ...items.map((item) => encodeItem(field, item, isCompact)),
    ]);
  }
  if (field.plan !== null && field.isNullable) {
    return value === undefined || value === null ? u8(-1) : Buffer.concat([u8(1), encode(field.plan, value as Values)]);
  }
  return encodeItem(field, value, isCompact);
}

const encodeItem = (field: PlanField, value: Values[string], isCompact: boolean): Buffer =>
  field.plan === null
    ? encodeScalar(field, value as JsonValue | Uint8Array, isCompact)
    : encode(field.plan, (value ?? {}) as Values);

export function encode(plan: Plan, values: Values): Buffer {
  const parts = plan.fields.map((field) => encodeField(field, values[field.name], plan.isFlexible));
  if (plan.isFlexible) {
    const tagged = [...plan.tagged].filter(([, { name }]) => values[name] !== undefined);
    parts.push(uvarint(tagged.length));
    for (const [tag, field] of tagged) {
      const bytes = encodeField(field, values[field.name], true);
      parts.push(uvarint(tag), uvarint(bytes.length), bytes);
    }
  }
  return Buffer.concat(parts);
}

/** A frame: its length, then its bytes. */
export const frame = (...parts: readonly Uint8Array[]): Buffer => {
  const body = Buffer.concat(parts);
  return Buffer.concat([i32(body.length), body]);
};

export interface Head {
  readonly key: number;
  readonly version: number;
  readonly id: number;
  readonly client?: string | null;
}

const planned = (key: number, side: 'request' | 'response', version: number): Plan => {
  const plan = planOf(key, side, version);
  if (plan === undefined) throw new Error(`no ${side} ${version} of API ${key}`);
  return plan;
};
const tagsOf = (key: number, version: number): Buffer => {
  const api = apiOf(key);
  return api !== undefined && isFlexible(api, version) ? uvarint(0) : Buffer.alloc(0);
};

export function header({ key, version, id, client = 'shop' }: Head): Buffer {
  const name = client === null ? i16(-1) : Buffer.concat([i16(client.length), Buffer.from(client)]);
  return Buffer.concat([i16(key), i16(version), i32(id), name, tagsOf(key, version)]);
}

export const request = (head: Head, values: Values = {}): Buffer =>
  frame(header(head), encode(planned(head.key, 'request', head.version), values));

/** `tagsOf` of ApiVersions is empty in every version of its answer. */
export const response = ({ key, version, id }: Omit<Head, 'client'>, values: Values = {}): Buffer =>
  frame(
    i32(id),
    key === 18 ? Buffer.alloc(0) : tagsOf(key, version),
    encode(planned(key, 'response', version), values),
  );

interface RecordExtras {
  readonly key?: Uint8Array | null;
  readonly headers?: readonly (readonly [name: string, value: Uint8Array | null])[];
}

const sized = (bytes: Uint8Array | null): Buffer =>
  bytes === null ? varint(-1) : Buffer.concat([varint(bytes.length), bytes]);

/** One record of format 2. */
export function record(
  delta: number,
  value: string | Uint8Array | null,
  { key = null, headers = [] }: RecordExtras = {},
): Buffer {
  const told = headers.flatMap(([name, content]) => [sized(Buffer.from(name)), sized(content)]);
  const content = sized(typeof value === 'string' ? Buffer.from(value) : value);
  const body = Buffer.concat([u8(0), varint(0), varint(delta), sized(key), content, varint(headers.length), ...told]);
  return Buffer.concat([varint(body.length), body]);
}

/** A batch of format 2; `packed` stands in for the records, whatever they are. */
export function batch(packed: Uint8Array, { count = 1, attributes = 0, offset = 0 } = {}): Buffer {
  const ids = [i64(-1), i16(-1), i32(-1)];
  const rest = [
    i32(0),
    u8(2),
    i32(0),
    i16(attributes),
    i32(count - 1),
    i64(1000),
    i64(1000),
    ...ids,
    i32(count),
    packed,
  ];
  const body = Buffer.concat(rest);
  return Buffer.concat([i64(offset), i32(body.length), body]);
}

/** A message of format 0 or 1. */
export function oldMessage(value: Uint8Array, { magic = 1, attributes = 0, offset = 0 } = {}): Buffer {
  const time = magic === 1 ? i64(1000) : Buffer.alloc(0);
  const body = Buffer.concat([i32(0), u8(magic), u8(attributes), time, i32(-1), i32(value.length), value]);
  return Buffer.concat([i64(offset), i32(body.length), body]);
}
