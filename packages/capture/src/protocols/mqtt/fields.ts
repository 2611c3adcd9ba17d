/** Bodies of packets → values. Each function gives what was whole when the bytes end too early. */

import type { JsonObject } from '@kubeshark/model';
import { ByteReader } from '../../decode/byte-reader.ts';
import { bytesText, MQTT_5, none, type Properties, readProperties, text } from './properties.ts';

/** Topics of one subscription that are kept. */
export const MAX_TOPICS = 256;
export interface ConnectFields {
  readonly version: number;
  readonly clientId: string;
  readonly user: string | undefined;
  readonly keepAlive: number;
  readonly cleanStart: boolean;
  readonly will: JsonObject | undefined;
  readonly properties: Properties;
}

/** CONNECT (§3.1). A password is never looked at. */
export function connectFields(bytes: Uint8Array): ConnectFields {
  const reader = new ByteReader(bytes);
  reader.skip(reader.u16()); // the protocol's name
  // The highest bit is how some brokers tell that they are a bridge.
  const version = reader.u8() & 0x7f;
  const flags = reader.u8();
  const keepAlive = reader.u16();
  const properties = readProperties(reader, version);
  const clientId = text(reader);
  let will: JsonObject | undefined;
  if ((flags & 4) !== 0) {
    const willProperties = readProperties(reader, version).values;
    const topic = text(reader);
    const payload = bytesText(reader);
    const qos = (flags >> 3) & 3;
    will = { topic, payload, qos, retain: (flags & 32) !== 0, ...willProperties };
  }
  const user = (flags & 128) === 0 ? undefined : text(reader);
  return { version, clientId, user, keepAlive, cleanStart: (flags & 2) !== 0, will, properties };
}

export interface TopicsFields {
  readonly id: number;
  readonly topics: readonly string[];
  /** QoS asked for, of a SUBSCRIBE. */
  readonly qos: readonly number[];
  readonly properties: Properties;
  /** The body was read to its end: it is of this version. */
  readonly fits: boolean;
}

/** SUBSCRIBE and UNSUBSCRIBE (§3.8, §3.10). */
export function topicsFields(bytes: Uint8Array, version: number, hasOptions: boolean): TopicsFields {
  const reader = new ByteReader(bytes);
  const id = reader.u16();
  const properties = readProperties(reader, version);
  const topics: string[] = [];
  const qos: number[] = [];
  let fits = !reader.isShort && reader.left > 0;
  while (reader.left > 0 && topics.length < MAX_TOPICS) {
    const topic = text(reader);
    const options = hasOptions ? reader.u8() : 0;
    if (topic === '' || (options & 3) === 3) fits = false;
    if (reader.isShort) break;
    topics.push(topic);
    qos.push(options & 3);
  }
  return { id, topics, qos, properties, fits: fits && !reader.isShort };
}

export interface AckFields {
  readonly id: number;
  /** Reason codes; one, or one for each topic. */
  readonly codes: readonly number[];
  readonly properties: Properties;
}

/** PUBACK, PUBREC, PUBREL, PUBCOMP: a number, and in version 5 a reason unless all is well (§3.4). */
export function ackFields(bytes: Uint8Array): AckFields {
  const reader = new ByteReader(bytes);
  const id = reader.u16();
  const codes = reader.left > 0 ? [reader.u8()] : [];
  return { id, codes, properties: reader.left > 0 ? readProperties(reader, MQTT_5) : none };
}

/** SUBACK and UNSUBACK: a number and a code for each topic; version 3 has no codes in an UNSUBACK (§3.9, §3.11). */
export function topicAckFields(bytes: Uint8Array, version: number): AckFields {
  const reader = new ByteReader(bytes);
  const id = reader.u16();
  const properties = readProperties(reader, version);
  return { id, codes: [...reader.rest().subarray(0, MAX_TOPICS)], properties };
}

/** CONNACK: flags, a code, properties in version 5 (§3.2). */
export function connackFields(bytes: Uint8Array): {
  readonly sessionPresent: boolean;
  readonly code: number;
  readonly properties: Properties;
} {
  const reader = new ByteReader(bytes);
  const sessionPresent = (reader.u8() & 1) !== 0;
  const code = reader.u8();
  return { sessionPresent, code, properties: reader.left > 0 ? readProperties(reader, MQTT_5) : none };
}

/** DISCONNECT and AUTH of version 5: a code and properties; nothing at all means that all is well (§3.14, §3.15). */
export function reasonFields(bytes: Uint8Array): { readonly code: number; readonly properties: Properties } {
  const reader = new ByteReader(bytes);
  const code = reader.left > 0 ? reader.u8() : 0;
  return { code, properties: reader.left > 0 ? readProperties(reader, MQTT_5) : none };
}
