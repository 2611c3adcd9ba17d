/** What a MongoDB call looks like to people. */

import type { JsonObject, JsonValue } from '@kubeshark/model';
import { bsonDocument, MAX_DOCUMENTS } from '../../decode/bson.ts';
import { le32 } from '../../decode/little-endian.ts';
import type { Description, WrittenDescription } from '../../dissect/dissector.ts';
import { CallFacts } from './call.ts';
import type { Part } from './half.ts';
import { telling } from './roles.ts';
import { withoutSecrets } from './secrets.ts';
import { MAX_SUMMARY, WrittenMongo } from './written.ts';

const writing = new WrittenMongo();

export class MongoCall extends CallFacts {
  describe(): Description {
    const { asked, outcome, missing, requestSize } = this;
    const { command } = this.subject;
    const query = asked.isThere ? documentOf(asked.part, command) : undefined;
    const errorText = outcome.code !== 0 ? errorOf(this) : missing;
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
    return writing.of(this);
  }

  #response(): JsonObject & { size: number; status: number } {
    const { asked, replied, responseSize: size, replyCompressor } = this;
    const common = { size, status: this.status ?? 0, ...compressed(replyCompressor) };
    if (!replied.isThere) return common;
    const { body, documents } = replied.part;
    // A query of old is answered with its documents, everything else with one.
    const isList = asked.part.documents[0]?.name === 'filter';
    const first = documents[0]?.at;
    const document: JsonValue =
      isList && first !== undefined
        ? documentsFrom(body, first, body.length)
        : documentOf(replied.part, this.subject.command);
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

function errorOf({ outcome: { code, codeName, message } }: CallFacts): string {
  return `${message === '' ? 'error' : message} (${code}${codeName === '' ? '' : `, ${codeName}`})`;
}

/** `find shop.orders {"status":"open"}`. */
function summaryOf(call: CallFacts, query: JsonObject | undefined): string {
  const { origin } = call;
  const { name } = call.subject;
  if (origin !== undefined) return clipped(`${name} (${origin})`);
  const member = telling.map((key) => query?.[key]).find((value) => value !== undefined);
  return clipped(member === undefined ? name : `${name} ${JSON.stringify(member)}`);
}

const clipped = (text: string): string => (text.length > MAX_SUMMARY ? `${text.slice(0, MAX_SUMMARY)}…` : text);

function dataOf(call: CallFacts, query: JsonObject | undefined): JsonObject {
  const { cursor, outcome, origin } = call;
  const { user, mechanism: authentication, application } = call.login.facts;
  const documents = outcome.documents ?? call.sent;
  return {
    ...call.subject.members,
    ...(query !== undefined && { query }),
    ...(documents !== undefined && { documents }),
    ...(cursor !== '' && { cursor }),
    ...(origin !== undefined && { origin }),
    ...(user !== undefined && { user }),
    ...(authentication !== undefined && { authentication }),
    ...(application !== undefined && { application }),
    ...(outcome.codeName !== '' && { codeName: outcome.codeName }),
  };
}
