/** What a server sends, as answers to the steps that wait. */

import type { SessionContext, Span } from '../../dissect/dissector.ts';
import { PostgresCall } from './describe.ts';
import {
  authenticationOf,
  columnsOf,
  errorFields,
  notificationOf,
  parameterStatusOf,
  parameterTypes,
  processIdOf,
  tagOf,
} from './fields.ts';
import type { Frontend } from './frontend.ts';
import type { Pipeline, Step } from './pipeline.ts';
import type { TypedMessage } from './wire.ts';

const copyDirections = { G: 'in', H: 'out', W: 'both' } as const;

export class Backend {
  readonly #context: SessionContext;
  readonly #pipeline: Pipeline;
  readonly #frontend: Frontend;

  constructor(context: SessionContext, pipeline: Pipeline, frontend: Frontend) {
    this.#context = context;
    this.#pipeline = pipeline;
    this.#frontend = frontend;
  }

  message(message: TypedMessage, span: Span): void {
    const { type, body, size } = message;
    if (type === 'A') return this.#notification(body, size, span);
    const { head } = this.#pipeline;
    // A change of a parameter (S) may be told at any time.
    if (type !== 'S' || head?.kind === 'startup') head?.call?.countResponse(size, span);
    switch (type) {
      case '1':
        return this.#pipeline.answer('parse');
      case '2':
        return this.#pipeline.answer('bind');
      case '3':
        return this.#pipeline.answer('close');
      case 't':
        if (head?.statement !== undefined) head.statement.types = parameterTypes(body);
        return;
      case 'T':
        this.#columns(head, body);
        return this.#pipeline.answer('describe');
      case 'n':
        return this.#pipeline.answer('describe');
      case 'D':
        return this.#row(head, body);
      case 'C':
      case 'I':
      case 's':
        if (type === 'C') head?.call?.done(tagOf(body));
        return this.#pipeline.answer('execute');
      case 'E':
        return this.#pipeline.fail(errorFields(body), size, span);
      case 'Z':
        return this.#pipeline.ready(String.fromCharCode(body[0] ?? 0));
      default:
        if (head?.call !== undefined) this.#aside(head.call, message);
    }
  }

  /** More of a message whose beginning was read. */
  rest(size: number, span: Span): void {
    const call = this.#pipeline.head?.call;
    if (call === undefined) return;
    call.countResponse(size, span);
    if (call.copy === undefined) call.truncated = true;
  }

  #columns(head: Step | undefined, body: Uint8Array): void {
    if (head?.call === undefined) return;
    const columns = columnsOf(body);
    if (head.kind !== 'describe') head.call.columns = columns;
    else if (head.portal !== undefined) head.portal.columns = columns;
    else if (head.statement !== undefined) head.statement.columns = columns;
  }

  #row(head: Step | undefined, body: Uint8Array): void {
    if (head?.call === undefined) return;
    const columns = head.portal?.columns ?? head.statement?.columns ?? head.call.columns;
    head.call.row(body, columns, this.#context.limits.maxBodyBytes);
  }

  /** What changes nothing in the order of answers. */
  #aside(call: PostgresCall, { type, body, length }: TypedMessage): void {
    switch (type) {
      case 'N':
        return call.notice(errorFields(body).message);
      case 'R': {
        const method = authenticationOf(body);
        // Granted without having asked: by the client's address or its certificate.
        if (method === 'ok') call.authentication ??= 'none';
        else if (method !== undefined) call.authentication = method;
        return;
      }
      case 'K':
        call.processId = processIdOf(body);
        return;
      case 'S':
        if (call.kind === 'startup') call.report(...parameterStatusOf(body));
        return;
      case 'G':
      case 'H':
      case 'W':
        call.copy = { direction: copyDirections[type], bytes: 0, messages: 0 };
        return;
      case 'd':
        return call.copied(length);
      default:
        return;
    }
  }

  #notification(body: Uint8Array, size: number, span: Span): void {
    const call = new PostgresCall('notification');
    call.countResponse(size, span);
    const { processId, channel, payload } = notificationOf(body);
    call.processId = processId;
    call.channel = channel;
    call.payload = payload;
    call.database = this.#frontend.database;
    this.#context.emit(call);
  }
}
