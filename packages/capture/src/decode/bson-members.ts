/** The members of a BSON document (https://bsonspec.org/spec.html), gone over without reading their values. */

import { Buffer } from 'node:buffer';

export const BsonType = {
  double: 0x01,
  string: 0x02,
  document: 0x03,
  array: 0x04,
  binary: 0x05,
  undefined: 0x06,
  objectId: 0x07,
  boolean: 0x08,
  date: 0x09,
  null: 0x0a,
  regex: 0x0b,
  dbPointer: 0x0c,
  code: 0x0d,
  symbol: 0x0e,
  codeWithScope: 0x0f,
  int32: 0x10,
  timestamp: 0x11,
  int64: 0x12,
  decimal128: 0x13,
  maxKey: 0x7f,
  minKey: 0xff,
} as const;

/** Where a member of a document stands. */
export interface BsonMember {
  readonly type: number;
  readonly name: string;
  /** Offset of its value. */
  readonly at: number;
  /** Offset behind it. */
  readonly end: number;
}

/** Goes over the members of the document at `start` without reading their values, until `each` answers true. */
export function eachMember(bytes: Uint8Array, start: number, each: (member: BsonMember) => unknown): void {
  if (start < 0 || start + 5 > bytes.length) return;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = Math.min(bytes.length, start + Math.max(0, view.getInt32(start, true)));
  let at = start + 4;
  while (at < end - 1) {
    const type = bytes[at] ?? 0;
    if (type === 0) return;
    const zero = bytes.indexOf(0, at + 1);
    if (zero < 0 || zero >= end) return;
    const valueAt = zero + 1;
    const length = lengthOf(bytes, view, type, valueAt);
    if (length < 0 || valueAt + length > end) return;
    const name = Buffer.prototype.latin1Slice.call(bytes, at + 1, zero);
    if (each({ type, name, at: valueAt, end: valueAt + length }) === true) return;
    at = valueAt + length;
  }
}

/** Bytes of a value; -1 when nobody can know. */
function lengthOf(bytes: Uint8Array, view: DataView, type: number, at: number): number {
  const int32 = () => (at + 4 <= bytes.length ? view.getInt32(at, true) : -1);
  /** A length that does not count itself and `extra` bytes. */
  const counted = (extra: number) => {
    const length = int32();
    return length < 0 ? -1 : length + extra;
  };
  switch (type) {
    case BsonType.double:
    case BsonType.date:
    case BsonType.timestamp:
    case BsonType.int64:
      return 8;
    case BsonType.int32:
      return 4;
    case BsonType.boolean:
      return 1;
    case BsonType.objectId:
      return 12;
    case BsonType.decimal128:
      return 16;
    case BsonType.undefined:
    case BsonType.null:
    case BsonType.maxKey:
    case BsonType.minKey:
      return 0;
    case BsonType.string:
    case BsonType.code:
    case BsonType.symbol:
      return counted(4);
    case BsonType.binary:
      return counted(5);
    case BsonType.dbPointer:
      return counted(16);
    case BsonType.document:
    case BsonType.array:
    case BsonType.codeWithScope: {
      const length = int32();
      return length < 5 ? -1 : length;
    }
    case BsonType.regex: {
      const pattern = bytes.indexOf(0, at);
      const options = pattern < 0 ? -1 : bytes.indexOf(0, pattern + 1);
      return options < 0 ? -1 : options + 1 - at;
    }
    default:
      return -1;
  }
}

/** How many members the document or array at `start` has. */
export function countMembers(bytes: Uint8Array, start: number): number {
  let count = 0;
  eachMember(bytes, start, () => {
    count++;
  });
  return count;
}
