/** One connection: negotiation and startup, then typed messages of both sides, which `frontend.ts` and `backend.ts` take. */

import type { CloseReason, Parsed, Session, SessionContext, Side, Span } from '../../dissect/dissector.ts';
import { Backend } from './backend.ts';
import { PostgresCall } from './describe.ts';
import { Frontend } from './frontend.ts';
import { Pipeline } from './pipeline.ts';
import { type PostgresMessage, readMessage, readTypedMessage, startsWithMessage } from './wire.ts';

export class PostgresSession implements Session<PostgresMessage> {
  readonly #context: SessionContext;
  readonly #pipeline: Pipeline;
  readonly #frontend: Frontend;
  readonly #backend: Backend;
  #isStartup: boolean;
  #awaitsEncryption = false;
  /** Bytes left of a message whose beginning was read. */
  #restOfClient = 0;
  #restOfServer = 0;

  constructor(context: SessionContext) {
    this.#context = context;
    this.#isStartup = !context.midStream;
    this.#pipeline = new Pipeline(context);
    this.#frontend = new Frontend(context, this.#pipeline);
    this.#backend = new Backend(context, this.#pipeline, this.#frontend);
  }

  read(side: Side, bytes: Uint8Array, offset: number, end = bytes.length): Parsed<PostgresMessage> {
    const rest = side === 'client' ? this.#restOfClient : this.#restOfServer;
    if (rest === 0 && !this.#isStartup && !this.#awaitsEncryption) return readTypedMessage(side, bytes, offset, end);
    const isStartup = side === 'client' && this.#isStartup && !startsWithMessage(bytes, offset, 'client', end);
    const place = { offset, limit: end };
    return readMessage(side, bytes, place, { isStartup, awaitsEncryption: this.#awaitsEncryption, rest });
  }

  message(side: Side, message: PostgresMessage, span: Span): void {
    switch (message.kind) {
      case 'message': {
        const rest = message.length - (message.end - message.start);
        if (side === 'server') {
          this.#restOfServer = rest;
          return this.#backend.message(message, span);
        }
        this.#restOfClient = rest;
        this.#isStartup = false;
        return this.#frontend.message(message, span);
      }
      case 'rest':
        if (side === 'client') {
          this.#restOfClient -= message.size;
          return this.#frontend.rest(message.size, span);
        }
        this.#restOfServer -= message.size;
        return this.#backend.rest(message.size, span);
      case 'startup':
        this.#isStartup = false;
        return this.#frontend.startup(message.body, message.size, span);
      case 'cancel-request': {
        const call = new PostgresCall('cancel');
        call.countRequest(message.size, span);
        call.processId = message.processId;
        return this.#context.emit(call);
      }
      case 'ssl-request':
      case 'gss-request':
        this.#awaitsEncryption = true;
        return;
      case 'encryption':
        this.#awaitsEncryption = false;
        // Refused: the client may go on in plain text, with a startup message again.
        if (message.answer === 'S') this.#context.upgrade('tls');
        else if (message.answer === 'G') this.#context.upgrade('unknown');
    }
  }

  gap(side: Side, length: number): 'absorbed' | 'lost' {
    const call = this.#pipeline.head?.call;
    if (call !== undefined) call.gap += length;
    const rest = side === 'client' ? this.#restOfClient : this.#restOfServer;
    const left = length < rest ? rest - length : 0;
    if (side === 'client') this.#restOfClient = left;
    else this.#restOfServer = left;
    if (left > 0) return 'absorbed';
    this.#isStartup = false;
    this.#awaitsEncryption = false;
    // Which answers are missing is not known: what waits leaves as it is, and the next turn starts afresh.
    this.#pipeline.flush(undefined);
    return 'lost';
  }

  settle(): void {
    this.#pipeline.settle();
    this.#frontend.settle();
  }

  resync(side: Side, bytes: Uint8Array, offset: number): number {
    for (let at = offset; at < bytes.length; at += 1) if (startsWithMessage(bytes, at, side)) return at;
    return -1;
  }

  close(_at: number, reason: CloseReason): void {
    const isFailure = reason === 'fin' || reason === 'reset' || reason === 'timeout';
    this.#pipeline.flush(isFailure ? 'no response' : undefined);
  }
}
