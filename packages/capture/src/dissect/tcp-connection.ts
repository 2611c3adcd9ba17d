/** A TCP connection: handshake, two directions put in order, how it ended, and the facts the inspector shows of it. */

import type { Micros } from '@kubeshark/model';
import type { JsonWriter } from '../json/json-writer.ts';
import { ACK, FIN, type Packet, RST, SYN } from '../packet/packet.ts';
import type { Direction } from '../reassembly/flow-table.ts';
import { advance, distance } from '../reassembly/sequence.ts';
import { type HalfReceiver, type Range, TcpHalf } from '../reassembly/tcp-half.ts';
import { ByteStream } from './byte-stream.ts';
import { ConnectionExchange, type ConnectionState } from './connection-exchange.ts';
import type { CloseReason } from './dissector.ts';
import { beginOf, Flow, type FlowFacts, type FlowHost } from './flow.ts';
import { type TcpFacts, TcpFactsJson, writeTcpFacts } from './tcp-facts-json.ts';

export class TcpConnection extends Flow<ByteStream> implements HalfReceiver, TcpFacts {
  readonly transport = 'tcp';
  private readonly low: TcpHalf;
  private readonly high: TcpHalf;
  private closedAt: Micros | null = null;
  establishedAt: Micros | null = null;
  synAckAt: Micros | null = null;
  /** Both, by direction. */
  readonly halves: readonly [TcpHalf, TcpHalf];
  synAt: Micros | null = null;
  private lastSynAt: Micros = 0;
  private syns = 0;
  resets = 0;
  private unreachable = '';
  private isnText = '';
  private writtenFacts: TcpFactsJson | null = null;

  constructor(host: FlowHost, packet: Packet, direction: Direction) {
    super(host, beginOf(packet, direction));
    const limits = { maxHeldBytes: host.limits.maxHeldBytes, budget: host.budget };
    this.low = new TcpHalf(0, this, limits);
    this.high = new TcpHalf(1, this, limits);
    this.low.peer = this.high;
    this.high.peer = this.low;
    this.halves = [this.low, this.high];
  }

  get isClosed(): boolean {
    return this.closedAt !== null;
  }

  /** True while segments wait for a hole to fill. */
  get isWaiting(): boolean {
    return this.low.waiting || this.high.waiting;
  }

  /** Something of it counts as waiting: segments, bytes that nobody has read, or calls that are open. */
  get holds(): boolean {
    return this.isWaiting || (this.hasStream && this.stream.holds);
  }

  /** True when the SYN opens another connection between the same ends and ports. */
  isReusedBy(packet: Packet, direction: Direction): boolean {
    if ((packet.flags & (SYN | RST)) !== SYN) return false;
    const half = this.halves[direction];
    if (half.sawSyn) return half.initial !== packet.seq;
    if (half.started) {
      // Captured late, behind the data it opened the way for.
      const behind = distance(half.next, advance(packet.seq, 1));
      return behind < 0 || behind > half.bytes;
    }
    return this.isClosed || ((packet.flags & ACK) === 0 && this.synAckAt === null && half.peer.started);
  }

  packet(packet: Packet, direction: Direction): void {
    if (packet.at > this.lastAt) this.lastAt = packet.at;
    const half = direction === 0 ? this.low : this.high;
    const { flags } = packet;
    if (this.closedAt !== null) {
      half.packets++;
      return;
    }
    if ((flags & SYN) !== 0) this.handshake(packet, direction);
    else if (this.establishedAt === null && this.synAckAt !== null && direction === this.client) {
      this.establishedAt = packet.at;
    }
    if ((flags & ACK) !== 0) half.peer.acknowledge(packet.ack);
    if ((flags & RST) !== 0) {
      half.packets++;
      this.reset(packet, direction);
      return;
    }
    if (packet.window === 0 && (flags & SYN) === 0) half.zeroWindows++;
    half.segment(packet);
    if (half.ended && half.peer.ended) this.close(packet.at, 'fin');
    else if ((flags & FIN) !== 0 && this.isWaiting) this.expire(packet.at);
  }

  data(half: TcpHalf, bytes: Uint8Array, range: Range): void {
    this.stream.take(half.direction, bytes, range);
  }

  gap(half: TcpHalf, length: number, at: Micros): void {
    this.host.counters.gaps++;
    this.host.counters.lostBytes += length;
    this.stream.lose(half.direction, length, at);
  }

  /** Gives up holes that waited long enough. */
  expire(now: Micros): void {
    const { reorderMicros, holeMicros } = this.host.limits;
    const wait = { reorder: reorderMicros, hole: holeMicros };
    for (const half of this.halves) half.expire(now, wait);
    if (this.halves[0].ended && this.halves[1].ended) this.close(now, 'fin');
  }

  /** Whether the connection can be forgotten; closes it first when its time is over. */
  isOver(now: Micros): boolean {
    const { limits } = this.host;
    const idle = now - this.lastAt;
    if (this.closedAt !== null) return idle > limits.lingerMicros;
    const { ended } = this.halves[0];
    if (this.isUnanswered) {
      if (now - this.lastSynAt > limits.connectMicros) this.close(now, 'timeout');
    } else if ((ended || this.halves[1].ended) && idle > limits.lingerMicros) {
      this.close(this.lastAt, 'fin');
    } else if (idle > limits.tcpIdleMicros) {
      this.close(this.lastAt, 'timeout');
    }
    return this.closedAt !== null && idle > limits.lingerMicros;
  }

  close(at: Micros, reason: CloseReason): void {
    if (this.closedAt !== null) return;
    for (const half of this.halves) half.flush(at);
    this.closedAt = at;
    const ended = this.halves[0].ended || this.halves[1].ended;
    if (this.hasStream) this.stream.close(at, reason === 'end-of-capture' && ended ? 'fin' : reason);
    for (const half of this.halves) half.drop();
    const state = this.stateAfter(at, reason);
    if (this.deservesEntry(state)) this.emit(this.story(state), []);
  }

  /** An ICMP error that names this connection: the reason if it fails. */
  refuse(reason: string, at: Micros): void {
    this.unreachable = reason;
    if (this.isUnanswered) this.close(at, 'reset');
  }

  /** SYN seen, no answer of any kind. */
  private get isUnanswered(): boolean {
    return this.syns > 0 && this.synAckAt === null && !this.halves[0].midStream && this.bytes === 0;
  }

  get bytes(): number {
    return this.halves[0].bytes + this.halves[1].bytes;
  }

  protected override openStream(): ByteStream {
    const { low, high } = this;
    const midStream = low.midStream || high.midStream || !(low.sawSyn || high.sawSyn);
    return new ByteStream(this.host, this, { midStream });
  }

  facts(): FlowFacts {
    const { id, isn, tls, handshakeMicros, rttMicros, tlsMicros, clientHalf: client, resets } = this;
    const server = client.peer;
    return {
      id,
      transport: 'tcp',
      ...(isn !== null && { isn }),
      ...(tls !== null && { tls }),
      ...(handshakeMicros !== null && { handshakeMillis: handshakeMicros / 1000 }),
      ...(rttMicros !== null && { rttMillis: rttMicros / 1000 }),
      ...(tlsMicros !== null && { tlsMillis: tlsMicros / 1000 }),
      clientBytes: client.bytes,
      serverBytes: server.bytes,
      clientPackets: client.packets,
      serverPackets: server.packets,
      retransmissions: client.retransmissions + server.retransmissions,
      outOfOrder: client.outOfOrder + server.outOfOrder,
      zeroWindows: client.zeroWindows + server.zeroWindows,
      resets,
    };
  }

  override writeConnection(json: JsonWriter): void {
    // Most connections that gave two calls give more.
    if (this.calls > 1) this.writtenFacts ??= new TcpFactsJson();
    if (this.writtenFacts === null) writeTcpFacts(json, this);
    else this.writtenFacts.write(json, this);
  }

  get clientHalf(): TcpHalf {
    return this.clientDirection === 0 ? this.low : this.high;
  }

  /** Initial sequence numbers of client and server, which address translation leaves as they are; null unless both were seen. */
  get isn(): string | null {
    if (this.isnText !== '') return this.isnText;
    const client = this.halves[this.clientDirection];
    if (!this.host.tellsNumbers || !client.sawSyn || !client.peer.sawSyn) return null;
    this.isnText = `${hexOf(client.initial)}-${hexOf(client.peer.initial)}`;
    return this.isnText;
  }

  /** SYN to the client's ACK, and to the SYN/ACK; null when that was not seen. */
  get handshakeMicros(): Micros | null {
    return between(this.synAt, this.establishedAt);
  }

  get rttMicros(): Micros | null {
    return between(this.synAt, this.synAckAt);
  }

  private handshake(packet: Packet, direction: Direction): void {
    if ((packet.flags & ACK) !== 0) {
      this.client ??= direction === 0 ? 1 : 0;
      this.synAckAt ??= packet.at;
      return;
    }
    this.client ??= direction;
    this.synAt ??= packet.at;
    this.lastSynAt = packet.at;
    this.syns++;
  }

  private reset(packet: Packet, direction: Direction): void {
    this.resets++;
    // What the resetting end had received of the other counts as sent.
    for (const half of this.halves) half.flush(packet.at);
    if (this.isUnanswered && direction === this.client) this.unreachable = 'given up by the client';
    this.close(packet.at, 'reset');
  }

  private stateAfter(at: Micros, reason: CloseReason): ConnectionState {
    if (this.isUnanswered) {
      if (reason === 'reset') return this.unreachable === '' ? 'refused' : 'unanswered';
      // A SYN right before the capture's end may well have been answered after it.
      return this.syns > 1 || at - this.lastSynAt >= this.host.limits.holeMicros ? 'unanswered' : 'open';
    }
    if (reason === 'reset') return 'reset';
    return reason === 'fin' || this.halves[0].ended || this.halves[1].ended ? 'closed' : 'open';
  }

  private story(state: ConnectionState): ConnectionExchange {
    const client = this.clientDirection;
    const server = client === 0 ? 1 : 0;
    return new ConnectionExchange({
      protocol: 'tcp',
      firstAt: this.firstAt,
      state,
      serverPort: this.ports[server],
      client: { bytes: this.halves[client].bytes, unread: this.unread(client) },
      server: { bytes: this.halves[server].bytes, unread: this.unread(server) },
      reason: this.reason,
      unreachable: this.unreachable,
      datagrams: 0,
    });
  }

  private get reason(): string {
    if (!this.hasStream) return this.bytes === 0 ? 'no data' : '';
    return this.stream.reason === '' ? 'no whole call seen' : this.stream.reason;
  }

  /** Connections that gave calls are seen through them; all others are shown as themselves, unless nothing is known. */
  private deservesEntry(state: ConnectionState): boolean {
    if (this.calls > 0) return this.hasStream && this.stream.gaveUp;
    return this.bytes > 0 || this.syns > 0 || this.synAckAt !== null || state === 'refused';
  }
}

const hexOf = (number: number): string => (number >>> 0).toString(16).padStart(8, '0');

function between(from: Micros | null, to: Micros | null): Micros | null {
  return from === null || to === null ? null : Math.max(0, Math.round(to - from));
}
