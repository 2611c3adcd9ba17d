/** What is in the bodies of messages: where their documents begin, and what a command is about. */

import { Buffer } from 'node:buffer';
import { BsonMembers, BsonType, countMembers, eachMember } from '../../decode/bson-members.ts';
import { ByteReader } from '../../decode/byte-reader.ts';
import { internedText } from '../../decode/interned-text.ts';
import { le32, leDouble } from '../../decode/little-endian.ts';
import { type Message, Opcode } from './wire.ts';

const CHECKSUM_PRESENT = 1;
const MORE_TO_COME = 2;
const CHECKSUM_BYTES = 4;
/** Sections of one OP_MSG; drivers send two. */
const MAX_SECTIONS = 16;

/** Documents sent beside a command: `documents` of an insert, `updates`, `deletes`. */
export interface Sequence {
  readonly name: string;
  /** Where the first document begins, and where the last ends. */
  readonly start: number;
  readonly end: number;
}

/** A message's documents, by where they begin in its body. */
export interface Sections {
  /** The command or the reply; -1 when there is none. */
  readonly document: number;
  readonly sequences: readonly Sequence[];
  /** Nobody answers it, or more answers follow. */
  readonly isMoreToCome: boolean;
}

/** OP_MSG: flags, sections, and a checksum at the end if the flags say so. */
export function sectionsOf({ body, length }: Message): Sections {
  const flags = le32(body, 0);
  const end = Math.min(body.length, length - ((flags & CHECKSUM_PRESENT) !== 0 ? CHECKSUM_BYTES : 0));
  const sequences: Sequence[] = [];
  let document = -1;
  let at = 4;
  for (let count = 0; at < end && count < MAX_SECTIONS; count++) {
    const kind = body[at];
    const size = le32(body, at + 1);
    if (size < 5 || (kind !== 0 && kind !== 1)) break;
    if (kind === 0) document = at + 1;
    else {
      const zero = body.indexOf(0, at + 5);
      if (zero < 0 || zero >= end) break;
      const name = Buffer.prototype.latin1Slice.call(body, at + 5, zero);
      sequences.push({ name, start: zero + 1, end: Math.min(end, at + 1 + size) });
    }
    at += 1 + size;
  }
  return { document, sequences, isMoreToCome: (flags & MORE_TO_COME) !== 0 };
}

/** What a request is about, as far as a list shows it. */
export interface CommandHead {
  readonly command: string;
  readonly database: string;
  /** Empty for commands about a database or the server. */
  readonly collection: string;
  /** The cursor a getMore goes on with. */
  readonly cursor: string;
}

/** The first member names the command; `$db` and `collection` are told by name. */
export function commandHead(body: Uint8Array, document: number, database = ''): CommandHead {
  let command = '';
  let first = '';
  let db = database;
  let collection = '';
  let cursor = '';
  const member = new BsonMembers(body, document);
  while (member.next()) {
    const { name } = member;
    if (command === '') {
      command = name;
      first = textOf(body, member);
      if (name === 'getMore') cursor = new ByteReader(body, member.at, member.end).i64le().toString();
    } else if (name === '$db') db = textOf(body, member);
    else if (name === 'collection') collection = textOf(body, member);
  }
  return { command, database: db, collection: withCollection.has(command) ? collection : first, cursor };
}

/** A name; empty where the member is no text. */
const textOf = (body: Uint8Array, { type, at, end }: BsonMembers): string =>
  type === BsonType.string ? internedText(body, at + 4, Math.max(at + 4, end - 1)) : '';

/** Commands whose first member is no collection. */
const withCollection = new Set([
  'getMore',
  'saslStart',
  'saslContinue',
  'createUser',
  'updateUser',
  'dropUser',
  'usersInfo',
]);

/** What a reply says of its success. */
export interface ReplyHead {
  readonly code: number;
  readonly codeName: string;
  readonly message: string;
  readonly cursor: string;
  /** Documents returned or changed; undefined when it does not say. */
  readonly documents: number | undefined;
}

const SUCCESS: ReplyHead = { code: 0, codeName: '', message: '', cursor: '0', documents: undefined };
/** The code of an error that came without one (UnknownError). */
const UNKNOWN_ERROR = 8;
export const CURSOR_NOT_FOUND = { ...SUCCESS, code: 43, codeName: 'CursorNotFound', message: 'cursor not found' };

/** Reads `ok`, the error, write errors, counts and the cursor of a reply. */
export function replyHead(body: Uint8Array, document: number): ReplyHead {
  const head = { code: 0, codeName: '', message: '', cursor: '0', documents: undefined as number | undefined };
  let isOk = true;
  let inside: ReplyHead | undefined;
  const member = new BsonMembers(body, document);
  while (member.next()) {
    const { type, at } = member;
    switch (member.name) {
      case 'ok':
        isOk = numberIn(body, member) !== 0;
        break;
      case 'code':
        head.code = numberIn(body, member);
        break;
      case 'codeName':
        if (type === BsonType.string) head.codeName = longTextOf(body, member);
        break;
      case 'errmsg':
      case '$err':
      case 'err':
        if (type === BsonType.string) head.message = longTextOf(body, member);
        break;
      case 'n':
        head.documents = numberIn(body, member);
        break;
      case 'cursor':
        if (type === BsonType.document) readCursor(body, at, head);
        break;
      case 'lastErrorObject':
        // findAndModify counts there.
        if (type === BsonType.document) head.documents = replyHead(body, at).documents;
        break;
      case 'writeErrors':
      case 'writeConcernError':
        inside ??=
          type === BsonType.array ? firstIn(body, at) : type === BsonType.document ? replyHead(body, at) : undefined;
        break;
    }
  }
  if (inside !== undefined && head.message === '') {
    const { code, codeName, message } = inside;
    return { ...head, code: code || UNKNOWN_ERROR, codeName, message };
  }
  // getLastError answers `ok: 1` with the error of the write before it.
  head.code = isOk && head.message === '' ? 0 : head.code || UNKNOWN_ERROR;
  return head;
}

/** The first document of an array, as a reply. */
function firstIn(body: Uint8Array, array: number): ReplyHead | undefined {
  let first: ReplyHead | undefined;
  eachMember(body, array, ({ type, at }) => {
    if (type === BsonType.document) first = replyHead(body, at);
    return true;
  });
  return first;
}

/** The number of the cursor, and how many documents it gave. */
function readCursor(body: Uint8Array, document: number, head: { cursor: string; documents: number | undefined }): void {
  head.cursor = '0';
  head.documents = undefined;
  const member = new BsonMembers(body, document);
  while (member.next()) {
    const { name, type, at, end } = member;
    if (name === 'id' && type === BsonType.int64) head.cursor = cursorText(body, at, end);
    else if (name === 'firstBatch' || name === 'nextBatch') head.documents = countMembers(body, at);
  }
}

/** Most are zero: there is nothing more. */
const cursorText = (body: Uint8Array, at: number, end: number): string =>
  le32(body, at) === 0 && le32(body, at + 4) === 0 ? '0' : new ByteReader(body, at, end).i64le().toString();

function numberIn(body: Uint8Array, { type, at, end }: BsonMembers): number {
  switch (type) {
    case BsonType.double:
      return leDouble(body, at);
    case BsonType.int32:
      return le32(body, at);
    case BsonType.int64:
      return Number(new ByteReader(body, at, end).i64le());
    case BsonType.boolean:
      return body[at] ?? 0;
    default:
      return 0;
  }
}

function longTextOf(body: Uint8Array, { at, end }: BsonMembers): string {
  const reader = new ByteReader(body, at, end);
  const length = reader.i32le();
  return reader.text(Math.max(0, Math.min(length - 1, reader.left)));
}

/** `shop.orders` → `shop` and `orders`. */
function namespaceOf(full: string): { readonly database: string; readonly collection: string } {
  const dot = full.indexOf('.');
  return dot < 0
    ? { database: full, collection: '' }
    : { database: full.slice(0, dot), collection: full.slice(dot + 1) };
}

const legacyNames: ReadonlyMap<number, string> = new Map([
  [Opcode.UPDATE, 'update'],
  [Opcode.INSERT, 'insert'],
  [Opcode.DELETE, 'delete'],
  [Opcode.QUERY, 'find'],
  [Opcode.GET_MORE, 'getMore'],
  [Opcode.KILL_CURSORS, 'killCursors'],
]);

export interface LegacyRequest extends CommandHead {
  /** Documents of the message by the name they are shown with. */
  readonly documents: readonly { readonly name: string; readonly at: number }[];
  /** The document is a command. */
  readonly isCommand: boolean;
}

/** The operations that OP_MSG replaced; only OP_QUERY, OP_GET_MORE and OP_COMMAND are answered. */
export function legacyRequest({ opcode, body }: Message): LegacyRequest {
  const reader = new ByteReader(body, Math.min(4, body.length));
  const command = legacyNames.get(opcode) ?? `opcode ${opcode}`;
  const nothing = { command, database: '', collection: '', cursor: '', documents: [], isCommand: false };
  if (opcode === Opcode.COMMAND) return opCommand(body);
  if (opcode === Opcode.KILL_CURSORS || !legacyNames.has(opcode)) return nothing;
  const { database, collection } = namespaceOf(reader.cstring());
  const common = { ...nothing, database, collection };
  switch (opcode) {
    case Opcode.GET_MORE:
      reader.skip(4);
      return { ...common, cursor: reader.i64le().toString() };
    case Opcode.INSERT:
      return { ...common, documents: [{ name: 'documents', at: reader.at }] };
    case Opcode.UPDATE:
    case Opcode.DELETE: {
      reader.skip(4);
      const selector = { name: 'filter', at: reader.at };
      const update = { name: 'update', at: reader.at + Math.max(0, le32(body, reader.at)) };
      return { ...common, documents: opcode === Opcode.DELETE ? [selector] : [selector, update] };
    }
    default: {
      reader.skip(8);
      const { at } = reader;
      if (collection !== '$cmd') return { ...common, documents: [{ name: 'filter', at }] };
      const inner = unwrapped(body, at);
      return { ...commandHead(body, inner, database), documents: [{ name: '', at: inner }], isCommand: true };
    }
  }
}

/** A command with a read preference stands inside `$query`. */
function unwrapped(body: Uint8Array, document: number): number {
  let inner = document;
  eachMember(body, document, ({ type, name, at }) => {
    if (name === '$query' && type === BsonType.document) inner = at;
    return true;
  });
  return inner;
}

/** OP_COMMAND of MongoDB 3.2 to 4.0. */
function opCommand(body: Uint8Array): LegacyRequest {
  const reader = new ByteReader(body);
  const database = reader.cstring();
  const command = reader.cstring();
  const { at } = reader;
  return { ...commandHead(body, at, database), command, documents: [{ name: '', at }], isCommand: true };
}
