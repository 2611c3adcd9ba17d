/** What a MongoDB call looks like to people. */

import type { JsonObject, JsonValue } from '@kubeshark/model';
import { bsonDocument, MAX_DOCUMENTS } from '../../decode/bson.ts';
import { le32 } from '../../decode/little-endian.ts';
import { Remembered } from '../../decode/remembered.ts';
import type { Description, WrittenDescription } from '../../dissect/dissector.ts';
import { CallFacts, type Part } from './call.ts';
import { withoutSecrets } from './secrets.ts';
import { MAX_SUMMARY, telling, WrittenMongo } from './written.ts';

const writing = new WrittenMongo();

/** Endpoints by their command and their collection, of which there are few. */
const KEPT = { texts: 128, characters: 256 } as const;
const endpoints = new Remembered((command) => new Remembered((collection) => `${command} ${collection}`, KEPT), KEPT);

export class MongoCall extends CallFacts {
  get status(): number | null {
    return this.reply?.code ?? null;
  }
  get error(): boolean {
    const { reply, missing } = this;
    return (reply !== undefined && reply.code !== 0) || missing !== undefined;
  }

  endpoint(): string {
    const { command, collection } = this;
    return collection === '' ? command : endpoints.of(command).of(collection);
  }

  describe(): Description {
    const { command, reply, missing, requestSize } = this;
    const query = this.asked === undefined ? undefined : documentOf(this.asked, command);
    const errorText = reply !== undefined && reply.code !== 0 ? errorOf(this) : missing;
    return {
      protocols: ['mongodb'],
      method: command,
      endpoint: this.endpoint(),
      summary: summaryOf(this, query),
      ...(errorText !== undefined && { errorText }),
      request: this.requestStart === null ? null : { size: requestSize, ...compressed(this.compressor) },
      response: this.responseStart === null ? null : this.#response(),
      data: { mongodb: dataOf(this, query) },
    };
  }

  written(): WrittenDescription | null {
    return writing.of(this, this.endpoint());
  }

  #response(): JsonObject & { size: number; status: number } {
    const { replied, responseSize: size, command, asked, replyCompressor } = this;
    const common = { size, status: this.status ?? 0, ...compressed(replyCompressor) };
    if (replied === undefined) return common;
    // A query of old is answered with its documents, everything else with one.
    const isList = asked !== undefined && asked.documents[0]?.name === 'filter';
    const first = replied.documents[0]?.at;
    const document: JsonValue =
      isList && first !== undefined
        ? documentsFrom(replied.body, first, replied.body.length)
        : documentOf(replied, command);
    return { ...common, document };
  }
}

const compressed = (compressor: string | undefined) => (compressor === undefined ? {} : { compression: compressor });

/** The documents of a message as one: what stands beside a command is a member of it, as it would be inside. */
function documentOf({ body, documents, sequences }: Part, command: string): JsonObject {
  const members: Record<string, JsonValue> = {};
  for (const { name, at } of documents) {
    const { value } = bsonDocument(body, at);
    if (name === '') Object.assign(members, value);
    else members[name] = name === 'documents' ? documentsFrom(body, at, body.length) : value;
  }
  for (const { name, start, end } of sequences) members[name] = documentsFrom(body, start, end);
  return withoutSecrets(command, members);
}

/** Documents one behind the other, as many as are worth keeping. */
function documentsFrom(body: Uint8Array, start: number, end: number): JsonObject[] {
  const found: JsonObject[] = [];
  for (let at = start; at + 5 <= end && found.length < MAX_DOCUMENTS; at += Math.max(5, le32(body, at))) {
    found.push(bsonDocument(body, at).value);
  }
  return found;
}

function errorOf({ reply }: CallFacts): string {
  const { code = 0, codeName = '', message = '' } = reply ?? {};
  return `${message === '' ? 'error' : message} (${code}${codeName === '' ? '' : `, ${codeName}`})`;
}

/** `find shop.orders {"status":"open"}`. */
function summaryOf(call: CallFacts, query: JsonObject | undefined): string {
  const { command, database, collection, origin } = call;
  const place = collection === '' ? database : `${database}.${collection}`;
  const name = place === '' ? command : `${command} ${place}`;
  if (origin !== undefined) return clipped(`${name} (${origin})`);
  const member = telling.map((key) => query?.[key]).find((value) => value !== undefined);
  return clipped(member === undefined ? name : `${name} ${JSON.stringify(member)}`);
}

const clipped = (text: string): string => (text.length > MAX_SUMMARY ? `${text.slice(0, MAX_SUMMARY)}…` : text);

function dataOf(call: CallFacts, query: JsonObject | undefined): JsonObject {
  const { command, database, collection, cursor, reply, origin } = call;
  const { user, mechanism: authentication, application } = call.login.facts;
  const documents = reply?.documents ?? call.sent;
  return {
    command,
    ...(database !== '' && { database }),
    ...(collection !== '' && { collection }),
    ...(query !== undefined && { query }),
    ...(documents !== undefined && { documents }),
    ...(cursor !== '' && { cursor }),
    ...(origin !== undefined && { origin }),
    ...(user !== undefined && { user }),
    ...(authentication !== undefined && { authentication }),
    ...(application !== undefined && { application }),
    ...(reply !== undefined && reply.codeName !== '' && { codeName: reply.codeName }),
  };
}
