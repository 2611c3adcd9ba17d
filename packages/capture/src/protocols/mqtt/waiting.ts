/** Calls that a side began and that wait for the other, by packet identifier, within limits. */

import type { SessionContext, Side } from '../../dissect/dissector.ts';
import type { MqttCall } from './exchange.ts';

/** Payload bytes that wait for acknowledgements on one connection; above it the oldest leave without. */
export const MAX_WAITING_BYTES = 8 * 1024 * 1024;

export class Waiting {
  readonly #context: SessionContext;
  /** Takes what leaves. */
  readonly #emit: (call: MqttCall) => void;
  readonly #calls: Record<Side, Map<number, MqttCall>> = { client: new Map(), server: new Map() };
  #bytes = 0;

  constructor(context: SessionContext, emit: (call: MqttCall) => void) {
    this.#context = context;
    this.#emit = emit;
  }

  of(side: Side, id: number): MqttCall | undefined {
    return this.#calls[side].get(id);
  }

  add(side: Side, call: MqttCall): void {
    const calls = this.#calls[side];
    const id = call.id ?? 0;
    const before = calls.get(id);
    if (before !== undefined) this.leave(side, id, before);
    calls.set(id, call);
    this.#bytes += call.size;
    while (calls.size > this.#context.limits.maxPending || this.#bytes > MAX_WAITING_BYTES) {
      const oldest = calls.entries().next();
      if (oldest.done === true) return;
      this.#context.anomaly('mqtt: too much waits for an acknowledgement');
      this.leave(side, ...oldest.value);
    }
  }

  /** One that waits has become larger. */
  grow(size: number): void {
    this.#bytes += size;
  }

  leave(side: Side, id: number, call: MqttCall): void {
    this.#calls[side].delete(id);
    this.#bytes -= call.size;
    this.#emit(call);
  }

  /** What was borrowed of the chunk goes away. */
  keep(): void {
    for (const call of this.#calls.client.values()) call.keep();
    for (const call of this.#calls.server.values()) call.keep();
  }

  /** All that wait; nothing does any more. */
  takeAll(): MqttCall[] {
    const calls = [...this.#calls.client.values(), ...this.#calls.server.values()];
    this.#calls.client.clear();
    this.#calls.server.clear();
    this.#bytes = 0;
    return calls;
  }
}
