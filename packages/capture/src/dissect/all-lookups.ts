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
/** A row's number in all: its number among those of its protocol, and behind it in so many bits which protocol that is. */
const BITS = 2;
/** What more protocols say is read as streams. */
export const MAX_PROTOCOLS = 2 ** BITS;

export class AllLookups {
  private readonly each: readonly Lookups[];
  private readonly host: FlowHost;
  /** Which protocol servers speak at the ports that are theirs. */
  private readonly byPort = new Map<number, number>();

  constructor(dissectors: readonly Dissector[], host: FlowHost) {
    this.host = host;
    this.each = dissectors
      .map((dissector) => Lookups.of(dissector, host))
      .filter((lookups) => lookups !== null)
      .slice(0, MAX_PROTOCOLS);
    for (const [which, { ports }] of this.each.entries()) for (const port of ports) this.byPort.set(port, which);
  }

  /** The row of the conversation that the packet begins; `NO_ROW` when it is not surely a lookup. */
  begin(packet: Packet, direction: Direction): number {
    const asked = this.at(packet.dstPort);
    const answers = this.at(packet.srcPort);
    // Both may be meant where both ports are of servers.
    if (asked >= 0 === answers >= 0) return NO_ROW;
    const which = Math.max(asked, answers);
    const row = this.each[which]?.begin(packet, direction, asked >= 0 ? 'client' : 'server') ?? NO_ROW;
    return row === NO_ROW ? NO_ROW : (row << BITS) | which;
  }

  /** Which protocol servers speak at a port: it is theirs, or the last one there was recognised; -1 for none of these. */
  private at(port: number): number {
    const which = this.byPort.get(port);
    if (which !== undefined) return which;
    const known = this.host.recognition.knownServer(port);
    return known === null ? NO_ROW : this.each.findIndex(({ dissector }) => dissector === known);
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
    return this.each[row & (MAX_PROTOCOLS - 1)];
  }

  private own(row: number): number {
    return row >> BITS;
  }
}
