/**
 * One conversation as its protocol sees it: who reads it, what changes that, and what nobody could read. It knows nothing
 * of packets; how the bytes come is what {@link ByteStream} and {@link DatagramStream} add.
 */

import type { Micros, ProtocolId } from '@kubeshark/model';
import type { Direction } from '../reassembly/flow-table.ts';
import type {
  CarriedStream,
  CarryOptions,
  CloseReason,
  Dissector,
  Exchange,
  Session,
  SessionContext,
  Side,
  Span,
  UpgradeOptions,
} from './dissector.ts';
import { type Mutable, type RunHost, SessionRun } from './session-run.ts';
import type { Carrier, StreamServices } from './stream-services.ts';
import { Unread } from './unread.ts';

/** Anomalies named on one call. */
const MAX_ANOMALIES = 8;
const NO_ANOMALIES: readonly string[] = [];

/** First bytes by the direction they came in. */
export type Samples = readonly [Uint8Array, Uint8Array];

export interface StreamOptions extends CarryOptions {
  /** How many streams carry it, each inside the other. */
  readonly depth?: number;
}

/** Of the message being read by any stream that no other carries: no two of them read at once. */
const outermost: Mutable<Span> = { first: 0, last: 0 };

export abstract class Stream implements RunHost {
  readonly services: StreamServices;
  readonly carrier: Carrier;
  readonly span: Mutable<Span>;
  /** `probing`: not recognised yet; `reading`: a session reads; `unknown`: nobody can read it. */
  protected phase: 'probing' | 'reading' | 'unknown' | 'closed' = 'probing';
  /** Reads while the phase is `reading`. */
  protected run: SessionRun | null = null;
  protected now: Micros = 0;
  private anomalies: string[] | null = null;
  readonly alpn?: string;
  midStream: boolean;
  /** Counts changes of who reads, so that a loop notices them. */
  protected turn = 0;
  /** The protocol in charge, or the last one. */
  private dissector: Dissector | null = null;
  /** Could not read even the first message. */
  protected refused: Set<Dissector> | null = null;
  private faults = 0;
  /** Bytes were lost. */
  protected damaged = false;
  private unreadOrNull: readonly [Unread, Unread] | null = null;
  /** Why nobody reads the stream; empty while someone does. */
  reason = '';
  /** A conversation over datagrams that is silent for so long is over. */
  idleMicros: Micros;

  constructor(services: StreamServices, carrier: Carrier, options: StreamOptions) {
    this.services = services;
    this.carrier = carrier;
    this.idleMicros = services.limits.udpIdleMicros;
    this.span = (options.depth ?? 0) === 0 ? outermost : { first: 0, last: 0 };
    this.midStream = options.midStream;
    if (options.alpn !== undefined) this.alpn = options.alpn;
  }

  abstract carry(options: CarryOptions): CarriedStream;

  /** Gives up the bytes that wait: nobody will read them. */
  protected abstract discardAll(): void;

  /** What the next session is shown first: all that waits. */
  protected abstract showAll(): void;

  /** What nobody took, by direction. */
  get unread(): readonly [Unread, Unread] {
    this.unreadOrNull ??= [new Unread(), new Unread()];
    return this.unreadOrNull;
  }

  /** Bytes of both directions that no session took. */
  protected get unreadBytes(): number {
    return this.unreadOrNull === null ? 0 : this.unreadOrNull[0].length + this.unreadOrNull[1].length;
  }

  /** True when part of what it carried was given up unread. */
  get gaveUp(): boolean {
    return this.reason !== '' && this.unreadBytes > 0;
  }

  protected get isProbing(): boolean {
    return this.phase === 'probing';
  }

  emit(exchange: Exchange): void {
    const anomalies = this.anomalies ?? NO_ANOMALIES;
    this.anomalies = null;
    this.carrier.emit(exchange, anomalies);
  }

  anomaly(fault: string): void {
    if (this.dissector !== null) this.services.count(this.dissector.id, fault);
    this.anomalies ??= [];
    if (this.anomalies.length < MAX_ANOMALIES) this.anomalies.push(fault);
  }

  upgrade(to: ProtocolId | 'unknown', options?: UpgradeOptions): boolean {
    this.leave('upgrade');
    this.name(null);
    this.phase = 'probing';
    this.refused = null;
    if (to !== 'unknown') this.start(to, options);
    return this.dissector !== null;
  }

  crash(error: unknown): void {
    if (this.dissector !== null) this.services.count(this.dissector.id, `bug: ${String(error)}`);
    this.giveUp(`the ${this.dissector?.id ?? 'next'} reader failed`);
  }

  protected directionOf(side: Side): Direction {
    const client = this.carrier.client ?? 0;
    return side === 'client' ? client : client === 0 ? 1 : 0;
  }

  protected sideOf(direction: Direction): Side {
    return direction === (this.carrier.client ?? 0) ? 'client' : 'server';
  }

  /** Asks which protocol this is; a `final` question is answered by what there is. Gives null while more must be seen. */
  protected recognise(samples: Samples, isFinal: boolean): 'found' | 'unknown' | null {
    const { maxProbeBytes } = this.services.limits;
    const answer = this.services.recognition.recognise({
      samples,
      client: this.carrier.client,
      ports: this.carrier.ports,
      transport: this.carrier.transport,
      final: isFinal || samples[0].length >= maxProbeBytes || samples[1].length >= maxProbeBytes,
      midStream: this.midStream,
      refused: this.refused,
    });
    if (answer.kind === 'undecided') return null;
    if (answer.kind === 'unknown') return 'unknown';
    this.carrier.client = answer.client;
    this.open(answer.dissector);
    return 'found';
  }

  protected start(protocol: ProtocolId, upgrade?: UpgradeOptions): void {
    const dissector = this.services.dissector(protocol);
    if (dissector === undefined) this.giveUp(`${protocol} is not read`);
    else this.open(dissector, upgrade);
  }

  private open(dissector: Dissector, upgrade?: UpgradeOptions): void {
    this.appoint(dissector).open(upgrade);
  }

  /** Goes on with a session that has read messages of this conversation already. */
  goOn(dissector: Dissector, open: (context: SessionContext) => Session): void {
    this.appoint(dissector).goOn(open);
  }

  private appoint(dissector: Dissector): SessionRun {
    const run = new SessionRun(this, dissector);
    this.turn++;
    this.name(dissector);
    this.run = run;
    this.phase = 'reading';
    this.reason = '';
    this.showAll();
    return run;
  }

  private name(dissector: Dissector | null): void {
    this.dissector = dissector;
    this.idleMicros = dissector?.idleMicros ?? this.services.limits.udpIdleMicros;
  }

  /** Ends the session in charge. */
  protected leave(reason: CloseReason): void {
    this.dismiss()?.close(this.now, reason);
  }

  /** Nobody is in charge any more. */
  private dismiss(): SessionRun | null {
    const { run } = this;
    this.turn++;
    run?.retire();
    this.run = null;
    return run;
  }

  protected giveUp(reason: string): void {
    this.dismiss();
    this.phase = 'unknown';
    this.reason = reason;
    this.discardAll();
  }

  /** What the session cannot read: another protocol if it never could, else a place to skip, or one too many of them. */
  protected blame(run: SessionRun): 'refused' | 'skip' | 'given up' {
    const { dissector, fault } = run;
    this.services.count(dissector.id, fault);
    // After lost bytes a first message that cannot be read says nothing about the protocol.
    if (run.messages === 0 && !this.damaged) {
      this.refused ??= new Set();
      this.refused.add(dissector);
      this.dismiss();
      this.name(null);
      this.phase = 'probing';
      return 'refused';
    }
    if (++this.faults > this.services.limits.maxFaults) {
      this.leave('fault');
      this.giveUp(`${dissector.id}: ${fault}`);
      return 'given up';
    }
    this.anomaly(fault);
    return 'skip';
  }
}
