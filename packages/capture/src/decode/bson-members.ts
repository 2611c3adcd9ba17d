/** The members of a BSON document (https://bsonspec.org/spec.html), gone over without reading their values. */

import { type BsonKey, bsonKey } from './bson-keys.ts';
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

const noKey = bsonKey(new Uint8Array(0), 0, 0);

/** Where a member of a document stands. */
export interface BsonMember {
  readonly type: number;
  readonly name: string;
  /** Offset of its value. */
  readonly at: number;
  /** Offset behind it. */
  readonly end: number;
}

/** Goes over the members of a document without reading their values: the last one that `next` found is its state. */
export class BsonMembers implements BsonMember {
  private readonly bytes: Uint8Array;
  private readonly limit: number;
  type = 0;
  key: BsonKey = noKey;
  at = 0;
  /** Behind the value, where the next member begins. */
  end: number;

  constructor(bytes: Uint8Array, start: number) {
    const isThere = start >= 0 && start + 5 <= bytes.length;
    this.bytes = bytes;
    this.end = start + 4;
    this.limit = isThere ? Math.min(bytes.length, start + Math.max(0, le32(bytes, start))) : 0;
  }

  get name(): string {
    return this.key.text;
  }

  /** Goes to the next member; false when there is none, or none that is whole. */
  next(): boolean {
    const { bytes, limit, end: start } = this;
    if (start >= limit - 1 || bytes[start] === 0) return false;
    let at = start + 1;
    while (at < limit && bytes[at] !== 0) at++;
    if (at >= limit) return false;
    const type = bytes[start] ?? 0;
    const length = lengthAt(bytes, type, at + 1);
    if (length < 0 || at + 1 + length > limit) return false;
    this.type = type;
    this.key = bsonKey(bytes, start + 1, at);
    this.at = at + 1;
    this.end = at + 1 + length;
    return true;
  }
}

/** Goes over the members of the document at `start` until `each` answers true. */
export function eachMember(bytes: Uint8Array, start: number, each: (member: BsonMember) => unknown): void {
  const members = new BsonMembers(bytes, start);
  while (members.next()) if (each(members) === true) return;
}

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

/** How many members the document or array at `start` has. */
export function countMembers(bytes: Uint8Array, start: number): number {
  let count = 0;
  eachMember(bytes, start, () => {
    count++;
  });
  return count;
}
