/**
 * Usual lookups as JSON, and the names they tell, out of pieces that are kept: the same names are asked for again and again, and all of a message
 * but its id is the same then. What is rare is described.
 */

import type { ProtocolId } from '@kubeshark/model';
import { ByteInterner } from '../../decode/interner.ts';
import type { Exchange, WrittenDescription } from '../../dissect/dissector.ts';
import { writeLatency, writeMiddle } from '../../dissect/entry-json.ts';
import { type JsonWriter, piece } from '../../json/json-writer.ts';
import type { LearntName, NameReader } from '../../names/name-table.ts';
import { rcodeName } from './codes.ts';
import {
  answersOf,
  endpointText,
  errorTextOf,
  methodOf,
  NOERROR,
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
  /** Bytes on the wire. */
  readonly size: number;

  constructor(query: DecodedMessage, size: number) {
    this.size = size;
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
  private readonly size: number;
  private pieces: WrittenReply | null = null;
  private learnt: readonly LearntName[] | null = null;
  private lookup: WrittenLookup | null = null;

  constructor(bytes: Uint8Array) {
    this.message = decodeMessage(bytes, false);
    this.size = bytes.length;
  }

  /** `status` is that of the message: it is found where the message is read. */
  written(status: number): WrittenReply {
    this.pieces ??= new WrittenReply(this.message, status, this.size);
    return this.pieces;
  }

  /** With the query that it answers: nearly always the same one again. */
  answering(query: KeptQuery, status: number): WrittenLookup {
    if (this.lookup?.query !== query) this.lookup = new WrittenLookup(query, this.written(status));
    return this.lookup;
  }

  get names(): readonly LearntName[] {
    this.learnt ??= namesOf(this.message);
    return this.learnt;
  }
}

class WrittenReply {
  readonly status: number;
  /** Bytes on the wire. */
  readonly size: number;
  /** Behind the endpoint, between quotes. */
  readonly summary: Uint8Array;
  /** Between the status and the id. */
  readonly statusText: Uint8Array;
  /** Behind the id. */
  readonly response: Uint8Array;
  /** The answers, and what comes behind them. */
  readonly data: Uint8Array;

  constructor(message: DecodedMessage, status: number, size: number) {
    const answers = answersOf(message);
    const rcode = JSON.stringify(rcodeName(status));
    this.status = status;
    this.size = size;
    this.summary = insideQuotes(outcome(status, answers));
    this.statusText = piece(`,"statusText":${rcode},"id":`);
    this.response = piece(`${membersBehindId(responseOf([message], status, 0))}}`);
    this.data = piece(`${JSON.stringify(answers)},"rcode":${rcode}`);
  }
}

/** What is written of a lookup whose messages came in datagrams, in as few pieces as can be: ids and latencies stand between them. */
class WrittenLookup {
  readonly query: KeptQuery;
  readonly reply: WrittenReply;
  /** From the request to its id, to that of the response, to both latencies. */
  readonly beforeId: Uint8Array;
  readonly behindId: Uint8Array;
  readonly response: Uint8Array;
  readonly behindResponse: Uint8Array;
  /** Of the protocol's own values: behind the id. */
  readonly data: Uint8Array;

  constructor(query: KeptQuery, reply: WrittenReply) {
    const { status } = reply;
    const error =
      status === NOERROR ? '"error":false' : `"error":true,"errorText":${JSON.stringify(errorTextOf(status))}`;
    this.query = query;
    this.reply = reply;
    this.beforeId = piece(`,"request":{"size":${query.size},"id":`);
    this.behindId = joined(query.request, `,"response":{"size":${reply.size},"status":${status}`, reply.statusText);
    this.response = joined(reply.response.subarray(0, -1), ',"latency":');
    const names = `},"method":${JSON.stringify(query.method)},"endpoint":${JSON.stringify(query.endpoint)},"summary":"`;
    this.behindResponse = joined(names, query.summary, reply.summary, `","status":${status},${error},"latency":`);
    this.data = joined(query.data, reply.data);
  }
}

const joined = (...parts: readonly (string | Uint8Array)[]): Uint8Array =>
  new Uint8Array(Buffer.concat(parts.map((part) => (typeof part === 'string' ? piece(part) : part))));
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
  (bytes, start, end) => new KeptQuery(decodeMessage(messageAt(bytes, start, end), false), end - start + ID_BYTES),
  KEPT_MESSAGES,
);
const replies = new ByteInterner((bytes, start, end) => new KeptReply(messageAt(bytes, start, end)), KEPT_MESSAGES);

const plainNames: NameReader = (bytes, start, end) => replies.of(bytes, start + ID_BYTES, end).names;
const multicastNames: NameReader = (bytes, start, end) => namesOf(decodeMessage(bytes.subarray(start, end), true));

/** What answers tell, by the kind of DNS they are. */
export const namesIn = { dns: plainNames, llmnr: plainNames, mdns: multicastNames } as const;

/** The call that is written. */
interface Written extends Exchange {
  readonly id: number;
  readonly status: number | null;
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
  private call: Written | null = null;
  private query: KeptQuery | null = null;
  private reply: WrittenReply | null = null;
  private lookup: WrittenLookup | null = null;

  of(call: Written, query: MessagePlace, reply: MessagePlace | null): this {
    this.call = call;
    this.query = queries.of(query.bytes, query.start + ID_BYTES, query.end);
    this.reply = null;
    this.lookup = null;
    if (reply === null || call.status === null) return this;
    const kept = replies.of(reply.bytes, reply.start + ID_BYTES, reply.end);
    this.reply = kept.written(call.status);
    const lookup = kept.answering(this.query, call.status);
    const isWhole =
      call.requestSize === this.query.size &&
      call.responseSize === this.reply.size &&
      call.error === (call.status !== NOERROR);
    if (isWhole && call.requestStart !== null) this.lookup = lookup;
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

  writeMiddle(json: JsonWriter): void {
    const { call, lookup } = this;
    if (call === null) return;
    if (lookup === null) return writeMiddle(json, call, this);
    json.copyOf(lookup.beforeId);
    json.number(call.id);
    json.copyOf(lookup.behindId);
    json.number(call.id);
    json.copyOf(lookup.response);
    const start = json.length;
    writeLatency(json, call);
    const end = json.length;
    json.copyOf(lookup.behindResponse);
    json.again(start, end);
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
    const { call, query, reply, lookup } = this;
    if (call === null || query === null) return;
    json.copyOf(DATA);
    json.number(call.id);
    if (lookup === null) {
      json.copyOf(query.data);
      json.copyOf(reply?.data ?? NO_ANSWERS);
    } else {
      json.copyOf(lookup.data);
    }
    if (call.retries > 0) {
      json.raw(',"retries":');
      json.number(call.retries);
    }
    json.raw('}');
  }
}
