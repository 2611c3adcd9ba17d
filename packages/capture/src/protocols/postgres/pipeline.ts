/**
 * What the client has sent and the server has not answered yet, message by message and in order. After an error the server
 * passes over everything up to the next Sync; with ReadyForQuery all calls before it leave.
 */

import type { SessionContext, Span } from '../../dissect/dissector.ts';
import { PostgresCall } from './describe.ts';
import type { ErrorFields } from './fields.ts';
import type { Portal, Statement } from './statements.ts';

export interface Step {
  /** The message; `query`, `function`, `startup` and `sync` are answered with ReadyForQuery in the end, the others alone. */
  readonly kind: 'startup' | 'query' | 'function' | 'parse' | 'bind' | 'describe' | 'execute' | 'close' | 'sync';
  readonly call: PostgresCall | undefined;
  /** What a Describe asks about, what an Execute runs. */
  readonly statement?: Statement | undefined;
  readonly portal?: Portal | undefined;
}

const IN_TRANSACTION = 0x54;
const IN_FAILED_TRANSACTION = 0x45;

const isReadyAtEnd = ({ kind }: Step): boolean =>
  kind === 'query' || kind === 'sync' || kind === 'startup' || kind === 'function';

export class Pipeline {
  readonly #context: SessionContext;
  readonly #steps: Step[] = [];
  /** Calls with all or some of their answers, which leave with the next ReadyForQuery. */
  readonly #answered: PostgresCall[] = [];
  #transaction: PostgresCall['transaction'];

  constructor(context: SessionContext) {
    this.#context = context;
  }

  /** The message the server answers now. */
  get head(): Step | undefined {
    return this.#steps[0];
  }

  push(step: Step): void {
    if (this.#steps.length >= this.#context.limits.maxPending) {
      this.#context.anomaly('postgres: too many messages wait for an answer');
      this.flush(undefined);
    }
    this.#steps.push(step);
  }

  /** What was told of the call lies in the chunk until that goes away. */
  lend(call: PostgresCall): void {
    if (this.#context.borrow?.() !== true) call.keep();
  }

  /** The bytes go away. */
  settle(): void {
    for (const { call } of this.#steps) call?.keep();
    for (const call of this.#answered) call.keep();
  }

  /** The server has answered the message at the head, if that is of this kind. */
  answer(kind: Step['kind']): void {
    const { head } = this;
    if (head?.kind !== kind) return;
    this.#steps.shift();
    if (head.call !== undefined) this.#keep(head.call);
  }

  fail(failure: ErrorFields, size: number, span: Span): void {
    const { head } = this;
    // A commit that fails at Sync belongs to what was run before it.
    const call = head === undefined ? undefined : (head.call ?? this.#answered.at(-1));
    if (call === undefined) return this.#alone(failure, size, span);
    if (head?.call === undefined) call.countResponse(size, span);
    call.failure ??= failure;
    if (head?.kind === 'startup') return this.flush(undefined);
    if (head !== undefined && isReadyAtEnd(head)) return;
    const sync = this.#steps.findIndex(isReadyAtEnd);
    for (const step of this.#steps.splice(0, sync < 0 ? this.#steps.length : sync)) {
      if (step.call === undefined) continue;
      if (step.call !== call && !step.call.isAnswered)
        step.call.missing = 'not run: an earlier statement of the batch failed';
      this.#keep(step.call);
    }
  }

  /** ReadyForQuery: the state is `I`, `T` (in a transaction) or `E` (in a failed one). */
  ready(state: number): void {
    this.#transaction = state === IN_TRANSACTION ? 'open' : state === IN_FAILED_TRANSACTION ? 'failed' : undefined;
    const end = this.#steps.findIndex(isReadyAtEnd);
    for (let done = 0; done <= end; done++) {
      const call = this.#steps.shift()?.call;
      if (call !== undefined) this.#keep(call);
    }
    this.#leave();
  }

  /** Everything leaves as it is; `missing` says why what is not answered is not. */
  flush(missing: string | undefined): void {
    for (const { call } of this.#steps.splice(0)) {
      if (call === undefined) continue;
      if (missing !== undefined && call.failure === undefined && !call.isAnswered) call.missing = missing;
      this.#keep(call);
    }
    this.#leave();
  }

  #keep(call: PostgresCall): void {
    if (call.isAnswered) return;
    call.isAnswered = true;
    this.#answered.push(call);
    if (this.#answered.length > this.#context.limits.maxPending) this.#leave();
  }

  #leave(): void {
    const calls = this.#answered;
    for (const call of calls) {
      call.transaction = this.#transaction;
      call.hasLeft = true;
      this.#context.emit(call);
    }
    calls.length = 0;
  }

  /** The server says why it ends the connection, or answers what was sent before the capture. */
  #alone(failure: ErrorFields, size: number, span: Span): void {
    const call = new PostgresCall('error');
    call.countResponse(size, span);
    call.failure = failure;
    this.#context.emit(call);
  }
}
