/** One connection: what was agreed on, messages out of packets, and calls one after the other. */

import type { SqlStatement } from '../../decode/sql-statement.ts';
import type {
  CarriedStream,
  CloseReason,
  Parsed,
  Session,
  SessionContext,
  Side,
  Span,
} from '../../dissect/dissector.ts';
import { Spares } from '../../http/spares.ts';
import type { Reading } from './answer.ts';
import { type CallKind, NEWEST } from './call.ts';
import { TdsCall } from './describe.ts';
import { Gathering } from './gathering.ts';
import { type LoginFields, loginOf, oldLoginOf, TDS_5 } from './logins.ts';
import { batchOf, languageOf, oldProcedureOf, transactionOf } from './requests.ts';
import { statementOf } from './statements.ts';
import { isTlsRecord, type Packet, PacketType, readMessage, startsWithMessage, type TdsMessage } from './wire.ts';

/** Prepared statements remembered of one connection. */
export const MAX_STATEMENTS = 2048;
/** As LOGIN7 and LOGINACK tell them: 7.1 has collations, 7.2 wider numbers. */
const TDS_7_1 = 0x7100_0000;
const TDS_7_2 = 0x7200_0000;

/** Calls that are over, of all connections. */
const spares = new Spares<TdsCall>();

export class TdsSession implements Session<TdsMessage> {
  readonly #context: SessionContext;
  readonly #client: Gathering;
  readonly #server: Gathering;
  readonly #statements = new Map<number, SqlStatement>();
  /** TLS, which begins inside packets. */
  #tls: CarriedStream | undefined;
  /** What waits for its answer; several only where a client does not wait. */
  readonly #pending: TdsCall[] = [];
  /** The call that the client's packets belong to, before they say what it is. */
  #asking: TdsCall | undefined;
  #reading: Reading = NEWEST;
  #user: string | undefined;
  #database: string | undefined;

  constructor(context: SessionContext) {
    this.#context = context;
    this.#client = new Gathering(context.limits.maxBodyBytes);
    this.#server = new Gathering(context.limits.maxBodyBytes);
  }

  read(side: Side, bytes: Uint8Array, offset: number, limit = bytes.length): Parsed<TdsMessage> {
    return readMessage(side, bytes, { offset, limit }, this.#tls !== undefined);
  }

  message(side: Side, message: TdsMessage, span: Span): void {
    if (message.kind === 'record') {
      this.#tls?.data(side, message.bytes);
      return;
    }
    if (message.type === PacketType.PRELOGIN || (this.#tls !== undefined && isTlsRecord(message.bytes, message.start)))
      return this.#prelogin(side, message);
    if (side === 'client') this.#fromClient(message, span);
    else this.#fromServer(message, span);
  }

  settle(): void {
    for (const call of this.#pending) call.keep();
  }

  /** What the two agree on before the login is not shown; the handshake of TLS goes to who reads it. */
  #prelogin(side: Side, { data }: Packet): void {
    if (!isTlsRecord(data, 0) && this.#tls === undefined) return;
    this.#tls ??= this.#context.carry({ protocol: 'tls', midStream: false });
    this.#tls.data(side, data);
  }

  #fromClient(packet: Packet, span: Span): void {
    const { type, isIgnored, size } = packet;
    if (type === PacketType.ATTENTION) {
      const [head] = this.#pending;
      if (head !== undefined) head.isCancelled = true;
      return;
    }
    const gathering = this.#client;
    const call = this.#asking ?? this.#begin(kinds.get(type) ?? 'BATCH');
    this.#asking = call;
    const isWhole = gathering.add(packet);
    call.countRequest(size, span);
    if (!isWhole) return;
    this.#asking = undefined;
    call.truncated = gathering.isCut;
    // More of a login: what proves who somebody is.
    const isProof = gathering.type === PacketType.SSPI || gathering.type === PacketType.FEDERATED_TOKEN;
    if (isIgnored || isProof) this.#forget(call);
    else this.#asked(call);
    gathering.drop();
  }

  #asked(call: TdsCall): void {
    this.#fill(call, this.#client);
    call.user = this.#user;
    call.database = this.#database;
    if (this.#pending.length >= this.#context.limits.maxPending) {
      this.#context.anomaly('tds: too many requests wait for an answer');
      this.#leave(this.#pending.shift());
    }
    this.#pending.push(call);
    if (this.#context.borrow?.() !== true) call.keep();
  }

  #begin(kind: CallKind): TdsCall {
    const call = spares.take() ?? new TdsCall();
    call.kind = kind;
    call.reading = this.#reading;
    return call;
  }

  #fill(call: TdsCall, gathering: Gathering): void {
    switch (gathering.type) {
      case PacketType.BATCH:
        call.sql = batchOf(gathering);
        return;
      case PacketType.RPC:
        return this.#procedure(call, gathering);
      case PacketType.LOGIN:
        return this.#login(call, loginOf(gathering.whole));
      case PacketType.OLD_LOGIN:
        return this.#login(call, oldLoginOf(gathering.whole));
      case PacketType.TRANSACTION:
        call.request = transactionOf(gathering);
        return;
      case PacketType.NORMAL: {
        const bytes = gathering.whole;
        const text = languageOf(bytes);
        if (text !== undefined) call.sql = statementOf(text);
        else if (bytes[0] === DBRPC) call.oldProcedure = oldProcedureOf(bytes);
      }
    }
  }

  #procedure(call: TdsCall, gathering: Gathering): void {
    const { args } = call;
    args.read(gathering, this.#reading.dialect);
    const { handle } = args;
    call.sql = args.statement ?? (handle === undefined ? undefined : this.#statements.get(handle));
    call.handle = handle;
    call.truncated ||= args.isCut;
  }

  #login(call: TdsCall, login: LoginFields): void {
    call.login = login;
    this.#user = login.user === '' ? undefined : login.user;
    this.#database = login.database === '' ? undefined : login.database;
    this.#agree(login.version);
    call.reading = this.#reading;
  }

  #agree(version: number): void {
    this.#reading = {
      dialect: { hasCollation: version >>> 0 >= TDS_7_1, isModern: version >>> 0 >= TDS_7_2 },
      isOld: version === TDS_5,
    };
  }

  #fromServer(packet: Packet, span: Span): void {
    const [head] = this.#pending;
    const gathering = this.#server;
    // Of what was agreed on before the login nobody is told.
    if (head === undefined && !gathering.isOpen && packet.bytes[packet.start] === 0 && packet.end > packet.start)
      return;
    const isWhole = gathering.add(packet);
    const call = head ?? this.#unasked();
    call.countResponse(packet.size, span);
    if (!isWhole) return;
    this.#answered(call, gathering);
    gathering.drop();
  }

  /** The answer to what was asked before the capture, or why the connection ends. */
  #unasked(): TdsCall {
    const call = this.#begin('ANSWER');
    call.user = this.#user;
    call.database = this.#database;
    this.#pending.unshift(call);
    return call;
  }

  #answered(call: TdsCall, gathering: Gathering): void {
    const { answer } = call;
    call.answered(gathering);
    call.truncated ||= gathering.isCut;
    // Steps of a login that needs several are one call.
    if (call.login !== undefined && !answer.isLoginAccepted && answer.failure === undefined) {
      if (this.#context.borrow?.() !== true) call.keep();
      return;
    }
    // Until LOGINACK says what is spoken it is what the client asked for.
    if (answer.isLoginAccepted && answer.version !== undefined && !call.reading.isOld)
      this.#agree(olderForm(answer.version));
    this.#database = answer.database ?? this.#database;
    this.#learn(call);
    this.#pending.shift();
    // That the server has heard an attention says nothing more than the call it took back.
    if (call.kind === 'ANSWER' && answer.isCancelled) this.#forget(call);
    else this.#leave(call);
  }

  /** The handle of a statement that was prepared stands in the answer. */
  #learn(call: TdsCall): void {
    const { sql, answer, handle, args } = call;
    const { procedure } = args;
    if (procedure === undefined) return;
    if (handle !== undefined && procedure.unprepares) this.#statements.delete(handle);
    if (sql === undefined || !procedure.prepares) return;
    const [value] = Object.values(answer.outputs);
    if (typeof value !== 'number') return;
    if (this.#statements.size >= MAX_STATEMENTS) {
      const oldest = this.#statements.keys().next();
      if (oldest.done !== true) this.#statements.delete(oldest.value);
    }
    this.#statements.set(value, sql.keep());
    call.handle = value;
  }

  /** Gives a call away, after which it is another's. */
  #leave(call: TdsCall | undefined): void {
    if (call === undefined) return;
    this.#context.emit(call);
    this.#forget(call);
  }

  #forget(call: TdsCall): void {
    call.clear();
    spares.give(call);
  }

  gap(side: Side, length: number): 'lost' {
    const call = side === 'client' ? this.#asking : this.#pending[0];
    if (call !== undefined) call.gap += length;
    this.#tls?.gap(side, length);
    if (side === 'client') {
      this.#asking = undefined;
      this.#client.drop();
      this.#leave(call);
    } else {
      this.#server.drop();
      // Which answers are missing is not known: what waits leaves as it is.
      for (const waiting of this.#pending.splice(0)) this.#leave(waiting);
    }
    return 'lost';
  }

  resync(side: Side, bytes: Uint8Array, offset: number): number {
    for (let at = offset; at < bytes.length; at++) {
      if (startsWithMessage(bytes, at, side) === 'yes') return at;
      if (this.#tls !== undefined && isTlsRecord(bytes, at)) return at;
    }
    return -1;
  }

  close(_at: number, reason: CloseReason): void {
    const isFailure = reason === 'fin' || reason === 'reset' || reason === 'timeout';
    if (this.#asking !== undefined) this.#pending.push(this.#asking);
    for (const call of this.#pending.splice(0)) {
      if (isFailure) call.missing = 'no answer';
      this.#leave(call);
    }
  }
}

/** A procedure's call in TDS 5. */
const DBRPC = 0xe6;

const kinds = new Map<number, CallKind>([
  [PacketType.RPC, 'RPC'],
  [PacketType.LOGIN, 'LOGIN'],
  [PacketType.OLD_LOGIN, 'LOGIN'],
  [PacketType.BULK_LOAD, 'BULK LOAD'],
  [PacketType.TRANSACTION, 'TRANSACTION'],
]);

/** LOGINACK says 7.0 and 7.1 in a form of its own: `0x07000000`, `0x07010000` (§2.2.7.14). */
const olderForm = (version: number): number =>
  version >>> 24 === 0x07 ? 0x7000_0000 + (((version << 8) >>> 0) & 0x0f00_0000) : version;
