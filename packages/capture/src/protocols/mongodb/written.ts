/**
 * Usual calls as JSON, as `describe.ts` makes them: commands and their replies, whose documents are written out of BSON. What
 * is rare (errors, logins, the operations that OP_MSG replaced, documents that are cut) is described.
 */

import type { ProtocolId } from '@kubeshark/model';
import { BsonWriter } from '../../decode/bson-json.ts';
import { type BsonKey, bsonKey } from '../../decode/bson-keys.ts';
import { BsonMembers } from '../../decode/bson-members.ts';
import type { WrittenDescription } from '../../dissect/dissector.ts';
import { JsonWriter, piece } from '../../json/json-writer.ts';
import type { CallFacts, Part } from './call.ts';
import { isAboutLogins, isSecretDocument, isSecretMember } from './secrets.ts';

const MONGODB: readonly ProtocolId[] = ['mongodb'];
const NULL = piece('null');
const SIZE = piece('{"size":');
const STATUS = piece(',"status":0');
const COMPRESSION = piece(',"compression":');
const DOCUMENT = piece(',"document":');
const COMMAND = piece(',"mongodb":{"command":');
const DATABASE = piece(',"database":');
const COLLECTION = piece(',"collection":');
const QUERY = piece(',"query":');
const DOCUMENTS = piece(',"documents":');
const CURSOR = piece(',"cursor":');
const ORIGIN = piece(',"origin":');

/** Members of a command that say what it looks for, the first that is there. */
export const telling = ['filter', 'query', 'q', 'pipeline', 'documents', 'updates', 'deletes', 'key'] as const;
/** Characters of a summary. */
export const MAX_SUMMARY = 200;
const ELLIPSIS = piece('…"');

const bson = new BsonWriter({ hides: isSecretDocument, isSecret: isSecretMember });
/** What stands in a summary. */
const aside = new JsonWriter();

/** One object, which is given call after call. */
export class WrittenMongo implements WrittenDescription {
  readonly protocols = MONGODB;
  readonly traceId = undefined;
  readonly errorText = undefined;
  private call: CallFacts | null = null;
  private asked: Part | null = null;
  endpoint = '';

  /** The call to be written next; null when it has to be described. */
  of(call: CallFacts, endpoint: string): this | null {
    const { asked, replied, reply } = call;
    if (asked === undefined || call.requestStart === null || !isOneDocument(asked)) return null;
    if (call.missing !== undefined || isAboutLogins(call.command)) return null;
    if (replied !== undefined && (reply?.code !== 0 || reply.codeName !== '' || !isOneDocument(replied))) return null;
    if (replied === undefined && (reply !== undefined || call.responseStart !== null)) return null;
    this.call = call;
    this.asked = asked;
    this.endpoint = endpoint;
    return this;
  }

  get method(): string {
    return this.call?.command ?? '';
  }

  writeSummary(json: JsonWriter): void {
    const { call, asked } = this;
    if (call === null || asked === null) return;
    const { command, database, collection, origin } = call;
    const place = collection === '' ? database : `${database}.${collection}`;
    const name = place === '' ? command : `${command} ${place}`;
    if (origin !== undefined) return json.text(clipped(`${name} (${origin})`));
    aside.length = 0;
    aside.isRefused = false;
    writeTelling(aside, asked);
    if (aside.isRefused) json.isRefused = true;
    const shown = aside.written();
    if (shown.length === 0) return json.text(clipped(name));
    const room = MAX_SUMMARY - name.length - 1;
    const before = json.length;
    json.text(`${name} `);
    json.reopen();
    const isWhole = shown.length <= room;
    const end = isWhole ? shown.length : Math.max(0, room);
    // What is beyond ASCII has fewer characters than bytes.
    if (isAscii(shown) && room >= 0) {
      json.asciiPart(shown, 0, end);
      if (isWhole) json.raw('"');
      else json.copyOf(ELLIPSIS);
      return;
    }
    json.length = before;
    json.text(clipped(`${name} ${Buffer.from(shown).toString()}`));
  }

  writeRequest(json: JsonWriter): void {
    const { call } = this;
    if (call === null) return;
    json.copyOf(SIZE);
    json.number(call.requestSize);
    writeCompression(json, call.compressor);
    json.raw('}');
  }

  writeResponse(json: JsonWriter): void {
    const { call } = this;
    if (call === null || call.responseStart === null || call.replied === undefined) return json.copyOf(NULL);
    json.copyOf(SIZE);
    json.number(call.responseSize);
    json.copyOf(STATUS);
    writeCompression(json, call.replyCompressor);
    json.copyOf(DOCUMENT);
    writePart(json, call.replied);
    json.raw('}');
  }

  writeData(json: JsonWriter): void {
    const { call, asked } = this;
    if (call === null || asked === null) return;
    const { command, database, collection, cursor, origin } = call;
    const documents = call.reply?.documents ?? call.sent;
    json.copyOf(COMMAND);
    json.name(command);
    if (database !== '') {
      json.copyOf(DATABASE);
      json.name(database);
    }
    if (collection !== '') {
      json.copyOf(COLLECTION);
      json.name(collection);
    }
    json.copyOf(QUERY);
    writePart(json, asked);
    if (documents !== undefined) {
      json.copyOf(DOCUMENTS);
      json.number(documents);
    }
    if (cursor !== '') {
      json.copyOf(CURSOR);
      json.text(cursor);
    }
    if (origin !== undefined) {
      json.copyOf(ORIGIN);
      json.text(origin);
    }
    json.copyOf(call.login.members);
    json.raw('}');
  }
}

const isOneDocument = ({ documents }: Part): boolean => documents.length === 1 && documents[0]?.name === '';
const clipped = (text: string): string => (text.length > MAX_SUMMARY ? `${text.slice(0, MAX_SUMMARY)}…` : text);

function isAscii(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at++) if ((bytes[at] ?? 0) >= 0x80) return false;
  return true;
}

function writeCompression(json: JsonWriter, compressor: string | undefined): void {
  if (compressor === undefined) return;
  json.copyOf(COMPRESSION);
  json.name(compressor);
}

/** The documents of a message as one: what stands beside a command is a member of it. */
function writePart(json: JsonWriter, { body, documents, sequences }: Part): void {
  bson.begin(json, body, documents[0]?.at ?? 0);
  for (let i = 0; i < sequences.length; i++) {
    const sequence = sequences[i];
    if (sequence !== undefined) bson.documents(json, sequenceKey(sequence.name), sequence.start, sequence.end);
  }
  json.raw('}');
}

function sequenceKey(name: string): BsonKey {
  const bytes = Buffer.from(name, 'latin1');
  return bsonKey(bytes, 0, bytes.length);
}

/** Writes what a command looks for, or what it sends, if it says so. */
function writeTelling(json: JsonWriter, { body, documents, sequences }: Part): void {
  let best: number = telling.length;
  let type = 0;
  let at = -1;
  const member = new BsonMembers(body, documents[0]?.at ?? 0);
  while (member.next()) {
    const rank = ranks.get(member.key.text);
    if (rank === undefined || rank >= best) continue;
    best = rank;
    ({ type, at } = member);
  }
  for (const { name, start, end } of sequences) {
    const rank = ranks.get(name);
    if (rank === undefined || rank >= best) continue;
    best = rank;
    type = -1;
    json.length = 0;
    bson.list(json, body, start, end);
  }
  if (type >= 0 && at >= 0) bson.value(json, body, type, at);
}

const ranks: ReadonlyMap<string, number> = new Map(telling.map((name, rank) => [name, rank]));
