/** One connection: what was agreed on, messages out of packets, and calls one after the other. */

import { Slab } from '../../decode/slab.ts';
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
import { type CallKind, TdsCall } from './describe.ts';
import {
  batchOf,
  type LoginFields,
  languageOf,
  loginOf,
  oldLoginOf,
  oldProcedureOf,
  procedureOf,
  statementOf,
  TDS_5,
  transactionOf,
} from './requests.ts';
import { type Reading, readAnswer } from './tokens.ts';
import { isTlsRecord, type Packet, PacketType, readMessage, startsWithMessage, type TdsMessage } from './wire.ts';

/** Prepared statements remembered of one connection. */
export const MAX_STATEMENTS = 2048;
/** The last token of an answer, at its longest. */
const TAIL_BYTES = 13;
/** As LOGIN7 and LOGINACK tell them: 7.1 has collations, 7.2 wider numbers. */
const TDS_7_1 = 0x7100_0000;
const TDS_7_2 = 0x7200_0000;
const NEWEST: Reading = { dialect: { hasCollation: true, isModern: true }, isOld: false, hasRows: false };

/** Copies of messages, of all connections. */
const copies = new Slab();

/** A message as it comes, packet by packet. */
class Gathering {
  readonly type: number;
  readonly #limit: number;
  readonly #parts: Uint8Array[] = [];
  #kept = 0;
  #tail: Uint8Array = new Uint8Array(0);
  isCut = false;

  constructor(type: number, limit: number) {
    this.type = type;
    this.#limit = limit;
  }

  add(data: Uint8Array): void {
    const room = Math.max(0, this.#limit - this.#kept);
    const kept = copies.keep(data.length > room ? data.subarray(0, room) : data);
    if (data.length > room) this.isCut = true;
    if (room > 0) this.#parts.push(kept);
    this.#kept += kept.length;
    // Of most messages all is kept, in one part: its end is the tail.
    if (kept.length === data.length && data.length >= TAIL_BYTES) this.#tail = kept.subarray(-TAIL_BYTES);
    else if (data.length >= TAIL_BYTES) this.#tail = data.slice(-TAIL_BYTES);
    else this.#tail = Buffer.concat([this.#tail, data]).subarray(-TAIL_BYTES);
  }

  get bytes(): Uint8Array {
    return this.#parts.length === 1 ? (this.#parts[0] ?? this.#tail) : Buffer.concat(this.#parts);
  }
  get tail(): Uint8Array {
    return this.#tail;
  }
}

export class TdsSession implements Session<TdsMessage> {
  readonly #context: SessionContext;
  readonly #open: Record<Side, Gathering | undefined> = { client: undefined, server: undefined };
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
  }

  read(side: Side, bytes: Uint8Array, offset: number, limit = bytes.length): Parsed<TdsMessage> {
    return readMessage(side, bytes, { offset, limit }, this.#tls !== undefined);
  }

  message(side: Side, message: TdsMessage, span: Span): void {
    if (message.kind === 'record') {
      this.#tls?.data(side, message.bytes);
      return;
    }
    if (message.type === PacketType.PRELOGIN || (this.#tls !== undefined && isTlsRecord(message.data, 0)))
      return this.#prelogin(side, message);
    if (side === 'client') this.#fromClient(message, span);
    else this.#fromServer(message, span);
  }

  /** What the two agree on before the login is not shown; the handshake of TLS goes to who reads it. */
  #prelogin(side: Side, { data }: Packet): void {
    if (!isTlsRecord(data, 0) && this.#tls === undefined) return;
    this.#tls ??= this.#context.carry({ protocol: 'tls', midStream: false });
    this.#tls.data(side, data);
  }

  #fromClient({ type, data, isLast, isIgnored, size }: Packet, span: Span): void {
    if (type === PacketType.ATTENTION) {
      const [head] = this.#pending;
      if (head !== undefined) head.isCancelled = true;
      return;
    }
    const gathering = this.#gathering('client', type);
    this.#asking ??= new TdsCall(kinds.get(type) ?? 'BATCH', this.#reading);
    gathering.add(data);
    this.#asking.countRequest(size, span);
    if (!isLast) return;
    const call = this.#asking;
    this.#asking = undefined;
    this.#open.client = undefined;
    call.truncated = gathering.isCut;
    if (isIgnored) return;
    // More of a login: what proves who somebody is.
    if (type === PacketType.SSPI || type === PacketType.FEDERATED_TOKEN) return;
    this.#fill(call, gathering);
    call.user = this.#user;
    call.database = this.#database;
    if (this.#pending.length >= this.#context.limits.maxPending) {
      this.#context.anomaly('tds: too many requests wait for an answer');
      this.#leave(this.#pending.shift());
    }
    this.#pending.push(call);
  }

  /** The message of a side that is being put together, or a new one. */
  #gathering(side: Side, type: number): Gathering {
    const gathering = this.#open[side] ?? new Gathering(type, this.#context.limits.maxBodyBytes);
    this.#open[side] = gathering;
    return gathering;
  }

  #fill(call: TdsCall, { type, bytes }: Gathering): void {
    switch (type) {
      case PacketType.BATCH:
        call.sql = batchOf(bytes);
        return;
      case PacketType.RPC: {
        const { name, statement, handle, parameters, isCut } = procedureOf(bytes, this.#reading.dialect);
        call.procedure = name;
        call.sql = statement ?? (handle === undefined ? undefined : this.#statements.get(handle));
        call.handle = handle;
        call.parameters = parameters;
        call.truncated ||= isCut;
        return;
      }
      case PacketType.LOGIN:
        return this.#login(call, loginOf(bytes));
      case PacketType.OLD_LOGIN:
        return this.#login(call, oldLoginOf(bytes));
      case PacketType.TRANSACTION:
        call.request = transactionOf(bytes);
        return;
      case PacketType.NORMAL: {
        const text = languageOf(bytes);
        if (text !== undefined) call.sql = statementOf(text);
        else if (bytes[0] === 0xe6) call.procedure = oldProcedureOf(bytes);
      }
    }
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
      hasRows: false,
    };
  }

  #fromServer({ data, isLast, size }: Packet, span: Span): void {
    const [head] = this.#pending;
    // Of what was agreed on before the login nobody is told.
    if (head === undefined && this.#open.server === undefined && data[0] === 0) return;
    const gathering = this.#gathering('server', PacketType.RESPONSE);
    gathering.add(data);
    const call = head ?? this.#unasked();
    call.countResponse(size, span);
    if (!isLast) return;
    this.#open.server = undefined;
    this.#answered(call, gathering);
  }

  /** The answer to what was asked before the capture, or why the connection ends. */
  #unasked(): TdsCall {
    const call = new TdsCall('ANSWER', this.#reading);
    call.user = this.#user;
    call.database = this.#database;
    this.#pending.unshift(call);
    return call;
  }

  #answered(call: TdsCall, gathering: Gathering): void {
    const { bytes, tail, isCut } = gathering;
    call.answer = { bytes, tail, isCut };
    const outcome = readAnswer(call.answer, call.reading);
    call.outcome = outcome;
    call.truncated ||= isCut;
    // Steps of a login that needs several are one call.
    if (call.login !== undefined && !outcome.isLoginAccepted && outcome.failure === undefined) return;
    // Until LOGINACK says what is spoken it is what the client asked for.
    if (outcome.isLoginAccepted && outcome.version !== undefined && !call.reading.isOld)
      this.#agree(olderForm(outcome.version));
    this.#database = outcome.database ?? this.#database;
    this.#learn(call);
    this.#pending.shift();
    // That the server has heard an attention says nothing more than the call it took back.
    if (call.kind === 'ANSWER' && outcome.isCancelled) return;
    this.#leave(call);
  }

  /** The handle of a statement that was prepared stands in the answer. */
  #learn(call: TdsCall): void {
    const { procedure, sql, outcome, handle } = call;
    if (procedure === undefined || outcome === undefined) return;
    const name = procedure.toLowerCase();
    if (handle !== undefined && name.endsWith('unprepare')) this.#statements.delete(handle);
    if (sql === undefined || !/^sp_(?:cursor)?prep(?:are|exec)$/.test(name)) return;
    const [value] = Object.values(outcome.outputs);
    if (typeof value !== 'number') return;
    if (this.#statements.size >= MAX_STATEMENTS) {
      const oldest = this.#statements.keys().next();
      if (oldest.done !== true) this.#statements.delete(oldest.value);
    }
    this.#statements.set(value, sql);
    call.handle = value;
  }

  #leave(call: TdsCall | undefined): void {
    if (call !== undefined) this.#context.emit(call);
  }

  gap(side: Side, length: number): 'lost' {
    const call = side === 'client' ? this.#asking : this.#pending[0];
    if (call !== undefined) call.gap += length;
    this.#tls?.gap(side, length);
    if (side === 'client') {
      this.#asking = undefined;
      this.#open.client = undefined;
      this.#leave(call);
    } else {
      this.#open.server = undefined;
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
