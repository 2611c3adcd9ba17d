/**
 * Pairs packets with their acknowledgements, by packet identifier. A message of QoS 2 is one call from PUBLISH to PUBCOMP.
 * What the server publishes is acknowledged by the client in the same way.
 */

import type { CloseReason, Parsed, Session, SessionContext, Side, Span } from '../../dissect/dissector.ts';
import { Client } from './call.ts';
import { MqttCall } from './exchange.ts';
import {
  type AckFields,
  ackFields,
  connackFields,
  connectFields,
  MQTT_5,
  none,
  type Properties,
  propertiesAt,
  reasonFields,
  topicAckFields,
  topicsFields,
} from './fields.ts';
import { type Topic, topicAt, topicOf } from './topic.ts';
import { Waiting } from './waiting.ts';
import * as wire from './wire.ts';

type Packet = wire.Packet;

/** Topic aliases remembered of each side; brokers allow ten to some hundred. */
const MAX_ALIASES = 1024;
const FIRST_ERROR = 0x80;

/** What acknowledges something, and by what packet. */
interface Acknowledgement extends AckFields {
  readonly type: number;
  readonly size: number;
}

/** A list for each code: most answers have one, and nearly always the same. */
const single: readonly (readonly number[])[] = Array.from({ length: 256 }, (_, code) => [code]);

const other = (side: Side): Side => (side === 'client' ? 'server' : 'client');

export class MqttSession implements Session<Packet> {
  readonly #context: SessionContext;
  #client: Client | undefined;
  /** 0 while nothing has told it: then packets are read as those of 3.1.1. */
  #version = 0;
  readonly #expected = { left: 0, end: 0 };
  /** A packet of which the rest is still to come: the call whose payload it is, if any. */
  readonly #open: Record<Side, { left: number; readonly call: MqttCall | undefined } | undefined> = {
    client: undefined,
    server: undefined,
  };
  readonly #waiting: Waiting;
  readonly #aliases: Record<Side, Map<number, Topic>> = { client: new Map(), server: new Map() };
  #connecting: MqttCall | undefined;
  #authenticating: MqttCall | undefined;
  readonly #pings: MqttCall[] = [];

  constructor(context: SessionContext) {
    this.#context = context;
    this.#waiting = new Waiting(context, (call) => this.#emit(call));
  }

  read(side: Side, bytes: Uint8Array, offset: number, end = bytes.length): Parsed<Packet> {
    this.#expected.left = this.#open[side]?.left ?? 0;
    this.#expected.end = end;
    return wire.readPacket(side, bytes, offset, this.#expected);
  }

  /** What was borrowed of the chunk goes away. */
  settle(): void {
    this.#open.client?.call?.keep();
    this.#open.server?.call?.keep();
    this.#waiting.keep();
  }

  message(side: Side, packet: Packet, span: Span): void {
    if (packet.kind === 'rest') return this.#rest(side, packet, span);
    const { type, left } = packet;
    if (left > 0 && type !== wire.PUBLISH) this.#open[side] = { left, call: undefined };
    if (type === wire.PUBLISH) return this.#publish(side, packet, span);
    if (wire.isPlainAck(packet)) return this.#acknowledgePlain(side, packet, span);
    const body = packet.bytes.subarray(packet.start, packet.end);
    switch (type) {
      case wire.CONNECT:
        return this.#connect(body, packet.size, span);
      case wire.CONNACK:
        return this.#connack(body, packet.size, span);
      case wire.SUBSCRIBE:
      case wire.UNSUBSCRIBE:
        return this.#topics(type, body, packet.size, span);
      case wire.SUBACK:
      case wire.UNSUBACK:
        return this.#acknowledge(side, { ...topicAckFields(body, this.#version), type, size: packet.size }, span);
      case wire.PUBACK:
      case wire.PUBREC:
      case wire.PUBREL:
      case wire.PUBCOMP:
        return this.#acknowledge(side, { ...ackFields(body), type, size: packet.size }, span);
      case wire.PINGREQ: {
        const call = this.#begin(type, 'client', packet.size, span);
        if (this.#pings.length >= this.#context.limits.maxPending) this.#emit(this.#pings.shift());
        this.#pings.push(call);
        return;
      }
      case wire.PINGRESP:
        return this.#answer(this.#pings.shift(), type, packet.size, span);
      case wire.AUTH:
        return this.#auth(side, body, packet.size, span);
      default: {
        const { code, properties } = reasonFields(body);
        const call = this.#begin(type, side, packet.size, span);
        this.#explain(call, [code], properties);
        return this.#emit(call);
      }
    }
  }

  gap(side: Side, length: number): 'absorbed' | 'lost' {
    const open = this.#open[side];
    if (open !== undefined && length < open.left) {
      open.left -= length;
      if (open.call !== undefined) open.call.gap += length;
      open.call?.payload.skip(length);
      return 'absorbed';
    }
    if (open?.call !== undefined) {
      open.call.gap += length;
      open.call.isCut = true;
      this.#published(side, open.call);
    }
    this.#open[side] = undefined;
    // Which acknowledgements are missing is not known: what waits leaves as it is.
    this.#flush(undefined);
    return 'lost';
  }

  resync(side: Side, bytes: Uint8Array, offset: number): number {
    for (let at = offset; at < bytes.length; at++) if (wire.isPacketBoundary(bytes, at, side)) return at;
    return -1;
  }

  close(_at: number, reason: CloseReason): void {
    for (const side of ['client', 'server'] as const) {
      const call = this.#open[side]?.call;
      if (call === undefined) continue;
      call.isCut = true;
      this.#emit(call);
    }
    const isFailure = reason === 'fin' || reason === 'reset' || reason === 'timeout';
    this.#flush(isFailure ? 'the connection ended before the answer' : undefined);
  }

  #begin(type: number, side: Side, size: number, span: Span): MqttCall {
    const call = MqttCall.open(type, side, span, this.#context.limits.maxBodyBytes);
    call.client = this.#client;
    call.size = size;
    return call;
  }

  /** Gives a call away, after which it is another's. */
  #emit(call: MqttCall | undefined): void {
    if (call === undefined) return;
    call.finish();
    this.#context.emit(call);
    call.release();
  }

  #explain(call: MqttCall, codes: readonly number[], properties: Properties): void {
    call.codes = codes;
    if (call.side === 'server') call.properties ??= properties;
    else call.answer = properties;
  }

  /** The other side's packet, the last of a call. */
  #answer(call: MqttCall | undefined, type: number, size: number, span: Span): void {
    if (call === undefined) return;
    this.#grow(call, type, size, span);
    this.#emit(call);
  }

  #grow(call: MqttCall, type: number, size: number, span: Span): void {
    call.answerStart ??= span.first;
    call.answerEnd = span.last;
    call.answerSize += size;
    call.packets.push(wire.packetNames[type] ?? '');
  }

  #rest(side: Side, packet: Packet, span: Span): void {
    const open = this.#open[side];
    if (open === undefined) return;
    open.left = packet.left;
    const { call } = open;
    if (call !== undefined) {
      call.payload.append(packet.bytes, { start: packet.start, end: packet.end, isBorrowed: this.#borrows() });
      call.size += packet.size;
      call.end = span.last;
    }
    if (packet.left > 0) return;
    this.#open[side] = undefined;
    if (call !== undefined) this.#published(side, call);
  }

  #connect(body: Uint8Array, size: number, span: Span): void {
    const { version, clientId, user, keepAlive, cleanStart, will, properties } = connectFields(body);
    this.#version = version;
    this.#client = new Client(clientId, user, version);
    this.#emit(this.#connecting);
    const call = this.#begin(wire.CONNECT, 'client', size, span);
    call.properties = properties;
    call.facts = { keepAlive, cleanStart, ...(will !== undefined && { will }) };
    this.#connecting = call;
  }

  #connack(body: Uint8Array, size: number, span: Span): void {
    const { sessionPresent, code, properties } = connackFields(body);
    if (body.length > 2) this.#version = MQTT_5;
    const call = this.#connecting ?? this.#begin(wire.CONNACK, 'server', size, span);
    this.#connecting = undefined;
    const assigned = properties.values['assignedClientIdentifier'];
    if (typeof assigned === 'string' && this.#client?.clientId === '')
      this.#client = new Client(assigned, this.#client.user, this.#client.version);
    this.#explain(call, [code], properties);
    call.facts = { ...call.facts, sessionPresent };
    if (call.side === 'client') this.#answer(call, wire.CONNACK, size, span);
    else this.#emit(call);
  }

  #publish(side: Side, packet: Packet, span: Span): void {
    const { bytes, start, end, flags, left } = packet;
    const qos = (flags >> 1) & 3;
    const topicEnd = start + 2 + (((bytes[start] ?? 0) << 8) | (bytes[start + 1] ?? 0));
    const idEnd = qos > 0 ? topicEnd + 2 : topicEnd;
    // A packet without room for its topic has none.
    const isWhole = idEnd <= end;
    const id = isWhole && qos > 0 ? ((bytes[topicEnd] ?? 0) << 8) | (bytes[topicEnd + 1] ?? 0) : 0;
    const { properties, payload } = propertiesAt(bytes, isWhole ? idEnd : end, end, this.#version);
    const waiting = qos > 0 ? this.#waiting.of(side, id) : undefined;
    if ((flags & 8) !== 0 && waiting?.type === wire.PUBLISH) {
      waiting.retries++;
      waiting.size += packet.size;
      if (left > 0) this.#open[side] = { left, call: undefined };
      return;
    }
    const call = this.#begin(wire.PUBLISH, side, packet.size, span);
    const topic = topicEnd <= end ? topicAt(bytes, start + 2, topicEnd) : topicOf('');
    call.topic = this.#topicOf(side, topic, properties);
    call.topics = call.topic.list;
    call.qos = qos;
    call.id = id;
    call.retain = (flags & 1) !== 0;
    call.properties = properties;
    call.payload.begin(this.#context.limits.maxBodyBytes);
    call.payload.append(bytes, { start: payload, end, isBorrowed: this.#borrows() });
    if (left > 0) this.#open[side] = { left, call };
    else this.#published(side, call);
  }

  #borrows(): boolean {
    return this.#context.borrow?.() ?? false;
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
  #published(side: Side, call: MqttCall): void {
    if (call.qos === 0 || call.qos === undefined) return this.#emit(call);
    this.#waiting.add(side, call);
  }

  #topics(type: number, body: Uint8Array, size: number, span: Span): void {
    const hasOptions = type === wire.SUBSCRIBE;
    let fields = topicsFields(body, this.#version, hasOptions);
    if (this.#version === 0 && !fields.fits) {
      // Only version 5 has properties before the topics.
      const newer = topicsFields(body, MQTT_5, hasOptions);
      if (newer.fits) {
        this.#version = MQTT_5;
        fields = newer;
      }
    }
    const call = this.#begin(type, 'client', size, span);
    call.topics = fields.topics;
    call.id = fields.id;
    call.properties = fields.properties;
    if (hasOptions && fields.qos.length > 0) call.qos = Math.max(...fields.qos);
    this.#waiting.add('client', call);
  }

  /** Nearly all: a number, and a code unless all is well. */
  #acknowledgePlain(side: Side, { type, bytes, start, end, size }: Packet, span: Span): void {
    const id = ((bytes[start] ?? 0) << 8) | (bytes[start + 1] ?? 0);
    const codes = end - start > 2 ? (single[bytes[start + 2] ?? 0] ?? []) : [];
    this.#acknowledge(side, { type, id, codes, properties: none, size }, span);
  }

  #acknowledge(side: Side, { type, id, codes, properties, size }: Acknowledgement, span: Span): void {
    // PUBREL is the sender's own second step; all others come from who received the message.
    const sender = type === wire.PUBREL ? side : other(side);
    const call = this.#waiting.of(sender, id);
    if (call === undefined) {
      const alone = this.#begin(type, side, size, span);
      alone.id = id;
      this.#explain(alone, codes, properties);
      return this.#emit(alone);
    }
    if (type === wire.PUBREL) {
      call.packets.push('PUBREL');
      call.size += size;
      this.#waiting.grow(size);
      return;
    }
    this.#grow(call, type, size, span);
    const failed = codes.some((code) => code >= FIRST_ERROR);
    if (codes.length > 0 && (failed || call.codes.length === 0)) this.#explain(call, codes, properties);
    // The receiver has the message; the sender's PUBREL and the last PUBCOMP follow, unless it was refused.
    if (type === wire.PUBREC && !failed) return;
    this.#waiting.leave(sender, id, call);
  }

  /** Enhanced authentication (§4.12): steps of a CONNECT, or of their own while connected. The data is never kept. */
  #auth(side: Side, body: Uint8Array, size: number, span: Span): void {
    const { code, properties } = reasonFields(body);
    const running = this.#connecting ?? this.#authenticating;
    if (running === undefined) {
      const call = this.#begin(wire.AUTH, side, size, span);
      call.properties = properties;
      call.codes = [code];
      if (side === 'server') return this.#emit(call);
      this.#authenticating = call;
      return;
    }
    if (side === 'client') {
      running.size += size;
      running.packets.push('AUTH');
      return;
    }
    this.#grow(running, wire.AUTH, size, span);
    if (running !== this.#authenticating || code === 0x18) return;
    this.#authenticating = undefined;
    this.#explain(running, [code], properties);
    this.#emit(running);
  }

  #flush(failure: string | undefined): void {
    const waiting = [
      ...(this.#connecting === undefined ? [] : [this.#connecting]),
      ...(this.#authenticating === undefined ? [] : [this.#authenticating]),
      ...this.#pings.splice(0),
      ...this.#waiting.takeAll(),
    ];
    this.#connecting = undefined;
    this.#authenticating = undefined;
    for (const call of waiting) {
      // A message that the other side has taken is not lost when only the last steps of QoS 2 are missing.
      if (call.type !== wire.PUBLISH || call.answerStart === null) call.failure = failure;
      this.#emit(call);
    }
  }
}
