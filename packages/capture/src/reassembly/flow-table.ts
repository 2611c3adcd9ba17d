/**
 * Both directions of a conversation under one key: protocol, addresses and ports, the lower end first. Open addressing
 * over one Int32Array, because a lookup per packet must make no object and no string (docs/performance.md).
 */

import type { Packet } from '../packet/packet.ts';

/** A key's words: protocol and IP version, ports, lower address (4 words), higher address (4 words). */
const STRIDE = 10;
const FIRST_CAPACITY = 1024;

/** 0: sent by the lower end of the key, 1: by the higher. */
export type Direction = 0 | 1;

export class FlowTable<Flow> {
  private keys = new Int32Array(FIRST_CAPACITY * STRIDE);
  private flows: (Flow | undefined)[] = emptySlots<Flow>(FIRST_CAPACITY);
  private mask = FIRST_CAPACITY - 1;
  /** Key of the packet last asked for, and which end sent it. */
  private readonly asked = new Int32Array(STRIDE);
  direction: Direction = 0;
  size = 0;

  /** The flow of a packet, undefined when there is none; `direction` then tells which end sent it. */
  find(packet: Packet): Flow | undefined {
    this.ask(packet);
    return this.flows[this.slotOf(this.asked, 0)];
  }

  /** Puts a flow under the key of the packet last asked for. */
  put(flow: Flow): void {
    const slot = this.slotOf(this.asked, 0);
    if (this.flows[slot] === undefined) this.size++;
    this.flows[slot] = flow;
    this.keys.set(this.asked, slot * STRIDE);
    if (this.size * 2 > this.flows.length) this.grow();
  }

  /** Removes every flow the test says is over. */
  removeIf(isOver: (flow: Flow) => boolean): void {
    for (let slot = 0; slot < this.flows.length; ) {
      const flow = this.flows[slot];
      // A removal may move a later flow into this slot: look again.
      if (flow !== undefined && isOver(flow)) this.removeSlot(slot);
      else slot++;
    }
  }

  values(): Flow[] {
    return this.flows.filter((flow) => flow !== undefined);
  }

  /** Every so-manieth flow. */
  sample(stride: number): Flow[] {
    const found: Flow[] = [];
    let count = 0;
    for (const flow of this.flows) if (flow !== undefined && count++ % stride === 0) found.push(flow);
    return found;
  }

  private ask(packet: Packet): void {
    const { bytes, srcIp, dstIp, srcPort, dstPort } = packet;
    const words = packet.ipVersion === 4 ? 1 : 4;
    let order = 0;
    for (let word = 0; word < words && order === 0; word++) {
      order = wordAt(bytes, srcIp + 4 * word) - wordAt(bytes, dstIp + 4 * word);
    }
    if (order === 0) order = srcPort - dstPort;
    const srcIsLower = order <= 0;
    this.direction = srcIsLower ? 0 : 1;
    const low = srcIsLower ? srcIp : dstIp;
    const high = srcIsLower ? dstIp : srcIp;
    const { asked } = this;
    asked[0] = (packet.protocol << 8) | packet.ipVersion;
    asked[1] = srcIsLower ? (srcPort << 16) | dstPort : (dstPort << 16) | srcPort;
    asked[2] = wordAt(bytes, low);
    asked[6] = wordAt(bytes, high);
    // The other words are compared and hashed for IPv6 only.
    for (let word = 1; word < words; word++) {
      asked[2 + word] = wordAt(bytes, low + 4 * word);
      asked[6 + word] = wordAt(bytes, high + 4 * word);
    }
  }

  /** The slot that holds the key, or the free one where it would stand. */
  private slotOf(key: Int32Array, at: number): number {
    const { keys, flows, mask } = this;
    let slot = hash(key, at) & mask;
    while (flows[slot] !== undefined && !sameKey(keys, slot * STRIDE, key, at)) slot = (slot + 1) & mask;
    return slot;
  }

  /** Removes without a tombstone: flows behind it that would no longer be found move up (Knuth 6.4, algorithm R). */
  private removeSlot(slot: number): void {
    const { keys, flows, mask } = this;
    this.size--;
    let hole = slot;
    for (let next = (hole + 1) & mask; flows[next] !== undefined; next = (next + 1) & mask) {
      const home = hash(keys, next * STRIDE) & mask;
      if (((next - home) & mask) < ((next - hole) & mask)) continue;
      keys.copyWithin(hole * STRIDE, next * STRIDE, (next + 1) * STRIDE);
      flows[hole] = flows[next];
      hole = next;
    }
    flows[hole] = undefined;
  }

  private grow(): void {
    const { keys, flows } = this;
    const capacity = flows.length * 2;
    this.keys = new Int32Array(capacity * STRIDE);
    this.flows = emptySlots<Flow>(capacity);
    this.mask = capacity - 1;
    for (const [old, flow] of flows.entries()) {
      if (flow === undefined) continue;
      const slot = this.slotOf(keys, old * STRIDE);
      this.flows[slot] = flow;
      this.keys.set(keys.subarray(old * STRIDE, (old + 1) * STRIDE), slot * STRIDE);
    }
  }
}

function emptySlots<Flow>(capacity: number): (Flow | undefined)[] {
  return new Array<Flow | undefined>(capacity).fill(undefined);
}

function wordAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
}

function sameKey(a: Int32Array, atA: number, b: Int32Array, atB: number): boolean {
  if (a[atA] !== b[atB] || a[atA + 1] !== b[atB + 1]) return false;
  if (a[atA + 2] !== b[atB + 2] || a[atA + 6] !== b[atB + 6]) return false;
  if (isVersion4(a, atA)) return true;
  for (let word = 3; word < STRIDE; word++) if (a[atA + word] !== b[atB + word]) return false;
  return true;
}

function isVersion4(key: Int32Array, at: number): boolean {
  return ((key[at] ?? 0) & 0xff) === 4;
}

function hash(key: Int32Array, at: number): number {
  let h = mix(mix(mix(key[at] ?? 0, key[at + 1] ?? 0), key[at + 2] ?? 0), key[at + 6] ?? 0);
  if (!isVersion4(key, at)) for (let word = 3; word < STRIDE; word++) h = mix(h, key[at + word] ?? 0);
  return h ^ (h >>> 13);
}

function mix(h: number, word: number): number {
  return Math.imul(h ^ word, 0x9e3779b1) ^ (h >>> 15);
}
