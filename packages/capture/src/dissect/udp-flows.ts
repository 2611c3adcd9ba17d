/** All conversations over UDP: most have a flow of their own, lookups have a row of numbers. */

import type { Micros } from '@kubeshark/model';
import type { Packet } from '../packet/packet.ts';
import { type Direction, FlowTable } from '../reassembly/flow-table.ts';
import { AllLookups, NO_ROW } from './all-lookups.ts';
import type { CloseReason, Dissector } from './dissector.ts';
import { evictOldest } from './eviction.ts';
import { beginOf, type FlowHost } from './flow.ts';
import { UdpFlow } from './udp-flow.ts';

/** A row of {@link AllLookups}. */
type Row = number;

/** A conversation that is to be ended. */
export interface Ending {
  readonly firstAt: Micros;
  close(at: Micros, reason: CloseReason): void;
}

export class UdpFlows {
  private readonly host: FlowHost;
  private readonly table = new FlowTable<UdpFlow | Row>();
  private readonly lookups: AllLookups;
  private readonly began: (packet: Packet) => void;

  /** `began` is told the first packet of each conversation. */
  constructor(host: FlowHost, dissectors: readonly Dissector[], began: (packet: Packet) => void) {
    this.host = host;
    this.began = began;
    this.lookups = new AllLookups(dissectors, host);
  }

  get size(): number {
    return this.table.size;
  }

  packet(packet: Packet): void {
    const { table } = this;
    const known = table.find(packet);
    const { direction } = table;
    if (known === undefined) this.begin(packet, direction);
    else if (typeof known === 'number') this.takeLookup(known, packet, direction);
    else known.packet(packet, direction);
  }

  /** The chunk goes away. */
  settle(): void {
    this.lookups.settle();
  }

  /** The flow of a packet that is quoted; a lookup becomes one. */
  flowOf(packet: Packet): UdpFlow | undefined {
    const { table, lookups } = this;
    const known = table.find(packet);
    if (typeof known !== 'number') return known;
    const flow = lookups.flowOf(known);
    if (flow !== undefined) table.put(flow);
    return flow;
  }

  /** Direction of the packet last asked for. */
  get direction(): Direction {
    return this.table.direction;
  }

  sweep(now: Micros): void {
    const { table, lookups } = this;
    table.removeIf((flow) => (typeof flow === 'number' ? lookups.isOver(flow, now) : flow.isOver(now)));
  }

  /** Forgets all; whoever asks ends them, in order of their beginning. */
  takeAll(): Ending[] {
    const endings = this.table.values().map((flow) => ({
      firstAt: typeof flow === 'number' ? this.lookups.firstAt(flow) : flow.firstAt,
      close: (at: Micros, reason: CloseReason) => this.close(flow, at, reason),
    }));
    this.table.removeIf(() => true);
    return endings;
  }

  private begin(packet: Packet, direction: Direction): void {
    const { table, lookups, host } = this;
    if (table.size >= host.limits.maxUdpFlows) this.evict(packet);
    this.began(packet);
    const row = lookups.begin(packet, direction);
    if (row !== NO_ROW) {
      table.put(row);
      return this.takeLookup(row, packet, direction);
    }
    const flow = new UdpFlow(host, beginOf(packet, direction));
    table.put(flow);
    flow.packet(packet, direction);
  }

  private takeLookup(row: Row, packet: Packet, direction: Direction): void {
    const flow = this.lookups.packet(row, packet, direction);
    // The key of the packet is the one last asked for still.
    if (flow !== null) this.table.put(flow);
  }

  private evict(packet: Packet): void {
    const { table, lookups, host } = this;
    const lastAt = (flow: UdpFlow | Row) => (typeof flow === 'number' ? lookups.lastAt(flow) : flow.lastAt);
    evictOldest(table, lastAt, (flow) => {
      host.counters.evictedFlows++;
      this.close(flow, packet.at, 'evicted');
    });
    // The key of the packet is asked for again: removing has not changed it, but its slot.
    table.find(packet);
  }

  private close(flow: UdpFlow | Row, at: Micros, reason: CloseReason): void {
    if (typeof flow === 'number') this.lookups.close(flow, reason);
    else flow.close(at, reason);
  }
}
