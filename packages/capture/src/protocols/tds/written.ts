/**
 * Usual calls as JSON, as `describe.ts` makes them: statements and procedures that are answered without an error, with what is
 * bound to them and their rows out of the bytes they came in. What is rare is described.
 */

import type { ProtocolId } from '@kubeshark/model';
import { SizedDescription } from '../../dissect/sized-description.ts';
import { type JsonWriter, piece } from '../../json/json-writer.ts';
import type { CallFacts } from './call.ts';
import { writeRows } from './rows.ts';

const TDS: readonly ProtocolId[] = ['tds'];
const STATUS = piece(',"status":0');
const MESSAGES = piece(',"messages":');
const OUTPUTS = piece(',"outputs":');
const COMMAND = piece(',"tds":{"command":');
const PROCEDURE = piece(',"procedure":');
const PARAMETERS = piece(',"parameters":');
const STATEMENT = piece(',"statement":');
const USER = piece(',"user":');
const DATABASE = piece(',"database":');
const ROWS = piece(',"rows":');
const RESULTS = piece(',"results":');
const RETURN_STATUS = piece(',"returnStatus":');
const TRANSACTION = piece(',"transaction":');

/** One object, which is given call after call. */
export class WrittenTds extends SizedDescription<CallFacts> {
  readonly protocols = TDS;
  readonly errorText = undefined;

  override of(call: CallFacts): this | null {
    const { sql, answer } = call;
    if (call.requestStart === null || !answer.isKnown || answer.failure !== undefined || call.missing !== undefined)
      return null;
    if (call.isCancelled || answer.isCancelled || answer.server !== undefined || call.login !== undefined) return null;
    if (sql === undefined ? call.args.procedure === undefined : sql.verb === '') return null;
    return super.of(call);
  }

  get method(): string {
    return this.call?.command ?? '';
  }

  get endpoint(): string {
    return this.call?.endpoint() ?? '';
  }

  writeSummary(json: JsonWriter): void {
    const { call } = this;
    if (call === null) return;
    if (call.sql === undefined) json.text(call.title());
    else call.sql.writeSummary(json);
  }

  protected override writeAnswered(json: JsonWriter, call: CallFacts): void {
    const { answer, rows } = call;
    json.copyOf(STATUS);
    if (rows !== undefined) writeRows(json, rows, call.reading);
    if (answer.messages.length > 0) {
      json.copyOf(MESSAGES);
      json.value(answer.messages);
    }
    if (answer.hasOutputs) {
      json.copyOf(OUTPUTS);
      json.value(answer.outputs);
    }
  }

  writeData(json: JsonWriter): void {
    const { call } = this;
    if (call === null) return;
    const { sql, answer, procedure, args, handle, user } = call;
    const database = answer.database ?? call.database;
    if (sql === undefined) {
      json.copyOf(COMMAND);
      json.name(this.method);
    } else sql.writeMembers(json);
    writeName(json, PROCEDURE, procedure);
    if (!args.isEmpty) {
      json.copyOf(PARAMETERS);
      args.write(json);
    }
    writeNumber(json, STATEMENT, handle);
    writeName(json, USER, user);
    if (database !== '') writeName(json, DATABASE, database);
    writeNumber(json, ROWS, answer.rowCount);
    if (answer.results > 1) writeNumber(json, RESULTS, answer.results);
    writeNumber(json, RETURN_STATUS, answer.returnStatus);
    writeName(json, TRANSACTION, answer.transaction);
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
