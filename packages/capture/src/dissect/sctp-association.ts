/**
 * An SCTP association between two ends, each of which may have several addresses: its handshake, two directions of messages, how it ended. Messages of all its
 * streams go to one session: the protocols that run over SCTP pair by numbers of their own, across streams.
 */

import type { Micros } from '@kubeshark/model';
import type { Packet } from '../packet/packet.ts';
import {
  ABORT,
  type Chunk,
  COOKIE_ACK,
  DATA,
  FORWARD_TSN,
  I_DATA,
  I_FORWARD_TSN,
  INIT,
  INIT_ACK,
  readChunks,
  SHUTDOWN,
  SHUTDOWN_COMPLETE,
} from '../packet/sctp.ts';
import type { Direction } from '../reassembly/flow-table.ts';
import { type MessageReceiver, SctpHalf } from '../reassembly/sctp-half.ts';
import type { Range } from '../reassembly/tcp-half.ts';
import { ConnectionExchange, type ConnectionState } from './connection-exchange.ts';
import { increase } from './counters.ts';
import { DatagramStream } from './datagram-stream.ts';
import type { CloseReason } from './dissector.ts';
import { Flow, type FlowBegin, type FlowFacts, type FlowHost } from './flow.ts';

export class SctpAssociation extends Flow<DatagramStream> implements MessageReceiver {
  readonly transport = 'sctp';
  readonly halves: readonly [SctpHalf, SctpHalf];
  /** Tag of the INIT that opened it: another one opens another association between the same ends. */
  private tag = 0;
  /** The tags that both ends chose, by direction: what is sent to an end has its tag. 0 while it is not known. */
  readonly tags: [number, number] = [0, 0];
  /** Where `SctpFlows` finds its ends by these; empty while it does not. */
  readonly keys: [string, string] = ['', ''];
  private inits = 0;
  private initAt: Micros | null = null;
  private lastInitAt: Micros = 0;
  private initAckAt: Micros | null = null;
  private establishedAt: Micros | null = null;
  private aborts = 0;
  private isShutDown = false;
  private closedAt: Micros | null = null;
  private unreachable = '';

  constructor(host: FlowHost, begin: FlowBegin) {
    super(host, begin);
    const { maxHeldBytes, maxMessageBytes } = host.limits;
    const limits = { maxHeldBytes, maxMessageBytes, budget: host.budget };
    this.halves = [new SctpHalf(0, this, limits), new SctpHalf(1, this, limits)];
  }

  get isClosed(): boolean {
    return this.closedAt !== null;
  }

  /** True while chunks wait for one that is missing. */
  get isWaiting(): boolean {
    return this.halves[0].isWaiting || this.halves[1].isWaiting;
  }

  packet(packet: Packet, direction: Direction): void {
    this.lastAt = Math.max(this.lastAt, packet.at);
    const half = this.halves[direction];
    half.packets++;
    if (this.closedAt !== null) return;
    const { bytes, at, payloadStart: start, payloadEnd: end } = packet;
    const wireEnd = start + packet.payloadLength;
    const fault = readChunks(bytes, { start, end, wireEnd }, (chunk) => {
      if (this.closedAt === null) this.chunk(chunk, bytes, { direction, at });
    });
    if (fault !== null) increase(this.host.counters.faults, fault);
  }

  /** True when the packet opens another association between the same ends. */
  isReusedBy(packet: Packet): boolean {
    if (this.inits === 0 && this.bytes === 0) return false;
    let isReused = false;
    const { bytes, payloadStart: start, payloadEnd: end } = packet;
    readChunks(bytes, { start, end, wireEnd: start + packet.payloadLength }, ({ type, tag }) => {
      if (type === INIT && tag !== this.tag) isReused = true;
    });
    return isReused;
  }

  private chunk(chunk: Chunk, bytes: Uint8Array, { direction, at }: { direction: Direction; at: Micros }): void {
    const half = this.halves[direction];
    switch (chunk.type) {
      case DATA:
      case I_DATA:
        half.data(chunk, bytes, at);
        return;
      case INIT:
        this.client ??= direction;
        this.tag = chunk.tag;
        this.tags[direction] = chunk.tag;
        this.inits++;
        this.initAt ??= at;
        this.lastInitAt = at;
        half.begin(chunk.tsn);
        return;
      case INIT_ACK:
        this.client ??= direction === 0 ? 1 : 0;
        this.initAckAt ??= at;
        this.tags[direction] = chunk.tag;
        half.begin(chunk.tsn);
        return;
      case COOKIE_ACK:
        this.client ??= direction === 0 ? 1 : 0;
        this.establishedAt ??= at;
        return;
      case FORWARD_TSN:
      case I_FORWARD_TSN:
        half.forward(chunk.tsn);
        return;
      case ABORT:
        this.aborts++;
        this.close(at, 'reset');
        return;
      case SHUTDOWN:
        this.isShutDown = true;
        return;
      case SHUTDOWN_COMPLETE:
        this.close(at, 'fin');
        return;
      default:
    }
  }

  message(half: SctpHalf, bytes: Uint8Array, range: Range): void {
    this.stream.take(half.direction, bytes, range);
  }

  gap(_: SctpHalf, chunks: number): void {
    this.host.counters.gaps++;
    increase(this.host.counters.faults, 'sctp: chunks lost', chunks);
  }

  /** Gives up holes that waited long enough. */
  expire(now: Micros): void {
    for (const half of this.halves) half.expire(now, this.host.limits.holeMicros);
  }

  /** An ICMP error that names these ends: the reason if the association fails. */
  refuse(reason: string, at: Micros): void {
    this.lastAt = Math.max(this.lastAt, at);
    this.unreachable = reason;
    if (this.isUnanswered) this.close(at, 'reset');
  }

  /** Whether the association can be forgotten; closes it first when its time is over. */
  isOver(now: Micros): boolean {
    const { limits } = this.host;
    const idle = now - this.lastAt;
    if (this.closedAt === null) {
      if (this.isUnanswered && now - this.lastInitAt > limits.connectMicros) this.close(now, 'timeout');
      else if (this.isShutDown && idle > limits.lingerMicros) this.close(this.lastAt, 'fin');
      else if (idle > limits.tcpIdleMicros) this.close(this.lastAt, 'timeout');
    }
    return this.closedAt !== null && idle > limits.lingerMicros;
  }

  close(at: Micros, reason: CloseReason): void {
    if (this.closedAt !== null) return;
    for (const half of this.halves) half.flush();
    this.closedAt = at;
    if (this.hasStream) this.stream.close(at, reason === 'end-of-capture' && this.isShutDown ? 'fin' : reason);
    const state = this.stateAfter(at, reason);
    if (this.deservesEntry()) this.emit(this.story(state), []);
  }

  /** INIT seen, no answer of any kind. */
  private get isUnanswered(): boolean {
    return this.inits > 0 && this.initAckAt === null && this.bytes === 0;
  }

  private get bytes(): number {
    return this.halves[0].bytes + this.halves[1].bytes;
  }

  private stateAfter(at: Micros, reason: CloseReason): ConnectionState {
    if (this.isUnanswered) {
      if (reason === 'reset') return this.unreachable === '' ? 'refused' : 'unanswered';
      // An INIT right before the capture's end may well have been answered after it.
      return this.inits > 1 || at - this.lastInitAt >= this.host.limits.holeMicros ? 'unanswered' : 'open';
    }
    if (reason === 'reset') return 'reset';
    return reason === 'fin' || this.isShutDown ? 'closed' : 'open';
  }

  /** Associations that gave calls are seen through them; heartbeats on another path are no association of their own. */
  private deservesEntry(): boolean {
    if (this.calls > 0) return this.hasStream && this.stream.gaveUp;
    return this.bytes > 0 || this.inits > 0 || this.initAckAt !== null;
  }

  private story(state: ConnectionState): ConnectionExchange {
    const client = this.clientDirection;
    const server = client === 0 ? 1 : 0;
    return new ConnectionExchange({
      protocol: 'sctp',
      firstAt: this.firstAt,
      state,
      serverPort: this.ports[server],
      client: { bytes: this.halves[client].bytes, unread: this.unread(client) },
      server: { bytes: this.halves[server].bytes, unread: this.unread(server) },
      reason: this.hasStream ? this.stream.reason || 'not recognised' : 'no data',
      unreachable: this.unreachable,
      datagrams: this.halves[0].messages + this.halves[1].messages,
    });
  }

  protected override openStream(): DatagramStream {
    return new DatagramStream(this.host, this, { midStream: false });
  }

  facts(): FlowFacts {
    const client = this.halves[this.clientDirection];
    const server = this.halves[this.clientDirection === 0 ? 1 : 0];
    return {
      id: this.id,
      transport: 'sctp',
      ...(this.tls !== null && { tls: this.tls }),
      ...between('handshakeMillis', this.initAt, this.establishedAt),
      ...between('rttMillis', this.initAt, this.initAckAt),
      clientBytes: client.bytes,
      serverBytes: server.bytes,
      clientPackets: client.packets,
      serverPackets: server.packets,
      retransmissions: client.retransmissions + server.retransmissions,
      outOfOrder: client.outOfOrder + server.outOfOrder,
      resets: this.aborts,
    };
  }
}

function between(name: 'handshakeMillis' | 'rttMillis', from: Micros | null, to: Micros | null): Partial<FlowFacts> {
  return from === null || to === null ? {} : { [name]: Math.max(0, Math.round(to - from)) / 1000 };
}
