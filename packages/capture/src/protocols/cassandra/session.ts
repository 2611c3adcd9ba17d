/** Pairs requests with their answers by stream id; answers come in any order, events on a stream of their own. */

import { ByteReader } from '../../decode/byte-reader.ts';
import { hexText } from '../../decode/hex.ts';
import { ByteInterner } from '../../decode/interner.ts';
import { printable } from '../../decode/printable.ts';
import type { CloseReason, Parsed, Session, SessionContext, Side, Span } from '../../dissect/dissector.ts';
import type { Half, Peers } from './call.ts';
import { unpack, unpackSegment } from './compression.ts';
import { CassandraCall, statements } from './describe.ts';
import { batchOf, preparedOf, responseHead, skipPayload, stringMap } from './messages.ts';
import { type PreparedStatements, preparedStatementsOf } from './prepared.ts';
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
const NOTHING = new Uint8Array(0);

/** Ids of prepared statements as they are known by. */
const ids = new ByteInterner((bytes, start, end) => hexText(bytes.subarray(start, end)));

type Segment = Extract<CqlMessage, { kind: 'segment' }>;

export class CassandraSession implements Session<CqlMessage> {
  readonly #context: SessionContext;
  readonly #prepared: PreparedStatements;
  /** Requests by stream, oldest first. */
  readonly #pending = new Map<number, CassandraCall>();
  readonly #rest: Record<Side, number> = { client: 0, server: 0 };
  /** What is done once a long envelope has passed. */
  readonly #open: Record<Side, CassandraCall | undefined> = { client: undefined, server: undefined };
  /** An envelope that goes on in the next segment. */
  readonly #parts: Record<Side, Uint8Array> = { client: NOTHING, server: NOTHING };
  readonly #skipped: Record<Side, number> = { client: 0, server: 0 };
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
    const isPlain = !this.#isSegmented && end - offset >= HEADER_BYTES && isHeader(bytes, offset, side);
    if (isPlain) return readEnvelope(side, bytes, offset, end);
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
    this.#rest[side] = message.length - message.body.length;
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

  #segment(side: Side, { payload, unpacked, isSelfContained }: Segment, span: Span): void {
    this.#isSegmented = true;
    if (isSelfContained) {
      this.#parts[side] = NOTHING;
      this.#skipped[side] = 0;
    }
    const plain = unpackSegment(payload, unpacked);
    if (plain === null) {
      this.#parts[side] = NOTHING;
      return this.#context.anomaly('a segment that cannot be unpacked');
    }
    const skipped = Math.min(this.#skipped[side], plain.length);
    this.#skipped[side] -= skipped;
    const before = this.#parts[side];
    let bytes = before.length === 0 ? plain.subarray(skipped) : Buffer.concat([before, plain.subarray(skipped)]);
    while (bytes.length > 0) {
      const parsed = readEnvelope(side, bytes, 0);
      if (parsed.kind === 'more') break;
      if (parsed.kind === 'bad') {
        this.#context.anomaly(parsed.fault);
        bytes = NOTHING;
        break;
      }
      bytes = bytes.subarray(parsed.end);
      const left = parsed.value.length - parsed.value.body.length;
      this.#skipped[side] = Math.max(0, left - bytes.length);
      bytes = bytes.subarray(Math.min(left, bytes.length));
      this.#close(side, this.#envelope(side, parsed.value, span));
    }
    this.#parts[side] = bytes.length === 0 ? NOTHING : bytes.slice();
  }

  #envelope(side: Side, envelope: Envelope, span: Span): CassandraCall | undefined {
    const half = this.#halfOf(envelope, span);
    return side === 'client' ? this.#request(envelope.stream, half) : this.#response(envelope.stream, half);
  }

  #halfOf({ opcode, version, flags, body, length, size }: Envelope, span: Span): Half {
    const isPacked = (flags & COMPRESSED) !== 0 && version < SEGMENTED_VERSION;
    const isPart = body.length < length;
    const plain = isPacked ? (isPart ? NOTHING : unpack(body, this.#compression)) : body;
    if (plain === null) this.#context.anomaly('a body that cannot be unpacked');
    const { maxBodyBytes } = this.#context.limits;
    const kept = plain !== null && plain.length > maxBodyBytes ? plain.subarray(0, maxBodyBytes) : (plain ?? NOTHING);
    const isCut = isPart || plain === null || kept.length < plain.length;
    return { opcode, version, flags, body: kept, start: span.first, end: span.last, size, isCut, gap: 0 };
  }

  #request(stream: number, half: Half): CassandraCall {
    const call = new CassandraCall(half);
    const reader = new ByteReader(half.body);
    skipPayload(reader, half.flags);
    switch (half.opcode) {
      case QUERY:
      case PREPARE: {
        // A statement that is cut shows as far as it goes.
        const length = Math.min(Math.max(0, reader.i32()), reader.left);
        call.statement = statements.of(half.body, reader.at, reader.at + length);
        break;
      }
      case EXECUTE:
        call.known = this.#prepared.of(this.#idIn(reader));
        call.statement = call.known?.statement;
        break;
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

  settle(): void {
    for (const call of this.#pending.values()) call.keep();
    this.#open.client?.keep();
    this.#open.server?.keep();
  }

  /** The id of a prepared statement. */
  #idIn(reader: ByteReader): string {
    const length = reader.u16();
    const { at, bytes } = reader;
    reader.skip(length);
    return reader.isShort ? '' : ids.of(bytes, at, at + length);
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

  #response(stream: number, half: Half): CassandraCall {
    const waiting = stream === EVENTS ? undefined : this.#pending.get(stream);
    this.#pending.delete(stream);
    const call = waiting ?? new CassandraCall(null);
    call.response = half;
    if (this.#context.borrow?.() !== true) call.keep();
    // Rows and nothing tell the session nothing.
    if (half.opcode === RESULT && half.flags === 0 && !tells(half.body)) return call;
    const reader = new ByteReader(half.body);
    responseHead(reader, half.flags);
    if (half.opcode === ERROR) call.failure = { code: reader.i32(), message: stringOf(reader) };
    else if (half.opcode === RESULT) this.#result(call, half, reader);
    else if (half.version >= SEGMENTED_VERSION && (half.opcode === READY || half.opcode === AUTHENTICATE)) {
      this.#isSegmented = true;
    }
    return call;
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
    this.#parts[side] = NOTHING;
    this.#skipped[side] = 0;
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

/** Does this kind of result change what is known of the connection? */
function tells(body: Uint8Array): boolean {
  const kind = int32(body, 0);
  return kind === SET_KEYSPACE || kind === PREPARED;
}
