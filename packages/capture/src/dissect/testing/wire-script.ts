/** Packets for the engine without frames: a script of what two ends send, with everything a network does to it. */

import { ACK, FIN, Packet, RST, SCTP, SYN, TCP, UDP } from '../../packet/packet.ts';
import type { Side } from '../dissector.ts';

export { ACK, FIN, RST, SYN };

export interface Ends {
  readonly clientIp?: readonly number[];
  readonly serverIp?: readonly number[];
  readonly clientPort?: number;
  readonly serverPort?: number;
}

export interface Segment {
  readonly flags?: number;
  readonly data?: Uint8Array | string;
  /** Offset in the sender's stream; without it where the sender is. */
  readonly at?: number;
  /** Captured bytes when the snap length cut the packet. */
  readonly captured?: number;
  readonly window?: number;
  readonly time?: number;
  readonly interfaceId?: number;
  /** Bytes of the other side acknowledged; without it all of them. */
  readonly acked?: number;
}

interface Sender {
  readonly ip: readonly number[];
  readonly port: number;
  readonly initial: number;
  sent: number;
}

/** One TCP connection, SCTP association or UDP pair as a source of packets, 1 ms apart. */
export class WireScript {
  private readonly sides: Readonly<Record<Side, Sender>>;
  private time = 1_000_000;

  constructor(ends: Ends = {}, initials: Readonly<Record<Side, number>> = { client: 1000, server: 0xffff_fff0 }) {
    const { clientIp = [10, 0, 0, 1], serverIp = [10, 0, 0, 2], clientPort = 40_000, serverPort = 1 } = ends;
    this.sides = {
      client: { ip: clientIp, port: clientPort, initial: initials.client, sent: 0 },
      server: { ip: serverIp, port: serverPort, initial: initials.server, sent: 0 },
    };
  }

  handshake(): Packet[] {
    return [
      this.tcp('client', { flags: SYN, at: -1 }),
      this.tcp('server', { flags: SYN | ACK, at: -1 }),
      this.tcp('client', { flags: ACK }),
    ];
  }

  bye(): Packet[] {
    return [this.tcp('client', { flags: FIN | ACK }), this.tcp('server', { flags: FIN | ACK })];
  }

  tcp(side: Side, segment: Segment = {}): Packet {
    const sender = this.sides[side];
    const other = this.sides[side === 'client' ? 'server' : 'client'];
    const packet = this.packet(side, segment);
    packet.protocol = TCP;
    packet.flags = segment.flags ?? ACK;
    const at = segment.at ?? sender.sent;
    packet.seq = (sender.initial + 1 + at) | 0;
    packet.ack = (other.initial + 1 + (segment.acked ?? other.sent)) | 0;
    packet.window = segment.window ?? 1000;
    sender.sent = Math.max(sender.sent, at + packet.payloadLength);
    return packet;
  }

  udp(side: Side, data: Uint8Array | string): Packet {
    const packet = this.packet(side, { data });
    packet.protocol = UDP;
    return packet;
  }

  /** Chunks behind a common header. */
  sctp(side: Side, ...chunks: readonly Uint8Array[]): Packet {
    const packet = this.packet(side, { data: Buffer.concat([new Uint8Array(12), ...chunks]) });
    packet.protocol = SCTP;
    return packet;
  }

  private packet(side: Side, { data = '', captured, time, interfaceId = 0 }: Segment): Packet {
    const src = this.sides[side];
    const dst = this.sides[side === 'client' ? 'server' : 'client'];
    const payload = typeof data === 'string' ? new TextEncoder().encode(data) : data;
    const packet = new Packet();
    packet.bytes = Uint8Array.from([...src.ip, ...dst.ip, ...payload]);
    this.time += 1000;
    packet.at = time ?? this.time;
    packet.interfaceId = interfaceId;
    packet.ipVersion = src.ip.length === 4 ? 4 : 6;
    packet.srcIp = 0;
    packet.dstIp = src.ip.length;
    packet.srcPort = src.port;
    packet.dstPort = dst.port;
    packet.payloadStart = 2 * src.ip.length;
    packet.payloadLength = payload.length;
    packet.payloadEnd = packet.payloadStart + Math.min(payload.length, captured ?? payload.length);
    return packet;
  }
}
