/**
 * Puts messages together into calls. The client may send ahead: each message that is answered waits as a step, and the
 * server answers the steps in order. After an error the server passes over everything up to the next Sync.
 */

import type { CloseReason, Parsed, Session, SessionContext, Side, Span } from '../../dissect/dissector.ts';
import { openCall, type PostgresCall, PostgresExchange } from './describe.ts';
import {
  authenticationOf,
  type BindFields,
  bindFields,
  type Column,
  columnsOf,
  errorFields,
  notificationOf,
  parameterTypes,
  parameterValues,
  parseFields,
  rowOf,
  startupParameters,
  tagOf,
} from './fields.ts';
import { type PostgresMessage, readMessage, startsWithMessage } from './wire.ts';

/** Prepared statements and portals remembered of one connection; drivers keep a few hundred. */
const MAX_STATEMENTS = 2048;
/** Rows kept of one result. */
export const MAX_ROWS = 20;
/** Notices kept of one call. */
const MAX_NOTICES = 8;
/** Tags kept of one query string with many statements. */
const MAX_TAGS = 32;

interface Statement {
  readonly query: string;
  types: readonly number[];
  columns: readonly Column[];
}
interface Portal {
  readonly statement: string;
  readonly bind: BindFields;
}

type Step =
  | { readonly kind: 'parse' | 'bind' | 'close' | 'sync' }
  | { readonly kind: 'describe'; readonly statement: string }
  | { readonly kind: 'call'; readonly call: PostgresCall; readonly endsWith: 'complete' | 'ready' };

type Message = Extract<PostgresMessage, { kind: 'message' }>;

export class PostgresSession implements Session<PostgresMessage> {
  readonly #context: SessionContext;
  #isStartup: boolean;
  #awaitsEncryption = false;
  readonly #rest: Record<Side, number> = { client: 0, server: 0 };
  readonly #statements = new Map<string, Statement>();
  readonly #portals = new Map<string, Portal>();
  #steps: Step[] = [];
  /** What the client has sent since its last call: Parse, Bind and Describe belong to the Execute after them. */
  #ahead = { start: 0, size: 0 };
  #user: string | undefined;
  #database: string | undefined;
  #transaction: string | undefined;
  /** A prepared statement that nobody has executed yet in this batch. */
  #prepared: PostgresCall | undefined;

  constructor(context: SessionContext) {
    this.#context = context;
    this.#isStartup = !context.midStream;
  }

  read(side: Side, bytes: Uint8Array, offset: number): Parsed<PostgresMessage> {
    const isStartup = this.#isStartup && !startsWithMessage(bytes, offset, 'client');
    return readMessage(side, bytes, offset, {
      isStartup,
      awaitsEncryption: this.#awaitsEncryption,
      rest: this.#rest[side],
    });
  }

  message(side: Side, message: PostgresMessage, span: Span): void {
    switch (message.kind) {
      case 'rest':
        this.#rest[side] -= message.size;
        this.#countRest(side, message.size, span);
        return;
      case 'startup':
        return this.#startup(message.body, message.size, span);
      case 'cancel-request': {
        const call = openCall('cancel', span.first);
        call.requestSize = message.size;
        return this.#context.emit(new PostgresExchange(call));
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
        return;
      case 'message':
        this.#rest[side] = message.length - message.body.length;
        if (side === 'client') this.#fromClient(message, span);
        else this.#fromServer(message, span);
    }
  }

  gap(side: Side, length: number): 'absorbed' | 'lost' {
    const call = this.#current();
    if (call !== undefined) call.gap += length;
    if (length < this.#rest[side]) {
      this.#rest[side] -= length;
      return 'absorbed';
    }
    this.#rest[side] = 0;
    this.#isStartup = false;
    this.#awaitsEncryption = false;
    // Which answers are missing is not known: what waits leaves as it is, and the next turn starts afresh.
    this.#flush(undefined);
    return 'lost';
  }

  resync(side: Side, bytes: Uint8Array, offset: number): number {
    for (let at = offset; at < bytes.length; at += 1) if (startsWithMessage(bytes, at, side)) return at;
    return -1;
  }

  close(_at: number, reason: CloseReason): void {
    const isFailure = reason === 'fin' || reason === 'reset' || reason === 'timeout';
    this.#flush(isFailure ? 'no response' : undefined);
  }

  #startup(body: Uint8Array, size: number, span: Span): void {
    this.#isStartup = false;
    const parameters = startupParameters(body);
    const { user, database = user, application_name: application } = parameters;
    this.#user = user;
    this.#database = database;
    const call = this.#open('startup', span, size);
    if (application !== undefined) call.application = application;
    this.#push({ kind: 'call', call, endsWith: 'ready' });
  }

  #open(kind: PostgresCall['kind'], span: Span, size: number): PostgresCall {
    const call = openCall(kind, this.#ahead.size > 0 ? this.#ahead.start : span.first);
    call.end = span.last;
    call.requestSize = this.#ahead.size + size;
    this.#ahead = { start: 0, size: 0 };
    if (this.#user !== undefined) call.user = this.#user;
    if (this.#database !== undefined) call.database = this.#database;
    return call;
  }

  #push(step: Step): void {
    if (this.#steps.length >= this.#context.limits.maxPending) {
      this.#context.anomaly('postgres: too many messages wait for an answer');
      this.#flush(undefined);
    }
    this.#steps.push(step);
  }

  #countRest(side: Side, size: number, span: Span): void {
    const call = this.#current();
    if (call === undefined) return;
    call.truncated = true;
    if (side === 'client') {
      call.requestSize += size;
      call.end = span.last;
    } else {
      call.responseSize += size;
      call.responseEnd = span.last;
    }
  }

  #fromClient(message: Message, span: Span): void {
    const { type, body, size } = message;
    this.#isStartup = false;
    switch (type) {
      case 'Q': {
        const call = this.#open('query', span, size);
        const zero = body.indexOf(0);
        call.query = new TextDecoder().decode(zero < 0 ? body : body.subarray(0, zero));
        return this.#push({ kind: 'call', call, endsWith: 'ready' });
      }
      case 'F':
        return this.#push({ kind: 'call', call: this.#open('function', span, size), endsWith: 'ready' });
      case 'P': {
        const { name, query, types } = parseFields(body);
        remember(this.#statements, name, { query, types, columns: [] });
        this.#sentAhead(size, span);
        this.#prepared = openCall('prepare', span.first);
        Object.assign(this.#prepared, { end: span.last, requestSize: size, query, statement: name });
        return this.#push({ kind: 'parse' });
      }
      case 'B': {
        const bind = bindFields(body);
        remember(this.#portals, bind.portal, { statement: bind.statement, bind });
        this.#sentAhead(size, span);
        return this.#push({ kind: 'bind' });
      }
      case 'D': {
        this.#sentAhead(size, span);
        const name = new TextDecoder().decode(body.subarray(1, Math.max(1, body.indexOf(0, 1))));
        const statement = body[0] === 0x53 /* S */ ? name : (this.#portals.get(name)?.statement ?? '');
        return this.#push({ kind: 'describe', statement });
      }
      case 'E':
        return this.#execute(body, size, span);
      case 'C':
        this.#sentAhead(size, span);
        return this.#push({ kind: 'close' });
      case 'S':
        if (this.#prepared !== undefined) {
          const call = this.#prepared;
          this.#prepared = undefined;
          this.#ahead = { start: 0, size: 0 };
          this.#push({ kind: 'call', call, endsWith: 'ready' });
          return;
        }
        return this.#push({ kind: 'sync' });
      case 'd':
      case 'c':
      case 'f': {
        const call = this.#current();
        if (call === undefined) return;
        call.requestSize += size;
        call.end = span.last;
        if (type === 'd' && call.copy !== undefined) {
          call.copy.bytes += message.length;
          call.copy.messages += 1;
        }
        return;
      }
      default:
        // Passwords (p), Flush (H) and Terminate (X): nothing of them is kept.
        return;
    }
  }

  #execute(body: Uint8Array, size: number, span: Span): void {
    const zero = body.indexOf(0);
    const portal = this.#portals.get(new TextDecoder().decode(body.subarray(0, Math.max(0, zero))));
    const call = this.#open('query', span, size);
    this.#prepared = undefined;
    if (portal !== undefined) {
      const statement = this.#statements.get(portal.statement);
      call.statement = portal.statement;
      call.parameters = parameterValues(portal.bind, statement?.types ?? []);
      if (statement !== undefined) {
        call.query = statement.query;
        call.columns = statement.columns.map((column, index) => ({
          ...column,
          format:
            portal.bind.resultFormats.length === 1
              ? (portal.bind.resultFormats[0] ?? 0)
              : (portal.bind.resultFormats[index] ?? 0),
        }));
      }
    }
    this.#push({ kind: 'call', call, endsWith: 'complete' });
  }

  #sentAhead(size: number, span: Span): void {
    if (this.#ahead.size === 0) this.#ahead.start = span.first;
    this.#ahead.size += size;
  }

  /** The call that the server is answering, or will answer first. */
  #current(): PostgresCall | undefined {
    for (const step of this.#steps) if (step.kind === 'call') return step.call;
    return undefined;
  }

  #fromServer(message: Message, span: Span): void {
    const { type, body, size } = message;
    if (type === 'A') return this.#notification(body, size, span);
    if (type === 'S' || type === 'K') return;
    const call = this.#current();
    if (call !== undefined) {
      call.responseStart ??= span.first;
      call.responseEnd = span.last;
      call.responseSize += size;
    }
    switch (type) {
      case '1':
        return this.#answered('parse');
      case '2':
        return this.#answered('bind');
      case '3':
        return this.#answered('close');
      case 't':
        return this.#describe((statement) => {
          statement.types = parameterTypes(body);
        }, false);
      case 'T': {
        const columns = columnsOf(body);
        if (this.#steps[0]?.kind !== 'describe') {
          if (call !== undefined) call.columns = columns;
          return;
        }
        // The rows of the Execute behind it have these columns; their formats are those the Bind asked for.
        if (call !== undefined) call.columns = columns;
        return this.#describe((statement) => {
          statement.columns = columns;
        }, true);
      }
      case 'n':
        return this.#describe(() => undefined, true);
      case 'D':
        return this.#row(call, body);
      case 'C':
      case 'I':
      case 's':
        return this.#complete(call, type === 'C' ? body : undefined);
      case 'E':
        return this.#error(call, message, span);
      case 'N':
        if (call !== undefined && call.notices.length < MAX_NOTICES) call.notices.push(errorFields(body).message);
        return;
      case 'R': {
        const method = authenticationOf(body);
        if (call !== undefined && method !== undefined && method !== 'ok') call.authentication = method;
        return;
      }
      case 'G':
      case 'H':
      case 'W':
        if (call !== undefined)
          call.copy = { direction: type === 'G' ? 'in' : type === 'H' ? 'out' : 'both', bytes: 0, messages: 0 };
        return;
      case 'd':
        if (call?.copy !== undefined) {
          call.copy.bytes += message.length;
          call.copy.messages += 1;
        }
        return;
      case 'Z':
        return this.#ready(body);
      default:
        return;
    }
  }

  #notification(body: Uint8Array, size: number, span: Span): void {
    const call = openCall('notification', null);
    const { channel, payload } = notificationOf(body);
    Object.assign(call, { responseStart: span.first, responseEnd: span.last, responseSize: size, channel, payload });
    if (this.#database !== undefined) call.database = this.#database;
    this.#context.emit(new PostgresExchange(call));
  }

  #answered(kind: Step['kind']): void {
    if (this.#steps[0]?.kind === kind) this.#steps.shift();
  }

  #describe(change: (statement: Statement) => void, isLast: boolean): void {
    const [step] = this.#steps;
    if (step?.kind !== 'describe') return;
    const statement = this.#statements.get(step.statement);
    if (statement !== undefined) change(statement);
    if (isLast) this.#steps.shift();
  }

  #row(call: PostgresCall | undefined, body: Uint8Array): void {
    if (call === undefined) return;
    call.rowCount = (call.rowCount ?? 0) + 1;
    if (call.rows.length < MAX_ROWS) call.rows.push(rowOf(body, call.columns, undefined));
    else call.truncated = true;
  }

  #complete(call: PostgresCall | undefined, body: Uint8Array | undefined): void {
    if (call === undefined) return;
    if (body !== undefined) {
      const { tag, rows } = tagOf(body);
      if (call.tags.length < MAX_TAGS) call.tags.push(tag);
      // Rows that were sent have been counted already; rows that were changed are only told here.
      if (rows !== undefined && !tag.startsWith('SELECT')) call.rowCount = rows;
      else if (rows !== undefined) call.rowCount ??= rows;
    }
    const at = this.#steps.findIndex((step) => step.kind === 'call');
    const step = this.#steps[at];
    if (step?.kind !== 'call' || step.endsWith !== 'complete') return;
    this.#steps.splice(0, at + 1);
    this.#finish(call);
  }

  #error(call: PostgresCall | undefined, { body, size }: Message, span: Span): void {
    const failure = errorFields(body);
    if (call === undefined) {
      // The server says why it ends the connection, or answers what was sent before the capture.
      const alone = openCall('query', null);
      Object.assign(alone, { failure, responseStart: span.first, responseEnd: span.last, responseSize: size });
      this.#context.emit(new PostgresExchange(alone));
      return;
    }
    call.failure = failure;
    const isExtended = this.#steps.some(
      (step) => step.kind === 'call' && step.call === call && step.endsWith === 'complete',
    );
    if (!isExtended) {
      // A startup that fails is not followed by ReadyForQuery.
      if (call.kind === 'startup') this.#ready(undefined);
      return;
    }
    // Everything up to the next Sync is passed over; calls among it were never run.
    const sync = this.#steps.findIndex(
      (step) => step.kind === 'sync' || (step.kind === 'call' && step.endsWith === 'ready'),
    );
    const passedOver = this.#steps.splice(0, sync < 0 ? this.#steps.length : sync);
    for (const step of passedOver) {
      if (step.kind !== 'call') continue;
      if (step.call !== call) step.call.missing = 'not run: an earlier statement of the batch failed';
      this.#finish(step.call);
    }
  }

  #ready(body: Uint8Array | undefined): void {
    this.#transaction = body === undefined ? this.#transaction : String.fromCharCode(body[0] ?? 0);
    const end = this.#steps.findIndex(
      (step) => step.kind === 'sync' || (step.kind === 'call' && step.endsWith === 'ready'),
    );
    for (const step of this.#steps.splice(0, end + 1)) if (step.kind === 'call') this.#finish(step.call);
  }

  #finish(call: PostgresCall): void {
    const state = this.#transaction;
    if (state === 'T') call.transaction = 'open';
    else if (state === 'E') call.transaction = 'failed';
    this.#context.emit(new PostgresExchange(call));
  }

  #flush(missing: string | undefined): void {
    for (const step of this.#steps.splice(0)) {
      if (step.kind !== 'call') continue;
      if (missing !== undefined && step.call.failure === undefined) step.call.missing = missing;
      this.#finish(step.call);
    }
  }
}

/** Keeps the newest of a connection's names. */
function remember<T>(table: Map<string, T>, name: string, value: T): void {
  table.delete(name);
  if (table.size >= MAX_STATEMENTS) {
    const oldest = table.keys().next();
    if (oldest.done !== true) table.delete(oldest.value);
  }
  table.set(name, value);
}
