/** The lookups of all protocols that have some: a row of any of them has one number. */

import type { Micros } from '@kubeshark/model';
import type { Packet } from '../packet/packet.ts';
import type { Direction } from '../reassembly/flow-table.ts';
import type { CloseReason, Dissector } from './dissector.ts';
import type { FlowHost } from './flow.ts';
import { Lookups } from './lookups.ts';
import type { UdpFlow } from './udp-flow.ts';

/** What {@link AllLookups.begin} answers where no protocol takes the packet. */
export const NO_ROW = -1;

/** A row's number in all: its number among those of its protocol times how many of these there are, and which it is. */
export class AllLookups {
  private readonly each: readonly Lookups[];

  constructor(dissectors: readonly Dissector[], host: FlowHost) {
    this.each = dissectors.map((dissector) => Lookups.of(dissector, host)).filter((lookups) => lookups !== null);
  }

  /** The row of the conversation that the packet begins; `NO_ROW` when it is not surely a lookup. */
  begin(packet: Packet, direction: Direction): number {
    const { each } = this;
    for (let which = 0; which < each.length; which++) {
      const row = each[which]?.begin(packet, direction) ?? NO_ROW;
      if (row !== NO_ROW) return row * each.length + which;
    }
    return NO_ROW;
  }

  /** Takes the next packet of a conversation; a flow for it when there has to be one after all, which takes the packet. */
  packet(row: number, packet: Packet, direction: Direction): UdpFlow | null {
    return this.of(row)?.packet(this.own(row), packet, direction) ?? null;
  }

  /** Makes a flow of the row, which is free then. */
  flowOf(row: number): UdpFlow | undefined {
    return this.of(row)?.flowOf(this.own(row));
  }

  isOver(row: number, now: Micros): boolean {
    return this.of(row)?.isOver(this.own(row), now) === true;
  }

  lastAt(row: number): Micros {
    return this.of(row)?.lastAt(this.own(row)) ?? 0;
  }

  firstAt(row: number): Micros {
    return this.of(row)?.firstAt(this.own(row)) ?? 0;
  }

  /** The conversation is over; its row is free. */
  close(row: number, reason: CloseReason): void {
    this.of(row)?.close(this.own(row), reason);
  }

  /** The chunk goes away. */
  settle(): void {
    for (const lookups of this.each) lookups.settle();
  }

  private of(row: number): Lookups | undefined {
    return this.each[row % this.each.length];
  }

  private own(row: number): number {
    return Math.floor(row / this.each.length);
  }
}
