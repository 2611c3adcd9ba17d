/**
 * The commonest calls as JSON out of their bytes and of names that are kept: messages published and delivered, and what
 * settles them. Others are described.
 */

import type { ProtocolId } from '@kubeshark/model';
import { isTextual } from '../../decode/text.ts';
import type { WrittenDescription } from '../../dissect/dissector.ts';
import { writeFineEnd, writeMiddle, writeNames } from '../../dissect/entry-json.ts';
import { type JsonWriter, piece } from '../../json/json-writer.ts';
import { writeBody } from '../../json/written-values.ts';
import type { CallFacts, Delivery } from './call.ts';
import { errorTextOf, MAX_SUMMARY, summaryOf } from './describe.ts';
import type { Half } from './half.ts';
import type { Consumer } from './names.ts';
import {
  CONTENT_ENCODING,
  CONTENT_TYPE,
  HEADERS,
  type KeptHeaders,
  keptHeaders,
  mimes,
  NO_MIME,
  PropertyPlaces,
  packings,
} from './properties.ts';
import { writeProperties } from './written-properties.ts';

const RABBITMQ: readonly ProtocolId[] = ['rabbitmq'];

/** Characters between the names in a summary at most: `up to`, a number, spaces. */
const MAX_LINK = 28;

const REQUEST = piece(',"request":{"size":');
const RESPONSE = piece(',"request":null,"response":{"size":');
const ANSWER = piece('"},"response":{"size":');
const NO_ANSWER = piece('"},"response":null');
const SIZE = piece('{"size":');
const HEADERS_KEY = piece(',"headers":');
const BODY_SIZE = piece(',"body":{"size":');
const STATUS = piece(',"status":');
const METHOD = piece(',"method":"');
const ANSWERED = piece(',"status":0,"method":"');
const FINE_RESPONSE = piece(',"status":0,"error":false,"latency":null');
const FINE_REQUEST = piece(',"status":null,"error":false,"latency":null');
const CONSUMER_TAG = piece(',"consumerTag":');
const DELIVERY_TAG = piece(',"deliveryTag":');
const REDELIVERED = piece(',"redelivered":true');
const NOT_REDELIVERED = piece(',"redelivered":false');
const HELD_MILLIS = piece(',"heldMillis":');
const PUBLISHED = piece('"basic.publish ');
const DELIVERED = piece('"basic.deliver ');

interface UsualCall extends CallFacts {
  endpoint(): string;
}

/** One object, which is given call after call. */
export class WrittenRabbit implements WrittenDescription {
  readonly protocols = RABBITMQ;
  method = '';
  errorText: string | undefined;
  traceId: string | undefined;
  private call: UsualCall | null = null;
  private readonly properties = new PropertyPlaces();
  private headers: KeptHeaders | undefined;

  get endpoint(): string {
    return this.call?.endpoint() ?? '';
  }

  /** The call to be written next; null when it has to be described. */
  of(call: UsualCall): this | null {
    const { request, response, delivery } = call;
    if (call.returned !== undefined || call.login !== undefined || call.answer !== undefined) return null;
    const isUsual =
      request === undefined
        ? response?.usual === 'deliver'
        : request.usual === 'publish' || (request.usual === 'settle' && response === undefined);
    const isAnswered = response === undefined || response.usual === 'settle' || response.usual === 'deliver';
    const message = request ?? response;
    if (!isUsual || !isAnswered || message === undefined || delivery?.fields !== undefined) return null;
    this.traceId = undefined;
    this.headers = undefined;
    if (message.hasMessage) {
      const { properties } = this;
      if (!properties.read(message.propertyBlock, message.propertyStart, message.propertyEnd)) return null;
      if (properties.known(CONTENT_ENCODING, packings) === true) return null;
      this.headers = properties.known(HEADERS, keptHeaders);
      this.traceId = this.headers?.traceId;
    }
    this.call = call;
    this.method = message.name;
    this.errorText = call.error ? errorTextOf(call) : undefined;
    return this;
  }

  writeSummary(json: JsonWriter): void {
    const { call } = this;
    const message = call?.request ?? call?.response;
    if (call === null || message === undefined) return;
    const { route } = message;
    const consumer = call.consumer ?? call.delivery?.consumer;
    const length = (route?.text.length ?? 0) + (consumer?.queue.length ?? 0) + this.method.length;
    const target = route ?? consumer;
    if (target?.endsVisibly !== true || length + MAX_LINK > MAX_SUMMARY) return json.text(summaryOf(call));
    if (route !== undefined) {
      json.copyOf(message.usual === 'publish' ? PUBLISHED : (consumer?.pieces.delivered ?? DELIVERED));
      return json.copyOf(route.summary);
    }
    if (consumer === undefined) return;
    json.raw('"');
    json.raw(this.method);
    json.raw(message.isMultiple ? ' up to ' : ' ');
    json.number(message.tag);
    json.copyOf(consumer.pieces.settled);
  }

  writeMiddle(json: JsonWriter): void {
    const { call } = this;
    const message = call?.request ?? call?.response;
    if (call === null || message === undefined) return;
    if (call.error) return writeMiddle(json, call, this);
    if (call.request === undefined) this.writeDelivered(json, call, message);
    else this.writeAsked(json, call, message);
  }

  /** What the server says by itself. */
  private writeDelivered(json: JsonWriter, call: UsualCall, response: Half): void {
    json.copyOf(RESPONSE);
    this.writeMessage(json, response);
    json.copyOf(ANSWERED);
    json.raw(response.name);
    json.raw('"}');
    writeNames(json, call, this);
    this.writeSummary(json);
    json.copyOf(FINE_RESPONSE);
  }

  /** What the client says, with its confirm if there is one. */
  private writeAsked(json: JsonWriter, call: UsualCall, request: Half): void {
    const { response } = call;
    json.copyOf(REQUEST);
    this.writeMessage(json, request);
    json.copyOf(METHOD);
    json.raw(request.name);
    if (response === undefined) {
      json.copyOf(NO_ANSWER);
      writeNames(json, call, this);
      this.writeSummary(json);
      return json.copyOf(FINE_REQUEST);
    }
    json.copyOf(ANSWER);
    json.number(response.size);
    json.copyOf(ANSWERED);
    json.raw(response.name);
    json.raw('"');
    writeBits(json, response);
    writeFineEnd(json, call, this);
  }

  writeRequest(json: JsonWriter): void {
    const request = this.call?.request;
    if (request === undefined) return json.raw('null');
    json.copyOf(SIZE);
    this.writeMessage(json, request);
    json.copyOf(METHOD);
    json.raw(request.name);
    json.raw('"}');
  }

  writeResponse(json: JsonWriter): void {
    const { call } = this;
    const response = call?.response;
    if (call === null || response === undefined) return json.raw('null');
    json.copyOf(SIZE);
    this.writeMessage(json, response);
    json.copyOf(STATUS);
    json.value(call.status);
    json.copyOf(METHOD);
    json.raw(response.name);
    json.raw('"');
    if (call.request !== undefined) writeBits(json, response);
    json.raw('}');
  }

  /** Size, headers and body, without the closing brace. */
  private writeMessage(json: JsonWriter, half: Half): void {
    json.number(half.size);
    if (!half.hasMessage) return;
    const headers = this.headers?.json;
    if (headers !== undefined) {
      json.copyOf(HEADERS_KEY);
      json.copyOf(headers);
    }
    const size = Math.max(half.announced, half.bodySize);
    if (size > 0) this.writeBody(json, half, size);
  }

  private writeBody(json: JsonWriter, half: Half, size: number): void {
    const { mime, opening } = this.properties.known(CONTENT_TYPE, mimes) ?? NO_MIME;
    const { bytes, from, to } = half.contentRange;
    const limit = this.call?.limit ?? 0;
    const isCut = half.isCut || half.bodySize < half.announced || to - from > limit;
    const start = json.length;
    if (!isCut) {
      json.copyOf(BODY_SIZE);
      json.number(size);
      json.copyOf(opening);
      if (json.plainText(bytes, from, to, isTextual(mime))) return json.raw('}');
      json.length = start;
    }
    writeBody(json, half.contentRange, { size, isCut, limit, mime });
  }

  writeData(json: JsonWriter): void {
    const { call } = this;
    const message = call?.request ?? call?.response;
    if (call === null || message === undefined) return;
    const { delivery } = call;
    if (message.method !== undefined) json.copyOf(call.peer.opening(message.method, call.channel));
    const route = message.route ?? delivery?.route;
    if (route !== undefined) json.copyOf(route.members);
    if (message.usual === 'publish') {
      if (call.tag > 0) writeNumber(json, DELIVERY_TAG, call.tag);
    } else if (message.usual === 'settle') this.writeSettled(json, message, delivery);
    else this.writeDelivery(json, message, call.consumer);
    if (message.hasMessage) writeProperties(json, this.properties);
    if (delivery !== undefined) {
      json.copyOf(HELD_MILLIS);
      json.thousandths(Math.max(0, message.start - delivery.at));
    }
    if (call.request !== undefined) writeBits(json, message);
    json.raw('}');
  }

  /** A delivery of today: who gets it. */
  private writeDelivery(json: JsonWriter, message: Half, consumer: Consumer | undefined): void {
    const isAgain = (message.bits & 1) !== 0;
    if (consumer !== undefined) return writePlace(json, consumer, message.tag, isAgain);
    json.copyOf(CONSUMER_TAG);
    json.text(message.consumerTag);
    writeNumber(json, DELIVERY_TAG, message.tag);
    json.copyOf(isAgain ? REDELIVERED : NOT_REDELIVERED);
  }

  /** A delivery of before, where it is remembered: who got it. */
  private writeSettled(json: JsonWriter, message: Half, delivery: Delivery | undefined): void {
    const consumer = delivery?.consumer;
    if (consumer !== undefined) return writePlace(json, consumer, message.tag, delivery?.isRedelivered === true);
    writeNumber(json, DELIVERY_TAG, message.tag);
    if (delivery !== undefined) json.copyOf(delivery.isRedelivered ? REDELIVERED : NOT_REDELIVERED);
  }
}

/** A consumer with one of its deliveries. */
function writePlace(json: JsonWriter, { pieces }: Consumer, tag: number, isAgain: boolean): void {
  json.copyOf(pieces.tag);
  json.number(tag);
  json.copyOf(isAgain ? pieces.again : pieces.first);
}

function writeNumber(json: JsonWriter, key: Uint8Array, value: number): void {
  json.copyOf(key);
  json.number(value);
}

/** The bits that are set, as arguments. */
function writeBits(json: JsonWriter, { usual, name, bits }: Half): void {
  const [first, second] =
    usual === 'publish' ? ['mandatory', 'immediate'] : name === 'basic.reject' ? ['requeue'] : ['multiple', 'requeue'];
  const isFirst = (bits & 1) !== 0;
  const isSecond = second !== undefined && name !== 'basic.ack' && (bits & 2) !== 0;
  if (!isFirst && !isSecond) return;
  json.raw(',"arguments":{');
  if (isFirst) json.raw(`"${first}":true`);
  if (isSecond) json.raw(`${isFirst ? ',' : ''}"${second}":true`);
  json.raw('}');
}
