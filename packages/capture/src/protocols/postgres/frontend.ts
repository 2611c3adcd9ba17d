/**
 * What a client sends, as steps for the server to answer. A Parse, its Bind, its Describe and its Execute are one call when
 * they come in one batch; a Bind of a statement that was prepared earlier begins a call of its own.
 */

import { ByteReader } from '../../decode/byte-reader.ts';
import type { SessionContext, Span } from '../../dissect/dissector.ts';
import type { CallKind } from './call.ts';
import { PostgresCall } from './describe.ts';
import { parseFields, sqlStatements, startupParameters } from './fields.ts';
import { endOfText, Login, type Name, nameAt, unknownLogin } from './names.ts';
import type { Pipeline } from './pipeline.ts';
import { Names, Portal, Statement } from './statements.ts';
import type { TypedMessage } from './wire.ts';

const BIND = 0x42;
const CLOSE = 0x43;
const DESCRIBE = 0x44;
const EXECUTE = 0x45;
const FUNCTION_CALL = 0x46;
const PARSE = 0x50;
const QUERY = 0x51;
const SYNC = 0x53;
const COPY_DONE = 0x63;
const COPY_DATA = 0x64;
const COPY_FAIL = 0x66;
/** Passwords and what SASL says. */
const PASSWORD = 0x70;
/** What a Describe is about: `S`. */
const STATEMENT = 0x53;

class OpenPortal extends Portal {
  /** The call its first Execute completes. */
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
  #login = unknownLogin;

  constructor(context: SessionContext, pipeline: Pipeline) {
    this.#context = context;
    this.#pipeline = pipeline;
  }

  get database(): string | undefined {
    return this.#login.database;
  }

  startup(body: Uint8Array, size: number, span: Span): void {
    const { user, database = user, application_name: application } = startupParameters(body);
    this.#login = new Login(user, database);
    const call = this.#open('startup', size, span);
    call.application = application;
    this.#pipeline.push({ kind: 'startup', call });
  }

  message(message: TypedMessage, span: Span): void {
    const { type, size } = message;
    switch (type) {
      case QUERY: {
        const { bytes, start, end } = message;
        const call = this.#open('query', size, span);
        call.sql = sqlStatements.lent(bytes, start, endOfText(bytes, start, end));
        this.#pipeline.lend(call);
        return this.#pipeline.push({ kind: 'query', call });
      }
      case PARSE:
        return this.#parse(message, span);
      case BIND:
        return this.#bind(message, span);
      case DESCRIBE:
        return this.#describe(message, span);
      case EXECUTE:
        return this.#execute(message, span);
      case FUNCTION_CALL:
        return this.#pipeline.push({ kind: 'function', call: this.#open('function', size, span) });
      case CLOSE:
        return this.#pipeline.push({ kind: 'close', call: undefined });
      case SYNC:
        if (this.#prepared.size > 0) this.#prepared.clear();
        return this.#pipeline.push({ kind: 'sync', call: undefined });
      case COPY_DATA:
      case COPY_DONE:
      case COPY_FAIL: {
        const call = this.#pipeline.head?.call;
        call?.countRequest(size, span);
        if (type === COPY_DATA) call?.copied(message.length);
        return;
      }
      case PASSWORD:
        return this.#password(message);
      default:
        // Flush (H) and Terminate (X) ask for nothing.
        return;
    }
  }

  /** The bytes go away. */
  settle(): void {
    this.#statements.unnamed?.sql.settle();
    this.#portals.unnamed?.keep();
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
    call.login = this.#login;
    this.#last = call;
    return call;
  }

  #parse(message: TypedMessage, span: Span): void {
    const { name, sql, types } = parseFields(message);
    // One with a name is run again.
    if (name.text !== '') sql.keep();
    this.#statements.set(name, new Statement(sql, types));
    const call = this.#open('prepare', message.size, span);
    call.sql = sql;
    call.statement = name;
    this.#pipeline.lend(call);
    if (this.#prepared.size < this.#context.limits.maxPending) this.#prepared.set(name.text, call);
    this.#pipeline.push({ kind: 'parse', call });
  }

  #bind({ bytes, start, end, size }: TypedMessage, span: Span): void {
    const second = Math.min(endOfText(bytes, start, end) + 1, end);
    const third = Math.min(endOfText(bytes, second, end) + 1, end);
    const statementName = nameAt(bytes, second, end);
    const statement = this.#statements.get(statementName);
    const call = this.#continued(statementName, size, span);
    if (this.#prepared.size > 0) this.#prepared.delete(statementName.text);
    const name = nameAt(bytes, start, end);
    const portal = new OpenPortal(statementName, statement, { bytes, start: third, end });
    // One with a name may be run again, much later.
    if (name.text !== '') portal.keep();
    portal.call = call;
    call.statement = statementName;
    call.sql = statement?.sql;
    call.portal = portal;
    this.#pipeline.lend(call);
    this.#portals.set(name, portal);
    this.#pipeline.push({ kind: 'bind', call });
  }

  /** Of a statement (`S`) or a portal. */
  #describe({ bytes, start, end, size }: TypedMessage, span: Span): void {
    const isStatement = bytes[start] === STATEMENT && end > start;
    const name = nameAt(bytes, start + 1, end);
    const portal = isStatement ? undefined : this.#portals.get(name);
    const statement = isStatement ? this.#statements.get(name) : portal?.statement;
    let call = portal?.call;
    if (call === undefined || call.hasLeft) {
      call = isStatement ? this.#continued(name, size, span) : this.#open('prepare', size, span);
      if (isStatement) call.statement = name;
      call.sql ??= statement?.sql;
    } else call.countRequest(size, span);
    this.#pipeline.push({ kind: 'describe', call, statement, portal });
  }

  #execute({ bytes, start, end, size }: TypedMessage, span: Span): void {
    const portal = this.#portals.get(nameAt(bytes, start, end));
    let call = portal?.call;
    if (call === undefined || call.hasLeft) {
      // A portal that goes on after its first rows, or one that was bound before the capture.
      call = this.#open('query', size, span);
      call.sql = portal?.statement?.sql;
      call.statement = portal?.statementName;
      call.portal = portal;
    } else call.countRequest(size, span);
    call.kind = 'query';
    if (portal !== undefined) portal.call = undefined;
    this.#last = call;
    this.#pipeline.push({ kind: 'execute', call, portal, statement: portal?.statement });
  }

  /** The call that the Parse of this statement began in this batch, or a new one. */
  #continued(statement: Name, size: number, span: Span): PostgresCall {
    const call = this.#prepared.size === 0 ? undefined : this.#prepared.get(statement.text);
    if (call === undefined || call.hasLeft) return this.#open('prepare', size, span);
    call.countRequest(size, span);
    this.#last = call;
    return call;
  }

  /** Passwords and proofs are never kept; the first message of SASL begins with the mechanism's name. */
  #password({ bytes, start, end }: TypedMessage): void {
    const call = this.#pipeline.head?.call;
    if (call?.authentication !== 'sasl') return;
    const mechanism = new ByteReader(bytes, start, end).cstring();
    if (mechanism.startsWith('SCRAM-')) call.authentication = 'scram';
    else if (mechanism === 'OAUTHBEARER') call.authentication = 'oauth';
  }
}
