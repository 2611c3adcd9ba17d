/** What commands are about. Programs ask about the same few things: each has its JSON made once. */

import { CallGroup } from '../../dissect/call-group.ts';
import { piece } from '../../json/json-writer.ts';
import { isAboutLogins } from './secrets.ts';

/** Subjects remembered; full, all are forgotten. */
export const MAX_SUBJECTS = 2048;
/** Longer names are unlikely to come again. */
const MAX_CHARACTERS = 256;
const tellsLogins = new Set(['hello', 'ismaster', 'saslstart']);

export class Subject extends CallGroup {
  readonly command: string;
  readonly database: string;
  /** Empty for commands about a database or the server. */
  readonly collection: string;
  /** `find shop.orders`. */
  readonly name: string;
  readonly isAboutLogins: boolean;
  /** Such a command says who speaks, or with what. */
  readonly tellsLogin: boolean;
  /** Such a command, and what it is answered with, is not remembered. */
  readonly isPrivate: boolean;
  private summaryJson: Uint8Array | null = null;
  private dataJson: Uint8Array | null = null;

  constructor(command: string, database: string, collection: string) {
    super(collection === '' ? command : `${command} ${collection}`);
    this.command = command;
    this.database = database;
    this.collection = collection;
    const place = collection === '' ? database : `${database}.${collection}`;
    this.name = place === '' ? command : `${command} ${place}`;
    this.isAboutLogins = isAboutLogins(command);
    this.tellsLogin = tellsLogins.has(command.toLowerCase());
    this.isPrivate = this.isAboutLogins || this.tellsLogin;
  }

  /** What a summary begins with: the name behind a quote. */
  get summary(): Uint8Array {
    this.summaryJson ??= piece(JSON.stringify(this.name).slice(0, -1));
    return this.summaryJson;
  }

  /** What `mongodb` begins with: up to the query. */
  get data(): Uint8Array {
    this.dataJson ??= piece(`,"mongodb":${JSON.stringify(this.members).slice(0, -1)},"query":`);
    return this.dataJson;
  }

  get members() {
    const { command, database, collection } = this;
    return { command, ...(database !== '' && { database }), ...(collection !== '' && { collection }) };
  }
}

/** Of a reply to what was asked before the capture. */
export const unknownSubject = new Subject('reply', '', '');
/** What was asked for last. */
let latest = unknownSubject;

type Known = Map<string, Map<string, Map<string, Subject>>>;
const known: Known = new Map();
let count = 0;

export function subjectOf(command: string, database: string, collection: string): Subject {
  // Texts that come again are the same text.
  if (latest.command !== command || latest.database !== database || latest.collection !== collection)
    latest = known.get(command)?.get(database)?.get(collection) ?? newSubject(command, database, collection);
  return latest;
}

function newSubject(command: string, database: string, collection: string): Subject {
  const subject = new Subject(command, database, collection);
  if (Math.max(command.length, database.length, collection.length) > MAX_CHARACTERS) return subject;
  if (++count > MAX_SUBJECTS) {
    known.clear();
    count = 1;
  }
  const databases = known.get(command) ?? new Map<string, Map<string, Subject>>();
  const collections = databases.get(database) ?? new Map<string, Subject>();
  known.set(command, databases);
  databases.set(database, collections);
  collections.set(collection, subject);
  return subject;
}
