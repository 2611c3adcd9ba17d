/** Pairs requests with their answers by stream id; answers come in any order, events on a stream of their own. */

import { ByteReader } from '../../decode/byte-reader.ts';
import { printable } from '../../decode/printable.ts';
import type { CloseReason, Parsed, Session, SessionContext, Side, Span } from '../../dissect/dissector.ts';
import { Spares } from '../../http/spares.ts';
import type { Half, Peers } from './call.ts';
import { unpack } from './compression.ts';
import { CassandraCall, statements } from './describe.ts';
import { batchOf, behindPayload, idAt, isRowsOrNothing, preparedOf, responseHead, stringMap } from './messages.ts';
import { type PreparedStatements, preparedStatementsOf } from './prepared.ts';
import { type Segment, Segments } from './segments.ts';
import { stringOf } from './values.ts';
import {
  type CqlMessage,
  type Envelope,
  HEADER_BYTES,
  int32,
  isHeader,
  isSegment,
  readEnvelope,
  readSegment,
  startsWithEnvelope,
} from './wire.ts';

const ERROR = 0;
const STARTUP = 1;
const READY = 2;
const AUTHENTICATE = 3;
const QUERY = 7;
const RESULT = 8;
const PREPARE = 9;
const EXECUTE = 10;
const BATCH = 13;
const AUTH_RESPONSE = 15;
const SET_KEYSPACE = 3;
const PREPARED = 4;
const COMPRESSED = 0x01;
/** Since this version envelopes travel in segments, once the login has begun. */
const SEGMENTED_VERSION = 5;
/** The stream of events. */
const EVENTS = -1;
const LONG_LENGTH_BYTES = 4;
const NOTHING = new Uint8Array(0);
/** Calls that are over, of all connections. */
const spares = new Spares<CassandraCall>();

export class CassandraSession implements Session<CqlMessage> {
  readonly #context: SessionContext;
  readonly #prepared: PreparedStatements;
  /** Requests by stream, oldest first. */
  readonly #pending = new Map<number, CassandraCall>();
  readonly #rest: Record<Side, number> = { client: 0, server: 0 };
  /** What is done once a long envelope has passed. */
  readonly #open: Record<Side, CassandraCall | undefined> = { client: undefined, server: undefined };
  readonly #segments: Readonly<Record<Side, Segments>> = { client: new Segments(), server: new Segments() };
  #compression: string | undefined;
  #isSegmented = false;
  #peers: Peers = {};

  constructor(context: SessionContext) {
    this.#context = context;
    this.#prepared = preparedStatementsOf(context.names);
  }

  read(side: Side, bytes: Uint8Array, offset: number, end: number = bytes.length): Parsed<CqlMessage> {
    const rest = this.#rest[side];
    if (rest > 0) {
      const size = Math.min(rest, end - offset);
      return { kind: 'done', value: { kind: 'rest', size }, end: offset + size };
    }
    if (!this.#isSegmented && end - offset >= HEADER_BYTES) {
      const parsed = readEnvelope(side, bytes, offset, end);
      if (parsed.kind !== 'bad') return parsed;
    }
    return this.#readOther(side, end === bytes.length ? bytes : bytes.subarray(0, end), offset);
  }

  #readOther(side: Side, bytes: Uint8Array, offset: number): Parsed<CqlMessage> {
    // Where the login was missed, the checksum of a segment says that there are some.
    const isSegmented = this.#isSegmented || (!isHeader(bytes, offset, side) && isSegment(bytes, offset));
    return isSegmented ? readSegment(bytes, offset) : readEnvelope(side, bytes, offset);
  }

  message(side: Side, message: CqlMessage, span: Span): void {
    if (message.kind === 'segment') return this.#segment(side, message, span);
    if (message.kind === 'rest') return this.#pass(side, message.size, span);
    this.#rest[side] = message.length - (message.to - message.from);
    const call = this.#envelope(side, message, span);
    if (this.#rest[side] > 0) this.#open[side] = call;
    else this.#close(side, call);
  }

  #pass(side: Side, size: number, span: Span): void {
    this.#rest[side] -= size;
    const call = this.#open[side];
    const half = side === 'client' ? call?.request : call?.response;
    if (half != null) {
      half.size += size;
      half.end = span.last;
    }
    if (this.#rest[side] > 0) return;
    this.#open[side] = undefined;
    this.#close(side, call);
  }

  /** A request waits for its answer from here on; an answer ends its call. */
  #close(side: Side, call: CassandraCall | undefined): void {
    if (call !== undefined && side === 'server') this.#emit(call);
  }

  #segment(side: Side, segment: Segment, span: Span): void {
    this.#isSegmented = true;
    const fault = this.#segments[side].take(side, segment, (envelope) => {
      this.#close(side, this.#envelope(side, envelope, span));
    });
    if (fault !== null) this.#context.anomaly(fault);
  }

  #envelope(side: Side, envelope: Envelope, span: Span): CassandraCall {
    if (side === 'client') return this.#request(envelope, span);
    const { stream } = envelope;
    const waiting = stream === EVENTS ? undefined : this.#pending.get(stream);
    if (waiting !== undefined) this.#pending.delete(stream);
    const call = waiting ?? newCall();
    const half = call.answer();
    this.#fill(half, envelope, span);
    if (this.#context.borrow?.() !== true) call.keep();
    this.#response(call, half);
    return call;
  }

  #fill(half: Half, envelope: Envelope, span: Span): void {
    const { version, flags, bytes, from, to, length } = envelope;
    const { maxBodyBytes } = this.#context.limits;
    half.begin(envelope, span);
    half.isCut = to - from < length;
    if ((flags & COMPRESSED) === 0 || version >= SEGMENTED_VERSION) {
      half.isCut ||= length > maxBodyBytes;
      return half.place(bytes, from, Math.min(to, from + maxBodyBytes));
    }
    const plain = half.isCut ? NOTHING : unpack(bytes.subarray(from, to), this.#compression);
    if (plain === null) this.#context.anomaly('a body that cannot be unpacked');
    half.isCut ||= plain === null || plain.length > maxBodyBytes;
    half.place(plain ?? NOTHING, 0, Math.min(plain?.length ?? 0, maxBodyBytes));
  }

  #request(envelope: Envelope, span: Span): CassandraCall {
    const { stream } = envelope;
    const call = newCall();
    const half = call.ask();
    this.#fill(half, envelope, span);
    this.#read(call, half);
    const before = this.#pending.get(stream);
    if (before !== undefined) this.#giveUp(stream, before, undefined);
    if (this.#pending.size >= this.#context.limits.maxPending) {
      const [oldest] = this.#pending;
      this.#context.anomaly('too many requests wait for an answer');
      if (oldest !== undefined) this.#giveUp(...oldest, undefined);
    }
    if (this.#context.borrow?.() !== true) call.keep();
    this.#pending.set(stream, call);
    return call;
  }

  /** What a request means for its call, and for the connection. */
  #read(call: CassandraCall, half: Half): void {
    const { bytes, to } = half;
    const from = behindPayload(half, half.flags);
    switch (half.opcode) {
      case QUERY:
      case PREPARE: {
        // A statement that is cut shows as far as it goes.
        const start = Math.min(from + LONG_LENGTH_BYTES, to);
        const length = start < from + LONG_LENGTH_BYTES ? 0 : Math.max(0, int32(bytes, from));
        call.statement = statements.lent(bytes, start, Math.min(start + length, to));
        return;
      }
      case EXECUTE:
        call.known = this.#prepared.of(idAt(bytes, from, to));
        call.statement = call.known?.statement;
        return;
      case BATCH:
      case STARTUP:
      case AUTH_RESPONSE:
        this.#readOdd(call, half.opcode, new ByteReader(bytes, from, to));
    }
  }

  #readOdd(call: CassandraCall, opcode: number, reader: ByteReader): void {
    switch (opcode) {
      case BATCH: {
        const { items, count, consistency } = batchOf(reader);
        const texts = items.map(({ text, id = '' }) =>
          text === undefined
            ? (this.#prepared.of(id)?.statement.text ?? `prepared ${id}`)
            : statements.of(text, 0, text.length).text,
        );
        call.batch = { statements: texts, size: count, consistency };
        break;
      }
      case STARTUP:
        this.#startup(stringMap(reader));
        break;
      case AUTH_RESPONSE:
        this.#login(reader);
        break;
      default:
    }
  }

  settle(): void {
    for (const call of this.#pending.values()) call.keep();
    this.#open.client?.keep();
    this.#open.server?.keep();
  }

  #startup(options: Readonly<Record<string, string>>): void {
    this.#compression = options['COMPRESSION']?.toLowerCase();
    const driver = [options['DRIVER_NAME'], options['DRIVER_VERSION']].filter(Boolean).join(' ');
    if (driver !== '') this.#peers = { ...this.#peers, driver };
  }

  /** SASL PLAIN (RFC 4616): identity NUL user NUL password. The user is all that is kept. */
  #login(reader: ByteReader): void {
    const token = reader.view(Math.max(0, reader.i32()));
    const start = token.indexOf(0) + 1;
    const end = token.indexOf(0, start);
    if (start > 0 && end > start) this.#peers = { ...this.#peers, user: printable(token.subarray(start, end)) };
  }

  #response(call: CassandraCall, half: Half): void {
    // Rows and nothing tell the session nothing.
    if (half.opcode === RESULT && half.flags === 0 && isRowsOrNothing(half)) return;
    const reader = new ByteReader(half.bytes, half.from, half.to);
    responseHead(reader, half.flags);
    if (half.opcode === ERROR) call.failure = { code: reader.i32(), message: stringOf(reader) };
    else if (half.opcode === RESULT) this.#result(call, half, reader);
    else if (half.version >= SEGMENTED_VERSION && (half.opcode === READY || half.opcode === AUTHENTICATE)) {
      this.#isSegmented = true;
    }
  }

  #result(call: CassandraCall, half: Half, reader: ByteReader): void {
    const kind = reader.i32();
    if (kind === SET_KEYSPACE) this.#peers = { ...this.#peers, keyspace: stringOf(reader) };
    else if (kind === PREPARED && call.statement !== undefined) {
      const { id, prepared } = preparedOf(reader, half.version);
      if (!reader.isShort) this.#prepared.learn(id, { statement: call.statement.keep(), prepared });
    }
  }

  #emit(call: CassandraCall): void {
    call.settle(this.#peers);
    this.#context.emit(call);
    if (call === this.#open.client || call === this.#open.server) return;
    call.release();
    spares.give(call);
  }

  #giveUp(stream: number, call: CassandraCall, missing: string | undefined): void {
    this.#pending.delete(stream);
    call.missing = missing;
    this.#emit(call);
  }

  gap(side: Side, length: number): 'absorbed' | 'lost' {
    const call = this.#open[side];
    const half = side === 'client' ? call?.request : call?.response;
    if (half != null) half.gap += length;
    if (length < this.#rest[side]) {
      this.#rest[side] -= length;
      return 'absorbed';
    }
    this.#rest[side] = 0;
    this.#open[side] = undefined;
    this.#segments[side].lose();
    this.#close(side, call);
    return 'lost';
  }

  resync(side: Side, bytes: Uint8Array, offset: number): number {
    for (let at = offset; at < bytes.length; at++) {
      if (this.#isSegmented ? isSegment(bytes, at) : startsWithEnvelope(bytes, at, side) === 'yes') return at;
    }
    return -1;
  }

  close(_at: number, reason: CloseReason): void {
    const answered = this.#open.server;
    this.#open.server = undefined;
    if (answered !== undefined) this.#emit(answered);
    // A capture that ends says nothing of the answer; a connection that ends does.
    const isFailure = reason === 'fin' || reason === 'reset' || reason === 'timeout';
    const missing = isFailure ? (reason === 'reset' ? 'connection reset before the answer' : 'no answer') : undefined;
    for (const [stream, call] of this.#pending) this.#giveUp(stream, call, missing);
  }
}

const newCall = (): CassandraCall => spares.take() ?? new CassandraCall();
