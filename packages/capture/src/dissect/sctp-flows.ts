/** All SCTP associations. */

import type { Micros } from '@kubeshark/model';
import type { Packet } from '../packet/packet.ts';
import { type Direction, FlowTable } from '../reassembly/flow-table.ts';
import { evictOldest } from './eviction.ts';
import { beginOf, type FlowHost } from './flow.ts';
import { SctpAssociation } from './sctp-association.ts';

export class SctpFlows {
  private readonly host: FlowHost;
  private readonly table = new FlowTable<SctpAssociation>();
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
    const { direction } = table;
    if (flow === undefined || flow.isReusedBy(packet)) {
      if (flow !== undefined) flow.close(packet.at, 'timeout');
      else if (table.size >= this.host.limits.maxUdpFlows) this.evict(packet);
      this.began(packet);
      flow = new SctpAssociation(this.host, beginOf(packet, direction));
      table.put(flow);
    }
    flow.packet(packet, direction);
    if (flow.isWaiting) this.waiting.add(flow);
  }

  expireHoles(now: Micros): void {
    for (const flow of this.waiting) {
      flow.expire(now);
      if (!flow.isWaiting) this.waiting.delete(flow);
    }
  }

  sweep(now: Micros): void {
    this.table.removeIf((flow) => flow.isOver(now));
  }

  clear(): void {
    this.table.removeIf(() => true);
    this.waiting.clear();
  }

  private evict(packet: Packet): void {
    const lastAt = (flow: SctpAssociation) => flow.lastAt;
    evictOldest(this.table, lastAt, (flow) => {
      this.host.counters.evictedFlows++;
      flow.close(packet.at, 'evicted');
    });
    // The key of the packet is asked for again: removing has not changed it, but its slot.
    this.table.find(packet);
  }
}
