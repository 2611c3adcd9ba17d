/** What members of commands and replies are to who reads them, and which kinds of documents there are. */

import { BsonShapes } from '../../decode/bson-places.ts';
import { isSecretDocument, isSecretMember } from './secrets.ts';

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
export const commands = new BsonShapes(names);
export const replies = new BsonShapes(names);
/** What is sent beside a command: data, whatever its members are called. */
export const documents = new BsonShapes({ hides: () => false, isSecret: () => false, roleOf: () => 0 });
