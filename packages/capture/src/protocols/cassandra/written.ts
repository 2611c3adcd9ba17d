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
import { ValueWriter } from './value-json.ts';
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
const STATUS_FINE = piece(',"status":0');
const SHOWN = piece(',"status":0,"rows":[');
const CONSISTENCY = consistencies.map((name) => piece(`,"consistency":${JSON.stringify(name)}`));
const PARAMETERS = consistencies.map((name) => piece(`,"consistency":${JSON.stringify(name)},"parameters":[`));
const COUNT = piece(',"rows":');
const MORE_PAGES = piece(',"hasMorePages":true');

const values = new ValueWriter();

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
  /** The result has rows, whose count stands at `rows`, their columns at `columns`; -1 where PREPARE told those. */
  private hasRows = false;
  private rows = -1;
  private columns = -1;

  override of(call: WholeCall): this | null {
    const { request, response, statement } = call;
    if (request === null || response === null || statement === undefined || statement.verb === '') return null;
    if (call.truncated || call.missing !== undefined || request.flags !== 0 || response.flags !== 0) return null;
    if (request.opcode !== QUERY && request.opcode !== EXECUTE) return null;
    if (request.version >= WIDE_VERSION || response.version >= WIDE_VERSION) return null;
    this.failure = call.failure;
    this.parameters = parametersStart(request);
    if (this.parameters < 0 || !this.isUsual(response)) return null;
    this.statement = statement;
    this.request = request;
    this.response = response;
    this.known = call.known;
    this.peers = call.peers;
    return super.of(call);
  }

  /** Rows, nothing, or an error. */
  private isUsual(response: Half): boolean {
    this.hasRows = false;
    if (response.opcode === ERROR) return this.failure !== undefined;
    if (response.opcode !== RESULT || response.from + 4 > response.to) return false;
    const kind = int32(response.bytes, response.from);
    if (kind !== ROWS) return kind === VOID;
    this.hasRows = true;
    return this.findRows(response);
  }

  /** What stands between kind and rows: flags, count of columns, where the next page begins, columns; false where it is not usual. */
  private findRows({ bytes, from, to }: Half): boolean {
    let at = from + 12;
    if (at > to) return false;
    const flags = int32(bytes, from + 4);
    if ((flags & HAS_MORE_PAGES) !== 0) at += 4 + Math.max(0, int32(bytes, at));
    const isTold = (flags & NO_METADATA) === 0;
    this.columns = isTold ? at : -1;
    this.rows = isTold ? columnsEnd(bytes, at, { flags, count: int32(bytes, from + 8), limit: to }) : at;
    return (flags & METADATA_CHANGED) === 0 && this.rows >= 0 && this.rows + 4 <= to;
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

  protected override writeAnswered(json: JsonWriter): void {
    const { failure, response } = this;
    if (failure !== undefined) {
      json.copyOf(STATUS);
      return json.number(failure.code);
    }
    const count = this.hasRows && response !== null ? Math.min(int32(response.bytes, this.rows), MAX_ROWS) : 0;
    if (response === null || count <= 0) json.copyOf(STATUS_FINE);
    else this.writeRows(json, response, count);
  }

  writeData(json: JsonWriter): void {
    const { statement, request, response, failure } = this;
    if (statement === null || request === null || response === null) return;
    statement.writeMembers(json);
    this.writeParameters(json, request);
    if (this.hasRows) {
      const { bytes, from } = response;
      json.copyOf(COUNT);
      json.number(Math.max(0, int32(bytes, this.rows)));
      if ((int32(bytes, from + 4) & HAS_MORE_PAGES) !== 0) json.copyOf(MORE_PAGES);
    }
    json.copyOf(piecesOf(this.peers));
    if (failure !== undefined) {
      json.raw(',"errorName":');
      json.text(errorNameOf(failure.code));
    }
    json.raw('}');
  }

  /** The consistency and what was bound. */
  private writeParameters(json: JsonWriter, { bytes, to, opcode }: Half): void {
    const { parameters: start } = this;
    const flags = bytes[start + 2] ?? 0;
    const hasValues = (flags & HAS_VALUES) !== 0;
    const count = hasValues ? int16(bytes, start + 3) : 0;
    const head = (count === 0 ? CONSISTENCY : PARAMETERS)[int16(bytes, start)];
    const isOdd = (flags & (HAS_NAMES | HAS_KEYSPACE)) !== 0 || count > MAX_SHOWN || (hasValues && start + 5 > to);
    if (head === undefined || isOdd) {
      json.isRefused = true;
      return;
    }
    json.copyOf(head);
    if (count === 0) return;
    const variables = opcode === EXECUTE ? this.known?.prepared.variables : undefined;
    values.begin(bytes, start + 5, to);
    for (let i = 0; i < count && !json.isRefused; i++) {
      if (i > 0) json.raw(',');
      if (!values.bound(json, variables?.[i]?.type)) json.isRefused = true;
    }
    json.raw(']');
  }

  private writeRows(json: JsonWriter, { bytes, from, to }: Half, count: number): void {
    const { columns: start, rows } = this;
    const columns = start < 0 ? keptColumns(this.known?.prepared.columns ?? NO_COLUMNS) : columnsAt(bytes, start, rows);
    if (!columns.isPlain || columns.keys.length === 0 || columns.keys.length !== int32(bytes, from + 8)) {
      json.isRefused = true;
      return;
    }
    json.copyOf(SHOWN);
    values.begin(bytes, rows + 4, to);
    for (let i = 0; i < count && !json.isRefused; i++) {
      if (i > 0) json.raw(',');
      writeRow(json, columns);
    }
    json.raw(']');
  }
}

function writeRow(json: JsonWriter, { keys, types }: KeptColumns): void {
  for (let i = 0; i < keys.length; i++) {
    const [key, type] = [keys[i], types[i]];
    if (key !== undefined) json.copyOf(key);
    if (type === undefined || !values.cell(json, type)) {
      json.isRefused = true;
      return;
    }
  }
  json.raw('}');
}

/** Behind the text or the id of the statement; -1 when that is not all there. */
function parametersStart({ opcode, bytes, from, to }: Half): number {
  if (from + 4 > to) return -1;
  const start = from + (opcode === QUERY ? 4 + Math.max(0, int32(bytes, from)) : 2 + int16(bytes, from));
  return start + 3 <= to ? start : -1;
}

const int16 = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
