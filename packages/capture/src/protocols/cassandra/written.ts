/** A statement and its result as JSON, straight from their bytes. What is rare is described. */

import type { ProtocolId } from '@kubeshark/model';
import type { SqlStatement } from '../../decode/sql-statement.ts';
import type { Exchange } from '../../dissect/dissector.ts';
import { SizedDescription } from '../../dissect/sized-description.ts';
import { type JsonWriter, piece } from '../../json/json-writer.ts';
import type { Failure, Half, Known, Peers } from './call.ts';
import { columnsAt, columnsEnd, type KeptColumns, keptColumns } from './columns.ts';
import { errorNameOf } from './errors.ts';
import { type Column, consistencies, MAX_ROWS, MAX_SHOWN } from './messages.ts';
import { writeBound, writeCell } from './value-json.ts';
import { int32 } from './wire.ts';

const CASSANDRA: readonly ProtocolId[] = ['cassandra'];
const ERROR = 0;
const QUERY = 7;
const RESULT = 8;
const EXECUTE = 10;
const VOID = 1;
const ROWS = 2;
/** Version 5 has wider flags, and more behind the id of a statement. */
const WIDE_VERSION = 5;
const HAS_VALUES = 0x01;
const HAS_NAMES = 0x40;
const HAS_KEYSPACE = 0x80;
const HAS_MORE_PAGES = 0x02;
const NO_METADATA = 0x04;
const METADATA_CHANGED = 0x08;
const NO_COLUMNS: readonly Column[] = [];

const STATUS = piece(',"status":');
const SHOWN = piece(',"rows":[');
const CONSISTENCY = consistencies.map((name) => piece(`,"consistency":${JSON.stringify(name)}`));
const PARAMETERS = piece(',"parameters":[');
const COUNT = piece(',"rows":');
const MORE_PAGES = piece(',"hasMorePages":true');

/** What is known of a connection, as members behind others; it stays the same for many calls. */
const peersJson = new WeakMap<Peers, Uint8Array>();
function piecesOf(peers: Peers): Uint8Array {
  let json = peersJson.get(peers);
  if (json === undefined) {
    const { driver: _, ...shown } = peers;
    const members = JSON.stringify(shown).slice(1, -1);
    json = piece(members === '' ? '' : `,${members}`);
    peersJson.set(peers, json);
  }
  return json;
}

/** What is read of a call. */
interface WholeCall extends Exchange {
  readonly request: Half | null;
  readonly response: Half | null;
  readonly statement: SqlStatement | undefined;
  readonly known: Known | undefined;
  readonly failure: Failure | undefined;
  readonly missing: string | undefined;
  readonly peers: Peers;
}

/** One object, which is given call after call. */
export class WrittenCassandra extends SizedDescription<WholeCall> {
  readonly protocols = CASSANDRA;
  private statement: SqlStatement | null = null;
  private request: Half | null = null;
  private response: Half | null = null;
  private known: Known | undefined;
  private failure: Failure | undefined;
  private peers: Peers = {};
  /** Where the parameters begin. */
  private parameters = 0;

  override of(call: WholeCall): this | null {
    const { request, response, statement } = call;
    if (request === null || response === null || statement === undefined || statement.verb === '') return null;
    if (call.truncated || call.missing !== undefined || request.flags !== 0 || response.flags !== 0) return null;
    if (request.opcode !== QUERY && request.opcode !== EXECUTE) return null;
    if (request.version >= WIDE_VERSION || !isUsual(response, call.failure)) return null;
    this.parameters = parametersStart(request);
    if (this.parameters < 0) return null;
    this.statement = statement;
    this.request = request;
    this.response = response;
    this.known = call.known;
    this.failure = call.failure;
    this.peers = call.peers;
    return super.of(call);
  }

  get method(): string {
    return this.statement?.verb ?? '';
  }

  get endpoint(): string {
    return this.statement?.endpoint ?? '';
  }

  get errorText(): string | undefined {
    const { failure } = this;
    return failure === undefined ? undefined : `${errorNameOf(failure.code)}: ${failure.message}`;
  }

  writeSummary(json: JsonWriter): void {
    this.statement?.writeSummary(json);
  }

  protected override writeAnswered(json: JsonWriter, { response, failure }: WholeCall): void {
    json.copyOf(STATUS);
    json.number(failure?.code ?? 0);
    if (response !== null && isRows(response)) this.#writeRows(json, response.body);
  }

  writeData(json: JsonWriter): void {
    const { statement, request, response, failure } = this;
    if (statement === null || request === null || response === null) return;
    statement.writeMembers(json);
    this.#writeParameters(json, request.body);
    if (isRows(response)) {
      const { body } = response;
      const at = metadataEnd(body).rows;
      if (at < 0) json.isRefused = true;
      json.copyOf(COUNT);
      json.number(Math.max(0, int32(body, at)));
      if ((int32(body, 4) & HAS_MORE_PAGES) !== 0) json.copyOf(MORE_PAGES);
    }
    json.copyOf(piecesOf(this.peers));
    if (failure !== undefined) {
      json.raw(',"errorName":');
      json.text(errorNameOf(failure.code));
    }
    json.raw('}');
  }

  /** The consistency and what was bound. */
  #writeParameters(json: JsonWriter, bytes: Uint8Array): void {
    const start = this.parameters;
    const consistency = CONSISTENCY[int16(bytes, start)];
    const flags = bytes[start + 2] ?? 0;
    if (consistency === undefined || (flags & (HAS_NAMES | HAS_KEYSPACE)) !== 0) json.isRefused = true;
    else json.copyOf(consistency);
    const count = (flags & HAS_VALUES) === 0 ? 0 : int16(bytes, start + 3);
    if (count === 0) return;
    if (count > MAX_SHOWN) json.isRefused = true;
    const variables = this.request?.opcode === EXECUTE ? this.known?.prepared.variables : undefined;
    json.copyOf(PARAMETERS);
    let at = start + 5;
    for (let i = 0; i < count && !json.isRefused; i++) {
      if (i > 0) json.raw(',');
      at = writeBound(json, bytes, at, variables?.[i]?.type);
      if (at < 0) json.isRefused = true;
    }
    json.raw(']');
  }

  #writeRows(json: JsonWriter, bytes: Uint8Array): void {
    const { columns: columnsStart, rows } = metadataEnd(bytes);
    if (rows < 0 || rows + 4 > bytes.length) {
      json.isRefused = true;
      return;
    }
    const columns =
      columnsStart < 0 ? keptColumns(this.known?.prepared.columns ?? NO_COLUMNS) : columnsAt(bytes, columnsStart, rows);
    const count = Math.min(int32(bytes, rows), MAX_ROWS);
    if (count <= 0) return;
    if (!columns.isPlain || columns.keys.length === 0 || columns.keys.length !== int32(bytes, 8)) {
      json.isRefused = true;
      return;
    }
    json.copyOf(SHOWN);
    let at = rows + 4;
    for (let i = 0; i < count && at >= 0; i++) {
      if (i > 0) json.raw(',');
      at = writeRow(json, bytes, at, columns);
    }
    if (at < 0) json.isRefused = true;
    json.raw(']');
  }
}

function writeRow(json: JsonWriter, bytes: Uint8Array, start: number, { keys, types }: KeptColumns): number {
  let at = start;
  for (let i = 0; i < keys.length && at >= 0; i++) {
    const [key, type] = [keys[i], types[i]];
    if (key === undefined || type === undefined) return -1;
    json.copyOf(key);
    at = writeCell(json, bytes, at, type);
  }
  json.raw('}');
  return at;
}

/** Rows, nothing, or an error. */
function isUsual({ opcode, body, version }: Half, failure: Failure | undefined): boolean {
  if (opcode === ERROR) return failure !== undefined;
  if (opcode !== RESULT || body.length < 4 || version >= WIDE_VERSION) return false;
  const kind = int32(body, 0);
  return kind === VOID || kind === ROWS;
}

const isRows = ({ opcode, body }: Half): boolean => opcode === RESULT && int32(body, 0) === ROWS;

/** Behind the text or the id of the statement; -1 when that is not all there. */
function parametersStart({ opcode, body }: Half): number {
  const start = opcode === QUERY ? 4 + Math.max(0, int32(body, 0)) : 2 + int16(body, 0);
  return start + 3 <= body.length ? start : -1;
}

interface Metadata {
  /** Where columns are told; -1 when they are not. */
  columns: number;
  /** Where the count of the rows stands; -1 when it is not usual what stands before. */
  rows: number;
}
/** Of the result looked at last. */
const metadata: Metadata = { columns: -1, rows: -1 };

/** What stands between kind and rows: flags, count of columns, where the next page begins, columns. */
function metadataEnd(body: Uint8Array): Metadata {
  const flags = int32(body, 4);
  let at = 12;
  if ((flags & HAS_MORE_PAGES) !== 0) at += 4 + Math.max(0, int32(body, at));
  const isKnown = (flags & NO_METADATA) !== 0;
  metadata.columns = isKnown ? -1 : at;
  metadata.rows = isKnown ? at : columnsEnd(body, at, { flags, count: int32(body, 8) });
  if ((flags & METADATA_CHANGED) !== 0 || metadata.rows + 4 > body.length) metadata.rows = -1;
  return metadata;
}

const int16 = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
