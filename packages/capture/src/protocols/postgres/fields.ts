/** Bodies of single messages → values. Each function gives what was whole when the bytes end too early. */

import type { JsonValue } from '@kubeshark/model';
import { ByteReader } from '../../decode/byte-reader.ts';
import { Interner } from '../../decode/interner.ts';
import { standardSql } from '../../decode/sql-scanner.ts';
import { type SqlStatement, SqlStatements } from '../../decode/sql-statement.ts';
import { jsonOf } from './values.ts';

/** Columns described of one result, parameters of one statement: PostgreSQL's own limit of columns is 1,664. */
const MAX_COLUMNS = 1664;
const MAX_PARAMETERS = 1024;

/** Statements of all connections: those of one application are the same on each. */
export const sqlStatements = new SqlStatements(standardSql);
/** Names of statements and portals. */
const names = new Interner((latin1) => Buffer.from(latin1, 'latin1').toString('utf8'));

/** Where text that ends with a zero byte ends; at the end of the body when the message was cut. */
export function endOfText(body: Uint8Array, from: number): number {
  const zero = body.indexOf(0, from);
  return zero < 0 ? body.length : zero;
}

/** The name that begins at `from`. */
export const nameAt = (body: Uint8Array, from: number): string => names.of(body, from, endOfText(body, from));

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
  /** What else the server tells, by the name it has in an entry. */
  readonly more: Readonly<Record<string, string>>;
}

/** Fields of an error beside its code and message that are worth showing; file and line of the server are not. */
const shownFields: Readonly<Record<string, string>> = {
  D: 'detail',
  H: 'hint',
  P: 'position',
  q: 'internalQuery',
  W: 'where',
  s: 'schema',
  t: 'table',
  c: 'column',
  d: 'dataType',
  n: 'constraint',
};

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
  const { C: code = '', V: severity, S: localSeverity = 'ERROR', M: message = '' } = found;
  const more = Object.entries(shownFields).flatMap(([type, name]) => {
    const text = found[type];
    return text === undefined ? [] : [[name, text] as const];
  });
  return { code, severity: severity ?? localSeverity, message, more: Object.fromEntries(more) };
}

export interface ParseFields {
  readonly name: string;
  readonly sql: SqlStatement;
  readonly types: readonly number[];
}

/** Parse: the name of the prepared statement, its text, the types of its first parameters. */
export function parseFields(body: Uint8Array): ParseFields {
  const start = endOfText(body, 0) + 1;
  const end = endOfText(body, start);
  return {
    name: nameAt(body, 0),
    sql: sqlStatements.of(body, start, end),
    types: typesIn(new ByteReader(body, end + 1)),
  };
}

function typesIn(reader: ByteReader): number[] {
  const count = Math.min(reader.u16(), MAX_PARAMETERS);
  const types: number[] = [];
  while (types.length < count && !reader.isShort) types.push(reader.u32());
  return types;
}

/** Describe: of a statement (`S`) or a portal, and its name. */
export const describeTarget = (body: Uint8Array) => ({ isStatement: body[0] === 0x53, name: nameAt(body, 1) });

/** The names a Bind begins with, and where its values begin. */
export function bindHead(body: Uint8Array): {
  readonly portal: string;
  readonly statement: string;
  readonly valuesAt: number;
} {
  const second = endOfText(body, 0) + 1;
  return { portal: nameAt(body, 0), statement: nameAt(body, second), valuesAt: endOfText(body, second) + 1 };
}

export interface BindFields {
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

/** Bind after its names: the parameters' formats and bytes, the wanted formats of the result. */
export function bindFields(body: Uint8Array, valuesAt: number): BindFields {
  const reader = new ByteReader(body, Math.min(valuesAt, body.length));
  const formats = formatsIn(reader);
  const count = Math.min(reader.u16(), MAX_PARAMETERS);
  const parameters: Uint8Array[] = [];
  const isNull: boolean[] = [];
  while (parameters.length < count && !reader.isShort) {
    const length = reader.i32();
    if (reader.isShort) break;
    isNull.push(length < 0);
    parameters.push(reader.view(Math.max(0, Math.min(length, reader.left))));
  }
  return { parameters, isNull, formats, resultFormats: formatsIn(reader) };
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
export const parameterTypes = (body: Uint8Array): number[] => typesIn(new ByteReader(body));

/**
 * DataRow as JSON by its columns; columns that were not described are text. `formats` are those a Bind asked for, where
 * the columns are only those of the statement.
 */
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

export interface Tag {
  readonly tag: string;
  /** Rows it counts: `INSERT 0 5`, `SELECT 12`, `COPY 3`. */
  readonly rows: number | undefined;
}
const tags = new Interner<Tag>((tag) => {
  const rows = / (\d{1,15})$/.exec(tag)?.[1];
  return { tag, rows: rows === undefined ? undefined : Number(rows) };
});

/** CommandComplete. */
export const tagOf = (body: Uint8Array): Tag => tags.of(body, 0, endOfText(body, 0));

/** NotificationResponse: who sent it, on which channel, with what. */
export function notificationOf(body: Uint8Array): {
  readonly processId: number;
  readonly channel: string;
  readonly payload: string;
} {
  const reader = new ByteReader(body);
  return { processId: reader.i32(), channel: reader.cstring(), payload: reader.cstring() };
}

/** BackendKeyData: the process; the key that can cancel its query is a secret. */
export const processIdOf = (body: Uint8Array): number => new ByteReader(body).i32();

/** ParameterStatus: name and value. */
export function parameterStatusOf(body: Uint8Array): [name: string, value: string] {
  const reader = new ByteReader(body);
  return [reader.cstring(), reader.cstring()];
}

const methods: ReadonlyMap<number, string> = new Map([
  [2, 'kerberos'],
  [3, 'password'],
  [5, 'md5'],
  [7, 'gss'],
  [9, 'sspi'],
  [10, 'sasl'],
]);

/** Authentication*: undefined for the steps in between, `ok` at the end, else the method's name. */
export function authenticationOf(body: Uint8Array): string | undefined {
  const code = new ByteReader(body).i32();
  return code === 0 ? 'ok' : methods.get(code);
}
