/**
 * What a client sends, as steps for the server to answer. A Parse, its Bind, its Describe and its Execute are one call when
 * they come in one batch; a Bind of a statement that was prepared earlier begins a call of its own.
 */

import type { SessionContext, Span } from '../../dissect/dissector.ts';
import { type CallKind, copies } from './call.ts';
import { PostgresCall } from './describe.ts';
import {
  bindHead,
  describeTarget,
  endOfText,
  nameAt,
  parseFields,
  sqlStatements,
  startupParameters,
} from './fields.ts';
import type { Pipeline } from './pipeline.ts';
import { Names, type Portal, type Statement } from './statements.ts';
import type { TypedMessage } from './wire.ts';

/** A portal, and the call its first Execute completes. */
interface OpenPortal {
  readonly portal: Portal;
  call: PostgresCall | undefined;
}

export class Frontend {
  readonly #context: SessionContext;
  readonly #pipeline: Pipeline;
  readonly #statements = new Names<Statement>();
  readonly #portals = new Names<OpenPortal>();
  /** Calls of the statements prepared in this batch and not bound yet, by the statement's name. */
  readonly #prepared = new Map<string, PostgresCall>();
  #last: PostgresCall | undefined;
  #user: string | undefined;
  #database: string | undefined;

  constructor(context: SessionContext, pipeline: Pipeline) {
    this.#context = context;
    this.#pipeline = pipeline;
  }

  get database(): string | undefined {
    return this.#database;
  }

  startup(body: Uint8Array, size: number, span: Span): void {
    const { user, database = user, application_name: application } = startupParameters(body);
    this.#user = user;
    this.#database = database;
    const call = this.#open('startup', size, span);
    call.application = application;
    this.#pipeline.push({ kind: 'startup', call });
  }

  message({ type, body, length, size }: TypedMessage, span: Span): void {
    switch (type) {
      case 'Q': {
        const call = this.#open('query', size, span);
        call.sql = sqlStatements.of(body, 0, endOfText(body, 0));
        return this.#pipeline.push({ kind: 'query', call });
      }
      case 'P':
        return this.#parse(body, size, span);
      case 'B':
        return this.#bind(body, size, span);
      case 'D':
        return this.#describe(body, size, span);
      case 'E':
        return this.#execute(body, size, span);
      case 'F':
        return this.#pipeline.push({ kind: 'function', call: this.#open('function', size, span) });
      case 'C':
        return this.#pipeline.push({ kind: 'close', call: undefined });
      case 'S':
        this.#prepared.clear();
        return this.#pipeline.push({ kind: 'sync', call: undefined });
      case 'd':
      case 'c':
      case 'f': {
        const call = this.#pipeline.head?.call;
        call?.countRequest(size, span);
        if (type === 'd') call?.copied(length);
        return;
      }
      case 'p':
        return this.#password(body);
      default:
        // Flush (H) and Terminate (X) ask for nothing.
        return;
    }
  }

  /** More of a message whose beginning was read. */
  rest(size: number, span: Span): void {
    const copying = this.#pipeline.head?.call;
    const call = copying?.copy === undefined ? this.#last : copying;
    call?.countRequest(size, span);
    // COPY data is only counted, and that has been done.
    if (call !== undefined && call.copy === undefined) call.truncated = true;
  }

  #open(kind: CallKind, size: number, span: Span): PostgresCall {
    const call = new PostgresCall(kind);
    call.countRequest(size, span);
    call.user = this.#user;
    call.database = this.#database;
    this.#last = call;
    return call;
  }

  #parse(body: Uint8Array, size: number, span: Span): void {
    const { name, sql, types } = parseFields(body);
    this.#statements.set(name, { sql, types, columns: [] });
    const call = this.#open('prepare', size, span);
    call.sql = sql;
    call.statement = name;
    if (this.#prepared.size < this.#context.limits.maxPending) this.#prepared.set(name, call);
    this.#pipeline.push({ kind: 'parse', call });
  }

  #bind(body: Uint8Array, size: number, span: Span): void {
    const { portal: name, statement: statementName, valuesAt } = bindHead(body);
    const statement = this.#statements.get(statementName);
    const call = this.#continued(statementName, size, span);
    this.#prepared.delete(statementName);
    call.statement = statementName;
    call.sql = statement?.sql;
    call.portal = { statementName, statement, bind: copies.keep(body), valuesAt };
    this.#portals.set(name, { portal: call.portal, call });
    this.#pipeline.push({ kind: 'bind', call });
  }

  #describe(body: Uint8Array, size: number, span: Span): void {
    const { isStatement, name } = describeTarget(body);
    const open = isStatement ? undefined : this.#portals.get(name);
    const statement = isStatement ? this.#statements.get(name) : open?.portal.statement;
    let call = open?.call;
    if (call === undefined || call.hasLeft) {
      call = isStatement ? this.#continued(name, size, span) : this.#open('prepare', size, span);
      if (isStatement) call.statement = name;
      call.sql ??= statement?.sql;
    } else call.countRequest(size, span);
    this.#pipeline.push({ kind: 'describe', call, statement, portal: open?.portal });
  }

  #execute(body: Uint8Array, size: number, span: Span): void {
    const open = this.#portals.get(nameAt(body, 0));
    const portal = open?.portal;
    let call = open?.call;
    if (call === undefined || call.hasLeft) {
      // A portal that goes on after its first rows, or one that was bound before the capture.
      call = this.#open('query', size, span);
      call.sql = portal?.statement?.sql;
      call.statement = portal?.statementName;
      call.portal = portal;
    } else call.countRequest(size, span);
    call.kind = 'query';
    if (open !== undefined) open.call = undefined;
    this.#last = call;
    this.#pipeline.push({ kind: 'execute', call, portal, statement: portal?.statement });
  }

  /** The call that the Parse of this statement began in this batch, or a new one. */
  #continued(statement: string, size: number, span: Span): PostgresCall {
    const call = this.#prepared.get(statement);
    if (call === undefined || call.hasLeft) return this.#open('prepare', size, span);
    call.countRequest(size, span);
    this.#last = call;
    return call;
  }

  /** Passwords and proofs are never kept; the first message of SASL begins with the mechanism's name. */
  #password(body: Uint8Array): void {
    const call = this.#pipeline.head?.call;
    if (call?.authentication !== 'sasl') return;
    const mechanism = nameAt(body, 0);
    if (mechanism.startsWith('SCRAM-')) call.authentication = 'scram';
    else if (mechanism === 'OAUTHBEARER') call.authentication = 'oauth';
  }
}
