/**
 * The commonest calls as JSON out of their bytes and of names that are kept: messages published and delivered, and what
 * settles them. Others are described.
 */

import type { ProtocolId } from '@kubeshark/model';
import type { WrittenDescription } from '../../dissect/dissector.ts';
import { type JsonWriter, piece } from '../../json/json-writer.ts';
import { writePayload, writeUtf8 } from '../../json/written-values.ts';
import type { CallFacts } from './call.ts';
import { endpointOf, errorTextOf, MAX_SUMMARY, summaryOf } from './describe.ts';
import type { Half } from './half.ts';
import { contentProperties } from './method.ts';
import { CONTENT_ENCODING, CONTENT_TYPE, HEADERS, keptHeaders, mimes, PropertyPlaces, packings } from './properties.ts';

const RABBITMQ: readonly ProtocolId[] = ['rabbitmq'];

/** Characters between the names in a summary at most: `up to`, a number, spaces. */
const MAX_LINK = 28;

const SIZE = piece('{"size":');
const HEADERS_KEY = piece(',"headers":');
const BODY = piece(',"body":');
const STATUS = piece(',"status":');
const METHOD = piece(',"method":"');
const DATA = piece(',"rabbitmq":{"method":"');
const CHANNEL = piece('","channel":');
const COMMA = piece(',');
const CONSUMER_TAG = piece(',"consumerTag":');
const DELIVERY_TAG = piece(',"deliveryTag":');
const REDELIVERED = piece(',"redelivered":true');
const NOT_REDELIVERED = piece(',"redelivered":false');
const QUEUE = piece(',"queue":"');
const QUOTE = piece('"');
const PROPERTIES = piece(',"properties":');
const HELD_MILLIS = piece(',"heldMillis":');
const ARROW = piece(' ← ');
const propertyKeys = contentProperties.map(({ name }) => piece(`${JSON.stringify(name)}:`));

/** One object, which is given call after call. */
export class WrittenRabbit implements WrittenDescription {
  readonly protocols = RABBITMQ;
  method = '';
  endpoint = '';
  errorText: string | undefined;
  traceId: string | undefined;
  private call: CallFacts | null = null;
  private readonly properties = new PropertyPlaces();

  /** The call to be written next; null when it has to be described. */
  of(call: CallFacts): this | null {
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
    if (message.hasMessage) {
      const { properties } = this;
      if (!properties.read(message.propertyBlock, message.propertyStart, message.propertyEnd)) return null;
      if (properties.known(CONTENT_ENCODING, packings) === true) return null;
      this.traceId = properties.known(HEADERS, keptHeaders)?.traceId;
    }
    this.call = call;
    this.method = message.name;
    this.endpoint = call.usualEndpoint ?? endpointOf(call);
    this.errorText = call.error ? errorTextOf(call) : undefined;
    return this;
  }

  writeSummary(json: JsonWriter): void {
    const { call } = this;
    const message = call?.request ?? call?.response;
    if (call === null || message === undefined) return;
    const { delivery } = call;
    const { route } = message;
    const consumer = call.consumer ?? delivery?.consumer;
    const queue = consumer?.queue ?? '';
    const target = message.usual === 'settle' ? queue : (route?.text ?? '');
    const isShort = this.method.length + queue.length + target.length + MAX_LINK <= MAX_SUMMARY;
    // Spaces at the end are not shown.
    if (!isShort || !/\S$/.test(target)) return json.text(summaryOf(call));
    json.raw('"');
    json.raw(this.method);
    json.raw(' ');
    if (message.usual === 'settle') {
      if (message.isMultiple) json.raw('up to ');
      json.number(message.tag);
      json.raw(' ');
    }
    if (queue !== '' && consumer !== undefined) json.copyOf(consumer.queueText);
    if (queue !== '' && route !== undefined) json.copyOf(ARROW);
    if (route !== undefined) json.copyOf(route.summary);
    json.raw('"');
  }

  writeRequest(json: JsonWriter): void {
    const request = this.call?.request;
    if (request === undefined) return json.raw('null');
    this.writeMessage(json, request);
    json.copyOf(METHOD);
    json.raw(request.name);
    json.raw('"}');
  }

  writeResponse(json: JsonWriter): void {
    const { call } = this;
    const response = call?.response;
    if (call === null || response === undefined) return json.raw('null');
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
    const { call, properties } = this;
    json.copyOf(SIZE);
    json.number(half.size);
    if (!half.hasMessage || call === null) return;
    const headers = properties.known(HEADERS, keptHeaders)?.json;
    if (headers !== undefined) {
      json.copyOf(HEADERS_KEY);
      json.copyOf(headers);
    }
    const size = Math.max(half.announced, half.bodySize);
    if (size === 0) return;
    json.copyOf(BODY);
    const isCut = half.isCut || half.bodySize < half.announced;
    const mime = properties.known(CONTENT_TYPE, mimes) ?? '';
    writePayload(json, half.contentRange, { size, isCut, limit: call.limit, mime });
  }

  writeData(json: JsonWriter): void {
    const { call } = this;
    const message = call?.request ?? call?.response;
    if (call === null || message === undefined) return;
    json.copyOf(DATA);
    json.raw(message.name);
    json.copyOf(CHANNEL);
    json.number(call.channel);
    json.copyOf(call.peer.data);
    this.writePlace(json, call, message);
    if (message.hasMessage) this.writeProperties(json);
    if (call.delivery !== undefined) {
      json.copyOf(HELD_MILLIS);
      json.thousandths(Math.max(0, message.start - call.delivery.at));
    }
    if (call.request !== undefined) writeBits(json, message);
    json.raw('}');
  }

  /** Where the message went, or came from. */
  private writePlace(json: JsonWriter, call: CallFacts, message: Half): void {
    const { delivery } = call;
    const isDelivery = message.usual === 'deliver';
    const route = message.route ?? delivery?.route;
    if (route !== undefined) {
      json.copyOf(COMMA);
      json.copyOf(route.data);
    }
    const tag = message.usual === 'publish' ? call.tag : message.tag;
    if (isDelivery) {
      json.copyOf(CONSUMER_TAG);
      json.text(message.consumerTag);
    } else if (delivery?.consumer !== undefined) {
      json.copyOf(CONSUMER_TAG);
      json.copyOf(delivery.consumer.tagText);
    }
    if (tag > 0 || message.usual !== 'publish') {
      json.copyOf(DELIVERY_TAG);
      json.number(tag);
    }
    if (isDelivery || delivery !== undefined) {
      const isRedelivered = isDelivery ? (message.bits & 1) !== 0 : delivery?.isRedelivered === true;
      json.copyOf(isRedelivered ? REDELIVERED : NOT_REDELIVERED);
    }
    const consumer = isDelivery ? call.consumer : delivery?.consumer;
    if (consumer === undefined || consumer.queue === '') return;
    json.copyOf(QUEUE);
    json.copyOf(consumer.queueText);
    json.copyOf(QUOTE);
  }

  /** All but the headers, which stand beside the body. */
  private writeProperties(json: JsonWriter): void {
    const { properties } = this;
    const { bytes, starts, ends } = properties;
    if (properties.count === (properties.has(HEADERS) ? 1 : 0)) return;
    json.copyOf(PROPERTIES);
    let separator = '{';
    for (const [number, { type }] of contentProperties.entries()) {
      const start = starts[number] ?? -1;
      if (start < 0 || number === HEADERS) continue;
      json.raw(separator);
      separator = ',';
      const key = propertyKeys[number];
      if (key !== undefined) json.copyOf(key);
      if (type === 'shortstr') writeUtf8(json, bytes, start, ends[number] ?? start);
      else if (type === 'octet') json.number(bytes[start] ?? 0);
      // Times are rare.
      else json.isRefused = true;
    }
    json.raw('}');
  }
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
