/** What a reply says of its success: `ok`, the error, write errors, counts and the cursor. */

import { BsonMembers, countMembers } from '../../decode/bson-members.ts';
import type { BsonPlace, PlacedForm } from '../../decode/bson-places.ts';
import { BsonType } from '../../decode/bson-types.ts';
import { ByteReader } from '../../decode/byte-reader.ts';
import { le32, leDouble } from '../../decode/little-endian.ts';
import { Role, replies, Told } from './roles.ts';

/** The code of an error that came without one (UnknownError). */
export const UNKNOWN_ERROR = 8;
const CURSOR_NOT_FOUND = 43;
/** Replies that stand in replies; what is deeper is nobody's error. */
const MAX_DEPTH = 4;

/** Of the reply, and of the cursor in it. */
const outer = new BsonMembers();
const inner = new BsonMembers();

/** Documents in bytes: those that stand before `end`. */
interface Source {
  readonly bytes: Uint8Array;
  readonly end: number;
}

export class Outcome {
  /** There is a reply. */
  isKnown = false;
  code = 0;
  codeName = '';
  message = '';
  cursor = '0';
  /** Documents returned or changed; undefined when it does not say. */
  documents: number | undefined;

  clear(): void {
    this.isKnown = false;
    this.code = 0;
    this.codeName = '';
    this.message = '';
    this.cursor = '0';
    this.documents = undefined;
  }

  /** Success, of what opened this cursor and gave so many documents. */
  gave(cursor: string, documents: number): void {
    this.clear();
    this.isKnown = true;
    this.cursor = cursor;
    this.documents = documents;
  }

  failedForCursor(): void {
    this.clear();
    this.isKnown = true;
    this.code = CURSOR_NOT_FOUND;
    this.codeName = 'CursorNotFound';
    this.message = 'cursor not found';
  }

  /** Reads the reply of an OP_MSG, by its form where it has one, which it answers. `isPrivate`: it is not remembered. */
  readMessage(source: Source, start: number, isPrivate: boolean): PlacedForm | null {
    const { bytes, end } = source;
    const form = replies.find(bytes, start, end);
    if (form === null) {
      this.read(source, start);
      if (!isPrivate && this.code === 0 && this.codeName === '') replies.learn(bytes, start, end, null);
      return null;
    }
    this.clear();
    this.isKnown = true;
    const [cursor, documents] = [form.toldAt(Told.cursor), form.toldAt(Told.documents)];
    if (cursor >= 0) this.cursor = cursorText(bytes, cursor, end);
    if (documents >= 0) {
      const isList = form.kindOf(Told.documents) === BsonType.array;
      this.documents = isList ? countMembers(bytes, documents, end) : le32(bytes, documents);
    }
    return form;
  }

  /** Reads the reply that begins at `start`. */
  read(source: Source, start: number): void {
    this.clear();
    this.isKnown = true;
    this.readMembers(source, outer.begin(source.bytes, start, source.end, replies.root), 0);
  }

  private readMembers(source: Source, member: BsonMembers, depth: number): void {
    const { bytes } = source;
    let isOk = true;
    let inside: Outcome | undefined;
    while (member.next()) {
      const { type, at } = member;
      switch (member.place.role) {
        case Role.ok:
          isOk = numberIn(bytes, member) !== 0;
          break;
        case Role.code:
          this.code = numberIn(bytes, member);
          break;
        case Role.codeName:
          if (type === BsonType.string) this.codeName = textIn(bytes, member);
          break;
        case Role.message:
          if (type === BsonType.string) this.message = textIn(bytes, member);
          break;
        case Role.count:
          this.documents = numberIn(bytes, member);
          break;
        case Role.cursor:
          if (type === BsonType.document) this.readCursor(source, at, member.place.inside);
          break;
        case Role.lastErrorObject:
          // findAndModify counts there.
          if (type === BsonType.document) this.documents = Outcome.within(source, at, depth + 1)?.documents;
          break;
        case Role.inside:
          inside ??= Outcome.failed(source, member, depth + 1);
          break;
      }
    }
    if (inside !== undefined && this.message === '') {
      this.code = inside.code || UNKNOWN_ERROR;
      this.codeName = inside.codeName;
      this.message = inside.message;
      return;
    }
    // getLastError answers `ok: 1` with the error of the write before it.
    this.code = isOk && this.message === '' ? 0 : this.code || UNKNOWN_ERROR;
  }

  /** The number of the cursor, and how many documents it gave. */
  private readCursor({ bytes, end }: Source, start: number, from: BsonPlace): void {
    this.cursor = '0';
    const member = inner.begin(bytes, start, end, from);
    while (member.next()) {
      const { role } = member.place;
      if (role === Role.id && member.type === BsonType.int64) this.cursor = cursorText(bytes, member.at, member.end);
      else if (role === Role.batch) this.documents = countMembers(bytes, member.at, end);
    }
  }
  /** A reply in a reply, where they are not too deep. */
  private static within(source: Source, start: number, depth: number): Outcome | undefined {
    if (depth > MAX_DEPTH) return undefined;
    const reply = new Outcome();
    reply.readMembers(source, new BsonMembers().begin(source.bytes, start, source.end, replies.root), depth);
    return reply;
  }

  /** The first of several errors, or the only one. */
  private static failed(source: Source, { type, at }: BsonMembers, depth: number): Outcome | undefined {
    if (type === BsonType.document) return Outcome.within(source, at, depth);
    if (type !== BsonType.array) return undefined;
    const member = new BsonMembers().begin(source.bytes, at, source.end);
    return member.next() && member.type === BsonType.document ? Outcome.within(source, member.at, depth) : undefined;
  }
}

/** Most are zero: there is nothing more. */
const cursorText = (bytes: Uint8Array, at: number, end: number): string =>
  le32(bytes, at) === 0 && le32(bytes, at + 4) === 0 ? '0' : new ByteReader(bytes, at, end).i64le().toString();

function numberIn(bytes: Uint8Array, { type, at, end }: BsonMembers): number {
  switch (type) {
    case BsonType.double:
      return leDouble(bytes, at);
    case BsonType.int32:
      return le32(bytes, at);
    case BsonType.int64:
      return Number(new ByteReader(bytes, at, end).i64le());
    case BsonType.boolean:
      return bytes[at] ?? 0;
    default:
      return 0;
  }
}

function textIn(bytes: Uint8Array, { at, end }: BsonMembers): string {
  const reader = new ByteReader(bytes, at, end);
  const length = reader.i32le();
  return reader.text(Math.max(0, Math.min(length - 1, reader.left)));
}
