/** ICMP between two ends: echoes, or one error about a packet that other ends exchanged. */

import type { Packet } from '../packet/packet.ts';
import type { Direction } from '../reassembly/flow-table.ts';
import { DatagramStream } from './datagram-stream.ts';
import type { CloseReason } from './dissector.ts';
import { Flow, type FlowFacts } from './flow.ts';

export class IcmpFlow extends Flow<DatagramStream> {
  readonly transport = 'icmp';
  private readonly bytes: [number, number] = [0, 0];
  private readonly packets: [number, number] = [0, 0];
  /** The connection an error is about: its calls carry the same connection id. */
  private about: Flow | undefined;
  private closed = false;

  packet(packet: Packet, direction: Direction): void {
    this.lastAt = Math.max(this.lastAt, packet.at);
    this.packets[direction]++;
    this.bytes[direction] += packet.payloadLength;
    const { payloadStart: start, payloadEnd: end, at } = packet;
    this.stream.take(direction, packet.bytes, { start, end, at });
  }

  /** Takes an error about a packet that `direction` of this flow sent; `about` is that packet's own flow, when known. */
  reportOn(about: Flow | undefined, packet: Packet, direction: Direction): void {
    this.about = about;
    if (about !== undefined) this.client = about.clientDirection;
    this.packet(packet, direction === 0 ? 1 : 0);
    this.close(packet.at, 'fin');
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
    this.stream.close(at, reason);
  }

  protected override openStream(): DatagramStream {
    return new DatagramStream(this.host, this, { midStream: false });
  }

  facts(): FlowFacts {
    const client = this.clientDirection;
    const server = client === 0 ? 1 : 0;
    return {
      id: this.about?.id ?? this.id,
      transport: 'icmp',
      clientBytes: this.bytes[client],
      serverBytes: this.bytes[server],
      clientPackets: this.packets[client],
      serverPackets: this.packets[server],
    };
  }
}
