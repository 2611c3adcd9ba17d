/**
 * Both directions of a conversation under one key: protocol, addresses and ports, the lower end first. Open addressing over an
 * Int32Array, because a lookup per packet must make no object and no string (docs/performance.md). Keys stand apart from their
 * slots, in the order they came: those of one time lie side by side, and what was asked for lately is still in the cache.
 */

import type { Packet } from '../packet/packet.ts';
import { Places } from './places.ts';

/**
 * A key's words: protocol and IP version, ports, first word of the lower address and of the higher one, which is all of IPv4's;
 * then what IPv6 has more of both. What is compared lies side by side.
 */
const STRIDE = 10;
const VERSION_4_WORDS = 4;
/** Of a slot: the hash of its key, and the place of the entry plus one; 0 is a free slot. */
const WORDS = 2;
const FIRST_CAPACITY = 1024;

/** 0: sent by the lower end of the key, 1: by the higher. */
export type Direction = 0 | 1;

export class FlowTable<Flow> {
  /** Of this table's hashes. */
  private readonly seed = Math.floor(Math.random() * 2 ** 32) | 0;
  /** Twice as many as entries. */
  private slots = new Int32Array(2 * FIRST_CAPACITY * WORDS);
  private mask = 2 * FIRST_CAPACITY - 1;
  private keys = new Int32Array(FIRST_CAPACITY * STRIDE);
  private readonly flows: (Flow | undefined)[] = [];
  /** Places that are free again, used in the order they became so. */
  private readonly free = new Places();
  /** Key of the packet last asked for, its hash, and which end sent it. */
  private readonly asked = new Int32Array(STRIDE);
  private askedHash = 0;
  direction: Direction = 0;
  size = 0;

  /** The flow of a packet, undefined when there is none; `direction` then tells which end sent it. */
  find(packet: Packet): Flow | undefined {
    this.ask(packet);
    this.askedHash = flowHash(this.asked, 0, this.seed);
    const place = this.placeAt(this.slotOfAsked());
    return place < 0 ? undefined : this.flows[place];
  }

  /** Puts a flow under the key of the packet last asked for. */
  put(flow: Flow): void {
    const slot = this.slotOfAsked();
    const known = this.placeAt(slot);
    if (known >= 0) {
      this.flows[known] = flow;
      return;
    }
    const place = this.free.take() ?? this.flows.length;
    if ((place + 1) * STRIDE > this.keys.length) this.growKeys();
    this.keys.set(this.asked, place * STRIDE);
    this.flows[place] = flow;
    this.slots[slot * WORDS] = this.askedHash;
    this.slots[slot * WORDS + 1] = place + 1;
    this.size++;
    if (this.size * 2 > this.mask) this.growSlots();
  }

  /** Removes every flow the test says is over. */
  removeIf(isOver: (flow: Flow) => boolean): void {
    const { flows } = this;
    for (let place = 0; place < flows.length; place++) {
      const flow = flows[place];
      if (flow !== undefined && isOver(flow)) this.remove(place);
    }
    if (this.size > 0) return;
    flows.length = 0;
    this.free.clear();
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
    asked[3] = wordAt(bytes, high);
    // The other words are compared and hashed for IPv6 only.
    for (let word = 1; word < words; word++) {
      asked[3 + word] = wordAt(bytes, low + 4 * word);
      asked[6 + word] = wordAt(bytes, high + 4 * word);
    }
  }

  /** Of the entry of a slot; -1 when it is free. */
  private placeAt(slot: number): number {
    return (this.slots[slot * WORDS + 1] ?? 0) - 1;
  }

  /** The slot of the key last asked for, or the free one where it would stand. */
  private slotOfAsked(): number {
    const { slots, keys, asked, askedHash, mask } = this;
    let slot = askedHash & mask;
    for (let known = slots[slot * WORDS + 1] ?? 0; known !== 0; known = slots[slot * WORDS + 1] ?? 0) {
      if (slots[slot * WORDS] === askedHash && sameKey(keys, (known - 1) * STRIDE, asked, 0)) break;
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private remove(place: number): void {
    const { slots, mask } = this;
    let slot = flowHash(this.keys, place * STRIDE, this.seed) & mask;
    while (slots[slot * WORDS + 1] !== place + 1) slot = (slot + 1) & mask;
    this.flows[place] = undefined;
    this.free.give(place);
    this.size--;
    this.removeSlot(slot);
  }

  /** Removes without a tombstone: slots behind it that would no longer be found move up (Knuth 6.4, algorithm R). */
  private removeSlot(slot: number): void {
    const { slots, mask } = this;
    let hole = slot;
    for (let next = (hole + 1) & mask; slots[next * WORDS + 1] !== 0; next = (next + 1) & mask) {
      const home = (slots[next * WORDS] ?? 0) & mask;
      if (((next - home) & mask) < ((next - hole) & mask)) continue;
      slots[hole * WORDS] = slots[next * WORDS] ?? 0;
      slots[hole * WORDS + 1] = slots[next * WORDS + 1] ?? 0;
      hole = next;
    }
    slots[hole * WORDS + 1] = 0;
  }

  private growKeys(): void {
    const grown = new Int32Array(2 * this.keys.length);
    grown.set(this.keys);
    this.keys = grown;
  }

  private growSlots(): void {
    const { slots: before } = this;
    const slots = new Int32Array(2 * before.length);
    const mask = slots.length / WORDS - 1;
    for (let old = 0; old < before.length; old += WORDS) {
      const place = before[old + 1] ?? 0;
      if (place === 0) continue;
      let slot = (before[old] ?? 0) & mask;
      while (slots[slot * WORDS + 1] !== 0) slot = (slot + 1) & mask;
      slots[slot * WORDS] = before[old] ?? 0;
      slots[slot * WORDS + 1] = place;
    }
    this.slots = slots;
    this.mask = mask;
  }
}

function wordAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
}

function sameKey(a: Int32Array, atA: number, b: Int32Array, atB: number): boolean {
  if (a[atA] !== b[atB] || a[atA + 1] !== b[atB + 1]) return false;
  if (a[atA + 2] !== b[atB + 2] || a[atA + 3] !== b[atB + 3]) return false;
  if (isVersion4(a, atA)) return true;
  for (let word = VERSION_4_WORDS; word < STRIDE; word++) if (a[atA + word] !== b[atB + word]) return false;
  return true;
}

function isVersion4(key: Int32Array, at: number): boolean {
  return ((key[at] ?? 0) & 0xff) === 4;
}

/** The hash of the key at `at`. Who does not know the seed cannot choose addresses and ports that have the same one. */
export function flowHash(key: Int32Array, at: number, seed: number): number {
  let h = mix(mix(mix(mix(seed, key[at] ?? 0), key[at + 1] ?? 0), key[at + 2] ?? 0), key[at + 3] ?? 0);
  if (!isVersion4(key, at)) for (let word = VERSION_4_WORDS; word < STRIDE; word++) h = mix(h, key[at + word] ?? 0);
  return h ^ (h >>> 13);
}

function mix(h: number, word: number): number {
  return Math.imul(h ^ word, 0x9e3779b1) ^ (h >>> 15);
}
