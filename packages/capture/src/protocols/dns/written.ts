/**
 * Usual lookups as JSON, and the names they tell, out of pieces that are kept: the same names are asked for again and again, and all of a message
 * but its id is the same then. What is rare is described.
 */

import type { ProtocolId } from '@kubeshark/model';
import { ByteInterner } from '../../decode/interner.ts';
import type { WrittenDescription } from '../../dissect/dissector.ts';
import { type JsonWriter, piece } from '../../json/json-writer.ts';
import type { LearntName, NameReader } from '../../names/name-table.ts';
import { rcodeName } from './codes.ts';
import {
  answersOf,
  endpointText,
  errorTextOf,
  methodOf,
  outcome,
  questionData,
  requestOf,
  responseOf,
} from './describe.ts';
import { namesOf } from './learnt-names.ts';
import { type DecodedMessage, decodeMessage } from './records.ts';

/** Every message has another id: it stands before what is kept. */
const ID_BYTES = 2;
/** Half as many messages are kept, with what is written of them: some 2 kB each, so 8 MB of each kind when full. */
const KEPT_MESSAGES = { capacity: 8192, maxLength: 512 } as const;

/** What is written of a query. */
class KeptQuery {
  readonly method: string;
  readonly endpoint: string;
  /** The endpoint, between quotes. */
  readonly summary: Uint8Array;
  /** Behind the id. */
  readonly request: Uint8Array;
  /** Of the protocol's own values: behind the id, before the answers. */
  readonly data: Uint8Array;

  constructor(query: DecodedMessage) {
    this.method = methodOf(query);
    this.endpoint = endpointText(query);
    this.summary = insideQuotes(this.endpoint);
    this.request = piece(`${membersBehindId(requestOf(query, 0))}}`);
    this.data = piece(`${membersBehindId(questionData(query, 'dns'))},"answers":`);
  }
}

/** What is written of a reply. */
class KeptReply {
  private readonly message: DecodedMessage;
  private pieces: WrittenReply | null = null;
  private learnt: readonly LearntName[] | null = null;

  constructor(bytes: Uint8Array) {
    this.message = decodeMessage(bytes, false);
  }

  /** `status` is that of the message: it is found where the message is read. */
  written(status: number): WrittenReply {
    this.pieces ??= new WrittenReply(this.message, status);
    return this.pieces;
  }

  get names(): readonly LearntName[] {
    this.learnt ??= namesOf(this.message);
    return this.learnt;
  }
}

class WrittenReply {
  /** Behind the endpoint, between quotes. */
  readonly summary: Uint8Array;
  /** Between the status and the id. */
  readonly statusText: Uint8Array;
  /** Behind the id. */
  readonly response: Uint8Array;
  /** The answers, and what comes behind them. */
  readonly data: Uint8Array;

  constructor(message: DecodedMessage, status: number) {
    const answers = answersOf(message);
    const rcode = JSON.stringify(rcodeName(status));
    this.summary = insideQuotes(outcome(status, answers));
    this.statusText = piece(`,"statusText":${rcode},"id":`);
    this.response = piece(`${membersBehindId(responseOf([message], status, 0))}}`);
    this.data = piece(`${JSON.stringify(answers)},"rcode":${rcode}`);
  }
}

const insideQuotes = (text: string): Uint8Array => piece(JSON.stringify(text).slice(1, -1));
/** The members of an object that stand behind its id, a comma before each. */
function membersBehindId(value: object): string {
  const members = Object.entries(value);
  const rest = members.slice(members.findIndex(([key]) => key === 'id') + 1);
  return rest.map(([key, member]) => `,${JSON.stringify(key)}:${JSON.stringify(member)}`).join('');
}

/** `start` is where the kept part begins: compression pointers count from the id before it. */
const messageAt = (bytes: Uint8Array, start: number, end: number) => bytes.subarray(start - ID_BYTES, end);
const queries = new ByteInterner(
  (bytes, start, end) => new KeptQuery(decodeMessage(messageAt(bytes, start, end), false)),
  KEPT_MESSAGES,
);
const replies = new ByteInterner((bytes, start, end) => new KeptReply(messageAt(bytes, start, end)), KEPT_MESSAGES);

const plainNames: NameReader = (bytes, start, end) => replies.of(bytes, start + ID_BYTES, end).names;
const multicastNames: NameReader = (bytes, start, end) => namesOf(decodeMessage(bytes.subarray(start, end), true));

/** What answers tell, by the kind of DNS they are. */
export const namesIn = { dns: plainNames, llmnr: plainNames, mdns: multicastNames } as const;

/** The numbers of the call that is written. */
interface Numbers {
  readonly id: number;
  readonly requestSize: number;
  readonly responseSize: number;
  readonly status: number | null;
  readonly error: boolean;
  readonly retries: number;
}

/** Where a message stands. */
export interface MessagePlace {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

const DNS: readonly ProtocolId[] = ['dns'];

const NO_ANSWERS = piece('[]');
const SIZE = piece('{"size":');
const ID = piece(',"id":');
const STATUS = piece(',"status":');
const DATA = piece(',"dns":{"id":');

/** One object, which is given call after call. */
export class WrittenDns implements WrittenDescription {
  readonly protocols = DNS;
  readonly traceId = undefined;
  private call: Numbers | null = null;
  private query: KeptQuery | null = null;
  private reply: WrittenReply | null = null;

  of(call: Numbers, query: MessagePlace, reply: MessagePlace | null): this {
    this.call = call;
    this.query = queries.of(query.bytes, query.start + ID_BYTES, query.end);
    this.reply =
      reply === null || call.status === null
        ? null
        : replies.of(reply.bytes, reply.start + ID_BYTES, reply.end).written(call.status);
    return this;
  }

  get method(): string {
    return this.query?.method ?? '';
  }

  get endpoint(): string {
    return this.query?.endpoint ?? '';
  }

  get errorText(): string | undefined {
    return this.call === null ? undefined : errorTextOf(this.call.status);
  }

  writeSummary(json: JsonWriter): void {
    json.raw('"');
    if (this.query !== null) json.copyOf(this.query.summary);
    if (this.reply !== null) json.copyOf(this.reply.summary);
    json.raw('"');
  }

  writeRequest(json: JsonWriter): void {
    const { call, query } = this;
    if (call === null || query === null) return json.raw('null');
    json.copyOf(SIZE);
    json.number(call.requestSize);
    json.copyOf(ID);
    json.number(call.id);
    json.copyOf(query.request);
  }

  writeResponse(json: JsonWriter): void {
    const { call, reply } = this;
    if (call === null || reply === null) return json.raw('null');
    json.copyOf(SIZE);
    json.number(call.responseSize);
    json.copyOf(STATUS);
    json.number(call.status ?? 0);
    json.copyOf(reply.statusText);
    json.number(call.id);
    json.copyOf(reply.response);
  }

  writeData(json: JsonWriter): void {
    const { call, query, reply } = this;
    if (call === null || query === null) return;
    json.copyOf(DATA);
    json.number(call.id);
    json.copyOf(query.data);
    json.copyOf(reply?.data ?? NO_ANSWERS);
    if (call.retries > 0) {
      json.raw(',"retries":');
      json.number(call.retries);
    }
    json.raw('}');
  }
}
