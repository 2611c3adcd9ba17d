/** A gRPC call as `GrpcRefinement.describe` tells it, written out of the bytes of its messages. */

import { writeProtobuf } from '../../decode/protobuf-json.ts';
import type { HttpExchange } from '../../http/exchange.ts';
import type { WrittenRefinement } from '../../http/refiner.ts';
import { type JsonWriter, piece } from '../../json/json-writer.ts';
import { type Framing, MAX_MESSAGES, messageOf, PREFIX_BYTES, TRAILERS } from './messages.ts';
import { decodeMessage, statusName, timeoutMillis } from './status.ts';

const SERVICE = piece(',"service":');
const MESSAGES = piece(',"messages":[');
const COUNT = piece('],"messageCount":');
const SIZE = piece('{"size":');
const FIELDS = piece(',"fields":');
const STATUS_TEXT = piece(',"statusText":');
const HTTP_STATUS = piece(',"httpStatus":');
const MESSAGE = piece(',"message":');

/** What a call is told to be. */
interface Told {
  readonly service: string;
  readonly method: string;
  readonly endpoint: string;
  readonly status: number | null;
  readonly message: string | undefined;
  readonly request: Framing;
  readonly response: Framing;
}

/** One object, which is given call after call. */
export class WrittenGrpc implements WrittenRefinement {
  private call: HttpExchange | null = null;
  private told: Told | null = null;

  of(call: HttpExchange, told: Told): this {
    this.call = call;
    this.told = told;
    return this;
  }

  get method(): string {
    return this.told?.method ?? '';
  }

  get endpoint(): string {
    return this.told?.endpoint ?? '';
  }

  get summary(): string {
    return this.endpoint;
  }

  get errorText(): string | undefined {
    const { status = null, message } = this.told ?? {};
    return status === null || status === 0 ? undefined : errorTextOf(status, message);
  }

  get status(): number | undefined {
    return this.told?.status ?? undefined;
  }

  writeRequest(json: JsonWriter): void {
    const { call, told } = this;
    if (call === null || told === null) return;
    json.copyOf(SERVICE);
    json.name(told.service);
    writeMessages(json, call.request?.rawBody() ?? null, told.request);
    const timeout = timeoutMillis(call.request?.head.fields().first('grpc-timeout'));
    if (timeout === undefined) return;
    json.raw(',"timeout":');
    json.number(timeout);
  }

  writeResponse(json: JsonWriter): void {
    const { call, told } = this;
    const response = call?.response ?? null;
    if (response === null || told === null) return;
    if (told.status !== null) {
      json.copyOf(STATUS_TEXT);
      json.name(statusName(told.status));
    }
    json.copyOf(HTTP_STATUS);
    json.number(response.head.status);
    if (told.message !== undefined) {
      json.copyOf(MESSAGE);
      json.text(decodeMessage(told.message));
    }
    writeMessages(json, response.rawBody(), told.response);
  }
}

export const errorTextOf = (status: number, message: string | undefined): string =>
  `${statusName(status)}${message === undefined || message === '' ? '' : `: ${decodeMessage(message)}`}`;

/** What `readMessages` lists. */
function writeMessages(json: JsonWriter, body: Uint8Array | null, framing: Framing): void {
  json.copyOf(MESSAGES);
  let count = 0;
  for (let at = 0; body !== null && at + PREFIX_BYTES <= body.length; ) {
    const flags = body[at] ?? 0;
    const size = lengthAt(body, at + 1);
    const start = at + PREFIX_BYTES;
    at = start + size;
    if (flags & TRAILERS) continue;
    count += 1;
    if (count > MAX_MESSAGES) continue;
    if (count > 1) json.raw(',');
    const isPlain = flags === 0 && framing.isProtobuf && at <= body.length;
    if (isPlain && writeMessage(json, body, { start, end: at })) continue;
    json.value(messageOf(body.subarray(start, at), { size, flags }, framing));
  }
  json.copyOf(COUNT);
  json.number(count);
}

function writeMessage(json: JsonWriter, body: Uint8Array, range: Readonly<Record<'start' | 'end', number>>): boolean {
  const before = json.length;
  json.copyOf(SIZE);
  json.number(range.end - range.start);
  json.copyOf(FIELDS);
  if (writeProtobuf(json, body, range)) {
    json.raw('}');
    return true;
  }
  json.length = before;
  return false;
}

const lengthAt = (bytes: Uint8Array, at: number): number =>
  (((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)) >>> 0;
