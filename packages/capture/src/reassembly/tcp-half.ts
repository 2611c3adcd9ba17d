/**
 * One direction of a TCP connection: segments in, bytes in order out. A segment that continues the stream is handed on
 * as it lies in the capture's chunk, without a copy; only what has to wait is copied.
 */

import type { Micros } from '@kubeshark/model';
import { FIN, type Packet, SYN } from '../packet/packet.ts';
import type { Budget } from './budget.ts';
import { cutFront, type Held, HeldSegments } from './held-segments.ts';
import { advance, distance } from './sequence.ts';

/** Takes what a direction yields, in stream order. */
export interface HalfReceiver {
  /** `bytes[start, end)` stays as it is until the chunk it came in goes away. */
  data(half: TcpHalf, bytes: Uint8Array, range: Range): void;
  /** `length` bytes will not come. */
  gap(half: TcpHalf, length: number, at: Micros): void;
}

/** Part of a chunk and when it was captured. The object is reused: copy the numbers. */
export interface Range {
  start: number;
  end: number;
  at: Micros;
}

export interface HalfLimits {
  /** Bytes that wait out of order, bookkeeping included; the first hole is given up above it. */
  readonly maxHeldBytes: number;
  /** Memory of everything that waits, over all connections. */
  readonly budget: Budget;
}

/** A jump this wide is not a lost segment but another connection's numbers, or hours of missing capture. */
const MAX_JUMP = 2 ** 30;
/** Two sights of one packet on one interface (loopback shows both directions) are closer than any retransmission timer. */
const SAME_PACKET_MICROS = 1000;
/** After so many waits in vain for the other direction it is taken as not captured, and nothing waits for it. */
const MAX_VAIN_WAITS = 3;

/** Of the segment being handed on, whichever half's it is. */
const range: Range = { start: 0, end: 0, at: 0 };

/** What a packet in order touches stands first: on a busy host each connection's memory is far from the processor. */
export class TcpHalf {
  readonly direction: 0 | 1;
  /** The other direction; set right after both are made. */
  peer: TcpHalf;
  private readonly receiver: HalfReceiver;
  /** True once `next` is known. */
  started = false;
  packets = 0;
  bytes = 0;
  /** Sequence number of the next byte in order. */
  next = 0;
  /** What waits; null while nothing does. */
  private held: HeldSegments | null = null;
  /** Highest acknowledgement the other end has sent for this direction. */
  private peerAcknowledged = 0;
  private hasAcknowledged = false;
  private vainWaits = 0;
  private finSequence = 0;
  private sawFin = false;
  /** Everything up to the FIN has been handed on. */
  ended = false;
  private lastSequence = 0;
  private lastLength = 0;
  private lastAt: Micros = 0;
  private interfaceId = -1;

  private readonly limits: HalfLimits;
  /** True when the first byte seen is not the connection's first. */
  midStream = false;
  /** Initial sequence number when the SYN was seen. */
  initial = 0;
  sawSyn = false;
  private heldSince: Micros = 0;

  retransmissions = 0;
  duplicates = 0;
  outOfOrder = 0;
  overlaps = 0;
  keepAlives = 0;
  zeroWindows = 0;
  gaps = 0;
  lostBytes = 0;

  constructor(direction: 0 | 1, receiver: HalfReceiver, limits: HalfLimits) {
    this.direction = direction;
    this.peer = this;
    this.receiver = receiver;
    this.limits = limits;
  }

  /** True while segments wait for a hole to fill. */
  get waiting(): boolean {
    return this.held !== null;
  }

  /** Memory of what waits, bookkeeping included. */
  get heldBytes(): number {
    return this.held?.size ?? 0;
  }

  /** Takes a segment of this direction. */
  segment(packet: Packet): void {
    this.packets++;
    const length = packet.payloadLength;
    const { flags } = packet;
    let sequence = packet.seq;
    if ((flags & SYN) !== 0) {
      if (!this.started) this.start(sequence);
      sequence = advance(sequence, 1);
    } else if (!this.started) {
      if (length === 0 && (flags & FIN) === 0) return;
      // Only the SYN was missed when the other end's acknowledgement tells where the stream begins.
      const begin = this.peer.sawSyn && this.hasAcknowledged ? distance(sequence, this.peerAcknowledged) : -1;
      this.midStream = begin < 0 || begin > MAX_JUMP;
      this.next = this.midStream ? sequence : this.peerAcknowledged;
      this.started = true;
    }
    if (length > 0) {
      this.bytes += length;
      const ahead = distance(sequence, this.next);
      if (ahead === 0 && this.held === null && !this.outruns(packet.ack)) {
        this.vainWaits = 0;
        this.deliver(packet);
      } else {
        this.irregular(packet, { sequence, ahead });
      }
      this.lastSequence = sequence;
      this.lastLength = length;
      this.lastAt = packet.at;
      this.interfaceId = packet.interfaceId;
    }
    if ((flags & FIN) !== 0 && !this.sawFin) {
      this.sawFin = true;
      this.finSequence = advance(sequence, length);
    }
    if (this.sawFin && !this.ended && distance(this.next, this.finSequence) >= 0) this.ended = true;
  }

  /** Takes the other end's acknowledgement of this direction. */
  acknowledge(acknowledged: number): void {
    if (!this.hasAcknowledged || distance(acknowledged, this.peerAcknowledged) > 0) {
      this.peerAcknowledged = acknowledged;
      this.hasAcknowledged = true;
    }
  }

  /**
   * Gives up holes that will not be filled: the other end has acknowledged what is missing and packets had time to
   * change places, or the wait was too long.
   */
  expire(now: Micros, wait: { readonly reorder: Micros; readonly hole: Micros }): void {
    const first = this.held?.first;
    if (first === undefined) return;
    const waited = now - this.heldSince;
    const holeIsOurs = distance(first.sequence, this.next) > 0;
    const proven = holeIsOurs
      ? this.hasAcknowledged && distance(this.peerAcknowledged, this.next) > 0
      : this.outruns(first.acknowledged);
    if (waited >= (proven ? wait.reorder : wait.hole)) this.skip(now);
  }

  /** Hands on everything that waits, with gaps where bytes are missing. */
  flush(now: Micros): void {
    while (this.held !== null) this.skip(now);
  }

  /** Forgets what waits without handing it on. */
  drop(): void {
    this.held?.clear();
    this.held = null;
  }

  private start(sequence: number): void {
    this.initial = sequence;
    this.sawSyn = true;
    this.next = advance(sequence, 1);
    this.started = true;
  }

  /** True when the sender had seen bytes of the other direction that we have not: they come first, if they come. */
  private outruns(acknowledged: number): boolean {
    const { peer } = this;
    if (!peer.started || this.vainWaits >= MAX_VAIN_WAITS) return false;
    // The FIN takes a number of its own, which is no byte.
    const pastFin = peer.sawFin && distance(acknowledged, peer.finSequence) > 0;
    const missing = distance(pastFin ? peer.finSequence : acknowledged, peer.next);
    return missing > 0 && missing < MAX_JUMP;
  }

  private deliver(packet: Packet): void {
    range.start = packet.payloadStart;
    range.end = packet.payloadEnd;
    range.at = packet.at;
    const { payloadLength, bytes } = packet;
    this.next = advance(this.next, payloadLength);
    const captured = range.end - range.start;
    if (captured > 0) this.receiver.data(this, bytes, range);
    if (captured < payloadLength) this.lose(payloadLength - captured, packet.at);
    if (this.peer.held !== null) this.settle();
  }

  private irregular(packet: Packet, where: { readonly sequence: number; readonly ahead: number }): void {
    const { sequence, ahead } = where;
    const length = packet.payloadLength;
    if (ahead >= MAX_JUMP || ahead <= -MAX_JUMP) {
      this.drop();
      this.next = sequence;
      this.lose(0, packet.at);
      this.deliver(packet);
      return;
    }
    if (ahead + length <= 0) {
      this.countOld(packet, sequence);
      return;
    }
    if (ahead > 0) this.outOfOrder++;
    else if (ahead < 0) this.overlaps++;
    this.hold(packet, sequence);
    this.settle();
    while (this.heldBytes > this.limits.maxHeldBytes) this.skip(packet.at);
  }

  /** Nothing new in it: the same packet seen again, a keep-alive, or a retransmission. */
  private countOld(packet: Packet, sequence: number): void {
    const length = packet.payloadLength;
    const again = sequence === this.lastSequence && length === this.lastLength;
    const near = Math.abs(packet.at - this.lastAt) < SAME_PACKET_MICROS;
    if (near && (again || packet.interfaceId !== this.interfaceId)) {
      this.duplicates++;
      // It passed once, whatever the number of places it was seen at.
      this.packets--;
      this.bytes -= length;
    } else if (length === 1 && distance(sequence, this.next) === -1) this.keepAlives++;
    else this.retransmissions++;
  }

  /** Keeps the parts of a segment that are neither handed on nor already held. */
  private hold(packet: Packet, sequence: number): void {
    if (this.held === null) {
      this.held = new HeldSegments(this.limits.budget);
      this.heldSince = packet.at;
    }
    const piece: Held = {
      sequence,
      bytes: packet.bytes.slice(packet.payloadStart, packet.payloadEnd),
      length: packet.payloadLength,
      acknowledged: packet.ack,
      at: packet.at,
    };
    const early = distance(this.next, sequence);
    this.overlaps += this.held.add(early > 0 ? cutFront(piece, early) : piece);
  }

  /** Hands on what is in order by now, of both directions in turn. */
  private settle(): void {
    // A receiver never comes back here, but each direction's progress may free the other's.
    for (let moved = true; moved; ) {
      moved = this.drain();
      if (this.peer.drain()) moved = true;
    }
  }

  /** Hands on what is in order and whose turn it is beside the other direction; true when that was something. */
  private drain(): boolean {
    let moved = false;
    for (;;) {
      const { held } = this;
      const first = held?.first;
      if (held === null || first === undefined) break;
      const ahead = distance(first.sequence, this.next);
      if (ahead > 0 || this.outruns(first.acknowledged)) break;
      if (held.shift()) this.held = null;
      this.heldSince = held.first?.at ?? 0;
      if (ahead + first.length <= 0) continue;
      if (ahead < 0) cutFront(first, -ahead);
      moved = true;
      const { receiver } = this;
      this.next = advance(this.next, first.length);
      range.start = 0;
      range.end = first.bytes.length;
      range.at = first.at;
      if (first.bytes.length > 0) receiver.data(this, first.bytes, range);
      if (first.bytes.length < first.length) this.lose(first.length - first.bytes.length, first.at);
    }
    if (this.sawFin && !this.ended && distance(this.next, this.finSequence) >= 0) this.ended = true;
    return moved;
  }

  /** Gives up the first hole. */
  private skip(now: Micros): void {
    const first = this.held?.first;
    if (first === undefined) return;
    this.heldSince = now;
    const missing = distance(first.sequence, this.next);
    if (missing > 0) {
      this.next = first.sequence;
      this.lose(missing, first.at);
    } else if (this.outruns(first.acknowledged)) {
      this.vainWaits++;
      this.peer.skipTo(first.acknowledged, first.at);
    }
    this.settle();
  }

  /** Everything before `sequence` that has not come is lost. */
  private skipTo(sequence: number, at: Micros): void {
    for (;;) {
      const missing = distance(sequence, this.next);
      if (missing <= 0) return;
      const first = this.held?.first;
      const hole = first === undefined ? missing : Math.min(missing, distance(first.sequence, this.next));
      if (hole > 0) {
        this.next = advance(this.next, hole);
        this.lose(hole, at);
      }
      if (!this.drain() && hole <= 0) return;
    }
  }

  private lose(length: number, at: Micros): void {
    this.gaps++;
    this.lostBytes += length;
    this.receiver.gap(this, length, at);
  }
}
