/** What a server sends, as answers to the steps that wait. */

import { ByteReader } from '../../decode/byte-reader.ts';
import type { SessionContext, Span } from '../../dissect/dissector.ts';
import { columnsOf } from './columns.ts';
import { PostgresCall } from './describe.ts';
import {
  authenticationOf,
  errorFields,
  notificationOf,
  parameterStatusOf,
  parameterTypes,
  processIdOf,
  tagOf,
} from './fields.ts';
import type { Frontend } from './frontend.ts';
import { Login } from './names.ts';
import type { Pipeline, Step } from './pipeline.ts';
import type { TypedMessage } from './wire.ts';

const PARSE_COMPLETE = 0x31;
const BIND_COMPLETE = 0x32;
const CLOSE_COMPLETE = 0x33;
const NOTIFICATION = 0x41;
const COMMAND_COMPLETE = 0x43;
const DATA_ROW = 0x44;
const ERROR = 0x45;
const COPY_IN = 0x47;
const COPY_OUT = 0x48;
const EMPTY_QUERY = 0x49;
const BACKEND_KEY = 0x4b;
const NOTICE = 0x4e;
const AUTHENTICATION = 0x52;
const PARAMETER_STATUS = 0x53;
const ROW_DESCRIPTION = 0x54;
const COPY_BOTH = 0x57;
const READY = 0x5a;
const COPY_DATA = 0x64;
const NO_DATA = 0x6e;
const PORTAL_SUSPENDED = 0x73;
const PARAMETER_DESCRIPTION = 0x74;

const copyDirections = { [COPY_IN]: 'in', [COPY_OUT]: 'out', [COPY_BOTH]: 'both' } as const;
const bodyOf = ({ bytes, start, end }: TypedMessage): ByteReader => new ByteReader(bytes, start, end);

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
    const { type, bytes, start, end, size } = message;
    if (type === NOTIFICATION) return this.#notification(message, span);
    const { head } = this.#pipeline;
    // A change of a parameter (S) may be told at any time.
    if (type !== PARAMETER_STATUS || head?.kind === 'startup') head?.call?.countResponse(size, span);
    switch (type) {
      case PARSE_COMPLETE:
        return this.#pipeline.answer('parse');
      case BIND_COMPLETE:
        return this.#pipeline.answer('bind');
      case CLOSE_COMPLETE:
        return this.#pipeline.answer('close');
      case PARAMETER_DESCRIPTION:
        if (head?.statement !== undefined) head.statement.types = parameterTypes(bodyOf(message));
        return;
      case ROW_DESCRIPTION:
        this.#columns(head, message);
        return this.#pipeline.answer('describe');
      case NO_DATA:
        return this.#pipeline.answer('describe');
      case DATA_ROW:
        return this.#row(head, message);
      case COMMAND_COMPLETE:
      case EMPTY_QUERY:
      case PORTAL_SUSPENDED:
        if (type === COMMAND_COMPLETE) head?.call?.done(tagOf(bytes, start, end));
        return this.#pipeline.answer('execute');
      case ERROR:
        return this.#pipeline.fail(errorFields(bodyOf(message)), size, span);
      case READY:
        return this.#pipeline.ready(end > start ? (bytes[start] ?? 0) : 0);
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

  #columns(head: Step | undefined, { bytes, start, end }: TypedMessage): void {
    if (head?.call === undefined) return;
    const columns = columnsOf(bytes, start, end);
    if (head.kind !== 'describe') head.call.columns = columns;
    else if (head.portal !== undefined) head.portal.columns = columns;
    else if (head.statement !== undefined) head.statement.columns = columns;
  }

  #row(head: Step | undefined, message: TypedMessage): void {
    if (head?.call === undefined) return;
    const columns = head.portal?.columns ?? head.statement?.columns ?? head.call.columns;
    head.call.row(message, columns, this.#context.limits.maxBodyBytes);
    this.#pipeline.lend(head.call);
  }

  /** What changes nothing in the order of answers. */
  #aside(call: PostgresCall, message: TypedMessage): void {
    const { type } = message;
    switch (type) {
      case NOTICE:
        return call.notice(errorFields(bodyOf(message)).message);
      case AUTHENTICATION: {
        const method = authenticationOf(bodyOf(message));
        // Granted without having asked: by the client's address or its certificate.
        if (method === 'ok') call.authentication ??= 'none';
        else if (method !== undefined) call.authentication = method;
        return;
      }
      case BACKEND_KEY:
        call.processId = processIdOf(bodyOf(message));
        return;
      case PARAMETER_STATUS:
        if (call.kind === 'startup') call.report(...parameterStatusOf(bodyOf(message)));
        return;
      case COPY_IN:
      case COPY_OUT:
      case COPY_BOTH:
        call.copy = { direction: copyDirections[type], bytes: 0, messages: 0 };
        return;
      case COPY_DATA:
        return call.copied(message.length);
      default:
        return;
    }
  }

  #notification(message: TypedMessage, span: Span): void {
    const call = new PostgresCall('notification');
    call.countResponse(message.size, span);
    const { processId, channel, payload } = notificationOf(bodyOf(message));
    call.processId = processId;
    call.channel = channel;
    call.payload = payload;
    call.login = new Login(undefined, this.#frontend.database);
    this.#context.emit(call);
  }
}
