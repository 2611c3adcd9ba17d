/** Types of BSON's values (https://bsonspec.org/spec.html), and how many bytes they take. */

import { le32 } from './little-endian.ts';

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

/** Bytes of the value at `at`; -1 when nobody can know. */
export function lengthAt(bytes: Uint8Array, type: number, at: number): number {
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
      return counted(bytes, at, 4);
    case BsonType.binary:
      return counted(bytes, at, 5);
    case BsonType.dbPointer:
      return counted(bytes, at, 16);
    case BsonType.document:
    case BsonType.array:
    case BsonType.codeWithScope: {
      const length = counted(bytes, at, 0);
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

/** A length that does not count itself and `extra` bytes. */
function counted(bytes: Uint8Array, at: number, extra: number): number {
  const length = at + 4 <= bytes.length ? le32(bytes, at) : -1;
  return length < 0 ? -1 : length + extra;
}
