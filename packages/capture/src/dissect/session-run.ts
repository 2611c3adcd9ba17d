/**
 * One session in charge of a stream, from `open` until another takes over: runs it over bytes message by message, answers
 * what it asks of the engine, and contains what it throws. Which bytes, and what comes after it, is the stream's affair.
 */

import type { Micros, ProtocolId, TlsFacts } from '@kubeshark/model';
import type { NameTable } from '../names/name-table.ts';
import type { Range } from '../reassembly/tcp-half.ts';
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
  Span,
  Transport,
  UpgradeOptions,
} from './dissector.ts';
import type { Inbox } from './inbox.ts';
import type { Borrower, Carrier, StreamServices } from './stream-services.ts';

export type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** The stream a session reads. */
export interface RunHost {
  readonly services: StreamServices;
  readonly carrier: Carrier;
  readonly midStream: boolean;
  readonly alpn?: string;
  /** Filled for each message. */
  readonly span: Mutable<Span>;
  emit(exchange: Exchange): void;
  anomaly(fault: string): void;
  upgrade(to: ProtocolId | 'unknown', options?: UpgradeOptions): boolean;
  carry(options: CarryOptions): CarriedStream;
  /** The session threw, or did not keep to the contract: the stream goes on without it. */
  crash(error: unknown): void;
}

/** Unread bytes kept while a message boundary is looked for: the boundary itself may have been cut. */
const RESYNC_TAIL = 2048;

/** `end`: all was read; `more`: the next message is not whole; `bad`: see `fault`; `over`: another is in charge now. */
type Stop = 'end' | 'more' | 'bad' | 'over';

export class SessionRun implements SessionContext, Borrower {
  readonly dissector: Dissector;
  private readonly host: RunHost;
  readonly alpn?: string;
  private session: Session | null = null;
  /** Where the bytes being read waited; null when they lie in the chunk as they came, and stay until it goes away. */
  private source: Inbox | null = null;
  /** Where its unread bytes begin in what the session is given. */
  private sourceStart = 0;
  private isBorrower = false;
  /** What the session kept when it was asked last. */
  private heldBytes = 0;
  /** Another session has taken over, or nobody: what the loop has left to read is not this one's. */
  isOver = false;
  /** Messages read. */
  messages = 0;
  /** Why the last `read` stopped where it did. */
  stop: Stop = 'end';
  private wanted = 0;
  /** What it could not read, and where. */
  fault = '';
  faultAt = 0;

  constructor(host: RunHost, dissector: Dissector) {
    this.host = host;
    this.dissector = dissector;
    if (host.alpn !== undefined) this.alpn = host.alpn;
  }

  /** Opens the session; apart from the constructor, because it may ask for something at once. */
  open(upgrade?: UpgradeOptions): void {
    try {
      this.session = this.dissector.open(this, upgrade);
    } catch (error) {
      this.host.crash(error);
    }
  }

  /** Puts a session in charge that has read messages of the stream already. */
  goOn(open: (context: SessionContext) => Session): void {
    this.messages = 1;
    try {
      this.session = open(this);
    } catch (error) {
      this.host.crash(error);
    }
  }

  /** How many bytes from where it stopped must be there before it is asked again; 0 where it did not stop for more. */
  get needed(): number {
    return this.stop === 'more' ? this.wanted : 0;
  }

  /** Reads a packet's payload as it came; returns where it stopped. */
  readPacket(side: Side, bytes: Uint8Array, range: Range): number {
    this.source = null;
    if (this.dissector.inPlace === true) return this.read(side, bytes, range);
    const { start, end, at } = range;
    const used = this.read(side, bytes.subarray(start, end), { start: 0, end: end - start, at });
    this.faultAt += start;
    return start + used;
  }

  /** Reads what waited; returns how much of it. */
  readInbox(side: Side, inbox: Inbox, at: Micros): number {
    this.source = inbox;
    // What is read here is copied at once: how much of it stays is asked as the chunk goes away.
    if (this.session?.heldBytes !== undefined) this.joinBorrowers();
    if (this.dissector.inPlace !== true) {
      this.sourceStart = 0;
      const view = inbox.view();
      return this.read(side, view, { start: 0, end: view.length, at });
    }
    const { buffer, start, end } = inbox;
    this.sourceStart = start;
    const stopped = this.read(side, buffer, { start, end, at });
    this.faultAt -= start;
    return stopped - start;
  }

  /** Reads `bytes[start, end)` message by message; returns where it stopped, `stop` says why. */
  private read(side: Side, bytes: Uint8Array, range: Range): number {
    const { session, source, sourceStart } = this;
    const { span } = this.host;
    const { start, end: limit } = range;
    this.stop = 'over';
    if (session === null) return start;
    let offset = start;
    try {
      while (offset < limit) {
        const parsed = session.read(side, bytes, offset, limit);
        if (parsed.kind === 'done') {
          const { end } = parsed;
          if (!(end > offset && end <= limit)) throw new RangeError(`${offset} to ${end} is no message`);
          if (source === null) {
            span.first = range.at;
            span.last = range.at;
          } else {
            span.first = source.timeAt(offset - sourceStart);
            span.last = source.timeAt(end - 1 - sourceStart);
          }
          offset = end;
          this.messages++;
          session.message(side, parsed.value, span);
          if (this.isOver) return offset;
        } else if (parsed.kind === 'more') {
          this.wanted = limit - offset + Math.max(1, parsed.atLeast);
          this.stop = 'more';
          if (this.wanted > this.host.services.limits.maxMessageBytes) {
            this.stopAt('message longer than the limit', offset);
          }
          return offset;
        } else {
          this.stopAt(parsed.fault, Math.max(offset, parsed.at));
          return offset;
        }
      }
    } catch (error) {
      this.host.crash(error);
      return limit;
    }
    this.stop = 'end';
    return offset;
  }

  private stopAt(fault: string, at: number): void {
    this.stop = 'bad';
    this.fault = fault;
    this.faultAt = at;
  }

  /** Tells of lost bytes; true when reading can go on after them. */
  gap(side: Side, length: number, at: Micros): boolean {
    try {
      return this.session?.gap(side, length, at) !== 'lost';
    } catch (error) {
      this.host.crash(error);
      return true;
    }
  }

  /** Moves on to the next message boundary; false when there is none yet. */
  findBoundary(side: Side, inbox: Inbox): boolean {
    const view = inbox.view();
    try {
      const boundary = this.session?.resync(side, view, 0) ?? -1;
      inbox.broken = boundary < 0;
      const skipped = boundary < 0 ? Math.max(0, view.length - RESYNC_TAIL) : boundary;
      if (skipped > 0) inbox.consume(skipped);
      return boundary >= 0 && inbox.length > 0;
    } catch (error) {
      this.host.crash(error);
      return false;
    }
  }

  close(at: Micros, reason: CloseReason): void {
    try {
      this.session?.close(at, reason);
    } catch (error) {
      this.host.crash(error);
    }
  }

  /** The chunk goes away: what is still wanted of it is copied. */
  giveBack(): void {
    this.isBorrower = false;
    if (this.isOver) return;
    try {
      this.session?.settle?.();
      this.account(this.session?.heldBytes?.() ?? 0);
    } catch (error) {
      this.host.crash(error);
    }
  }

  get holds(): boolean {
    return this.heldBytes > 0;
  }

  private account(held: number): void {
    this.host.services.budget.used += held - this.heldBytes;
    this.heldBytes = held;
  }

  /** Nobody asks it any more: what it kept goes with it. */
  retire(): void {
    this.isOver = true;
    this.account(0);
  }

  borrow(): boolean {
    const { services } = this.host;
    if (this.source !== null || !services.isLending) return false;
    this.joinBorrowers();
    return true;
  }

  private joinBorrowers(): void {
    const { services } = this.host;
    if (this.isBorrower || !services.isLending) return;
    this.isBorrower = true;
    services.borrowers.push(this);
  }

  emit(exchange: Exchange): void {
    this.host.emit(exchange);
  }

  anomaly(fault: string): void {
    this.host.anomaly(fault);
  }

  tls(facts: TlsFacts, handshakeMicros: Micros | null = null): void {
    this.host.carrier.tls = facts;
    this.host.carrier.tlsMicros ??= handshakeMicros;
  }

  upgrade(to: ProtocolId | 'unknown', options?: UpgradeOptions): boolean {
    return this.host.upgrade(to, options);
  }

  carry(options: CarryOptions): CarriedStream {
    return this.host.carry(options);
  }

  get limits(): SessionLimits {
    return this.host.services.limits;
  }

  get names(): NameTable {
    return this.host.services.names;
  }

  get keys(): KeyStore {
    return this.host.services.keys;
  }

  get ipVersion(): 4 | 6 {
    return this.host.carrier.ipVersion;
  }

  get transport(): Transport {
    return this.host.carrier.transport;
  }

  get midStream(): boolean {
    return this.host.midStream;
  }

  get clientPort(): number {
    const { ports, client } = this.host.carrier;
    return ports[client ?? 0];
  }

  get serverPort(): number {
    const { ports, client } = this.host.carrier;
    return ports[client === 1 ? 0 : 1];
  }
}
