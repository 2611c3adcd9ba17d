/** Calls that a side began and that wait for the other, by packet identifier, within limits. */

import type { SessionContext, Side } from '../../dissect/dissector.ts';
import type { MqttCall } from './exchange.ts';

/** Payload bytes that wait for acknowledgements on one connection; above it the oldest leave without. */
export const MAX_WAITING_BYTES = 8 * 1024 * 1024;
/** A power of two; it grows to the twenty at a time that are usual (`max_inflight_messages` of Mosquitto), and further. */
const FIRST_ROOM = 8;

/**
 * Calls of one side in a ring, the oldest first. Most are answered in their order, so that looking for one begins, and nearly
 * always ends, at the front.
 */
class Line {
  #calls: (MqttCall | undefined)[] = Array.from({ length: FIRST_ROOM }, () => undefined);
  #ids = new Uint16Array(FIRST_ROOM);
  #first = 0;
  length = 0;

  /** Position from the front; -1 when none has this identifier. */
  find(id: number): number {
    const mask = this.#ids.length - 1;
    for (let at = 0; at < this.length; at++) if (this.#ids[(this.#first + at) & mask] === id) return at;
    return -1;
  }

  at(position: number): MqttCall | undefined {
    return this.#calls[(this.#first + position) & (this.#ids.length - 1)];
  }

  push(call: MqttCall): void {
    if (this.length === this.#ids.length) this.#grow();
    const slot = (this.#first + this.length++) & (this.#ids.length - 1);
    this.#calls[slot] = call;
    this.#ids[slot] = call.id ?? 0;
  }

  /** Those before it move up. */
  remove(position: number): void {
    const mask = this.#ids.length - 1;
    for (let at = position; at > 0; at--) {
      const slot = (this.#first + at) & mask;
      const before = (slot - 1) & mask;
      this.#calls[slot] = this.#calls[before];
      this.#ids[slot] = this.#ids[before] ?? 0;
    }
    this.#calls[this.#first] = undefined;
    this.#first = (this.#first + 1) & mask;
    this.length--;
  }

  /** All of them, in their order; none is left. */
  takeAll(): MqttCall[] {
    const all: MqttCall[] = [];
    for (let call = this.at(0); call !== undefined; call = this.at(0)) {
      all.push(call);
      this.remove(0);
    }
    return all;
  }

  #grow(): void {
    const before = this.#ids.length;
    const order = Array.from({ length: before }, (_, at) => this.at(at));
    this.#calls = [...order, ...Array.from({ length: before }, () => undefined)];
    this.#ids = Uint16Array.from(this.#calls, (call) => call?.id ?? 0);
    this.#first = 0;
  }
}

export class Waiting {
  readonly #context: SessionContext;
  /** Takes what leaves. */
  readonly #emit: (call: MqttCall) => void;
  readonly #client = new Line();
  readonly #server = new Line();
  #bytes = 0;

  constructor(context: SessionContext, emit: (call: MqttCall) => void) {
    this.#context = context;
    this.#emit = emit;
  }

  of(side: Side, id: number): MqttCall | undefined {
    const line = this.#line(side);
    const position = line.find(id);
    return position < 0 ? undefined : line.at(position);
  }

  add(side: Side, call: MqttCall): void {
    const line = this.#line(side);
    const before = line.find(call.id ?? 0);
    if (before >= 0) this.#leave(line, before);
    line.push(call);
    this.#bytes += call.size;
    while (line.length > this.#context.limits.maxPending || (this.#bytes > MAX_WAITING_BYTES && line.length > 0)) {
      this.#context.anomaly('mqtt: too much waits for an acknowledgement');
      this.#leave(line, 0);
    }
  }

  /** One that waits has become larger. */
  grow(size: number): void {
    this.#bytes += size;
  }

  /** What has this identifier waits no more, and is the caller's. */
  take(side: Side, id: number): MqttCall | undefined {
    const line = this.#line(side);
    const position = line.find(id);
    if (position < 0) return undefined;
    const call = line.at(position);
    line.remove(position);
    this.#bytes -= call?.size ?? 0;
    return call;
  }

  /** What has this identifier leaves. */
  leave(side: Side, id: number): void {
    const line = this.#line(side);
    const position = line.find(id);
    if (position >= 0) this.#leave(line, position);
  }

  /** What was borrowed of the chunk goes away. */
  keep(): void {
    for (let at = 0; at < this.#client.length; at++) this.#client.at(at)?.keep();
    for (let at = 0; at < this.#server.length; at++) this.#server.at(at)?.keep();
  }

  /** All that wait; nothing does any more. */
  takeAll(): MqttCall[] {
    this.#bytes = 0;
    return [...this.#client.takeAll(), ...this.#server.takeAll()];
  }

  #line(side: Side): Line {
    return side === 'client' ? this.#client : this.#server;
  }

  #leave(line: Line, position: number): void {
    const call = line.at(position);
    line.remove(position);
    if (call === undefined) return;
    this.#bytes -= call.size;
    this.#emit(call);
  }
}
