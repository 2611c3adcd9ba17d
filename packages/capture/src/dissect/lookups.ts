/**
 * Conversations over datagrams that are a question and an answer, one from each fresh port: read by one reader for all, with a
 * row of numbers for each. What only a stream can deal with (a datagram nobody expected, an error of the network) makes a
 * flow out of the row.
 */

import type { Micros } from '@kubeshark/model';
import type { NameTable } from '../names/name-table.ts';
import type { Packet } from '../packet/packet.ts';
import type { Direction } from '../reassembly/flow-table.ts';
import type {
  CloseReason,
  Dissector,
  Exchange,
  LookupContext,
  LookupReader,
  Lookups as LookupsOf,
  SessionLimits,
  Side,
} from './dissector.ts';
import type { FlowHost } from './flow.ts';
import { LookupConversation } from './lookup-conversation.ts';
import { LookupRows } from './lookup-rows.ts';
import { UdpFlow } from './udp-flow.ts';

const NO_ANOMALIES: readonly string[] = [];

/** The lookups of one protocol. */
export class Lookups implements LookupContext {
  readonly transport = 'udp';
  private readonly host: FlowHost;
  readonly dissector: Dissector;
  private readonly reader: LookupReader;
  private readonly lookups: LookupsOf;
  private readonly idleMicros: Micros;
  private readonly rows: LookupRows;
  /** Shows the row being read. */
  private readonly conversation: LookupConversation;
  private readonly span = { first: 0, last: 0 };
  private hasBorrowed = false;

  /** Null for a dissector that has none. */
  static of(dissector: Dissector, host: FlowHost): Lookups | null {
    return dissector.lookups === undefined ? null : new Lookups(dissector, dissector.lookups, host);
  }

  private constructor(dissector: Dissector, lookups: LookupsOf, host: FlowHost) {
    this.host = host;
    this.dissector = dissector;
    this.lookups = lookups;
    this.idleMicros = dissector.idleMicros ?? host.limits.udpIdleMicros;
    this.rows = new LookupRows();
    this.conversation = new LookupConversation(this.rows, host.names);
    this.reader = lookups.open(this);
  }

  get limits(): SessionLimits {
    return this.host.limits;
  }

  get names(): NameTable {
    return this.host.names;
  }

  borrow(): boolean {
    if (!this.host.isLending) return false;
    this.hasBorrowed = true;
    return true;
  }

  emit(exchange: Exchange): void {
    this.host.emit(this.conversation, exchange, NO_ANOMALIES);
  }

  get ports(): readonly number[] {
    return this.lookups.ports;
  }

  /** The row of the conversation that the packet of one side begins; -1 when it is not surely a lookup. */
  begin(packet: Packet, direction: Direction, side: Side): number {
    const { srcPort, dstPort, bytes, payloadStart, payloadEnd } = packet;
    if (payloadEnd === payloadStart) return -1;
    // Another protocol may be meant where the other port is well known too.
    if (this.host.recognition.isKnownPort(side === 'client' ? srcPort : dstPort)) return -1;
    const message = this.reader.read(bytes, payloadStart, payloadEnd);
    if (message === null || !this.reader.opens(message, side)) return -1;
    return this.rows.begin(packet, direction, side === 'client' ? direction : direction === 0 ? 1 : 0);
  }

  /** Takes the next packet of a conversation; a flow for it when there has to be one after all, which takes the packet. */
  packet(row: number, packet: Packet, direction: Direction): UdpFlow | null {
    const { reader, rows, span } = this;
    const { bytes, payloadStart, payloadEnd, at } = packet;
    if (payloadEnd === payloadStart) {
      rows.count(row, packet, direction);
      return null;
    }
    const message = reader.read(bytes, payloadStart, payloadEnd);
    if (message === null) {
      const flow = this.flowOf(row);
      flow.packet(packet, direction);
      return flow;
    }
    rows.count(row, packet, direction);
    this.conversation.row = row;
    span.first = at;
    span.last = at;
    try {
      rows.waiting[row] = reader.take(message, span, rows.waiting[row] ?? null);
      return null;
    } catch (error) {
      rows.waiting[row] = null;
      const flow = this.flowOf(row);
      flow.stream.crash(error);
      return flow;
    }
  }

  /** Makes a flow of the row, which is free then. */
  flowOf(row: number): UdpFlow {
    const { rows, dissector, lookups } = this;
    const waiting = rows.waiting[row] ?? null;
    const flow = new UdpFlow(this.host, rows.flowBegin(row));
    flow.goOn(rows.soFar(row), dissector, (context) => lookups.goOn(context, waiting));
    rows.release(row);
    return flow;
  }

  isOver(row: number, now: Micros): boolean {
    if (now - this.rows.lastAt(row) <= this.idleMicros) return false;
    this.close(row, 'timeout');
    return true;
  }

  lastAt(row: number): Micros {
    return this.rows.lastAt(row);
  }

  firstAt(row: number): Micros {
    return this.rows.firstAt(row);
  }

  /** The conversation is over; its row is free. */
  close(row: number, reason: CloseReason): void {
    const waiting = this.rows.waiting[row] ?? null;
    if (waiting !== null) {
      this.conversation.row = row;
      try {
        this.reader.close(waiting, reason);
      } catch (error) {
        this.host.count(this.dissector.id, `bug: ${String(error)}`);
      }
    }
    this.rows.release(row);
  }

  /** The chunk goes away. */
  settle(): void {
    if (!this.hasBorrowed) return;
    this.hasBorrowed = false;
    this.reader.settle();
  }
}
