/**
 * One connection: greeting, login, then commands with their answers. A client waits for each answer, or sends ahead as
 * MariaDB's connectors do; either way answers come in order, and each begins with the packet numbered 1.
 */

import type { CloseReason, Parsed, Session, SessionContext, Side, Span } from '../../dissect/dissector.ts';
import { type Agreed, Answer } from './answer.ts';
import { Command, commandNames } from './codes.ts';
import { noColumns } from './columns.ts';
import { answerKindOf, readCommand, takeLongData } from './commands.ts';
import { MysqlCall } from './describe.ts';
import { Direction } from './direction.ts';
import { errFields, okFields } from './fields.ts';
import {
  compressionOf,
  type Greeting,
  greetingOf,
  isLogin,
  isSslRequest,
  loginOf,
  switchedPlugin,
} from './handshake.ts';
import { startsCompressed, startsWithAnswer, startsWithCommand } from './probe.ts';
import { type Statement, Statements } from './statements.ts';
import { User, unknownUser } from './user.ts';
import { CONTINUED_LENGTH, type MysqlMessage, type Packet, readMessage, readPacket } from './wire.ts';

interface Pending {
  readonly call: MysqlCall;
  /** Undefined while the client proves who it is. */
  readonly answer: Answer | undefined;
  readonly command: number;
  readonly statement: Statement | undefined;
}

export class MysqlSession implements Session<MysqlMessage> {
  readonly #context: SessionContext;
  readonly #client = new Direction();
  readonly #server = new Direction();
  readonly #statements = new Statements();
  readonly #pending: Pending[] = [];
  #isCompressed = false;
  /** Both ends agreed, and not on compression. */
  #isPlain = false;
  #greeting: Greeting | undefined;
  #agreed: Agreed | undefined;
  #user = unknownUser;
  /** The call that the client's bytes belong to. */
  #asking: MysqlCall | undefined;

  constructor(context: SessionContext) {
    this.#context = context;
  }

  read(side: Side, bytes: Uint8Array, offset: number, end = bytes.length): Parsed<MysqlMessage> {
    const { rest } = side === 'client' ? this.#client : this.#server;
    if (rest === 0 && this.#isPlain) return readPacket(bytes, offset, end);
    const isCompressed = this.#isCompressed || (this.#mayBeCompressed && startsCompressed(bytes, offset, side, end));
    return readMessage(bytes, offset, { rest, isCompressed }, end);
  }

  message(side: Side, message: MysqlMessage, span: Span): void {
    const state = side === 'client' ? this.#client : this.#server;
    switch (message.kind) {
      case 'packet':
        state.rest = message.length - (message.end - message.start);
        return this.#packet(side, message, span);
      case 'rest':
        state.rest -= message.size;
        return this.#rest(side, message.size, span);
      case 'passed-over':
        this.#context.anomaly('mysql: a compressed packet longer than the limit');
        state.rest = message.length;
        state.inside.clear();
        return;
      case 'compressed': {
        this.#isCompressed = true;
        const isRead = state.inside.take(message.body, message.inflatedLength, (inner) => {
          if (inner.kind === 'packet') this.#packet(side, inner, span);
          else if (inner.kind === 'rest') this.#rest(side, inner.size, span);
        });
        if (!isRead) this.#context.anomaly('mysql: compressed data that cannot be read');
      }
    }
  }

  gap(side: Side, length: number): 'absorbed' | 'lost' {
    const state = side === 'client' ? this.#client : this.#server;
    const head = this.#pending[0];
    if (head !== undefined) head.call.gap += length;
    if (length < state.rest) {
      state.rest -= length;
      return 'absorbed';
    }
    state.lose();
    // Which answers are missing is not known: what waits leaves as it is.
    this.#flush(undefined);
    return 'lost';
  }

  resync(side: Side, bytes: Uint8Array, offset: number): number {
    const starts = side === 'client' ? startsWithCommand : startsWithAnswer;
    for (let at = offset; at < bytes.length; at += 1) {
      if (this.#mayBeCompressed && startsCompressed(bytes, at, side)) return at;
      if (!this.#isCompressed && starts(bytes, at) !== 'no') return at;
    }
    return -1;
  }

  close(_at: number, reason: CloseReason): void {
    const isFailure = reason === 'fin' || reason === 'reset' || reason === 'timeout';
    this.#flush(isFailure ? 'no response' : undefined);
  }

  /** Where the login or the answer to it was not seen, compression is seen from the packets themselves. */
  get #mayBeCompressed(): boolean {
    return this.#agreed === undefined || compressionOf(this.#agreed.capabilities) !== undefined;
  }

  #packet(side: Side, packet: Packet, span: Span): void {
    const state = side === 'client' ? this.#client : this.#server;
    const isContinuation = state.isContinued;
    state.isContinued = packet.length === CONTINUED_LENGTH;
    const before = state.sequence;
    state.sequence = packet.sequence;
    if (isContinuation) return this.#rest(side, packet.size, span);
    if (side === 'client') return this.#fromClient(packet, span);
    // The next answer begins before this one has ended: what was lost of it will not come.
    if (
      packet.sequence === 1 &&
      before !== 0 &&
      this.#pending.length > 1 &&
      this.#pending[0]?.call.responseStart !== null
    )
      this.#finish();
    this.#fromServer(packet, span);
  }

  /** More of a payload whose beginning was read. */
  #rest(side: Side, size: number, span: Span): void {
    const call = side === 'client' ? this.#asking : this.#pending[0]?.call;
    if (call === undefined) return;
    if (side === 'client') call.countRequest(size, span);
    else call.countResponse(size, span);
    call.truncated = true;
  }

  #fromClient(packet: Packet, span: Span): void {
    if (packet.sequence === 0) return this.#command(packet, span);
    const head = this.#pending[0];
    if (head === undefined) {
      const { body } = packet;
      if (isSslRequest(body)) this.#context.upgrade('tls');
      else if (isLogin(body) || (this.#greeting !== undefined && this.#agreed === undefined)) this.#login(packet, span);
      return;
    }
    // Proofs of who it is, which are not looked at, or the content of a file.
    head.call.countRequest(packet.size, span);
    if (head.call.infile !== undefined) head.call.infile.bytes += packet.length;
  }

  #login({ body, size }: Packet, span: Span): void {
    const login = loginOf(body);
    const common = this.#greeting === undefined ? login.capabilities : login.capabilities & this.#greeting.capabilities;
    this.#agreed = { capabilities: common, mariaCapabilities: login.mariaCapabilities };
    this.#isPlain = compressionOf(common) === undefined;
    this.#user = new User(login.user, login.database);
    const call = this.#open('LOGIN', size, span);
    call.authentication = login.plugin ?? this.#greeting?.plugin;
    call.client = login.attributes;
    call.serverVersion = this.#greeting?.version;
    call.connectionId = this.#greeting?.connectionId;
    call.compression = compressionOf(common);
    this.#push({ call, answer: undefined, command: -1, statement: undefined });
  }

  #open(name: string, size: number, span: Span): MysqlCall {
    const call = new MysqlCall(name);
    call.countRequest(size, span);
    call.user = this.#user;
    this.#asking = call;
    return call;
  }

  #command(packet: Packet, span: Span): void {
    // A client that goes on has been let in: that answer was lost.
    if (this.#pending[0]?.answer === undefined) this.#finish();
    const command = packet.first ?? 0;
    const kind = answerKindOf(command);
    if (command === Command.STMT_SEND_LONG_DATA) return takeLongData(packet, this.#statements);
    const call = this.#open(commandNames.get(command) ?? `COMMAND ${command}`, packet.size, span);
    const statement = readCommand(call, packet, {
      statements: this.#statements,
      capabilities: this.#agreed?.capabilities,
    });
    if (kind === 'none') return;
    this.#lend(call);
    const isBinary = command === Command.STMT_EXECUTE || command === Command.STMT_BULK_EXECUTE || kind === 'fetched';
    const columns = statement?.columns ?? noColumns;
    const maxRowBytes = this.#context.limits.maxBodyBytes;
    const answer =
      kind === 'authentication'
        ? undefined
        : new Answer(call, { kind, isBinary, columns, agreed: this.#agreed, maxRowBytes });
    this.#push({ call, answer, command, statement });
  }

  #push(pending: Pending): void {
    if (this.#pending.length >= this.#context.limits.maxPending) {
      this.#context.anomaly('mysql: too many commands wait for an answer');
      this.#finish();
    }
    this.#pending.push(pending);
  }

  #fromServer(packet: Packet, span: Span): void {
    const head = this.#pending[0];
    if (head === undefined) return this.#unasked(packet, span);
    head.call.countResponse(packet.size, span);
    const isLast = head.answer === undefined ? this.#authentication(head.call, packet) : head.answer.take(packet);
    if (!isLast) return this.#lend(head.call);
    this.#learn(head);
    this.#finish();
  }

  /** What was told of the call lies in the chunk until that goes away; packets that were packed are not there. */
  #lend(call: MysqlCall): void {
    if (this.#isCompressed || this.#context.borrow?.() !== true) call.keep();
  }

  settle(): void {
    for (const { call } of this.#pending) call.keep();
  }

  /** The greeting, or why there is none, or why the connection ends. */
  #unasked({ body, size, sequence }: Packet, span: Span): void {
    if (sequence === 0 && (body[0] === 9 || body[0] === 10)) {
      this.#greeting = greetingOf(body);
      return;
    }
    const failure = body[0] === 0xff && body.length > 3 ? errFields(body) : undefined;
    if (failure === undefined) return;
    const call = new MysqlCall('ERROR');
    call.countResponse(size, span);
    call.user = this.#user;
    call.failure = failure;
    this.#context.emit(call);
  }

  #authentication(call: MysqlCall, packet: Packet): boolean {
    switch (packet.first) {
      case 0x00:
        call.done(okFields(packet));
        if (call.compression !== undefined) this.#isCompressed = true;
        return true;
      case 0xff:
        call.failure = errFields(packet.body);
        return call.failure !== undefined;
      case 0xfe:
        call.authentication = switchedPlugin(packet.body);
        return false;
      default:
        return false;
    }
  }

  /** What a successful command changes for those after it. */
  #learn({ call, answer, command, statement }: Pending): void {
    if (call.failure !== undefined) return;
    if (command === Command.STMT_PREPARE && statement !== undefined && answer?.statementId !== undefined) {
      call.statement = answer.statementId;
      statement.id = answer.statementId;
      statement.parameterCount = call.prepared?.parameters;
      statement.columns = answer.columns;
      this.#statements.prepared(statement);
    } else if (command === Command.STMT_EXECUTE && statement !== undefined && answer !== undefined) {
      if (answer.columns.count > 0) statement.columns = answer.columns;
    } else if (command === Command.INIT_DB) this.#user = this.#user.in(call.subject);
    else if (command === Command.CHANGE_USER) this.#user = call.user;
    if (command === Command.CHANGE_USER || command === Command.RESET_CONNECTION) this.#statements.clear();
    const used = call.sql?.verb === 'USE' ? /^use\s+`?([^`\s;]+)/i.exec(call.sql.text)?.[1] : undefined;
    if (used !== undefined) this.#user = this.#user.in(used);
    if (call.changes.length === 0) return;
    const changed = call.changes.findLast(({ kind }) => kind === 'database')?.value;
    if (changed !== undefined) this.#user = this.#user.in(changed);
  }

  #finish(): void {
    const head = this.#pending.shift();
    if (head !== undefined) this.#context.emit(head.call);
  }

  #flush(missing: string | undefined): void {
    while (this.#pending.length > 0) {
      const call = this.#pending[0]?.call;
      if (missing !== undefined && call !== undefined && call.failure === undefined) call.missing = missing;
      this.#finish();
    }
  }
}
