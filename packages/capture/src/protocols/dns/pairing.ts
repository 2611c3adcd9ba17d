/** Pairs DNS queries with their answers by id and question (RFC 5452 §9.1), for one conversation or for many. */

import type { LookupContext, Span } from '../../dissect/dissector.ts';
import { DnsCall } from './call.ts';
import { AXFR, IXFR } from './codes.ts';
import type { DnsVariant } from './describe.ts';
import type { DnsMessage } from './wire.ts';
import { namesIn } from './written.ts';

/**
 * A query older than this is unanswered: resolvers ask again after 5 s by default (resolv.conf), and give up long before
 * a third attempt has been answered. A flow that is silent for so long is over as well.
 */
export const ANSWER_TIMEOUT_MICROS = 15_000_000;
/** Calls that are over and kept to be used again: more queries than this seldom wait at once. */
export const MAX_SPARE_CALLS = 1024;

/** The calls that wait in a conversation are a list that its owner keeps: the oldest, which knows the next. */
export class DnsPairing {
  readonly #context: LookupContext;
  readonly #variant: DnsVariant;
  readonly #spare: DnsCall[] = [];
  /** Calls whose bytes lie in a chunk that is lent. */
  readonly #borrowers: DnsCall[] = [];

  constructor(context: LookupContext, variant: DnsVariant) {
    this.#context = context;
    this.#variant = variant;
  }

  /** Takes a message of the conversation in which `waiting` waits; answers what waits then. */
  take(message: DnsMessage, span: Span, waiting: DnsCall | null): DnsCall | null {
    let oldest = waiting;
    while (oldest?.isOlderThan(ANSWER_TIMEOUT_MICROS, span.first) === true) oldest = this.#giveUp(oldest);
    return message.isResponse ? this.#response(message, span, oldest) : this.#query(message, span, oldest);
  }

  /** The conversation is over: what waits leaves without an answer. */
  giveUpAll(waiting: DnsCall | null): void {
    for (let call = waiting; call !== null; ) call = this.#giveUp(call);
  }

  /** The chunk goes away: what waits copies what it has there. */
  settle(): void {
    for (const call of this.#borrowers) {
      call.isListed = false;
      call.keep();
    }
    this.#borrowers.length = 0;
  }

  #query(message: DnsMessage, span: Span, waiting: DnsCall | null): DnsCall | null {
    let youngest: DnsCall | null = null;
    let count = 0;
    for (let call = waiting; call !== null; call = call.next) {
      if (call.id === message.id && call.asks(message)) {
        call.retries++;
        return waiting;
      }
      youngest = call;
      count++;
    }
    const call = this.#begin();
    call.setQuery(message, span, this.#borrows(call));
    if (this.#variant !== 'dns') {
      this.#emit(call);
      return waiting;
    }
    if (youngest === null) return call;
    youngest.next = call;
    return waiting !== null && count >= this.#context.limits.maxPending ? this.#giveUp(waiting) : waiting;
  }

  #response(message: DnsMessage, span: Span, waiting: DnsCall | null): DnsCall | null {
    const { maxBodyBytes } = this.#context.limits;
    let before: DnsCall | null = null;
    let call = waiting;
    // A reply without a question (FORMERR) is matched by id alone.
    while (call !== null && !(call.id === message.id && call.asks(message))) {
      before = call;
      call = call.next;
    }
    if (call === null) {
      const orphan = this.#begin();
      orphan.addReply(message, span, this.#borrows(orphan), maxBodyBytes);
      this.#answered(orphan, message);
      return waiting;
    }
    call.addReply(message, span, this.#borrows(call), maxBodyBytes);
    if (this.#context.transport === 'tcp' && !isLastOfTransfer(call, message)) return waiting;
    const { next } = call;
    if (before !== null) before.next = next;
    this.#answered(call, message);
    return before === null ? next : waiting;
  }

  #answered(call: DnsCall, message: DnsMessage): void {
    if (message.answers > 0) this.#context.names.learnLater(namesIn[this.#variant], message.bytes, message);
    this.#emit(call);
  }

  /** Answers the next one. */
  #giveUp(call: DnsCall): DnsCall | null {
    const { next } = call;
    call.unanswered();
    this.#emit(call);
    return next;
  }

  #begin(): DnsCall {
    return this.#spare.pop() ?? new DnsCall(this.#variant);
  }

  /** Gives the call out, to be used again then. */
  #emit(call: DnsCall): void {
    this.#context.emit(call);
    call.reset();
    if (this.#spare.length < MAX_SPARE_CALLS) this.#spare.push(call);
  }

  #borrows(call: DnsCall): boolean {
    if (this.#context.borrow?.() !== true) return false;
    if (!call.isListed) {
      call.isListed = true;
      this.#borrowers.push(call);
    }
    return true;
  }
}

/** A zone transfer is many messages and ends with the SOA it began with (RFC 5936 §2.2, RFC 1995 §4). */
function isLastOfTransfer(call: DnsCall, message: DnsMessage): boolean {
  if (call.type !== AXFR && call.type !== IXFR) return true;
  if (message.rcode !== 0 || message.answers === 0 || call.soaSeen >= 2) return true;
  return call.type === IXFR && call.soaSeen === 1 && message.answers === 1;
}
