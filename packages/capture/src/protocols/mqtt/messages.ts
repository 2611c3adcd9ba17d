/**
 * Pairs messages and subscriptions with their acknowledgements, by packet identifier. A message of QoS 2 is one call from PUBLISH
 * to PUBCOMP. What the server publishes is acknowledged by the client in the same way.
 */

import type { Side, Span } from '../../dissect/dissector.ts';
import { u16 } from '../../packet/big-endian.ts';
import { FIRST_ERROR } from './codes.ts';
import type { MqttCall } from './exchange.ts';
import { type AckFields, topicsFields } from './fields.ts';
import type { Link } from './link.ts';
import { MQTT_5, none, type Properties, propertiesAt } from './properties.ts';
import { type Topic, topicAt, topicOf } from './topic.ts';
import { Waiting } from './waiting.ts';
import * as wire from './wire.ts';

/** Topic aliases remembered of each side; brokers allow ten to some hundred. */
export const MAX_ALIASES = 1024;
const DUPLICATE = 8;
const RETAIN = 1;

/** What acknowledges something, and by what packet. */
interface Acknowledgement extends AckFields {
  readonly type: number;
  readonly size: number;
}

const NO_CODES: readonly number[] = [];
/** A list for each code: most answers have one, and nearly always the same. */
const single: readonly (readonly number[])[] = Array.from({ length: 256 }, (_, code) => [code]);

/** What an acknowledgement says of a call, unless that is told already; true when it refuses. */
function explain(call: MqttCall, codes: readonly number[], properties: Properties): boolean {
  if (codes.length === 0) return false;
  const failed = codes.some((code) => code >= FIRST_ERROR);
  if (failed || call.codes.length === 0) call.explain(codes, properties);
  return failed;
}

export class Messages {
  readonly #link: Link;
  readonly #waiting: Waiting;
  readonly #aliases: Readonly<Record<Side, Map<number, Topic>>> = { client: new Map(), server: new Map() };

  constructor(link: Link) {
    this.#link = link;
    this.#waiting = new Waiting(link.context, (call) => link.emit(call));
  }

  /** The call that a PUBLISH begins; undefined when it is sent again. It is `published` once its payload is here. */
  publish(side: Side, packet: wire.Packet, span: Span): MqttCall | undefined {
    const { bytes, start, end, flags, size } = packet;
    const qos = (flags >> 1) & 3;
    const topicEnd = start + 2 + u16(bytes, start);
    const idEnd = qos > 0 ? topicEnd + 2 : topicEnd;
    // A packet without room for its topic has none.
    const isWhole = idEnd <= end;
    const id = isWhole && qos > 0 ? u16(bytes, topicEnd) : 0;
    if ((flags & DUPLICATE) !== 0 && qos > 0) {
      const waiting = this.#waiting.of(side, id);
      if (waiting?.type === wire.PUBLISH) {
        waiting.retries++;
        waiting.size += size;
        this.#waiting.grow(size);
        return undefined;
      }
    }
    const call = this.#link.begin(wire.PUBLISH, side, size, span);
    let payload = isWhole ? idEnd : end;
    call.properties = none;
    if (this.#link.version >= MQTT_5 && payload < end) {
      if (bytes[payload] === 0) payload++;
      else ({ properties: call.properties, payload } = propertiesAt(bytes, payload, end));
    }
    const topic = topicEnd <= end ? topicAt(bytes, start + 2, topicEnd) : topicOf('');
    call.topic = call.properties === none ? topic : this.#topicOf(side, topic, call.properties);
    call.topics = call.topic.list;
    call.qos = qos;
    call.id = id;
    call.retain = (flags & RETAIN) !== 0;
    if (this.#link.borrows()) call.payload.borrow(bytes, payload, end, call.limit);
    else {
      call.payload.begin(call.limit);
      call.payload.append(bytes, { start: payload, end });
    }
    return call;
  }

  /** Version 5 may give a topic once, with a number that stands for it from then on (§3.3.2.3.4). */
  #topicOf(side: Side, topic: Topic, { values }: Properties): Topic {
    const alias = values['topicAlias'];
    if (typeof alias !== 'number') return topic;
    const aliases = this.#aliases[side];
    if (topic.text === '') return aliases.get(alias) ?? topicOf(`alias ${alias}`);
    if (aliases.size < MAX_ALIASES || aliases.has(alias)) aliases.set(alias, topic);
    return topic;
  }

  /** A message is here whole: with QoS 0 nothing follows. */
  published(side: Side, call: MqttCall): void {
    if (call.qos === 0 || call.qos === undefined) this.#link.emit(call);
    else this.#waiting.add(side, call);
  }

  /** SUBSCRIBE and UNSUBSCRIBE. */
  subscribe(type: number, body: Uint8Array, size: number, span: Span): void {
    const link = this.#link;
    const hasOptions = type === wire.SUBSCRIBE;
    let fields = topicsFields(body, link.version, hasOptions);
    if (link.version === 0 && !fields.fits) {
      // Only version 5 has properties before the topics.
      const newer = topicsFields(body, MQTT_5, hasOptions);
      if (newer.fits) {
        link.version = MQTT_5;
        fields = newer;
      }
    }
    const call = link.begin(type, 'client', size, span);
    call.topics = fields.topics;
    call.id = fields.id;
    call.properties = fields.properties;
    if (hasOptions && fields.qos.length > 0) call.qos = Math.max(...fields.qos);
    this.#waiting.add('client', call);
  }

  /** Nearly all: a number, and a code unless all is well. */
  acknowledgePlain(side: Side, { type, bytes, start, end, size }: wire.Packet, span: Span): void {
    const id = u16(bytes, start);
    const codes = end - start > 2 ? (single[bytes[start + 2] ?? 0] ?? NO_CODES) : NO_CODES;
    const call = type === wire.PUBACK ? this.#waiting.take(side === 'client' ? 'server' : 'client', id) : undefined;
    if (call === undefined) return this.acknowledge(side, { type, id, codes, properties: none, size }, span);
    call.grow(type, size, span);
    explain(call, codes, none);
    this.#link.emit(call);
  }

  acknowledge(side: Side, { type, id, codes, properties, size }: Acknowledgement, span: Span): void {
    // PUBREL is the sender's own second step; all others come from who received the message.
    const sender = type === wire.PUBREL ? side : side === 'client' ? 'server' : 'client';
    const call = this.#waiting.of(sender, id);
    if (call === undefined) {
      const alone = this.#link.begin(type, side, size, span);
      alone.id = id;
      alone.explain(codes, properties);
      return this.#link.emit(alone);
    }
    if (type === wire.PUBREL) {
      call.more(type, size);
      this.#waiting.grow(size);
      return;
    }
    call.grow(type, size, span);
    const failed = explain(call, codes, properties);
    // The receiver has the message; the sender's PUBREL and the last PUBCOMP follow, unless it was refused.
    if (type === wire.PUBREC && !failed) return;
    this.#waiting.leave(sender, id);
  }

  /** What was borrowed of the chunk goes away. */
  keep(): void {
    this.#waiting.keep();
  }

  /** All that wait; nothing does any more. */
  takeAll(): MqttCall[] {
    return this.#waiting.takeAll();
  }
}
