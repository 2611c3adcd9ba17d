/**
 * An HTTP call as `HttpCall.describe` makes it, written as JSON out of the bytes of its heads and contents. What is rare
 * (bytes beyond ASCII, encodings, cookies, repeated fields) is handed to the objects that describe it, and so is what a
 * protocol inside the call knows better.
 */

import type { ProtocolId } from '@kubeshark/model';
import { Interner } from '../decode/interner.ts';
import { isBinary, isTextual } from '../decode/text.ts';
import { traceIdOf } from '../decode/trace.ts';
import { writeData } from '../dissect/described-call.ts';
import type { Description, WrittenDescription } from '../dissect/dissector.ts';
import { type JsonWriter, piece } from '../json/json-writer.ts';
import { sentCookies, setCookies } from './cookies.ts';
import { errorTextOf, hostOf } from './describe.ts';
import type { HttpExchange } from './exchange.ts';
import { FieldTable } from './field-table.ts';
import type { HttpMessage, RequestHead, Trailers, WritableHead, WritableRequest } from './message.ts';
import type { Refinement, WrittenRefinement } from './refiner.ts';
import { parseQuery } from './target.ts';

/** Queries, hosts and content types come again and again: what they become is remembered. */
const queries = new Interner((search) => JSON.stringify(parseQuery(search)));
const hosts = new Interner((authority) => JSON.stringify(hostOf(authority)));
const plainTypes = new Interner((value) => {
  const charset = /;\s*charset\s*=\s*"?([^";\s]*)/i.exec(value)?.[1];
  return charset === undefined ? !/charset/i.test(value) : /^(?:utf-?8|us-ascii)$/i.test(charset);
});

const SIZE = piece('{"size":');
const METHOD = piece(',"method":');
const PATH = piece(',"path":"');
const URL = piece('","url":"');
const QUERY = piece(',"query":');
const HOST = piece(',"host":');
const STATUS = piece(',"status":');
const HEADERS = piece('","headers":');
const VERSION = piece(',"httpVersion":"');
const BODY = piece(',"body":');
const TRAILERS = piece(',"trailers":');
const MIME = piece(',"mime":');
const TEXT = piece(',"text":');
const BASE64 = piece(',"base64":');

type Refined = ReturnType<Refinement['describe']>;
type Keys = Readonly<Record<string, unknown>>;
/** A refinement that knows one of these better is rare: such a call is described. */
const FIXED: ReadonlySet<string> = new Set([
  'size',
  'path',
  'url',
  'host',
  'httpVersion',
  'headers',
  'body',
  'trailers',
  'cookies',
  'interim',
  'latency',
]);

/** Of a refinement's keys those that are written in HTTP's places. */
const ASKED: readonly string[] = ['method'];
const ASKED_WITH_QUERY: readonly string[] = ['method', 'query'];
const ANSWERED: readonly string[] = ['status'];
const ANSWERED_WITH_TEXT: readonly string[] = ['status', 'statusText'];

/** What is written beside the call's own. */
export interface Written {
  readonly protocols: readonly ProtocolId[];
  readonly refinement: Refinement | null;
  /** Body bytes shown of each half. */
  readonly limit: number;
}

/** A method and a scheme (RFC 9110 §9.1, RFC 3986 §3.1) that stand in JSON as they are; HTTP/2 carries anything. */
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;
/** Those asked for last: a handful is used by nearly all calls. */
let usualMethod = 'GET';
let usualScheme = 'http';

function isUsual({ method, scheme }: RequestHead): boolean {
  if (method === usualMethod && scheme === usualScheme) return true;
  if (!TOKEN.test(method) || !TOKEN.test(scheme)) return false;
  usualMethod = method;
  usualScheme = scheme;
  return true;
}

export class WrittenHttp implements WrittenDescription {
  protocols: readonly ProtocolId[] = [];
  private data: Description['data'];
  method = '';
  endpoint = '';
  errorText: string | undefined;
  traceId: string | undefined;
  private call: HttpExchange | null = null;
  private asked: WritableRequest | null = null;
  private refined: Refined | null = null;
  private better: WrittenRefinement | null = null;
  private limit = 0;
  private readonly requestFields = new FieldTable();
  private readonly responseFields = new FieldTable();

  /** The call to be written next; null when it has to be described. */
  of(call: HttpExchange, { protocols, refinement, limit }: Written): this | null {
    const { request, response } = call;
    const asked = request?.head.writable?.();
    const answered = response?.head.writable?.();
    if (request === null || asked === undefined || !asked.isPath || !isUsual(request.head)) return null;
    if (response !== null && answered === undefined) return null;
    const better = refinement?.written?.() ?? null;
    const refined = better === null ? (refinement?.describe() ?? null) : null;
    this.call = call;
    this.limit = limit;
    this.protocols = protocols;
    this.refined = refined;
    this.better = better;
    const isAlone = refined?.data === undefined;
    this.data = isAlone && call.writeData !== undefined ? undefined : { ...call.data, ...refined?.data };
    this.method = better?.method ?? refined?.method ?? request.head.method;
    this.endpoint = better?.endpoint ?? refined?.endpoint ?? refinement?.endpoint?.() ?? call.plainEndpoint;
    this.errorText = better?.errorText ?? refined?.errorText ?? errorTextOf(call);
    this.asked = asked;
    asked.scan(this.requestFields);
    if (this.requestFields.isAuthoritySpecial) return null;
    answered?.scan(this.responseFields);
    this.traceId = this.requestFields.places.mayTrace ? traceIdOf(this.requestFields) : undefined;
    return this;
  }

  writeData(json: JsonWriter): void {
    if (this.data === undefined) this.call?.writeData?.(json);
    else writeData(json, this.data);
  }

  writeSummary(json: JsonWriter): void {
    const summary = this.better?.summary ?? this.refined?.summary;
    if (summary !== undefined) return json.text(summary);
    json.raw('"');
    json.raw(this.call?.request?.head.method ?? '');
    json.raw(' ');
    this.asked?.writeTarget(json);
    json.raw('"');
  }

  writeRequest(json: JsonWriter): void {
    const { asked, requestFields } = this;
    const message = this.call?.request ?? null;
    if (asked === null || message === null) return json.raw('null');
    const better: Keys = this.refined?.request ?? {};
    writeSize(json, message);
    json.copyOf(METHOD);
    if ('method' in better) json.value(better['method']);
    else json.name(this.better?.method ?? message.head.method);
    const query = asked.query(queries);
    const kept = 'query' in better ? null : (asked.writtenPlace?.() ?? null);
    if (kept === null) {
      const start = json.length;
      this.writePlace(json, message, query);
      if (!('query' in better || json.isRefused)) asked.keepPlace?.(json, start);
    } else {
      json.copyOf(kept);
    }
    writeCommon(json, message, { head: asked, fields: requestFields, limit: this.limit });
    const cookies = requestFields.places.cookie < 0 ? undefined : sentCookies(message.head.fields());
    writeOptional(json, 'cookies', cookies);
    writeMore(json, better, query === undefined ? ASKED : ASKED_WITH_QUERY);
    this.better?.writeRequest(json);
    json.raw('}');
  }

  /** What was asked for, and of whom. */
  private writePlace(json: JsonWriter, message: HttpMessage<RequestHead>, query: string | undefined): void {
    const { asked, refined } = this;
    const { authorityBytes: bytes, authorityStart, authorityEnd } = this.requestFields;
    const hasAuthority = authorityEnd > authorityStart;
    const better: Keys = refined?.request ?? {};
    json.copyOf(PATH);
    asked?.writePath(json);
    json.copyOf(URL);
    if (hasAuthority) {
      json.raw(message.head.scheme);
      json.raw('://');
      json.asciiPart(bytes, authorityStart, authorityEnd);
    }
    asked?.writeTarget(json);
    json.raw('"');
    if (query !== undefined) {
      json.copyOf(QUERY);
      if ('query' in better) json.value(better['query']);
      else json.utf8(query);
    }
    if (hasAuthority) {
      json.copyOf(HOST);
      json.utf8(hosts.of(bytes, authorityStart, authorityEnd));
    }
  }

  writeResponse(json: JsonWriter): void {
    const { responseFields } = this;
    const message = this.call?.response ?? null;
    if (message === null) return json.raw('null');
    const { status, reason } = message.head;
    const better: Keys = this.refined?.response ?? {};
    writeSize(json, message);
    json.copyOf(STATUS);
    if ('status' in better) json.value(better['status']);
    else json.number(this.better?.status ?? status);
    if (reason !== '') {
      json.raw(',"statusText":');
      json.value('statusText' in better ? better['statusText'] : reason);
    }
    writeCommon(json, message, { head: message.head.writable?.(), fields: responseFields, limit: this.limit });
    const cookies = responseFields.places.setCookie < 0 ? undefined : setCookies(message.head.fields());
    writeOptional(json, 'cookies', cookies);
    writeOptional(
      json,
      'interim',
      this.call?.interim?.map(({ head }) => head.status),
    );
    writeMore(json, better, reason === '' ? ANSWERED : ANSWERED_WITH_TEXT);
    this.better?.writeResponse(json);
    json.raw('}');
  }
}

function writeSize(json: JsonWriter, { size }: { readonly size: number }): void {
  json.copyOf(SIZE);
  json.number(size);
}

function writeOptional(json: JsonWriter, key: string, value: unknown): void {
  if (value === undefined) return;
  json.raw(`,"${key}":`);
  json.value(value);
}

/** Keys that HTTP itself does not have; `written`: those that stand there already. */
function writeMore(json: JsonWriter, better: Keys, written: readonly string[]): void {
  for (const key of Object.keys(better)) {
    if (FIXED.has(key)) json.isRefused = true;
    else if (!written.includes(key)) writeOptional(json, key, better[key]);
  }
}

/** What both halves have. */
interface Common {
  readonly head: WritableHead | undefined;
  readonly fields: FieldTable;
  readonly limit: number;
}

function writeCommon(json: JsonWriter, message: HttpMessage, common: Common): void {
  json.copyOf(VERSION);
  json.raw(message.head.version);
  json.copyOf(HEADERS);
  const kept = common.head?.writtenFields ?? null;
  if (kept === null) writeHeaders(json, message, common);
  else json.copyOf(kept);
  if (message.bodySize > 0) {
    json.copyOf(BODY);
    writeBody(json, message, common);
  }
  const { trailers } = message;
  if (trailers !== null && trailers.size > 0) writeTrailers(json, trailers);
}

function writeHeaders(json: JsonWriter, message: HttpMessage, { head, fields }: Common): void {
  const start = json.length;
  if (fields.places.arePlain) writeFields(json, fields);
  else json.value(message.head.fields().toHeaders());
  head?.keepFields?.(json, start);
}

const trailerFields = new FieldTable();

function writeTrailers(json: JsonWriter, trailers: Trailers): void {
  json.copyOf(TRAILERS);
  const kept = trailers.writtenFields ?? null;
  if (kept !== null) return json.copyOf(kept);
  const start = json.length;
  trailers.scan?.(trailerFields.clear());
  if (trailers.scan !== undefined && trailerFields.places.arePlain) writeFields(json, trailerFields);
  else json.value(trailers.toHeaders());
  trailers.keepFields?.(json, start);
}

function writeFields(json: JsonWriter, fields: FieldTable): void {
  const start = json.length;
  for (let i = 0; i < fields.count; i++) {
    const kept = fields.jsonOf(i);
    if (kept !== null) {
      json.copyOf(kept);
      continue;
    }
    json.raw(',');
    json.raw(fields.names[i]?.key ?? '');
    if (fields.isSpecial(i)) json.text(fields.valueOf(i));
    else json.ascii(fields.bytesOf(i), fields.startOf(i), fields.endOf(i));
  }
  if (fields.count === 0) return json.raw('{}');
  json.openAt(start);
  json.raw('}');
}

/** A content that came whole, is not encoded and says that it is text in ASCII, which most is; others by `body`. */
function writeBody(json: JsonWriter, message: HttpMessage, { fields, limit }: Omit<Common, 'head'>): void {
  const { contentType: type, contentEncoding } = fields.places;
  const mime = message.head.mime();
  const isWhole = !message.isCut && message.bodySize <= limit && contentEncoding < 0;
  const isText = isTextual(mime);
  if (isWhole && !isText && mime !== '' && isBinary(message.rawBody())) return writeBinary(json, message);
  const isUsual =
    isWhole && isText && type >= 0 && plainTypes.of(fields.bytesOf(type), fields.startOf(type), fields.endOf(type));
  if (!isUsual) return json.value(message.body(limit));
  const start = json.length;
  const { bytes, from, to } = message.contentRange;
  writeSize(json, { size: message.bodySize });
  json.copyOf(MIME);
  json.name(mime);
  json.copyOf(TEXT);
  if (json.ascii(bytes, from, to)) return json.raw('}');
  json.length = start;
  json.value(message.body(limit));
}

function writeBinary(json: JsonWriter, message: HttpMessage): void {
  writeSize(json, { size: message.bodySize });
  json.copyOf(MIME);
  json.name(message.head.mime());
  json.copyOf(BASE64);
  json.base64(message.rawBody());
  json.raw('}');
}
