/**
 * Usual calls as JSON, as `describe.ts` makes them: statements, with their parameters and rows out of the bytes they came in.
 * What is rare (failures, notices, copies, lists cut in the middle) is described.
 */

import type { ProtocolId } from '@kubeshark/model';
import { SizedDescription } from '../../dissect/sized-description.ts';
import { type JsonWriter, piece } from '../../json/json-writer.ts';
import { i32, u16 } from '../../packet/big-endian.ts';
import type { CallFacts, Row } from './call.ts';
import { MAX_COLUMNS } from './columns.ts';
import { MAX_PARAMETERS } from './fields.ts';
import type { Portal } from './statements.ts';
import { writeValue } from './written-values.ts';

const POSTGRES: readonly ProtocolId[] = ['postgres'];
const NULL = piece('null');
const STATUS = piece(',"status":0');
const ROWS = piece(',"rows":[');
const PARAMETERS = piece(',"parameters":[');
const ROW_COUNT = piece(',"rows":');
const TAGS = piece(',"tags":[');
const TRANSACTIONS = { open: piece(',"transaction":"open"'), failed: piece(',"transaction":"failed"') } as const;

/** One object, which is given call after call. */
export class WrittenPostgres extends SizedDescription<CallFacts> {
  readonly protocols = POSTGRES;
  readonly errorText = undefined;
  /** Formats of the rows' columns: where a Bind tells how many, and the first of them. */
  private formatsAt = -1;

  override of(call: CallFacts): this | null {
    if (call.kind !== 'query' || call.sql === undefined || call.sql.verb === '') return null;
    if (call.failure !== undefined || call.missing !== undefined || call.copy !== undefined) return null;
    if (call.notices.length > 0 || call.requestStart === null) return null;
    // What belongs to a login.
    if (call.processId !== undefined || call.authentication !== undefined) return null;
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

  protected override writeAnswered(json: JsonWriter, { rows, portal }: CallFacts): void {
    json.copyOf(STATUS);
    if (rows.length === 0) return;
    this.formatsAt = portal === undefined ? -1 : resultFormatsAt(portal);
    if (portal !== undefined && this.formatsAt < 0) json.isRefused = true;
    for (let i = 0; i < rows.length; i++) {
      if (i === 0) json.copyOf(ROWS);
      else json.raw(',');
      const row = rows[i];
      if (row !== undefined) this.writeRow(json, row, portal);
    }
    json.raw(']');
  }

  writeData(json: JsonWriter): void {
    const { call } = this;
    if (call === null) return;
    const { portal, statement, rowCount, tags, transaction } = call;
    call.sql?.writeMembers(json);
    if (portal !== undefined) writeParameters(json, portal);
    if (statement !== undefined) json.copyOf(statement.member);
    json.copyOf(call.login.members);
    if (rowCount !== undefined) {
      json.copyOf(ROW_COUNT);
      json.number(rowCount);
    }
    for (let i = 0; i < tags.length; i++) {
      if (i === 0) json.copyOf(TAGS);
      else json.raw(',');
      json.copyOf(tags[i]?.json ?? NULL);
    }
    if (tags.length > 0) json.raw(']');
    if (transaction !== undefined) json.copyOf(TRANSACTIONS[transaction]);
    json.raw('}');
  }

  private writeRow(json: JsonWriter, { bytes, start, end, columns }: Row, portal: Portal | undefined): void {
    const { list } = columns;
    const keys = columns.keys.json;
    const count = u16(bytes, start);
    if (end - start < 2 || keys === null || count > list.length || count > MAX_COLUMNS) {
      json.isRefused = true;
      return;
    }
    const hasFormats = portal !== undefined && columns !== portal.columns;
    json.raw('{');
    let at = start + 2;
    for (let i = 0; i < count; i++) {
      const column = list[i];
      const key = keys[i];
      const length = i32(bytes, at);
      if (at + 4 + Math.max(0, length) > end || column === undefined || key === undefined) {
        json.isRefused = true;
        return;
      }
      if (i > 0) json.raw(',');
      json.copyOf(key);
      at += 4;
      const format = hasFormats ? formatIn(portal.bytes, this.formatsAt, i) : column.format;
      if (length < 0) json.copyOf(NULL);
      else {
        writeValue(json, { bytes, start: at, end: at + length }, column.type, format);
        at += length;
      }
    }
    json.raw('}');
  }
}

/** The format of the n-th value, of those counted at `at`: none given means text, one given means it for all. */
function formatIn(bytes: Uint8Array, at: number, index: number): number {
  const count = u16(bytes, at);
  if (count === 0 || (count > 1 && index >= count)) return 0;
  return u16(bytes, at + 2 + 2 * (count === 1 ? 0 : index));
}

/** Behind the formats that are counted at `at`; -1 when they are not all there, or more than are shown. */
function afterFormats(at: number, { bytes, end }: Portal): number {
  if (at < 0 || at + 2 > end) return -1;
  const count = u16(bytes, at);
  const after = at + 2 + 2 * count;
  return count > MAX_COLUMNS || after > end ? -1 : after;
}

/** Where the formats of the result stand in a Bind; -1 when something before is not whole. */
function resultFormatsAt(portal: Portal): number {
  const { bytes, start, end } = portal;
  let at = afterFormats(start, portal);
  if (at < 0 || at + 2 > end) return -1;
  const count = u16(bytes, at);
  at += 2;
  if (count > MAX_PARAMETERS) return -1;
  for (let i = 0; i < count; i++) {
    if (at + 4 > end) return -1;
    at += 4 + Math.max(0, i32(bytes, at));
  }
  return afterFormats(at, portal) < 0 ? -1 : at;
}

/** The parameters of a Bind, which is read to its end: what is not whole is described. */
function writeParameters(json: JsonWriter, portal: Portal): void {
  const { bytes, start, end } = portal;
  const types = portal.statement?.types;
  let at = afterFormats(start, portal);
  const count = at < 0 || at + 2 > end ? MAX_PARAMETERS + 1 : u16(bytes, at);
  if (count > MAX_PARAMETERS) {
    json.isRefused = true;
    return;
  }
  at += 2;
  json.copyOf(PARAMETERS);
  for (let i = 0; i < count; i++) {
    const length = i32(bytes, at);
    if (at + 4 + Math.max(0, length) > end) {
      json.isRefused = true;
      return;
    }
    if (i > 0) json.raw(',');
    at += 4;
    if (length < 0) json.copyOf(NULL);
    else {
      writeValue(json, { bytes, start: at, end: at + length }, types?.[i] ?? 0, formatIn(bytes, start, i));
      at += length;
    }
  }
  json.raw(']');
}
