/** Pairs each message with the one that comes back under its id. */

import type { Micros } from '@kubeshark/model';
import type { CloseReason, Parsed, Session, SessionContext, Side, Span } from '../../dissect/dissector.ts';
import { EchoCall } from './describe.ts';
import { type EchoMessage, isPlausible, parseEcho } from './wire.ts';

export class EchoSession implements Session<EchoMessage> {
  private readonly context: SessionContext;
  /** Calls without an answer by id, oldest first. */
  private readonly pending = new Map<number, EchoCall>();

  constructor(context: SessionContext) {
    this.context = context;
  }

  read(_side: Side, bytes: Uint8Array, offset: number): Parsed<EchoMessage> {
    return parseEcho(bytes, offset);
  }

  message(side: Side, message: EchoMessage, span: Span): void {
    if (side === 'client') this.request(message, span);
    else this.response(message, span);
  }

  gap(_side: Side, _length: number, _at: Micros): 'lost' {
    return 'lost';
  }

  resync(_side: Side, bytes: Uint8Array, offset: number): number {
    for (let at = offset; at + 4 <= bytes.length; at++) if (isPlausible(bytes, at)) return at;
    return -1;
  }

  close(_at: Micros, reason: CloseReason): void {
    for (const call of this.pending.values()) {
      call.failure = reason === 'reset' ? 'connection reset' : 'no response';
      this.context.emit(call);
    }
    this.pending.clear();
  }

  private request(message: EchoMessage, span: Span): void {
    const reused = this.pending.get(message.id);
    if (reused !== undefined) this.giveUp(reused, 'id used again');
    else if (this.pending.size >= this.context.limits.maxPending) {
      const [oldest] = this.pending.values();
      if (oldest !== undefined) this.giveUp(oldest, 'no response');
    }
    this.pending.set(message.id, new EchoCall(message.id).asked(message, span));
  }

  private response(message: EchoMessage, span: Span): void {
    const call = this.pending.get(message.id) ?? new EchoCall(message.id);
    this.pending.delete(message.id);
    this.context.emit(call.answered(message, span));
  }

  private giveUp(call: EchoCall, failure: string): void {
    this.pending.delete(call.id);
    call.failure = failure;
    this.context.emit(call);
  }
}
