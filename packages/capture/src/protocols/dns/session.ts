/** Pairs DNS queries with their answers by id and question (RFC 5452 §9.1). */

import type { Micros } from '@kubeshark/model';
import type { CloseReason, Parsed, Session, SessionContext, Side, Span } from '../../dissect/dissector.ts';
import { AXFR, IXFR } from './codes.ts';
import { DnsCall, type DnsVariant, namesIn } from './describe.ts';
import { type DnsMessage, framedHeaderFits, HEADER_BYTES, parseDatagram, parseFramed } from './wire.ts';

const MDNS_PORT = 5353;
const LLMNR_PORT = 5355;
/**
 * A query older than this is unanswered: resolvers ask again after 5 s by default (resolv.conf), and give up long before
 * a third attempt has been answered. A flow that is silent for so long is over as well.
 */
export const ANSWER_TIMEOUT_MICROS = 15_000_000;

/** Multicast questions go to a group and are answered from another address, so nothing here waits for an answer. */
const variantOf = (port: number): DnsVariant => (port === MDNS_PORT ? 'mdns' : port === LLMNR_PORT ? 'llmnr' : 'dns');

export class DnsSession implements Session<DnsMessage> {
  readonly #context: SessionContext;
  readonly #variant: DnsVariant;
  /** Unanswered calls, oldest first: nearly always one or two, so looking through them beats any table. */
  #pending: DnsCall[] = [];

  constructor(context: SessionContext) {
    this.#context = context;
    this.#variant = variantOf(context.serverPort);
  }

  read(_side: Side, bytes: Uint8Array, offset: number, end?: number): Parsed<DnsMessage> {
    return this.#context.transport === 'udp' ? parseDatagram(bytes, offset, end) : parseFramed(bytes, offset, end);
  }

  message(_side: Side, message: DnsMessage, span: Span): void {
    this.#expire(span.first);
    if (message.isResponse) this.#response(message, span);
    else this.#query(message, span);
  }

  #query(message: DnsMessage, span: Span): void {
    const repeated = this.#find(message);
    if (repeated !== undefined) {
      repeated.retries++;
      return;
    }
    const call = new DnsCall(this.#variant);
    call.setQuery(message, span, this.#borrows());
    if (this.#variant !== 'dns') {
      this.#context.emit(call);
      return;
    }
    if (this.#pending.length >= this.#context.limits.maxPending) this.#giveUp(this.#pending.shift()!);
    this.#pending.push(call);
  }

  #response(message: DnsMessage, span: Span): void {
    const call = this.#find(message);
    if (call === undefined) {
      const orphan = new DnsCall(this.#variant);
      orphan.addReply(message, span, this.#keeping());
      this.#answered(orphan, message);
      return;
    }
    call.addReply(message, span, this.#keeping());
    if (this.#context.transport === 'tcp' && !isLastOfTransfer(call, message)) return;
    this.#remove(call);
    this.#answered(call, message);
  }

  #answered(call: DnsCall, message: DnsMessage): void {
    if (message.answers > 0) this.#context.names.learnLater(namesIn[this.#variant], message.bytes, message);
    this.#context.emit(call);
  }

  /** The waiting call with the same id and question; a reply without a question (FORMERR) is matched by id alone. */
  #find(message: DnsMessage): DnsCall | undefined {
    for (const call of this.#pending) if (call.id === message.id && call.asks(message)) return call;
    return undefined;
  }

  #remove(call: DnsCall): void {
    if (this.#pending.length === 1) this.#pending.length = 0;
    else this.#pending.splice(this.#pending.indexOf(call), 1);
  }

  #expire(now: Micros): void {
    for (let oldest = this.#pending[0]; oldest !== undefined; oldest = this.#pending[0]) {
      if (now - (oldest.requestStart ?? now) < ANSWER_TIMEOUT_MICROS) return;
      this.#pending.shift();
      this.#giveUp(oldest);
    }
  }

  #giveUp(call: DnsCall): void {
    call.unanswered();
    this.#context.emit(call);
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
    for (const call of this.#pending) call.keep();
  }

  #borrows(): boolean {
    return this.#context.borrow?.() ?? false;
  }

  #keeping() {
    return { isBorrowed: this.#borrows(), limit: this.#context.limits.maxBodyBytes };
  }

  close(_at: Micros, _reason: CloseReason): void {
    for (const call of this.#pending) this.#giveUp(call);
    this.#pending = [];
  }
}

/** A zone transfer is many messages and ends with the SOA it began with (RFC 5936 §2.2, RFC 1995 §4). */
function isLastOfTransfer(call: DnsCall, message: DnsMessage): boolean {
  if (call.type !== AXFR && call.type !== IXFR) return true;
  if (message.rcode !== 0 || message.answers === 0 || call.soaSeen >= 2) return true;
  return call.type === IXFR && call.soaSeen === 1 && message.answers === 1;
}
