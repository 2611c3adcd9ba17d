/** What is in the bodies of messages: where their documents begin, and what a command is about. */

import { Buffer } from 'node:buffer';
import { BsonMembers, countMembers, eachMember } from '../../decode/bson-members.ts';
import type { PlacedForm } from '../../decode/bson-places.ts';
import { BsonType } from '../../decode/bson-types.ts';
import { ByteReader } from '../../decode/byte-reader.ts';
import { internedText } from '../../decode/interned-text.ts';
import { le32 } from '../../decode/little-endian.ts';
import type { Half, NamedDocument } from './half.ts';
import { type CommandFacts, commands, FIRST_UNTELLING, Role, Told } from './roles.ts';
import { subjectOf, unknownSubject } from './subject.ts';
import { type Message, Opcode } from './wire.ts';

const CHECKSUM_PRESENT = 1;
const MORE_TO_COME = 2;
const CHECKSUM_BYTES = 4;
/** Sections of one OP_MSG; drivers send two. */
const MAX_SECTIONS = 16;

/** OP_MSG: flags, sections, and a checksum at the end if the flags say so. True: nobody answers it, or more answers follow. */
export function readSections({ bytes, start, end: bodyEnd, length }: Message, half: Half): boolean {
  const flags = bodyEnd - start >= 4 ? le32(bytes, start) : 0;
  const end = Math.min(bodyEnd, start + length - ((flags & CHECKSUM_PRESENT) !== 0 ? CHECKSUM_BYTES : 0));
  let at = start + 4;
  for (let count = 0; at < end && count < MAX_SECTIONS; count++) {
    const kind = bytes[at];
    const size = at + 5 <= bodyEnd ? le32(bytes, at + 1) : 0;
    if (size < 5 || (kind !== 0 && kind !== 1)) break;
    if (kind === 0) half.document = at + 1 - start;
    else {
      const zero = bytes.indexOf(0, at + 5);
      if (zero < 0 || zero >= end) break;
      const name = Buffer.prototype.latin1Slice.call(bytes, at + 5, zero);
      half.sequences = [
        ...half.sequences,
        { name, start: zero + 1 - start, end: Math.min(end, at + 1 + size) - start },
      ];
    }
    at += 1 + size;
  }
  return (flags & MORE_TO_COME) !== 0;
}

/** What a request is about, as far as a list shows it. One object for all: it is looked at before the next is read. */
export class CommandHead {
  command = '';
  database = '';
  /** Empty for commands about a database or the server. */
  collection = '';
  /** The cursor a getMore goes on with. */
  cursor = '';
  /** Documents in it, where it counts them. */
  sent: number | undefined;
  /** The role of the member that says what it looks for; 0 for none. */
  told = 0;
  subject = unknownSubject;

  /** Reads the command of an OP_MSG, by its form where it has one, which it answers. */
  readMessage(bytes: Uint8Array, start: number, end: number): PlacedForm<CommandFacts> | null {
    const form = commands.find(bytes, start, end);
    if (form === null) {
      this.read(bytes, start, end);
      const { command, database, collection, told } = this;
      this.subject = subjectOf(command, database, collection);
      if (!this.subject.isPrivate) commands.learn(bytes, start, end, { subject: this.subject, told });
      return null;
    }
    this.subject = form.facts.subject;
    this.told = form.facts.told;
    const [cursor, sent] = [form.toldAt(Told.cursor), form.toldAt(Told.documents)];
    this.cursor = cursor < 0 ? '' : new ByteReader(bytes, cursor, end).i64le().toString();
    this.sent = sent < 0 ? undefined : countMembers(bytes, sent, end);
    return form;
  }

  /** Reads the command at `start`: the first member names it; `$db` and `collection` are told by name. */
  read(bytes: Uint8Array, start: number, end: number, database = ''): this {
    let command = '';
    let first = '';
    let collection = '';
    this.database = database;
    this.cursor = '';
    this.sent = undefined;
    this.told = 0;
    member.begin(bytes, start, end, commands.root);
    while (member.next()) {
      const { place } = member;
      const { role } = place;
      if (command === '') {
        command = place.name;
        first = textOf(bytes, member);
        if (command === 'getMore') this.cursor = new ByteReader(bytes, member.at, member.end).i64le().toString();
      } else if (role === Role.db) this.database = textOf(bytes, member);
      else if (role === Role.collection) collection = textOf(bytes, member);
      if (role > 0 && role < FIRST_UNTELLING) this.tells(bytes, end, role);
    }
    this.command = command;
    this.collection = withCollection.has(command) ? collection : first;
    return this;
  }

  /** For what keeps them. */
  get facts(): Omit<LegacyRequest, 'documents'> {
    const { command, database, collection, cursor, told } = this;
    return { command, database, collection, cursor, told };
  }

  private tells(bytes: Uint8Array, end: number, role: number): void {
    if (this.told === 0 || role < this.told) this.told = role;
    if (member.type !== BsonType.array) return;
    if (role === Role.documents || role === Role.updates || role === Role.deletes)
      this.sent = (this.sent ?? 0) + countMembers(bytes, member.at, end);
  }
}

const member = new BsonMembers();

/** A name; empty where the member is no text. */
const textOf = (bytes: Uint8Array, { type, at, end }: BsonMembers): string =>
  type === BsonType.string ? internedText(bytes, at + 4, Math.max(at + 4, end - 1)) : '';

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

const head = new CommandHead();

export interface LegacyRequest {
  readonly command: string;
  readonly database: string;
  readonly collection: string;
  readonly cursor: string;
  /** Documents of the message by the name they are shown with. */
  readonly documents: readonly NamedDocument[];
  /** The member of the command that says what it looks for; 0 for none, and where the document is no command. */
  readonly told: number;
}

/** The operations that OP_MSG replaced; only OP_QUERY, OP_GET_MORE and OP_COMMAND are answered. */
export function legacyRequest({ opcode, body }: Message): LegacyRequest {
  const reader = new ByteReader(body, Math.min(4, body.length));
  const command = legacyNames.get(opcode) ?? `opcode ${opcode}`;
  const nothing = { command, database: '', collection: '', cursor: '', documents: [], told: 0 };
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
      return { ...head.read(body, inner, body.length, database).facts, documents: [{ name: '', at: inner }] };
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
  return { ...head.read(body, at, body.length, database).facts, command, documents: [{ name: '', at }] };
}
