/**
 * Packets in, calls out. Finds the flow of each packet, puts TCP in order, lets streams recognise and read their protocol,
 * ends what is over and keeps everything bounded. All time is packet time.
 */

import type { Micros, ProtocolId } from '@kubeshark/model';
import { openContents } from '../http/open-contents.ts';
import { NameTable } from '../names/name-table.ts';
import { icmpReason, isNeighbourDiscovery, readQuoted } from '../packet/icmp.ts';
import { ICMP, ICMPV6, Packet, type PacketSink, SCTP, TCP, UDP } from '../packet/packet.ts';
import { FlowTable } from '../reassembly/flow-table.ts';
import { KeyStore } from '../tls/key-store.ts';
import { Call, type CallFacts } from './call.ts';
import { EngineCounters, increase } from './counters.ts';
import { DatagramSightings } from './datagram-sightings.ts';
import type { CloseReason, Dissector, Exchange } from './dissector.ts';
import { evictOldest } from './eviction.ts';
import { beginOf, type Conversation, type FlowHost } from './flow.ts';
import { IcmpFlow } from './icmp-flow.ts';
import { defaultLimits, type EngineLimits } from './limits.ts';
import type { Origin } from './origin.ts';
import { Recognition } from './recognition.ts';
import { SctpFlows } from './sctp-flows.ts';
import type { Borrower } from './stream-services.ts';
import { TcpConnection } from './tcp-connection.ts';
import { UdpFlows } from './udp-flows.ts';

export interface EngineOptions {
  /**
   * Takes each call as it completes. Its bytes may still lie in the chunk it came in: what is wanted of it is read now, or
   * its entry made.
   */
  readonly onCall: (call: Call) => void;
  /** Told the first packet of each TCP and UDP conversation; the packet is only valid during the call. */
  readonly onFlow?: ((packet: Packet) => void) | undefined;
  readonly dissectors: readonly Dissector[];
  readonly node?: string;
  /** 0–4095, unique over all agents of a hub. */
  readonly agentNumber?: number;
  /** `libpcap`, `af_packet`, `file`, … */
  readonly source?: string;
  readonly interfaceName?: (id: number) => string | undefined;
  readonly limits?: Partial<EngineLimits>;
  /** False where nobody reads the names of ends: then what DNS answers tell of addresses is not kept. */
  readonly learnsNames?: boolean;
  /** Opens encrypted connections; keys may be added while packets are read. */
  readonly keys?: KeyStore;
  /** True where the same call may be seen at other places, behind address translation: `connection.isn` tells that it is one. */
  readonly tellsNumbers?: boolean;
}

/** Secrets type of a TLS key log in a pcapng decryption secrets block: `TLSK`. */
const TLS_KEY_LOG = 0x544c534b;
/** How often idle flows and open holes are looked at, in packet time. */
const SWEEP_MICROS = 1_000_000;
const HOLES_MICROS = 10_000;

export class Engine implements PacketSink, FlowHost {
  readonly counters = new EngineCounters();
  readonly limits: EngineLimits;
  readonly budget = { used: 0 };
  readonly recognition: Recognition;
  readonly keys: KeyStore;
  readonly names: NameTable;
  readonly tellsNumbers: boolean;
  /** Several interfaces are captured: a packet may come once from each. */
  hasSeveralInterfaces = false;
  private readonly sightings = new DatagramSightings();
  private readonly byId: ReadonlyMap<ProtocolId, Dissector>;
  private readonly onCall: (call: Call) => void;
  private readonly onFlow: ((packet: Packet) => void) | undefined;
  private readonly tcp = new FlowTable<TcpConnection>();
  private readonly udp: UdpFlows;
  private readonly icmp = new FlowTable<IcmpFlow>();
  private readonly sctp: SctpFlows;
  /** The packet that an ICMP error quotes. */
  private readonly quoted = new Packet();
  isLending = false;
  readonly borrowers: Borrower[] = [];
  /** Of the call being given out; one object each, filled for every call. */
  private readonly facts: CallFacts;
  private call: Call | null = null;
  /** Connections with open holes. */
  private readonly waiting = new Set<TcpConnection>();
  private now: Micros = 0;
  private nextSweep: Micros = 0;
  private nextDue: Micros = 0;
  private nextHoles: Micros = 0;
  private lastCompleted = 0;
  /** Of this process, as they were counted last. */
  private contentCuts = openContents.cuts;

  constructor(options: EngineOptions) {
    this.onCall = options.onCall;
    this.onFlow = options.onFlow;
    this.limits = { ...defaultLimits, ...options.limits };
    this.keys = options.keys ?? new KeyStore();
    this.tellsNumbers = options.tellsNumbers ?? false;
    this.names = new NameTable({ isAsked: options.learnsNames ?? true });
    this.recognition = new Recognition(options.dissectors);
    this.byId = new Map(options.dissectors.map((dissector) => [dissector.id, dissector]));
    const origin: Origin = {
      node: options.node ?? '',
      source: options.source ?? 'file',
      agentNumber: options.agentNumber ?? 0,
      interfaceName: options.interfaceName ?? (() => undefined),
      describeFailed: (protocol, error) => this.count(protocol, `bug: ${String(error)}`),
    };
    this.facts = { origin, completed: 0, anomalies: [] };
    this.udp = new UdpFlows(this, options.dissectors, (packet) => {
      this.counters.udpFlows++;
      this.onFlow?.(packet);
    });
    this.sctp = new SctpFlows(this, (packet) => {
      this.counters.sctpFlows++;
      this.onFlow?.(packet);
    });
  }

  packet(packet: Packet): void {
    if (packet.at > this.now) {
      this.now = packet.at;
      if (this.now >= this.nextDue) this.settleDue();
    }
    this.counters.packets++;
    const { protocol } = packet;
    if (protocol === TCP) this.tcpPacket(packet);
    else if (protocol === UDP) this.udpPacket(packet);
    else if (protocol === ICMP || protocol === ICMPV6) this.icmpPacket(packet);
    else if (protocol === SCTP) this.sctpPacket(packet);
    else increase(this.counters.otherProtocols, protocol);
    if (this.budget.used > this.limits.maxBufferedBytes) this.relieve();
  }

  skipped(reason: string): void {
    increase(this.counters.skipped, reason);
  }

  /** The bytes of the packets that follow stay as they are until `settle`. */
  lend(): void {
    this.isLending = true;
  }

  /** They go away now: what is still wanted of them is copied. */
  settle(): void {
    this.isLending = false;
    const { borrowers } = this;
    for (const borrower of borrowers) borrower.giveBack();
    borrowers.length = 0;
    this.udp.settle();
    this.countCuts();
  }

  private countCuts(): void {
    const { cuts } = openContents;
    this.counters.cutBodies += cuts - this.contentCuts;
    this.contentCuts = cuts;
  }

  /** Takes a decryption secrets block of a capture; kinds that open nothing are left out. */
  secrets(type: number, bytes: Uint8Array): void {
    if (type === TLS_KEY_LOG) this.keys.addKeyLog(new TextDecoder().decode(bytes));
  }

  /** Lets packet time pass on a quiet line: holes, failed connects and idle flows are settled as of `now`. */
  tick(now: Micros): void {
    this.now = now;
    if (now >= this.nextDue) this.settleDue();
  }

  /** What is looked at from time to time, of which something is due. */
  private settleDue(): void {
    const { now } = this;
    if (now >= this.nextHoles) {
      this.nextHoles = now + HOLES_MICROS;
      if (this.waiting.size > 0) this.expireHoles();
      this.sctp.expireHoles(now);
    }
    if (now >= this.nextSweep) {
      this.nextSweep = now + SWEEP_MICROS;
      this.tcp.removeIf((flow) => flow.isOver(now) && this.forget(flow));
      this.udp.sweep(now);
      this.icmp.removeIf((flow) => flow.isOver(now));
      this.sctp.sweep(now);
    }
    this.nextDue = Math.min(this.nextHoles, this.nextSweep);
  }

  /** The capture is over: everything that waits leaves. */
  end(reason: CloseReason = 'end-of-capture'): void {
    const flows = [...this.tcp.values(), ...this.udp.takeAll(), ...this.icmp.values(), ...this.sctp.values()];
    for (const flow of flows.sort((a, b) => a.firstAt - b.firstAt)) flow.close(this.now, reason);
    this.tcp.removeIf((flow) => this.forget(flow));
    this.icmp.removeIf(() => true);
    this.sctp.clear();
    this.countCuts();
  }

  /** Flows held now. */
  get flows(): number {
    return this.tcp.size + this.udp.size + this.icmp.size + this.sctp.size;
  }

  dissector(id: ProtocolId): Dissector | undefined {
    return this.byId.get(id);
  }

  count(protocol: ProtocolId, fault: string): void {
    increase(this.counters.faults, `${protocol}: ${fault}`);
  }

  emit(flow: Conversation, exchange: Exchange, anomalies: readonly string[]): void {
    this.counters.calls++;
    const now = Math.floor(this.now);
    this.lastCompleted = now > this.lastCompleted ? now : this.lastCompleted + 1;
    const { facts } = this;
    facts.completed = this.lastCompleted;
    facts.anomalies = anomalies;
    this.call ??= new Call(exchange, flow, facts);
    this.onCall(this.call.begin(exchange, flow, facts));
  }

  private tcpPacket(packet: Packet): void {
    const { counters, tcp } = this;
    counters.tcpPackets++;
    let flow = tcp.find(packet);
    const { direction } = tcp;
    if (flow === undefined || flow.isReusedBy(packet, direction)) {
      if (flow !== undefined) this.replace(flow);
      else if (tcp.size >= this.limits.maxTcpFlows) this.evict(tcp, packet);
      counters.tcpFlows++;
      this.onFlow?.(packet);
      flow = new TcpConnection(this, packet, direction);
      tcp.put(flow);
    }
    flow.packet(packet, direction);
    if (flow.isWaiting) this.waiting.add(flow);
  }

  private udpPacket(packet: Packet): void {
    this.counters.udpPackets++;
    if (!this.isSeenTwice(packet)) this.udp.packet(packet);
  }

  private sctpPacket(packet: Packet): void {
    this.counters.sctpPackets++;
    this.sctp.packet(packet);
  }

  private isSeenTwice(packet: Packet): boolean {
    if (!this.hasSeveralInterfaces || !this.sightings.isKnown(packet)) return false;
    this.counters.duplicates++;
    return true;
  }

  private icmpPacket(packet: Packet): void {
    const { counters, icmp } = this;
    counters.icmpPackets++;
    if (this.isSeenTwice(packet)) return;
    if (isNeighbourDiscovery(packet)) return this.skipped('icmpv6: neighbour discovery');
    if (readQuoted(packet, this.quoted)) return this.icmpError(packet);
    let flow = icmp.find(packet);
    const { direction } = icmp;
    if (flow === undefined) {
      if (icmp.size >= this.limits.maxUdpFlows) this.evict(icmp, packet);
      flow = new IcmpFlow(this, beginOf(packet, direction));
      icmp.put(flow);
    }
    flow.packet(packet, direction);
  }

  /** An error about another packet: the flow of that packet learns why it fails, and the error is shown between its ends. */
  private icmpError(packet: Packet): void {
    const { quoted } = this;
    const { protocol } = quoted;
    const table = protocol === TCP ? this.tcp : protocol === SCTP ? this.sctp : this.udp;
    const about = table instanceof UdpFlows ? table.flowOf(quoted) : table.find(quoted);
    about?.refuse(icmpReason(packet), packet.at);
    const { direction } = table;
    new IcmpFlow(this, beginOf(quoted, direction)).reportOn(about, packet, direction);
  }

  /** The same ends and ports open another connection. */
  private replace(flow: TcpConnection): void {
    flow.close(this.now, 'timeout');
    this.forget(flow);
  }

  private expireHoles(): void {
    for (const flow of this.waiting) {
      flow.expire(this.now);
      if (!flow.isWaiting) this.waiting.delete(flow);
    }
  }

  /** Makes room for another. */
  private evict<F extends TcpConnection | IcmpFlow>(table: FlowTable<F>, packet: Packet): void {
    const lastAt = (flow: F) => flow.lastAt;
    evictOldest(table, lastAt, (flow) => {
      this.counters.evictedFlows++;
      flow.close(this.now, 'evicted');
      if (flow instanceof TcpConnection) this.forget(flow);
    });
    // The key of the packet is asked for again: removing has not changed it, but its slot.
    table.find(packet);
  }

  /**
   * Too many bytes wait: the longest idle connections lose theirs until half the budget is free. What comes of one behind that is
   * read as of a connection that was joined late.
   */
  private relieve(): void {
    const flows = [...this.tcp.values(), ...this.sctp.values()].sort((a, b) => a.lastAt - b.lastAt);
    const left = new Set<TcpConnection>();
    for (const flow of flows) {
      if (this.budget.used <= this.limits.maxBufferedBytes / 2) break;
      if (flow.isClosed || (flow instanceof TcpConnection && !flow.holds)) continue;
      this.counters.evictedFlows++;
      flow.close(this.now, 'evicted');
      if (flow instanceof TcpConnection) left.add(flow);
    }
    this.tcp.removeIf((flow) => left.has(flow) && this.forget(flow));
  }

  /** Adds an ended connection to the sums; always true, for `removeIf`. */
  private forget(flow: TcpConnection): true {
    this.waiting.delete(flow);
    const { counters } = this;
    for (const half of flow.halves) {
      counters.retransmissions += half.retransmissions;
      counters.duplicates += half.duplicates;
      counters.outOfOrder += half.outOfOrder;
      counters.overlaps += half.overlaps;
      counters.keepAlives += half.keepAlives;
      counters.zeroWindows += half.zeroWindows;
    }
    return true;
  }
}

export function createEngine(options: EngineOptions): Engine {
  return new Engine(options);
}
