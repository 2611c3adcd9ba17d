/** Reads packets, and the payloads of long ones as they come; messages and greetings are put together elsewhere. */

import type { CloseReason, Parsed, Session, SessionContext, Side, Span } from '../../dissect/dissector.ts';
import type { MqttCall } from './exchange.ts';
import { ackFields, reasonFields, topicAckFields } from './fields.ts';
import { Greeting } from './greeting.ts';
import { Link } from './link.ts';
import { Messages } from './messages.ts';
import * as wire from './wire.ts';

type Packet = wire.Packet;

export class MqttSession implements Session<Packet> {
  readonly #link: Link;
  readonly #greeting: Greeting;
  readonly #messages: Messages;
  readonly #expected = { left: 0, end: 0 };
  /** A packet of which the rest is still to come: the call whose payload it is, if any. */
  readonly #open: Record<Side, { left: number; readonly call: MqttCall | undefined } | undefined> = {
    client: undefined,
    server: undefined,
  };

  constructor(context: SessionContext) {
    this.#link = new Link(context);
    this.#greeting = new Greeting(this.#link);
    this.#messages = new Messages(this.#link);
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
    this.#messages.keep();
  }

  message(side: Side, packet: Packet, span: Span): void {
    if (packet.kind === 'rest') return this.#rest(side, packet, span);
    const { type, left } = packet;
    if (type === wire.PUBLISH) {
      const call = this.#messages.publish(side, packet, span);
      if (left > 0) this.#open[side] = { left, call };
      else if (call !== undefined) this.#messages.published(side, call);
      return;
    }
    if (left > 0) this.#open[side] = { left, call: undefined };
    if (wire.isPlainAck(packet)) return this.#messages.acknowledgePlain(side, packet, span);
    this.#other(side, packet, span);
  }

  #other(side: Side, { type, bytes, start, end, size }: Packet, span: Span): void {
    const body = bytes.subarray(start, end);
    switch (type) {
      case wire.CONNECT:
        return this.#greeting.connect(body, size, span);
      case wire.CONNACK:
        return this.#greeting.connack(body, size, span);
      case wire.SUBSCRIBE:
      case wire.UNSUBSCRIBE:
        return this.#messages.subscribe(type, body, size, span);
      case wire.SUBACK:
      case wire.UNSUBACK: {
        const fields = topicAckFields(body, this.#link.version);
        return this.#messages.acknowledge(side, { ...fields, type, size }, span);
      }
      case wire.PUBACK:
      case wire.PUBREC:
      case wire.PUBREL:
      case wire.PUBCOMP:
        return this.#messages.acknowledge(side, { ...ackFields(body), type, size }, span);
      case wire.PINGREQ:
        return this.#greeting.ping(size, span);
      case wire.PINGRESP:
        return this.#greeting.pong(size, span);
      case wire.AUTH:
        return this.#greeting.authenticate(side, body, size, span);
      default: {
        const { code, properties } = reasonFields(body);
        const call = this.#link.begin(type, side, size, span);
        call.explain([code], properties);
        return this.#link.emit(call);
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
      this.#messages.published(side, open.call);
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
      this.#link.emit(call);
    }
    const isFailure = reason === 'fin' || reason === 'reset' || reason === 'timeout';
    this.#flush(isFailure ? 'the connection ended before the answer' : undefined);
  }

  #rest(side: Side, packet: Packet, span: Span): void {
    const open = this.#open[side];
    if (open === undefined) return;
    open.left = packet.left;
    const { call } = open;
    if (call !== undefined) {
      call.payload.append(packet.bytes, { start: packet.start, end: packet.end, isBorrowed: this.#link.borrows() });
      call.size += packet.size;
      call.end = span.last;
    }
    if (packet.left > 0) return;
    this.#open[side] = undefined;
    if (call !== undefined) this.#messages.published(side, call);
  }

  #flush(failure: string | undefined): void {
    for (const call of [...this.#greeting.takeAll(), ...this.#messages.takeAll()]) {
      // A message that the other side has taken is not lost when only the last steps of QoS 2 are missing.
      if (call.type !== wire.PUBLISH || call.answerStart === null) call.failure = failure;
      this.#link.emit(call);
    }
  }
}
