/**
 * One conversation as its protocol sees it: recognises, buffers, runs the session over both sides, goes on after gaps and
 * contains what goes wrong. It knows nothing of packets; TCP, UDP and decrypted streams feed it alike.
 */

import type { Micros, ProtocolId, TlsFacts } from '@kubeshark/model';
import type { NameTable } from '../names/name-table.ts';
import type { Direction } from '../reassembly/flow-table.ts';
import type { Budget, Range } from '../reassembly/tcp-half.ts';
import type { KeyStore } from '../tls/key-store.ts';
import type {
  CarriedStream,
  CarryOptions,
  CloseReason,
  Dissector,
  Exchange,
  Session,
  SessionContext,
  SessionLimits,
  Side,
  Transport,
  UpgradeOptions,
} from './dissector.ts';
import { Inbox } from './inbox.ts';
import type { EngineLimits } from './limits.ts';
import type { Recognition } from './recognition.ts';

/** What all streams of an engine share. */
export interface StreamServices {
  readonly recognition: Recognition;
  readonly limits: EngineLimits;
  readonly budget: Budget;
  readonly keys: KeyStore;
  readonly names: NameTable;
  dissector(id: ProtocolId): Dissector | undefined;
  /** Counts a fault or an oddity by protocol and name. */
  count(protocol: ProtocolId, fault: string): void;
  /** Whether the bytes of packets stay as they are until those who keep some of them are told. */
  readonly isLending: boolean;
  /** The streams to be told. */
  readonly borrowers: Stream[];
}

/** The connection a stream belongs to. */
export interface Carrier {
  readonly transport: Transport;
  readonly ipVersion: 4 | 6;
  /** Port of the end that sends in each direction. */
  readonly ports: readonly [number, number];
  /** The client's direction, once known. */
  client: Direction | null;
  tls: TlsFacts | null;
  emit(exchange: Exchange, anomalies: readonly string[]): void;
}

export interface StreamOptions {
  readonly midStream: boolean;
  readonly alpn?: string;
  readonly protocol?: ProtocolId;
  readonly depth?: number;
}

/** What is known of a direction whose bytes nobody could read. */
export interface Unread {
  /** The first of them, at most `FIRST_BYTES`. */
  first: Uint8Array;
  length: number;
}

/** Bytes kept of a stream nobody recognised, for the inspector. */
const FIRST_BYTES = 256;
/** Unread bytes kept while a message boundary is looked for: the boundary itself may have been cut. */
const RESYNC_TAIL = 2048;
/** Anomalies named on one call. */
const MAX_ANOMALIES = 8;
/** Bytes of a stream joined in the middle that may pass before a message boundary shows what it is. */
const MAX_MID_STREAM_BYTES = 256 * 1024;
/** A datagram taken for the wrong protocol is offered to the next ones, so many times. */
const MAX_READERS_OF_A_DATAGRAM = 4;
const NOTHING = new Uint8Array(0);
const NO_ANOMALIES: readonly string[] = [];

/** Where in `[start, limit)` a session could not go on. */
interface Unreadable {
  readonly start: number;
  readonly offset: number;
  readonly limit: number;
  readonly fault: string;
}

/** `probing`: not recognised yet; `reading`: a session reads; `unknown`: nobody can read it. */
type Phase = 'probing' | 'reading' | 'unknown' | 'closed';

export class Stream implements SessionContext {
  private readonly services: StreamServices;
  private readonly carrier: Carrier;
  /** Made when bytes first have to wait: datagrams never do. */
  private inboxesOrNull: readonly [Inbox, Inbox] | null = null;
  private readonly span = { first: 0, last: 0 };
  /** Where the bytes being read waited; null when they lie in the chunk as they came, and stay until it goes away. */
  private source: Inbox | null = null;
  private readsInPlace = false;
  private isBorrower = false;
  private readonly depth: number;
  private refused: Set<Dissector> | null = null;
  private carried: Stream[] | null = null;
  private anomalies: string[] | null = null;
  private phase: Phase = 'probing';
  private session: Session | null = null;
  private dissector: Dissector | null = null;
  /** Counts changes of session, so that a reading loop notices that it is no longer in charge. */
  private turn = 0;
  private wanted = 0;
  private faults = 0;
  /** Bytes were lost. */
  private damaged = false;
  /** Datagrams that no dissector knew. */
  private strangers = 0;
  private now: Micros = 0;
  midStream: boolean;
  alpn?: string;
  /** Messages read by the session in charge. */
  private messages = 0;
  /** Calls given by all sessions of this stream. */
  calls = 0;
  /** Why nobody reads the stream; empty while someone does. */
  reason = '';
  private unreadOrNull: readonly [Unread, Unread] | null = null;

  constructor(services: StreamServices, carrier: Carrier, options: StreamOptions) {
    this.services = services;
    this.carrier = carrier;
    this.midStream = options.midStream;
    this.depth = options.depth ?? 0;
    if (options.alpn !== undefined) this.alpn = options.alpn;
    if (this.depth > services.limits.maxCarryDepth) this.giveUp('carried too deep');
    else if (options.protocol !== undefined) this.start(options.protocol);
  }

  private get inboxes(): readonly [Inbox, Inbox] {
    this.inboxesOrNull ??= [new Inbox(this.services.budget), new Inbox(this.services.budget)];
    return this.inboxesOrNull;
  }

  /** What nobody took, by direction. */
  get unread(): readonly [Unread, Unread] {
    this.unreadOrNull ??= [
      { first: NOTHING, length: 0 },
      { first: NOTHING, length: 0 },
    ];
    return this.unreadOrNull;
  }

  /** The protocol in charge; null when not recognised. */
  get protocol(): ProtocolId | null {
    return this.dissector?.id ?? null;
  }

  /** A conversation over datagrams that is silent for so long is over. */
  get idleMicros(): Micros {
    return this.dissector?.idleMicros ?? this.services.limits.udpIdleMicros;
  }

  /** True when part of what it carried was given up unread. */
  get gaveUp(): boolean {
    return (this.reason !== '' && this.unreadBytes > 0) || (this.carried ?? []).some((stream) => stream.gaveUp);
  }

  private get isProbing(): boolean {
    return this.phase === 'probing';
  }

  /** Bytes of both directions that no session took, carried streams included. */
  get unreadBytes(): number {
    const inside = (this.carried ?? []).reduce((sum, stream) => sum + stream.unreadBytes, 0);
    return this.unreadOrNull === null ? inside : inside + this.unreadOrNull[0].length + this.unreadOrNull[1].length;
  }

  get limits(): SessionLimits {
    return this.services.limits;
  }

  get names(): NameTable {
    return this.services.names;
  }

  get keys(): KeyStore {
    return this.services.keys;
  }

  get ipVersion(): 4 | 6 {
    return this.carrier.ipVersion;
  }

  get transport(): Transport {
    return this.carrier.transport;
  }

  get clientPort(): number {
    return this.carrier.ports[this.carrier.client ?? 0];
  }

  get serverPort(): number {
    return this.carrier.ports[this.carrier.client === 1 ? 0 : 1];
  }

  borrow(): boolean {
    if (this.source !== null || !this.services.isLending) return false;
    if (!this.isBorrower) {
      this.isBorrower = true;
      this.services.borrowers.push(this);
    }
    return true;
  }

  /** The chunk goes away: what is still wanted of it is copied. */
  giveBack(): void {
    this.isBorrower = false;
    try {
      this.session?.settle?.();
    } catch (error) {
      this.crash(error);
    }
  }

  emit(exchange: Exchange): void {
    this.calls++;
    const anomalies = this.anomalies ?? NO_ANOMALIES;
    this.anomalies = null;
    this.carrier.emit(exchange, anomalies);
  }

  anomaly(fault: string): void {
    if (this.dissector !== null) this.services.count(this.dissector.id, fault);
    this.anomalies ??= [];
    if (this.anomalies.length < MAX_ANOMALIES) this.anomalies.push(fault);
  }

  tls(facts: TlsFacts): void {
    this.carrier.tls = facts;
  }

  upgrade(to: ProtocolId | 'unknown', options?: UpgradeOptions): void {
    this.leave('upgrade');
    this.dissector = null;
    this.phase = 'probing';
    this.refused = null;
    if (to !== 'unknown') this.start(to, options);
  }

  carry(options: CarryOptions): CarriedStream {
    const stream = new Stream(this.services, this.carrier, { ...options, depth: this.depth + 1 });
    this.carried ??= [];
    this.carried.push(stream);
    return {
      // Ciphers give Buffers, whose `slice` is a view where sessions expect a copy.
      data: (side, bytes) => {
        const copy = new Uint8Array(bytes);
        stream.take(this.directionOf(side), copy, { start: 0, end: copy.length, at: this.now });
      },
      gap: (side, length) => stream.lose(this.directionOf(side), length, this.now),
    };
  }

  /** Takes the next bytes of one direction, `bytes[start, end)`; they stay as they are until `settle` at most. */
  take(direction: Direction, bytes: Uint8Array, range: Range): void {
    const { start, end, at } = range;
    this.now = at;
    const inbox = this.inboxes[direction];
    if (this.phase === 'reading' && inbox.length === 0 && !inbox.broken) {
      const { turn } = this;
      const used = this.readPacket(direction, bytes, range);
      if (used < end) {
        inbox.append(bytes.subarray(used, end), at);
        inbox.needed = this.wanted;
      }
      if (this.turn !== turn || inbox.broken) this.settle();
    } else if (this.phase === 'unknown') {
      this.discard(direction, bytes.subarray(start, end));
    } else if (this.phase !== 'closed') {
      inbox.append(bytes.subarray(start, end), at);
      if (this.phase === 'probing' || inbox.length >= inbox.needed) this.settle();
    }
  }

  /** `length` bytes of one direction are lost. */
  lose(direction: Direction, length: number, at: Micros): void {
    this.now = at;
    this.damaged = true;
    if (this.phase === 'probing') {
      this.midStream = true;
      if (this.recognise(true) === 'undecided') this.discardAll();
      this.settle();
    }
    if (this.phase !== 'reading' || this.session === null) return;
    const inbox = this.inboxes[direction];
    const unread = inbox.length;
    inbox.clear();
    try {
      if (this.session.gap(this.sideOf(direction), unread + length, at) === 'lost') inbox.broken = true;
    } catch (error) {
      this.crash(error);
    }
  }

  /** Takes one datagram, `bytes[start, end)`: it is read by itself, nothing is kept for the next. */
  datagram(direction: Direction, bytes: Uint8Array, range: Range): void {
    const { start, end, at } = range;
    this.now = at;
    for (let attempt = 0; attempt < MAX_READERS_OF_A_DATAGRAM; attempt++) {
      if (this.phase === 'probing') {
        const sample = bytes.subarray(start, end);
        this.recognise(true, direction === 0 ? [sample, NOTHING] : [NOTHING, sample]);
      }
      if (this.phase !== 'reading') break;
      const used = this.readPacket(direction, bytes, range);
      // Probing again: the first reader found that it is not its protocol.
      if (this.isProbing) continue;
      if (used < end) this.anomaly('datagram cut short');
      return;
    }
    if (this.phase === 'closed') return;
    this.discard(direction, bytes.subarray(start, end));
    if (this.phase === 'probing' && ++this.strangers >= this.services.limits.maxProbeDatagrams) {
      this.giveUp('not recognised');
    }
  }

  /** The stream is over: what waits is looked at a last time and leaves as incomplete. */
  close(at: Micros, reason: CloseReason): void {
    if (this.phase === 'closed') return;
    this.now = at;
    if (this.phase === 'probing' && this.transport === 'tcp') {
      this.recognise(true);
    }
    if (this.inboxesOrNull !== null) {
      for (const inbox of this.inboxesOrNull) inbox.needed = 0;
      this.settle();
    }
    this.leave(reason);
    for (const stream of this.carried ?? []) stream.close(at, reason);
    if (this.phase === 'probing') this.giveUp('not recognised');
    this.phase = 'closed';
    for (const inbox of this.inboxesOrNull ?? []) inbox.clear();
  }

  private directionOf(side: Side): Direction {
    const client = this.carrier.client ?? 0;
    return side === 'client' ? client : client === 0 ? 1 : 0;
  }

  private sideOf(direction: Direction): Side {
    return direction === (this.carrier.client ?? 0) ? 'client' : 'server';
  }

  private start(protocol: ProtocolId, upgrade?: UpgradeOptions): void {
    const dissector = this.services.dissector(protocol);
    if (dissector === undefined) this.giveUp(`${protocol} is not read`);
    else this.open(dissector, upgrade);
  }

  private open(dissector: Dissector, upgrade?: UpgradeOptions): void {
    this.turn++;
    this.messages = 0;
    this.dissector = dissector;
    this.readsInPlace = dissector.inPlace === true;
    this.phase = 'reading';
    this.reason = '';
    for (const inbox of this.inboxesOrNull ?? []) inbox.needed = 0;
    try {
      this.session = dissector.open(this, upgrade);
    } catch (error) {
      this.crash(error);
    }
  }

  /** Ends the session in charge. */
  private leave(reason: CloseReason): void {
    const { session } = this;
    if (session === null) return;
    this.turn++;
    this.session = null;
    try {
      session.close(this.now, reason);
    } catch (error) {
      this.crash(error);
    }
  }

  private giveUp(reason: string): void {
    this.turn++;
    this.session = null;
    this.phase = 'unknown';
    this.reason = reason;
    this.discardAll();
  }

  private crash(error: unknown): void {
    if (this.dissector !== null) this.services.count(this.dissector.id, `bug: ${String(error)}`);
    this.giveUp(`the ${this.dissector?.id ?? 'next'} reader failed`);
  }

  /** Reads what waits until nothing changes any more. */
  private settle(): void {
    for (let turn = -1; turn !== this.turn; ) {
      turn = this.turn;
      if (this.phase === 'probing') this.recognise(false);
      for (const direction of this.inOrder()) if (this.phase === 'reading') this.readInbox(direction);
    }
    if (this.phase === 'unknown') this.discardAll();
  }

  /** The direction whose bytes have waited longer first: a reply is never read before its request. */
  private inOrder(): readonly [Direction, Direction] {
    const [a, b] = this.inboxes;
    return b.length > 0 && (a.length === 0 || b.timeAt(0) < a.timeAt(0)) ? [1, 0] : [0, 1];
  }

  private readInbox(direction: Direction): void {
    const inbox = this.inboxes[direction];
    do {
      if (inbox.length === 0 || inbox.length < inbox.needed) return;
      if (inbox.broken && !this.findBoundary(direction, inbox)) return;
      this.source = inbox;
      const { turn } = this;
      const view = inbox.view();
      const used = this.read(direction, view, { start: 0, end: view.length, at: this.now });
      // Giving up has emptied the inbox already.
      if (this.phase === 'unknown') return;
      inbox.consume(used);
      if (this.turn !== turn) return;
      if (!inbox.broken && inbox.length > 0) inbox.needed = this.wanted;
    } while (inbox.broken);
  }

  private recognise(
    final: boolean,
    samples: readonly [Uint8Array, Uint8Array] = [this.sample(0), this.sample(1)],
  ): 'decided' | 'undecided' {
    const { maxProbeBytes } = this.services.limits;
    if (samples[0].length + samples[1].length === 0) return 'undecided';
    const answer = this.services.recognition.recognise({
      samples,
      client: this.carrier.client,
      ports: this.carrier.ports,
      transport: this.carrier.transport,
      final: final || samples.some((sample) => sample.length >= maxProbeBytes),
      midStream: this.midStream,
      refused: this.refused,
    });
    if (answer.kind === 'undecided') return 'undecided';
    if (answer.kind === 'found') {
      this.carrier.client = answer.client;
      this.open(answer.dissector);
      // The other side may have been joined in the middle of a message.
      if (this.midStream) for (const inbox of this.inboxesOrNull ?? []) inbox.broken = true;
    } else if (this.midStream && this.unread[0].length + this.unread[1].length < MAX_MID_STREAM_BYTES) {
      // Joined in the middle of a message: the next packet may begin with a boundary.
      this.refused = null;
      this.discardAll();
    } else if (this.transport === 'tcp') {
      this.giveUp('not recognised');
    }
    return 'decided';
  }

  private sample(direction: Direction): Uint8Array {
    const view = this.inboxes[direction].view();
    const { maxProbeBytes } = this.services.limits;
    return view.length > maxProbeBytes ? view.subarray(0, maxProbeBytes) : view;
  }

  /** Runs the session over a packet's payload as it came; returns where it stopped. */
  private readPacket(direction: Direction, bytes: Uint8Array, range: Range): number {
    this.source = null;
    if (this.readsInPlace) return this.read(direction, bytes, range);
    const { start, end, at } = range;
    return start + this.read(direction, bytes.subarray(start, end), { start: 0, end: end - start, at });
  }

  /** Runs the session over `bytes[start, end)`; returns where it stopped. */
  private read(direction: Direction, bytes: Uint8Array, range: Range): number {
    const { session, span, turn, source } = this;
    const { start, end: limit } = range;
    if (session === null) return start;
    const side = this.sideOf(direction);
    let offset = start;
    try {
      while (offset < limit) {
        const parsed = session.read(side, bytes, offset, limit);
        if (parsed.kind === 'done') {
          const { end } = parsed;
          if (!(end > offset && end <= limit)) throw new RangeError(`${offset} to ${end} is no message`);
          span.first = source === null ? range.at : source.timeAt(offset);
          span.last = source === null ? range.at : source.timeAt(end - 1);
          offset = end;
          this.messages++;
          session.message(side, parsed.value, span);
          if (this.turn !== turn) return offset;
        } else if (parsed.kind === 'more') {
          this.wanted = limit - offset + Math.max(1, parsed.atLeast);
          if (this.wanted <= this.services.limits.maxMessageBytes) return offset;
          return this.recover(direction, { start, offset, limit, fault: 'message longer than the limit' });
        } else {
          const { at, fault } = parsed;
          return this.recover(direction, { start, offset: Math.max(offset, at), limit, fault });
        }
      }
    } catch (error) {
      this.crash(error);
      return limit;
    }
    return offset;
  }

  /** What the session cannot read: another protocol if it never could, else a place to skip. Returns where it stopped. */
  private recover(direction: Direction, { start, offset, limit, fault }: Unreadable): number {
    const { dissector, session } = this;
    if (dissector === null || session === null) return limit;
    this.services.count(dissector.id, fault);
    // After lost bytes a first message that cannot be read says nothing about the protocol.
    if (this.messages === 0 && !this.damaged) {
      this.refused ??= new Set();
      this.refused.add(dissector);
      this.session = null;
      this.dissector = null;
      this.phase = 'probing';
      this.turn++;
      return start;
    }
    if (++this.faults > this.services.limits.maxFaults) {
      this.leave('fault');
      this.giveUp(`${dissector.id}: ${fault}`);
      return limit;
    }
    this.anomaly(fault);
    const inbox = this.inboxes[direction];
    session.gap(this.sideOf(direction), limit - offset, this.now);
    inbox.broken = true;
    return offset + 1;
  }

  /** Moves to the next message boundary; false when there is none yet. */
  private findBoundary(direction: Direction, inbox: Inbox): boolean {
    const view = inbox.view();
    try {
      const boundary = this.session?.resync(this.sideOf(direction), view, 0) ?? -1;
      inbox.broken = boundary < 0;
      const skipped = boundary < 0 ? Math.max(0, view.length - RESYNC_TAIL) : boundary;
      if (skipped > 0) inbox.consume(skipped);
      return boundary >= 0 && inbox.length > 0;
    } catch (error) {
      this.crash(error);
      return false;
    }
  }

  private discard(direction: Direction, bytes: Uint8Array): void {
    const unread = this.unread[direction];
    unread.length += bytes.length;
    if (unread.first.length === 0) unread.first = bytes.slice(0, FIRST_BYTES);
  }

  private discardAll(): void {
    if (this.inboxesOrNull === null) return;
    for (const direction of [0, 1] as const) {
      const inbox = this.inboxes[direction];
      if (inbox.length > 0) this.discard(direction, inbox.view());
      inbox.clear();
    }
  }
}
