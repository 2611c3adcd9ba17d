/** What a connection says of itself: how it begins, who its client is, and that it lives. */

import type { Side, Span } from '../../dissect/dissector.ts';
import { Client } from './call.ts';
import type { MqttCall } from './exchange.ts';
import { connackFields, connectFields, reasonFields } from './fields.ts';
import type { Link } from './link.ts';
import { MQTT_5 } from './properties.ts';
import * as wire from './wire.ts';

/** A step of enhanced authentication that another follows (§4.12). */
const CONTINUE_AUTHENTICATION = 0x18;

export class Greeting {
  readonly #link: Link;
  #connecting: MqttCall | undefined;
  #authenticating: MqttCall | undefined;
  readonly #pings: MqttCall[] = [];

  constructor(link: Link) {
    this.#link = link;
  }

  connect(body: Uint8Array, size: number, span: Span): void {
    const link = this.#link;
    const { version, clientId, user, keepAlive, cleanStart, will, properties } = connectFields(body);
    link.version = version;
    link.client = new Client(clientId, user, version);
    link.emit(this.#connecting);
    const call = link.begin(wire.CONNECT, 'client', size, span);
    call.properties = properties;
    call.facts = { keepAlive, cleanStart, ...(will !== undefined && { will }) };
    this.#connecting = call;
  }

  connack(body: Uint8Array, size: number, span: Span): void {
    const link = this.#link;
    const { sessionPresent, code, properties } = connackFields(body);
    if (body.length > 2) link.version = MQTT_5;
    const call = this.#connecting ?? link.begin(wire.CONNACK, 'server', size, span);
    this.#connecting = undefined;
    const assigned = properties.values['assignedClientIdentifier'];
    const { client } = link;
    if (typeof assigned === 'string' && client?.clientId === '')
      link.client = new Client(assigned, client.user, client.version);
    call.explain([code], properties);
    call.facts = { ...call.facts, sessionPresent };
    if (call.side === 'client') call.grow(wire.CONNACK, size, span);
    link.emit(call);
  }

  ping(size: number, span: Span): void {
    const call = this.#link.begin(wire.PINGREQ, 'client', size, span);
    if (this.#pings.length >= this.#link.context.limits.maxPending) this.#link.emit(this.#pings.shift());
    this.#pings.push(call);
  }

  pong(size: number, span: Span): void {
    const call = this.#pings.shift();
    call?.grow(wire.PINGRESP, size, span);
    this.#link.emit(call);
  }

  /** Enhanced authentication: steps of a CONNECT, or of their own while connected. The data is never kept. */
  authenticate(side: Side, body: Uint8Array, size: number, span: Span): void {
    const { code, properties } = reasonFields(body);
    const running = this.#connecting ?? this.#authenticating;
    if (running === undefined) {
      const call = this.#link.begin(wire.AUTH, side, size, span);
      call.properties = properties;
      call.codes = [code];
      if (side === 'server') return this.#link.emit(call);
      this.#authenticating = call;
      return;
    }
    if (side === 'client') return running.more(wire.AUTH, size);
    running.grow(wire.AUTH, size, span);
    if (running !== this.#authenticating || code === CONTINUE_AUTHENTICATION) return;
    this.#authenticating = undefined;
    running.explain([code], properties);
    this.#link.emit(running);
  }

  /** All that wait; nothing does any more. */
  takeAll(): MqttCall[] {
    const all = [this.#connecting, this.#authenticating, ...this.#pings.splice(0)];
    this.#connecting = undefined;
    this.#authenticating = undefined;
    return all.filter((call) => call !== undefined);
  }
}
