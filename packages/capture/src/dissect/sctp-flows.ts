/**
 * All SCTP associations. One whose ends have several addresses is found by its tags on paths that were not seen before (RFC 9260
 * §5.1.2, §6.4): what is sent to an end carries the tag which that end chose.
 */

import type { Micros } from '@kubeshark/model';
import type { Packet } from '../packet/packet.ts';
import { INIT, readChunks, verificationTag } from '../packet/sctp.ts';
import { type Direction, FlowTable } from '../reassembly/flow-table.ts';
import { evictOldest } from './eviction.ts';
import { beginOf, type FlowHost } from './flow.ts';
import { SctpAssociation } from './sctp-association.ts';

/** One end of an association. */
interface TaggedEnd {
  readonly flow: SctpAssociation;
  readonly direction: Direction;
}

const keyOf = (tag: number, port: number, otherPort: number) => `${tag}:${port}:${otherPort}`;

export class SctpFlows {
  private readonly host: FlowHost;
  private readonly table = new FlowTable<SctpAssociation>();
  /** By the tag of an end, its port and the other's: who is at this end. */
  private readonly ends = new Map<string, TaggedEnd>();
  /** Those with chunks that wait for a missing one. */
  private readonly waiting = new Set<SctpAssociation>();
  private readonly began: (packet: Packet) => void;

  /** `began` is told the first packet of each association. */
  constructor(host: FlowHost, began: (packet: Packet) => void) {
    this.host = host;
    this.began = began;
  }

  get size(): number {
    return this.table.size;
  }

  /** Direction of the packet last asked for. */
  get direction(): Direction {
    return this.table.direction;
  }

  find(packet: Packet): SctpAssociation | undefined {
    return this.table.find(packet);
  }

  values(): SctpAssociation[] {
    return this.table.values();
  }

  packet(packet: Packet): void {
    const { table } = this;
    let flow = table.find(packet);
    let { direction } = table;
    if (flow === undefined) {
      const path = this.onAnotherPath(packet);
      if (path !== undefined) [flow, direction] = path;
    }
    if (flow === undefined || flow.isReusedBy(packet)) {
      if (flow !== undefined) flow.close(packet.at, 'timeout');
      else if (table.size >= this.host.limits.maxUdpFlows) this.evict(packet);
      this.began(packet);
      flow = new SctpAssociation(this.host, beginOf(packet, direction));
      table.put(flow);
    }
    flow.packet(packet, direction);
    this.learnTags(flow);
    if (flow.isWaiting) this.waiting.add(flow);
  }

  /** The association of a packet between other addresses than its first, and which end sent it. */
  private onAnotherPath(packet: Packet): [SctpAssociation, Direction] | undefined {
    if (this.ends.size === 0) return undefined;
    const { bytes, payloadStart: start, payloadEnd: end, payloadLength, srcPort, dstPort } = packet;
    const tag = verificationTag(bytes, start, end);
    if (tag !== 0) {
      const receiver = this.ends.get(keyOf(tag, dstPort, srcPort));
      return receiver && [receiver.flow, receiver.direction === 0 ? 1 : 0];
    }
    // INIT has no receiver's tag yet: one that is sent again over another path has its sender's.
    let sender: TaggedEnd | undefined;
    readChunks(bytes, { start, end, wireEnd: start + payloadLength }, (chunk) => {
      if (chunk.type === INIT) sender = this.ends.get(keyOf(chunk.tag, srcPort, dstPort));
    });
    return sender && [sender.flow, sender.direction];
  }

  private learnTags(flow: SctpAssociation): void {
    const [lower, higher] = flow.ports;
    for (const direction of [0, 1] as const) {
      const tag = flow.tags[direction];
      if (tag === 0 || flow.keys[direction] !== '') continue;
      const key = direction === 0 ? keyOf(tag, lower, higher) : keyOf(tag, higher, lower);
      flow.keys[direction] = key;
      this.ends.set(key, { flow, direction });
    }
  }

  private forget(flow: SctpAssociation): void {
    for (const key of flow.keys) if (this.ends.get(key)?.flow === flow) this.ends.delete(key);
  }

  expireHoles(now: Micros): void {
    for (const flow of this.waiting) {
      flow.expire(now);
      if (!flow.isWaiting) this.waiting.delete(flow);
    }
  }

  sweep(now: Micros): void {
    this.table.removeIf((flow) => {
      const isOver = flow.isOver(now);
      if (isOver) this.forget(flow);
      return isOver;
    });
  }

  clear(): void {
    this.table.removeIf(() => true);
    this.ends.clear();
    this.waiting.clear();
  }

  private evict(packet: Packet): void {
    const lastAt = (flow: SctpAssociation) => flow.lastAt;
    evictOldest(this.table, lastAt, (flow) => {
      this.host.counters.evictedFlows++;
      this.forget(flow);
      flow.close(packet.at, 'evicted');
    });
    // The key of the packet is asked for again: removing has not changed it, but its slot.
    this.table.find(packet);
  }
}
