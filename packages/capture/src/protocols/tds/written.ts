/**
 * Usual calls as JSON, as `describe.ts` makes them: what runs a statement and is answered without an error. What is shown of
 * the answer is made as before, the statement and what surrounds it is not.
 */

import type { JsonObject, JsonValue, ProtocolId } from '@kubeshark/model';
import type { SqlStatement } from '../../decode/sql-statement.ts';
import type { WrittenDescription } from '../../dissect/dissector.ts';
import { type JsonWriter, piece } from '../../json/json-writer.ts';
import type { Answer } from './tokens.ts';

const TDS: readonly ProtocolId[] = ['tds'];
const SIZE = piece('{"size":');
const COMMAND = piece(',"tds":{"command":');
const QUERY = piece(',"query":');
const FINGERPRINT = piece(',"fingerprint":');
const PROCEDURE = piece(',"procedure":');
const PARAMETERS = piece(',"parameters":');
const STATEMENT = piece(',"statement":');
const USER = piece(',"user":');
const DATABASE = piece(',"database":');
const ROWS = piece(',"rows":');
const RESULTS = piece(',"results":');
const RETURN_STATUS = piece(',"returnStatus":');
const TRANSACTION = piece(',"transaction":');

/** A call that is written, as far as it is looked at. */
export interface WritableCall {
  readonly sql: SqlStatement | undefined;
  readonly outcome: Answer | undefined;
  readonly procedure: string | undefined;
  readonly handle: number | undefined;
  readonly user: string | undefined;
  readonly database: string | undefined;
  readonly requestStart: number | null;
  readonly requestSize: number;
  readonly error: boolean;
  readonly isCancelled: boolean;
  endpoint(): string;
  readonly command: string;
  /** The answer, and what was bound, as they are described. */
  response(): JsonObject | null;
  values(): Readonly<Record<string, JsonValue>> | undefined;
}

/** One object, which is given call after call. */
export class WrittenTds implements WrittenDescription {
  readonly protocols = TDS;
  readonly traceId = undefined;
  readonly errorText = undefined;
  private call: WritableCall | null = null;

  /** The call to be written next; null when it has to be described. */
  of(call: WritableCall): this | null {
    const { sql, outcome } = call;
    if (sql === undefined || outcome === undefined || call.requestStart === null) return null;
    if (call.error || call.isCancelled || outcome.isCancelled || outcome.server !== undefined) return null;
    this.call = call;
    return this;
  }

  get method(): string {
    return this.call?.command ?? '';
  }

  get endpoint(): string {
    return this.call?.endpoint() ?? '';
  }

  writeSummary(json: JsonWriter): void {
    this.call?.sql?.writeSummary(json);
  }

  writeRequest(json: JsonWriter): void {
    json.copyOf(SIZE);
    json.number(this.call?.requestSize ?? 0);
    json.raw('}');
  }

  writeResponse(json: JsonWriter): void {
    json.stringified(this.call?.response() ?? null);
  }

  writeData(json: JsonWriter): void {
    const { call } = this;
    if (call === null) return;
    const { sql, outcome, procedure, handle, user } = call;
    const database = outcome?.database ?? call.database;
    const parameters = call.values();
    json.copyOf(COMMAND);
    json.name(this.method);
    if (sql !== undefined) {
      json.copyOf(QUERY);
      sql.writeText(json);
      json.copyOf(FINGERPRINT);
      sql.writeFingerprint(json);
    }
    writeName(json, PROCEDURE, procedure);
    if (parameters !== undefined) {
      json.copyOf(PARAMETERS);
      json.stringified(parameters);
    }
    writeNumber(json, STATEMENT, handle);
    writeName(json, USER, user);
    if (database !== '') writeName(json, DATABASE, database);
    writeNumber(json, ROWS, outcome?.rowCount);
    if (outcome !== undefined && outcome.results > 1) writeNumber(json, RESULTS, outcome.results);
    writeNumber(json, RETURN_STATUS, outcome?.returnStatus);
    writeName(json, TRANSACTION, outcome?.transaction);
    json.raw('}');
  }
}

function writeName(json: JsonWriter, key: Uint8Array, value: string | undefined): void {
  if (value === undefined) return;
  json.copyOf(key);
  json.name(value);
}

function writeNumber(json: JsonWriter, key: Uint8Array, value: number | undefined): void {
  if (value === undefined) return;
  json.copyOf(key);
  json.number(value);
}
