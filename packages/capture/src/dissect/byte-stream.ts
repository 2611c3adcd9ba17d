/** A stream of bytes (TCP, or what was decrypted of it): buffers what is not whole yet, and goes on after gaps and faults. */

import type { Micros } from '@kubeshark/model';
import type { Direction } from '../reassembly/flow-table.ts';
import type { Range } from '../reassembly/tcp-half.ts';
import type { CarriedStream, CarryOptions, CloseReason } from './dissector.ts';
import { Inboxes } from './inboxes.ts';
import type { SessionRun } from './session-run.ts';
import { Stream, type StreamOptions } from './stream.ts';
import type { Carrier, StreamServices } from './stream-services.ts';

/** Bytes of a stream joined in the middle that may pass before a message boundary shows what it is. */
const MAX_MID_STREAM_BYTES = 256 * 1024;

export class ByteStream extends Stream {
  private readonly depth: number;
  private readonly inboxes: Inboxes;
  private readonly carried: ByteStream[] = [];

  constructor(services: StreamServices, carrier: Carrier, options: StreamOptions) {
    super(services, carrier, options);
    this.depth = options.depth ?? 0;
    this.inboxes = new Inboxes(services.budget);
    if (this.depth > services.limits.maxCarryDepth) this.giveUp('carried too deep');
    else if (options.protocol !== undefined) this.start(options.protocol);
  }

  override get unreadBytes(): number {
    return this.carried.reduce((sum, stream) => sum + stream.unreadBytes, super.unreadBytes);
  }

  override get gaveUp(): boolean {
    return super.gaveUp || this.carried.some((stream) => stream.gaveUp);
  }

  /** Something of it counts as waiting. */
  get holds(): boolean {
    return !this.inboxes.isEmpty || this.run?.holds === true || this.carried.some((stream) => stream.holds);
  }

  override carry(options: CarryOptions): CarriedStream {
    const stream = new ByteStream(this.services, this.carrier, { ...options, depth: this.depth + 1 });
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
    const { run } = this;
    this.now = at;
    const inbox = this.inboxes.of(direction);
    if (run !== null && inbox.length === 0 && !inbox.broken) {
      const used = this.readPacket(run, direction, bytes, range);
      if (used < end) {
        inbox.append(bytes.subarray(used, end), at);
        inbox.needed = run.needed;
      }
      if (run.isOver || inbox.broken) this.settle();
    } else if (this.phase === 'unknown') {
      this.unread[direction].add(bytes.subarray(start, end));
    } else if (this.phase !== 'closed') {
      inbox.append(bytes.subarray(start, end), at);
      if (this.isProbing || inbox.length >= inbox.needed) this.settle();
    }
  }

  /** `length` bytes of one direction are lost. */
  lose(direction: Direction, length: number, at: Micros): void {
    this.now = at;
    this.damaged = true;
    if (this.isProbing) {
      this.midStream = true;
      if (!this.probe(true)) this.discardAll();
      this.settle();
    }
    if (this.run === null) return;
    const inbox = this.inboxes.of(direction);
    const unread = inbox.length;
    inbox.clear();
    if (!this.run.gap(this.sideOf(direction), unread + length, at)) inbox.broken = true;
  }

  /** The stream is over: what waits is looked at a last time and leaves as incomplete. */
  close(at: Micros, reason: CloseReason): void {
    if (this.phase === 'closed') return;
    this.now = at;
    if (this.isProbing) this.probe(true);
    this.inboxes.needNothing();
    this.settle();
    this.leave(reason);
    for (const stream of this.carried) stream.close(at, reason);
    if (this.isProbing) this.giveUp('not recognised');
    this.phase = 'closed';
    this.inboxes.clear();
  }

  /** Reads what waits until nothing changes any more. */
  private settle(): void {
    for (let turn = -1; turn !== this.turn; ) {
      turn = this.turn;
      if (this.isProbing) this.probe(false);
      for (const direction of this.inboxes.inOrder()) if (this.run !== null) this.readInbox(this.run, direction);
    }
    if (this.phase === 'unknown') this.discardAll();
  }

  private readInbox(run: SessionRun, direction: Direction): void {
    const inbox = this.inboxes.of(direction);
    const side = this.sideOf(direction);
    do {
      if (inbox.length === 0 || inbox.length < inbox.needed) return;
      if (inbox.broken && !run.findBoundary(side, inbox)) return;
      const { length } = inbox;
      const read = run.readInbox(side, inbox, this.now);
      const used = run.stop === 'bad' ? this.recover(run, direction, 0, length) : read;
      // Giving up has emptied the inbox already.
      if (this.phase === 'unknown') return;
      inbox.consume(used);
      if (run.isOver) return;
      if (!inbox.broken && inbox.length > 0) inbox.needed = run.needed;
    } while (inbox.broken);
  }

  /** Runs the session over a packet's payload as it came; returns where it stopped. */
  private readPacket(run: SessionRun, direction: Direction, bytes: Uint8Array, range: Range): number {
    const used = run.readPacket(this.sideOf(direction), bytes, range);
    return run.stop === 'bad' ? this.recover(run, direction, range.start, range.end) : used;
  }

  /** Asks which protocol this is; false while more bytes are needed to say. */
  private probe(isFinal: boolean): boolean {
    const { maxProbeBytes } = this.services.limits;
    const samples = [this.inboxes.sample(0, maxProbeBytes), this.inboxes.sample(1, maxProbeBytes)] as const;
    if (samples[0].length + samples[1].length === 0) return false;
    const answer = this.recognise(samples, isFinal);
    if (answer === 'found') {
      // The other side may have been joined in the middle of a message.
      if (this.midStream) this.inboxes.breakBoth();
    } else if (answer === 'unknown') {
      if (this.midStream && this.unread[0].length + this.unread[1].length < MAX_MID_STREAM_BYTES) {
        // Joined in the middle of a message: the next packet may begin with a boundary.
        this.refused = null;
        this.discardAll();
      } else {
        this.giveUp('not recognised');
      }
    }
    return answer !== null;
  }

  /** What lies between `start` and `end` cannot be read to its end; returns where reading goes on. */
  private recover(run: SessionRun, direction: Direction, start: number, end: number): number {
    const { faultAt } = run;
    const verdict = this.blame(run);
    if (verdict === 'refused') return start;
    if (verdict === 'given up') return end;
    this.inboxes.of(direction).broken = true;
    run.gap(this.sideOf(direction), end - faultAt, this.now);
    return faultAt + 1;
  }

  protected override showAll(): void {
    this.inboxes.needNothing();
  }

  protected override discardAll(): void {
    for (const direction of [0, 1] as const) {
      const inbox = this.inboxes.of(direction);
      if (inbox.length > 0) this.unread[direction].add(inbox.view());
      inbox.clear();
    }
  }
}
