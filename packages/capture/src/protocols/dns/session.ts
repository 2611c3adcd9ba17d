/** DNS over one stream: messages of a TCP connection, or datagrams between two ends. */

import type { Micros } from '@kubeshark/model';
import type { CloseReason, Parsed, Session, SessionContext, Side, Span } from '../../dissect/dissector.ts';
import type { DnsCall } from './call.ts';
import type { DnsVariant } from './describe.ts';
import { DnsPairing } from './pairing.ts';
import { type DnsMessage, framedHeaderFits, HEADER_BYTES, parseDatagram, parseFramed } from './wire.ts';

const MDNS_PORT = 5353;
const LLMNR_PORT = 5355;

/** Multicast questions go to a group and are answered from another address, so nothing here waits for an answer. */
const variantOf = (port: number): DnsVariant => (port === MDNS_PORT ? 'mdns' : port === LLMNR_PORT ? 'llmnr' : 'dns');

export class DnsSession implements Session<DnsMessage> {
  readonly #context: SessionContext;
  readonly #pairing: DnsPairing;
  #waiting: DnsCall | null;

  /** `waiting`: calls that already wait in this conversation. */
  constructor(context: SessionContext, waiting: DnsCall | null = null) {
    this.#context = context;
    this.#pairing = new DnsPairing(context, variantOf(context.serverPort));
    this.#waiting = waiting;
    for (let call = waiting; call !== null; call = call.next) call.keep();
  }

  read(_side: Side, bytes: Uint8Array, offset: number, end?: number): Parsed<DnsMessage> {
    return this.#context.transport === 'udp' ? parseDatagram(bytes, offset, end) : parseFramed(bytes, offset, end);
  }

  message(_side: Side, message: DnsMessage, span: Span): void {
    this.#waiting = this.#pairing.take(message, span, this.#waiting);
  }

  gap(): 'lost' {
    return 'lost';
  }

  resync(_side: Side, bytes: Uint8Array, offset: number): number {
    if (this.#context.transport === 'udp') return offset;
    for (let at = offset; at + 2 + HEADER_BYTES <= bytes.length; at++) {
      if (framedHeaderFits(bytes, at)) return at;
    }
    return -1;
  }

  settle(): void {
    this.#pairing.settle();
  }

  close(_at: Micros, _reason: CloseReason): void {
    this.#pairing.giveUpAll(this.#waiting);
    this.#waiting = null;
  }
}
