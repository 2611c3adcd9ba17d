/**
 * Usual calls as JSON, as `describe.ts` makes them: statements, with their parameters and rows out of the bytes they came in.
 * What is rare (failures, files, attributes, bulk execution, rows cut in the middle) is described.
 */

import type { ProtocolId } from '@kubeshark/model';
import { SizedDescription } from '../../dissect/sized-description.ts';
import { type JsonWriter, piece } from '../../json/json-writer.ts';
import type { CallFacts, Row } from './call.ts';
import { Type } from './codes.ts';
import { type Binding, isNullAt } from './parameters.ts';
import { ValueWriter } from './written-values.ts';

const MYSQL: readonly ProtocolId[] = ['mysql'];
const NULL = piece('null');
const STATUS = piece(',"status":0');
const ROWS = piece(',"rows":[');
const WARNINGS = piece(',"warnings":');
const INFO = piece(',"info":');
const PARAMETERS = piece(',"parameters":[');
const STATEMENT = piece(',"statement":');
const ROW_COUNT = piece(',"rows":');
const LAST_INSERT_ID = piece(',"lastInsertId":');
const RESULTS = piece(',"results":');
const TRANSACTION = piece(',"transaction":"open"');

/** One object, which is given call after call. */
export class WrittenMysql extends SizedDescription<CallFacts> {
  readonly protocols = MYSQL;
  readonly errorText = undefined;
  private readonly values = new ValueWriter();

  override of(call: CallFacts): this | null {
    const { sql, binding } = call;
    if (sql === undefined || sql.verb === '' || call.requestStart === null) return null;
    if (call.failure !== undefined || call.missing !== undefined || call.infile !== undefined) return null;
    if (call.changes.length > 0 || call.progressReports > 0 || call.text !== undefined) return null;
    if (binding === undefined) {
      for (const _ in call.attributes) return null;
    } else if (binding.isBulk || binding.longData.size > 0 || binding.own < binding.parameters.length) return null;
    return super.of(call);
  }

  get method(): string {
    return this.call?.sql?.verb ?? '';
  }

  get endpoint(): string {
    return this.call?.sql?.endpoint ?? '';
  }

  writeSummary(json: JsonWriter): void {
    this.call?.sql?.writeSummary(json);
  }

  protected override writeAnswered(json: JsonWriter, { rows, warnings, info }: CallFacts): void {
    json.copyOf(STATUS);
    for (let i = 0; i < rows.length; i++) {
      if (i === 0) json.copyOf(ROWS);
      else json.raw(',');
      const row = rows[i];
      if (row !== undefined) this.writeRow(json, row);
    }
    if (rows.length > 0) json.raw(']');
    if (warnings > 0) {
      json.copyOf(WARNINGS);
      json.number(warnings);
    }
    if (info !== '') {
      json.copyOf(INFO);
      json.name(info);
    }
  }

  writeData(json: JsonWriter): void {
    const { call } = this;
    if (call === null) return;
    const { binding, statement, rowCount, lastInsertId, results } = call;
    call.sql?.writeMembers(json);
    if (binding !== undefined) this.writeParameters(json, binding);
    if (statement !== undefined) {
      json.copyOf(STATEMENT);
      json.number(statement);
    }
    json.copyOf(call.user.members);
    if (rowCount !== undefined) {
      json.copyOf(ROW_COUNT);
      json.number(rowCount);
    }
    if (lastInsertId !== undefined) {
      json.copyOf(LAST_INSERT_ID);
      json.number(lastInsertId);
    }
    if (results > 1) {
      json.copyOf(RESULTS);
      json.number(results);
    }
    if (call.isInTransaction) json.copyOf(TRANSACTION);
    json.raw('}');
  }

  private writeRow(json: JsonWriter, { bytes, start, end, columns, isBinary }: Row): void {
    const { list } = columns;
    const keys = columns.keys.json;
    if (keys === null) {
      json.isRefused = true;
      return;
    }
    const { values } = this;
    const bitmapAt = start + 1;
    values.begin(bytes, isBinary ? bitmapAt + ((list.length + 9) >> 3) : start, end);
    if (isBinary && values.left < 0) json.isRefused = true;
    json.raw('{');
    for (let i = 0; i < list.length && !json.isRefused && (isBinary || values.left > 0); i++) {
      const column = list[i];
      const key = keys[i];
      if (column === undefined || key === undefined) return;
      if (i > 0) json.raw(',');
      json.copyOf(key);
      if (!isBinary) values.writeText(json, column);
      // The bitmap of a row begins with two bits of no column.
      else if (isNullAt(bytes, bitmapAt, i + 2)) json.copyOf(NULL);
      else values.writeBinary(json, column);
    }
    json.raw('}');
  }

  private writeParameters(json: JsonWriter, { bytes, bitmapAt, valuesAt, end, parameters }: Binding): void {
    const { values } = this;
    values.begin(bytes, valuesAt, end);
    json.copyOf(PARAMETERS);
    for (let i = 0; i < parameters.length && !json.isRefused; i++) {
      const parameter = parameters[i];
      if (parameter === undefined) return;
      if (i > 0) json.raw(',');
      if (isNullAt(bytes, bitmapAt, i) || parameter.type === Type.NULL) json.copyOf(NULL);
      else if (values.left <= 0) json.isRefused = true;
      else values.writeBinary(json, parameter);
    }
    json.raw(']');
  }
}
