/** Published messages as JSON out of their bytes and of topics that are kept. What else there is, is rare, and described. */

import type { ProtocolId } from '@kubeshark/model';
import type { WrittenDescription } from '../../dissect/dissector.ts';
import { type JsonWriter, piece } from '../../json/json-writer.ts';
import { writePayload } from '../../json/written-values.ts';
import type { CallFacts } from './call.ts';
import { reasonOf } from './codes.ts';
import { errorTextOf, MAX_SUMMARY, mimeOf, summaryOf, traceIdIn } from './describe.ts';
import type { Topic } from './topic.ts';

const MQTT: readonly ProtocolId[] = ['mqtt'];
const METHOD = 'PUBLISH';

const SIZE = piece('{"size":');
const RETRIES = piece(',"retries":');
const HEADERS = piece(',"headers":');
const BODY = piece(',"body":');
const STATUS = piece(',"status":');
const PACKETS = piece(',"packets":["');
const PUBACK = piece(',"packets":["PUBACK"]');
const SUMMARY = piece('"PUBLISH ');
const DATA = piece(',"mqtt":{"type":"PUBLISH","topic":');
const QOS = piece(',"qos":');
const RETAINED = piece(',"retain":true');
const NOT_RETAINED = piece(',"retain":false');
const PACKET_ID = piece(',"packetId":');
const PROPERTIES = piece(',"properties":');
const REASON = piece(',"reason":');
const ACK_MILLIS = piece(',"ackMillis":');

const isEmpty = (object: object): boolean => {
  for (const _ in object) return false;
  return true;
};

/** One object, which is given call after call. */
export class WrittenMqtt implements WrittenDescription {
  readonly protocols = MQTT;
  readonly method = METHOD;
  endpoint = '';
  errorText: string | undefined;
  traceId: string | undefined;
  private call: CallFacts | null = null;
  private topic: Topic | null = null;

  /** The call to be written next; null when it has to be described. */
  of(call: CallFacts): this | null {
    const { topic, answer, codes, properties, qos } = call;
    if (topic === undefined || qos === undefined || codes.length > 1) return null;
    if (answer !== undefined && !(isEmpty(answer.headers) && isEmpty(answer.values))) return null;
    this.call = call;
    this.topic = topic;
    this.endpoint = topic.published;
    this.errorText = call.error ? errorTextOf(call) : undefined;
    this.traceId = properties === undefined ? undefined : traceIdIn(properties);
    return this;
  }

  writeSummary(json: JsonWriter): void {
    const { call, topic } = this;
    if (call === null || topic === null) return;
    const isPlain = METHOD.length + 1 + topic.text.length <= MAX_SUMMARY && /\S$/.test(topic.text);
    if (!isPlain) return json.text(summaryOf(call));
    json.copyOf(SUMMARY);
    json.copyOf(topic.summary);
    json.raw('"');
  }

  writeRequest(json: JsonWriter): void {
    if (this.call?.side !== 'client') return json.raw('null');
    writeOwn(json, this.call);
    json.raw('}');
  }

  writeResponse(json: JsonWriter): void {
    const { call } = this;
    if (call === null || (call.side === 'client' && call.answerStart === null)) return json.raw('null');
    if (call.side === 'server') writeOwn(json, call);
    else {
      json.copyOf(SIZE);
      json.number(call.answerSize);
    }
    json.copyOf(STATUS);
    json.number(call.status ?? 0);
    writePackets(json, call.packets);
    json.raw('}');
  }

  writeData(json: JsonWriter): void {
    const { call, topic } = this;
    if (call === null || topic === null) return;
    const { qos = 0, id = 0, client, properties, codes, side, answerEnd, end } = call;
    json.copyOf(DATA);
    json.copyOf(topic.data);
    json.copyOf(QOS);
    json.number(qos);
    json.copyOf(call.retain ? RETAINED : NOT_RETAINED);
    if (id > 0) {
      json.copyOf(PACKET_ID);
      json.number(id);
    }
    if (client !== undefined) json.copyOf(client.data);
    if (properties !== undefined && !isEmpty(properties.values)) {
      json.copyOf(PROPERTIES);
      json.value(properties.values);
    }
    const [code] = codes;
    const reason = code === undefined ? undefined : reasonOf(code, false);
    if (reason !== undefined) {
      json.copyOf(REASON);
      json.name(reason);
    }
    if (side === 'server' && answerEnd !== null) {
      json.copyOf(ACK_MILLIS);
      json.thousandths(Math.max(0, answerEnd - end));
    }
    json.raw('}');
  }
}

/** What the side that published said, without the closing brace. */
function writeOwn(json: JsonWriter, { size, retries, properties, payload, limit }: CallFacts): void {
  json.copyOf(SIZE);
  json.number(size);
  if (retries > 0) {
    json.copyOf(RETRIES);
    json.number(retries);
  }
  if (properties !== undefined && !isEmpty(properties.headers)) {
    json.copyOf(HEADERS);
    json.value(properties.headers);
  }
  if (payload.size === 0) return;
  json.copyOf(BODY);
  const mime = properties === undefined ? '' : mimeOf(properties);
  writePayload(json, payload.contentRange, { size: payload.size, isCut: payload.isCut, limit, mime });
}

function writePackets(json: JsonWriter, packets: readonly string[]): void {
  if (packets.length === 0) return;
  if (packets.length === 1 && packets[0] === 'PUBACK') return json.copyOf(PUBACK);
  json.copyOf(PACKETS);
  json.raw(packets.join('","'));
  json.raw('"]');
}
