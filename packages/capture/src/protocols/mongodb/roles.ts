/** What members of commands and replies are to who reads them, and which kinds of documents there are. */

import { Wish } from '../../decode/bson-form.ts';
import { type BsonPlace, BsonShapes } from '../../decode/bson-places.ts';
import { BsonType } from '../../decode/bson-types.ts';
import { isSecretDocument, isSecretMember } from './secrets.ts';
import type { Subject } from './subject.ts';

/** Members of a command that say what it looks for, the first that is there; the role of each is its place here, from 1. */
export const telling = ['filter', 'query', 'q', 'pipeline', 'documents', 'updates', 'deletes', 'key'] as const;
/** The role behind the last of them. */
export const FIRST_UNTELLING = telling.length + 1;

export const Role = {
  documents: telling.indexOf('documents') + 1,
  updates: telling.indexOf('updates') + 1,
  deletes: telling.indexOf('deletes') + 1,
  db: 16,
  collection: 17,
  ok: 18,
  code: 19,
  codeName: 20,
  message: 21,
  count: 22,
  cursor: 23,
  lastErrorObject: 24,
  inside: 25,
  id: 26,
  batch: 27,
} as const;

const roles: ReadonlyMap<string, number> = new Map([
  ...telling.map((name, at) => [name, at + 1] as const),
  ['$db', Role.db],
  ['collection', Role.collection],
  ['ok', Role.ok],
  ['code', Role.code],
  ['codeName', Role.codeName],
  ['errmsg', Role.message],
  ['$err', Role.message],
  ['err', Role.message],
  ['n', Role.count],
  ['cursor', Role.cursor],
  ['lastErrorObject', Role.lastErrorObject],
  ['writeErrors', Role.inside],
  ['writeConcernError', Role.inside],
  ['id', Role.id],
  ['firstBatch', Role.batch],
  ['nextBatch', Role.batch],
]);

/** 0 where it says nothing. */
export const roleOf = (name: string): number => roles.get(name) ?? 0;

const names = { hides: isSecretDocument, isSecret: isSecretMember, roleOf };

/** Numbers of the values whose places are told of commands and replies with a form. */
export const Told = { cursor: 1, documents: 2 } as const;

/** Commands of one form are about the same; a cursor, and how many documents they bring, is told by each. */
function wishOfCommand({ around, before, role, type, name }: BsonPlace): number {
  if (around !== null) return 0;
  if (before === null && name === 'getMore') return type === BsonType.int64 ? Told.cursor : Wish.none;
  if (before === null || role === Role.db || role === Role.collection) return type === BsonType.string ? Wish.same : 0;
  const isList = role === Role.documents || role === Role.updates || role === Role.deletes;
  return isList && type === BsonType.array ? Told.documents : 0;
}

/** Replies of one form are all good ones. */
function wishOfReply({ around, role, type }: BsonPlace): number {
  if (around !== null) {
    if (around.role !== Role.cursor || around.around !== null) return 0;
    if (role === Role.batch) return type === BsonType.array ? Told.documents : Wish.none;
    return role === Role.id && type === BsonType.int64 ? Told.cursor : 0;
  }
  switch (role) {
    case Role.ok:
      return Wish.same;
    case Role.count:
      return type === BsonType.int32 ? Told.documents : Wish.none;
    case Role.code:
    case Role.codeName:
    case Role.message:
    case Role.lastErrorObject:
    case Role.inside:
      return Wish.none;
    default:
      return 0;
  }
}

/** What commands of one form have in common. */
export interface CommandFacts {
  readonly subject: Subject;
  /** The role of the member that says what it looks for; 0 for none. */
  readonly told: number;
}

export const commands = new BsonShapes<CommandFacts>({ ...names, wishOf: wishOfCommand, isFirstSubject: true });
export const replies = new BsonShapes<null>({ ...names, wishOf: wishOfReply });
/** What is sent beside a command: data, whatever its members are called. */
export const documents = new BsonShapes({ hides: () => false, isSecret: () => false, roleOf: () => 0 });
