/**
 * Published messages as JSON out of their bytes, of topics and of properties that are kept, in few pieces. What else there is, is
 * rare, and described.
 */

import type { ProtocolId } from '@kubeshark/model';
import type { WrittenDescription } from '../../dissect/dissector.ts';
import { writeLatency, writeMiddle } from '../../dissect/entry-json.ts';
import { type JsonWriter, piece } from '../../json/json-writer.ts';
import { writeBody, writeWholeBody } from '../../json/written-values.ts';
import { type CallFacts, PUBACK_ALONE } from './call.ts';
import { reasonOf } from './codes.ts';
import { errorTextOf } from './describe.ts';
import { none } from './properties.ts';
import { ACKNOWLEDGED, DELIVERED, OPEN, RECEIVED, type Topic, topicOf } from './topic.ts';

const MQTT: readonly ProtocolId[] = ['mqtt'];

const SIZE = piece('{"size":');
const RETRIES = piece(',"retries":');
const PACKETS = piece(',"packets":["');
const STATUS = piece(',"status":');
const REASON = piece(',"reason":');
const ACK_MILLIS = piece(',"ackMillis":');

/** What stands around a message of the usual kind: sent and acknowledged, sent with QoS 0, delivered. */
const SENT = piece(',"request":{"size":');
/** By size of the acknowledgement: a number, a reason, properties of which there are none. */
const ANSWERS: readonly (Uint8Array | undefined)[] = Array.from({ length: 7 }, (_, size) =>
  size < 4 ? undefined : piece(`},"response":{"size":${size},"status":0,"packets":["PUBACK"],"latency":`),
);
const PUSHED = piece(',"request":null,"response":{"size":');

/** One object, which is given call after call. */
export class WrittenMqtt implements WrittenDescription {
  readonly protocols = MQTT;
  readonly method = 'PUBLISH';
  errorText: string | undefined;
  traceId: string | undefined;
  private call: CallFacts | null = null;
  private topic: Topic = topicOf('');

  /** The call to be written next; null when it has to be described. */
  of(call: CallFacts): this | null {
    const { topic, answer, properties } = call;
    if (topic === undefined || call.codes.length > 1) return null;
    if (answer !== undefined && answer !== none && !answer.isEmpty) return null;
    this.call = call;
    this.topic = topic;
    this.errorText = call.error ? errorTextOf(call) : undefined;
    this.traceId = properties?.traceId;
    return this;
  }

  get endpoint(): string {
    return this.topic.published.endpoint;
  }

  writeSummary(json: JsonWriter): void {
    json.copyOf(this.topic.summary);
  }

  writeRequest(json: JsonWriter): void {
    if (this.call?.side !== 'client') return json.raw('null');
    json.copyOf(SIZE);
    writeOwn(json, this.call);
    json.raw('}');
  }

  writeResponse(json: JsonWriter): void {
    const { call } = this;
    if (call === null || (call.side === 'client' && call.answerStart === null)) return json.raw('null');
    json.copyOf(SIZE);
    if (call.side === 'server') writeOwn(json, call);
    else json.number(call.answerSize);
    json.copyOf(STATUS);
    json.number(call.status ?? 0);
    if (call.packets.length > 0) {
      json.copyOf(PACKETS);
      json.raw(call.packets.join('","'));
      json.raw('"]');
    }
    json.raw('}');
  }

  writeMiddle(json: JsonWriter): void {
    const { call, topic } = this;
    if (call === null) return;
    const { side, packets, answerSize } = call;
    const isAcknowledged = packets === PUBACK_ALONE;
    const answer = ANSWERS[answerSize];
    if (call.error || (packets.length > 0 && !isAcknowledged)) return writeMiddle(json, call, this);
    if (side === 'server') {
      json.copyOf(PUSHED);
      writeOwn(json, call);
      json.copyOf(topic.around(isAcknowledged ? RECEIVED : DELIVERED));
    } else if (!isAcknowledged) {
      json.copyOf(SENT);
      writeOwn(json, call);
      json.copyOf(topic.around(OPEN));
    } else if (answer === undefined) {
      writeMiddle(json, call, this);
    } else {
      json.copyOf(SENT);
      writeOwn(json, call);
      json.copyOf(answer);
      const start = json.length;
      writeLatency(json, call);
      const end = json.length;
      json.copyOf(topic.around(ACKNOWLEDGED));
      json.again(start, end);
    }
  }

  writeData(json: JsonWriter): void {
    const { call } = this;
    if (call === null) return;
    const { qos = 0, id = 0, client, properties = none, side, answerEnd, retain } = call;
    const isNumbered = id > 0;
    json.copyOf(this.topic.data({ qos, retain, isNumbered }));
    if (isNumbered) json.number(id);
    const code = call.codes[0] ?? 0;
    const isHeld = side === 'server' && answerEnd !== null;
    if (client !== undefined && properties === none && code === 0 && !isHeld) return json.copyOf(client.lastData);
    if (client !== undefined) json.copyOf(client.data);
    properties.writeValues(json);
    if (code > 0) writeReason(json, code);
    if (isHeld) {
      json.copyOf(ACK_MILLIS);
      json.thousandths(Math.max(0, answerEnd - call.end));
    }
    json.raw('}');
  }
}

/** What the side that published said: from its size on, without the closing brace. */
function writeOwn(json: JsonWriter, { size, retries, properties = none, payload, limit }: CallFacts): void {
  json.number(size);
  if (retries > 0) {
    json.copyOf(RETRIES);
    json.number(retries);
  }
  if (properties !== none) properties.writeHeaders(json);
  if (payload.size === 0) return;
  const { mime } = properties;
  if (mime === '' && !payload.isCut) {
    const { contentBytes: bytes, contentStart: start } = payload;
    return writeWholeBody(json, bytes, start, start + payload.size);
  }
  writeBody(json, payload.contentRange, { size: payload.size, isCut: payload.isCut, limit, mime });
}

function writeReason(json: JsonWriter, code: number): void {
  const reason = reasonOf(code);
  if (reason === undefined) return;
  json.copyOf(REASON);
  json.name(reason);
}
