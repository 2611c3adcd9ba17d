/** Datagrams between two ends: each is read by itself, calls pair them. */

import type { Micros } from '@kubeshark/model';
import type { JsonWriter } from '../json/json-writer.ts';
import type { Packet } from '../packet/packet.ts';
import type { Direction } from '../reassembly/flow-table.ts';
import { ConnectionExchange } from './connection-exchange.ts';
import { type DatagramNumbers, writeDatagramNumbers } from './datagram-facts-json.ts';
import { DatagramStream } from './datagram-stream.ts';
import type { CloseReason, Dissector, Session, SessionContext } from './dissector.ts';
import { Flow, type FlowFacts } from './flow.ts';

/** What is known of a lookup's conversation. */
export interface LookupSoFar {
  readonly lastAt: Micros;
  readonly client: Direction;
  readonly calls: number;
  readonly note: object | null;
  /** By direction. */
  readonly bytes: readonly [number, number];
  readonly packets: readonly [number, number];
}

export class UdpFlow extends Flow<DatagramStream> {
  readonly transport = 'udp';
  /** By direction. */
  private lowBytes = 0;
  private highBytes = 0;
  private lowPackets = 0;
  private highPackets = 0;
  private unreachable = '';
  private closed = false;
  /** The id as it was last written, and who was the client then. */
  private idPiece: Uint8Array | null = null;
  private idPieceClient: Direction = 0;

  /** Goes on with a conversation that was read as a lookup so far. */
  goOn(so: LookupSoFar, dissector: Dissector, open: (context: SessionContext) => Session): void {
    this.lastAt = so.lastAt;
    this.client = so.client;
    this.calls = so.calls;
    this.note = so.note;
    [this.lowBytes, this.highBytes] = so.bytes;
    [this.lowPackets, this.highPackets] = so.packets;
    this.stream.goOn(dissector, open);
  }

  packet(packet: Packet, direction: Direction): void {
    this.lastAt = Math.max(this.lastAt, packet.at);
    if (direction === 0) {
      this.lowPackets++;
      this.lowBytes += packet.payloadLength;
    } else {
      this.highPackets++;
      this.highBytes += packet.payloadLength;
    }
    const { payloadStart: start, payloadEnd: end, at } = packet;
    if (end > start) this.stream.take(direction, packet.bytes, { start, end, at });
  }

  /** An ICMP error that names these ends. */
  refuse(reason: string, at: Micros): void {
    this.lastAt = Math.max(this.lastAt, at);
    this.unreachable = reason;
  }

  get isClosed(): boolean {
    return this.closed;
  }

  isOver(now: number): boolean {
    const idle = this.hasStream ? this.stream.idleMicros : this.host.limits.udpIdleMicros;
    if (now - this.lastAt <= idle) return false;
    this.close(this.lastAt, 'timeout');
    return true;
  }

  close(at: number, reason: CloseReason): void {
    if (this.closed) return;
    this.closed = true;
    if (this.hasStream) this.stream.close(at, reason);
    if (this.calls > 0 && !(this.hasStream && this.stream.gaveUp)) return;
    const client = this.clientDirection;
    const server = client === 0 ? 1 : 0;
    this.emit(
      new ConnectionExchange({
        protocol: 'udp',
        firstAt: this.firstAt,
        state: 'open',
        serverPort: this.ports[server],
        client: { bytes: this.bytesOf(client), unread: this.unread(client) },
        server: { bytes: this.bytesOf(server), unread: this.unread(server) },
        reason: this.hasStream ? this.stream.reason : '',
        unreachable: this.unreachable,
        datagrams: this.lowPackets + this.highPackets,
      }),
      [],
    );
  }

  protected override openStream(): DatagramStream {
    return new DatagramStream(this.host, this, { midStream: false });
  }

  facts(): FlowFacts {
    return { id: this.id, transport: 'udp', ...(this.tls !== null && { tls: this.tls }), ...this.numbers() };
  }

  override writeConnection(json: JsonWriter): void {
    if (this.tls !== null) return super.writeConnection(json);
    const { clientDirection, idPiece } = this;
    if (idPiece !== null && this.idPieceClient === clientDirection) json.copyOf(idPiece);
    else {
      const start = json.length;
      this.writeIdPart(json);
      // Most conversations that gave two calls give more.
      this.idPiece = this.calls > 1 ? json.pieceFrom(start) : null;
      this.idPieceClient = clientDirection;
    }
    writeDatagramNumbers(json, this.numbers());
  }

  private numbers(): DatagramNumbers {
    const client = this.clientDirection;
    const server = client === 0 ? 1 : 0;
    return {
      clientBytes: this.bytesOf(client),
      serverBytes: this.bytesOf(server),
      clientPackets: this.packetsOf(client),
      serverPackets: this.packetsOf(server),
    };
  }

  private bytesOf(direction: Direction): number {
    return direction === 0 ? this.lowBytes : this.highBytes;
  }

  private packetsOf(direction: Direction): number {
    return direction === 0 ? this.lowPackets : this.highPackets;
  }
}
