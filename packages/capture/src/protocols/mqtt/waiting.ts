/** Calls that a side began and that wait for the other, by packet identifier, within limits. */

import type { SessionContext, Side } from '../../dissect/dissector.ts';
import { WaitingLine } from '../../dissect/waiting-line.ts';
import type { MqttCall } from './exchange.ts';

/** Payload bytes that wait for acknowledgements on one connection; above it the oldest leave without. */
export const MAX_WAITING_BYTES = 8 * 1024 * 1024;
export class Waiting {
  readonly #context: SessionContext;
  /** Takes what leaves. */
  readonly #emit: (call: MqttCall) => void;
  readonly #client = new WaitingLine<MqttCall>();
  readonly #server = new WaitingLine<MqttCall>();
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
    line.push(call.id ?? 0, call);
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

  #line(side: Side): WaitingLine<MqttCall> {
    return side === 'client' ? this.#client : this.#server;
  }

  #leave(line: WaitingLine<MqttCall>, position: number): void {
    const call = line.at(position);
    line.remove(position);
    if (call === undefined) return;
    this.#bytes -= call.size;
    this.#emit(call);
  }
}
