/** RADIUS over one stream: packets of a TCP connection, or datagrams between two ends. */

import type { CloseReason, Parsed, Session, SessionContext, Side, Span } from '../../dissect/dissector.ts';
import type { RadiusCall } from './call.ts';
import { RadiusPairing } from './pairing.ts';
import { looksLikePacket, type RadiusPacket, readPacket } from './wire.ts';

/** A capture that ends says nothing of the answer; silence and a connection that ends do. */
export const missingAtEnd = (reason: CloseReason): string | undefined =>
  reason === 'end-of-capture' || reason === 'evicted' ? undefined : 'no answer';

export class RadiusSession implements Session<RadiusPacket> {
  readonly #isDatagrams: boolean;
  readonly #pairing: RadiusPairing;
  #waiting: RadiusCall | null;

  /** `waiting`: calls that already wait in this conversation. */
  constructor(context: SessionContext, waiting: RadiusCall | null = null) {
    this.#isDatagrams = context.transport === 'udp';
    this.#pairing = new RadiusPairing(context);
    this.#waiting = waiting;
    for (let call = waiting; call !== null; call = call.next) call.keep();
  }

  read(_side: Side, bytes: Uint8Array, offset: number, end: number = bytes.length): Parsed<RadiusPacket> {
    const parsed = readPacket(bytes, offset, end);
    if (parsed.kind !== 'done' || !this.#isDatagrams) return parsed;
    // Octets behind the packet are padding (RFC 2865 §3).
    return parsed.end === end ? parsed : { ...parsed, end };
  }

  message(_side: Side, packet: RadiusPacket, span: Span): void {
    this.#waiting = this.#pairing.take(packet, span, this.#waiting);
  }

  settle(): void {
    this.#pairing.settle();
  }

  gap(): 'lost' {
    return 'lost';
  }

  resync(side: Side, bytes: Uint8Array, offset: number): number {
    for (let at = offset; at < bytes.length; at++) if (looksLikePacket(bytes, at, side) === 'yes') return at;
    return -1;
  }

  close(_at: number, reason: CloseReason): void {
    this.#pairing.giveUpAll(this.#waiting, missingAtEnd(reason));
    this.#waiting = null;
  }
}
