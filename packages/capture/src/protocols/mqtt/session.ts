/**
 * Pairs packets with their acknowledgements, by packet identifier. A message of QoS 2 is one call from PUBLISH to PUBCOMP.
 * What the server publishes is acknowledged by the client in the same way.
 */

import type { CloseReason, Parsed, Session, SessionContext, Side, Span } from '../../dissect/dissector.ts';
import { BodyCollector } from '../../http/body.ts';
import { type Client, type MqttCall, MqttExchange, openCall } from './describe.ts';
import {
  type AckFields,
  ackFields,
  connackFields,
  connectFields,
  MQTT_5,
  type Properties,
  publishFields,
  reasonFields,
  topicAckFields,
  topicsFields,
} from './fields.ts';
import * as wire from './wire.ts';

type Packet = wire.Packet;

/** Topic aliases remembered of each side; brokers allow ten to some hundred. */
const MAX_ALIASES = 1024;
/** Payload bytes that wait for acknowledgements on one connection; above it the oldest leave without. */
export const MAX_WAITING_BYTES = 8 * 1024 * 1024;
const FIRST_ERROR = 0x80;

const other = (side: Side): Side => (side === 'client' ? 'server' : 'client');

export class MqttSession implements Session<Packet> {
  readonly #context: SessionContext;
  #client: Client | undefined;
  /** 0 while nothing has told it: then packets are read as those of 3.1.1. */
  #version = 0;
  /** A packet of which the rest is still to come: the call whose payload it is, if any. */
  readonly #open: Record<Side, { left: number; readonly call: MqttCall | undefined } | undefined> = {
    client: undefined,
    server: undefined,
  };
  /** Calls that a side began and that wait for the other, by packet identifier. */
  readonly #pending: Record<Side, Map<number, MqttCall>> = { client: new Map(), server: new Map() };
  readonly #aliases: Record<Side, Map<number, string>> = { client: new Map(), server: new Map() };
  #connecting: MqttCall | undefined;
  #authenticating: MqttCall | undefined;
  readonly #pings: MqttCall[] = [];
  #waitingBytes = 0;

  constructor(context: SessionContext) {
    this.#context = context;
  }

  read(side: Side, bytes: Uint8Array, offset: number): Parsed<Packet> {
    return wire.readPacket(side, bytes, offset, this.#open[side]?.left ?? 0);
  }

  message(side: Side, packet: Packet, span: Span): void {
    if (packet.kind === 'rest') return this.#rest(side, packet, span);
    const { type, left } = packet;
    if (left > 0 && type !== wire.PUBLISH) this.#open[side] = { left, call: undefined };
    const body = packet.bytes.subarray(packet.start, packet.end);
    switch (type) {
      case wire.CONNECT:
        return this.#connect(body, packet.size, span);
      case wire.CONNACK:
        return this.#connack(body, packet.size, span);
      case wire.PUBLISH:
        return this.#publish(side, packet, span);
      case wire.SUBSCRIBE:
      case wire.UNSUBSCRIBE:
        return this.#topics(type, body, packet.size, span);
      case wire.SUBACK:
      case wire.UNSUBACK:
        return this.#acknowledge(side, type, topicAckFields(body, this.#version), packet.size, span);
      case wire.PUBACK:
      case wire.PUBREC:
      case wire.PUBREL:
      case wire.PUBCOMP:
        return this.#acknowledge(side, type, ackFields(body), packet.size, span);
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
      open.call?.payload?.skip(length);
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
    const call = openCall(type, side, this.#client, span);
    call.size = size;
    return call;
  }

  #emit(call: MqttCall | undefined): void {
    if (call !== undefined) this.#context.emit(new MqttExchange(call, this.#context.limits.maxBodyBytes));
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
      call.payload?.append(packet.bytes, packet);
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
    this.#client = { version, clientId, user };
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
      this.#client = { ...this.#client, clientId: assigned };
    this.#explain(call, [code], properties);
    call.facts = { ...call.facts, sessionPresent };
    if (call.side === 'client') this.#answer(call, wire.CONNACK, size, span);
    else this.#emit(call);
  }

  #publish(side: Side, packet: Packet, span: Span): void {
    const { bytes, start, end, flags, left } = packet;
    const qos = (flags >> 1) & 3;
    const fields = publishFields(bytes, { start, end }, qos, this.#version);
    const waiting = qos > 0 ? this.#pending[side].get(fields.id) : undefined;
    if ((flags & 8) !== 0 && waiting?.type === wire.PUBLISH) {
      waiting.retries++;
      waiting.size += packet.size;
      if (left > 0) this.#open[side] = { left, call: undefined };
      return;
    }
    const call = this.#begin(wire.PUBLISH, side, packet.size, span);
    call.topics = [this.#topicOf(side, fields.topic, fields.properties)];
    call.qos = qos;
    call.id = fields.id;
    call.retain = (flags & 1) !== 0;
    call.properties = fields.properties;
    call.payload = new BodyCollector(this.#context.limits.maxBodyBytes);
    call.payload.append(bytes, { start: fields.payload, end });
    if (left > 0) this.#open[side] = { left, call };
    else this.#published(side, call);
  }

  /** Version 5 may give a topic once, with a number that stands for it from then on (§3.3.2.3.4). */
  #topicOf(side: Side, topic: string, { values }: Properties): string {
    const alias = values['topicAlias'];
    if (typeof alias !== 'number') return topic;
    const aliases = this.#aliases[side];
    if (topic === '') return aliases.get(alias) ?? `alias ${alias}`;
    if (aliases.size < MAX_ALIASES || aliases.has(alias)) aliases.set(alias, topic);
    return topic;
  }

  /** A message is here whole: with QoS 0 nothing follows. */
  #published(side: Side, call: MqttCall): void {
    if (call.qos === 0 || call.qos === undefined) return this.#emit(call);
    this.#await(side, call);
  }

  #await(side: Side, call: MqttCall): void {
    const pending = this.#pending[side];
    const id = call.id ?? 0;
    const before = pending.get(id);
    if (before !== undefined) this.#leave(side, id, before);
    pending.set(id, call);
    this.#waitingBytes += call.size;
    while (pending.size > this.#context.limits.maxPending || this.#waitingBytes > MAX_WAITING_BYTES) {
      const oldest = pending.entries().next();
      if (oldest.done === true) return;
      this.#context.anomaly('mqtt: too much waits for an acknowledgement');
      this.#leave(side, ...oldest.value);
    }
  }

  #leave(side: Side, id: number, call: MqttCall): void {
    this.#pending[side].delete(id);
    this.#waitingBytes -= call.size;
    this.#emit(call);
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
    this.#await('client', call);
  }

  #acknowledge(side: Side, type: number, { id, codes, properties }: AckFields, size: number, span: Span): void {
    // PUBREL is the sender's own second step; all others come from who received the message.
    const sender = type === wire.PUBREL ? side : other(side);
    const call = this.#pending[sender].get(id);
    if (call === undefined) {
      const alone = this.#begin(type, side, size, span);
      alone.id = id;
      this.#explain(alone, codes, properties);
      return this.#emit(alone);
    }
    if (type === wire.PUBREL) {
      call.packets.push('PUBREL');
      call.size += size;
      this.#waitingBytes += size;
      return;
    }
    this.#grow(call, type, size, span);
    const failed = codes.some((code) => code >= FIRST_ERROR);
    if (codes.length > 0 && (failed || call.codes.length === 0)) this.#explain(call, codes, properties);
    // The receiver has the message; the sender's PUBREL and the last PUBCOMP follow, unless it was refused.
    if (type === wire.PUBREC && !failed) return;
    this.#leave(sender, id, call);
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
      ...this.#pending.client.values(),
      ...this.#pending.server.values(),
    ];
    this.#connecting = undefined;
    this.#authenticating = undefined;
    this.#pending.client.clear();
    this.#pending.server.clear();
    this.#waitingBytes = 0;
    for (const call of waiting) {
      // A message that the other side has taken is not lost when only the last steps of QoS 2 are missing.
      if (call.type !== wire.PUBLISH || call.answerStart === null) call.failure = failure;
      this.#emit(call);
    }
  }
}
