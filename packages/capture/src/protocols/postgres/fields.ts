/** Bodies of single messages → values. Each function gives what was whole when the bytes end too early. */

import type { JsonValue } from '@kubeshark/model';
import { ByteReader } from '../../decode/byte-reader.ts';
import { jsonOf } from './values.ts';

/** Columns described of one result, parameters of one statement: PostgreSQL's own limit of columns is 1,664. */
const MAX_COLUMNS = 1664;
const MAX_PARAMETERS = 1024;

/** StartupMessage: pairs of names and values up to an empty name. */
export function startupParameters(body: Uint8Array): Readonly<Record<string, string>> {
  const reader = new ByteReader(body);
  const parameters: [string, string][] = [];
  while (reader.left > 1) {
    const name = reader.cstring();
    if (name === '' || reader.isShort) break;
    parameters.push([name, reader.cstring()]);
  }
  return Object.fromEntries(parameters);
}

export interface ErrorFields {
  /** SQLSTATE: five characters. */
  readonly code: string;
  readonly severity: string;
  readonly message: string;
  readonly detail?: string;
  readonly hint?: string;
}

/** ErrorResponse and NoticeResponse: a type byte and a string, up to a zero byte. */
export function errorFields(body: Uint8Array): ErrorFields {
  const reader = new ByteReader(body);
  const found: Record<string, string> = {};
  while (reader.left > 0) {
    const type = reader.u8();
    if (type === 0) break;
    const text = reader.cstring();
    if (reader.isShort) break;
    found[String.fromCharCode(type)] = text;
  }
  const { C: code = '', V: severity, S: localSeverity = 'ERROR', M: message = '', D: detail, H: hint } = found;
  return {
    code,
    severity: severity ?? localSeverity,
    message,
    ...(detail !== undefined && { detail }),
    ...(hint !== undefined && { hint }),
  };
}

export interface ParseFields {
  readonly name: string;
  readonly query: string;
  readonly types: readonly number[];
}

/** Parse: the name of the prepared statement, its text, the types of its first parameters. */
export function parseFields(body: Uint8Array): ParseFields {
  const reader = new ByteReader(body);
  const name = reader.cstring();
  const zero = body.indexOf(0, reader.at);
  // A statement longer than what was kept has no end here.
  const query = reader.text((zero < 0 ? body.length : zero) - reader.at);
  reader.skip(1);
  const count = Math.min(reader.u16(), MAX_PARAMETERS);
  const types: number[] = [];
  while (types.length < count && !reader.isShort) types.push(reader.u32());
  return { name, query, types };
}

export interface BindFields {
  readonly portal: string;
  readonly statement: string;
  readonly parameters: readonly Uint8Array[];
  readonly isNull: readonly boolean[];
  readonly formats: readonly number[];
  readonly resultFormats: readonly number[];
}

function formatsIn(reader: ByteReader): number[] {
  const count = Math.min(reader.u16(), MAX_COLUMNS);
  const formats: number[] = [];
  while (formats.length < count && !reader.isShort) formats.push(reader.u16());
  return formats;
}

/** Bind: portal, statement, the parameters' formats and bytes, the wanted formats of the result. */
export function bindFields(body: Uint8Array): BindFields {
  const reader = new ByteReader(body);
  const portal = reader.cstring();
  const statement = reader.cstring();
  const formats = formatsIn(reader);
  const count = Math.min(reader.u16(), MAX_PARAMETERS);
  const parameters: Uint8Array[] = [];
  const isNull: boolean[] = [];
  while (parameters.length < count && !reader.isShort) {
    const length = reader.i32();
    isNull.push(length < 0);
    parameters.push(length < 0 ? new Uint8Array(0) : reader.view(Math.min(length, reader.left)).slice());
  }
  return { portal, statement, parameters, isNull, formats, resultFormats: formatsIn(reader) };
}

/** The format of the n-th value: none given means text, one given means it for all. */
const formatAt = (formats: readonly number[], index: number): number =>
  formats.length === 1 ? (formats[0] ?? 0) : (formats[index] ?? 0);

/** The values of a Bind as JSON, by the types the statement declared. */
export function parameterValues({ parameters, isNull, formats }: BindFields, types: readonly number[]): JsonValue[] {
  return parameters.map((bytes, index) =>
    isNull[index] ? null : jsonOf(bytes, types[index] ?? 0, formatAt(formats, index)),
  );
}

export interface Column {
  readonly name: string;
  readonly type: number;
  readonly format: number;
}

/** RowDescription. */
export function columnsOf(body: Uint8Array): Column[] {
  const reader = new ByteReader(body);
  const count = Math.min(reader.u16(), MAX_COLUMNS);
  const columns: Column[] = [];
  while (columns.length < count) {
    const name = reader.cstring();
    reader.skip(6); // table and column number
    const type = reader.u32();
    reader.skip(6); // type size and modifier
    const format = reader.u16();
    if (reader.isShort) break;
    columns.push({ name, type, format });
  }
  return columns;
}

/** ParameterDescription: the types of a statement's parameters. */
export function parameterTypes(body: Uint8Array): number[] {
  const reader = new ByteReader(body);
  const count = Math.min(reader.u16(), MAX_PARAMETERS);
  const types: number[] = [];
  while (types.length < count && !reader.isShort) types.push(reader.u32());
  return types;
}

/** DataRow as JSON by its columns; columns that were not described are text. */
export function rowOf(
  body: Uint8Array,
  columns: readonly Column[],
  formats: readonly number[] | undefined,
): JsonValue[] {
  const reader = new ByteReader(body);
  const count = Math.min(reader.u16(), MAX_COLUMNS);
  const row: JsonValue[] = [];
  while (row.length < count && !reader.isShort) {
    const index = row.length;
    const length = reader.i32();
    if (reader.isShort) break;
    const format = formats === undefined ? (columns[index]?.format ?? 0) : formatAt(formats, index);
    row.push(length < 0 ? null : jsonOf(reader.view(Math.min(length, reader.left)), columns[index]?.type ?? 0, format));
  }
  return row;
}

/** CommandComplete: the tag, and the rows it counts (`INSERT 0 5`, `SELECT 12`, `COPY 3`). */
export function tagOf(body: Uint8Array): { readonly tag: string; readonly rows: number | undefined } {
  const tag = new ByteReader(body).cstring();
  const rows = / (\d{1,15})$/.exec(tag)?.[1];
  return { tag, rows: rows === undefined ? undefined : Number(rows) };
}

/** NotificationResponse: who sent it, on which channel, with what. */
export function notificationOf(body: Uint8Array): {
  readonly pid: number;
  readonly channel: string;
  readonly payload: string;
} {
  const reader = new ByteReader(body);
  return { pid: reader.i32(), channel: reader.cstring(), payload: reader.cstring() };
}

const methods: ReadonlyMap<number, string> = new Map([
  [2, 'kerberos'],
  [3, 'password'],
  [5, 'md5'],
  [7, 'gss'],
  [9, 'sspi'],
  [10, 'scram'],
]);

/** Authentication*: undefined for the steps in between, `ok` at the end, else the method's name. */
export function authenticationOf(body: Uint8Array): string | undefined {
  const code = new ByteReader(body).i32();
  return code === 0 ? 'ok' : methods.get(code);
}
