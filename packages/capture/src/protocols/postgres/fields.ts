/** Bodies of single messages → values. Each function gives what was whole when the bytes end too early. */

import type { JsonValue } from '@kubeshark/model';
import { ByteReader } from '../../decode/byte-reader.ts';
import { Interner } from '../../decode/interner.ts';
import { standardSql } from '../../decode/sql-scanner.ts';
import { type SqlStatement, SqlStatements } from '../../decode/sql-statement.ts';
import { piece } from '../../json/json-writer.ts';
import { type Column, MAX_COLUMNS } from './columns.ts';
import { endOfText, type Name, nameAt } from './names.ts';
import type { Portal } from './statements.ts';
import { jsonOf } from './values.ts';
import type { TypedMessage } from './wire.ts';

/** Parameters shown of one statement. */
export const MAX_PARAMETERS = 1024;

/** Statements of all connections: those of one application are the same on each. */
export const sqlStatements = new SqlStatements(standardSql, 'postgres');

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
export function errorFields(reader: ByteReader): ErrorFields {
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
  readonly name: Name;
  readonly sql: SqlStatement;
  readonly types: readonly number[];
}

/** Parse: the name of the prepared statement, its text, the types of its first parameters. */
export function parseFields({ bytes, start, end }: TypedMessage): ParseFields {
  const textStart = Math.min(endOfText(bytes, start, end) + 1, end);
  const textEnd = endOfText(bytes, textStart, end);
  return {
    name: nameAt(bytes, start, end),
    sql: sqlStatements.lent(bytes, textStart, textEnd),
    types: typesIn(new ByteReader(bytes, Math.min(textEnd + 1, end), end)),
  };
}

function typesIn(reader: ByteReader): number[] {
  const count = Math.min(reader.u16(), MAX_PARAMETERS);
  const types: number[] = [];
  while (types.length < count && !reader.isShort) types.push(reader.u32());
  return types;
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
export function bindFields({ bytes, start, end }: Portal): BindFields {
  const reader = new ByteReader(bytes, start, end);
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

/** ParameterDescription: the types of a statement's parameters. */
export const parameterTypes = (reader: ByteReader): number[] => typesIn(reader);

/**
 * DataRow as JSON by its columns; columns that were not described are text. `formats` are those a Bind asked for, where
 * the columns are only those of the statement.
 */
export function rowOf(
  reader: ByteReader,
  columns: readonly Column[],
  formats: readonly number[] | undefined,
): JsonValue[] {
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

/** What a server says that it did: `INSERT 0 5`, `SELECT 12`, `BEGIN`. */
export class Tag {
  readonly tag: string;
  /** Rows it counts: `INSERT 0 5`, `SELECT 12`, `COPY 3`. */
  readonly rows: number | undefined;
  readonly isSelect: boolean;
  /** The only tag of a call, as most are. */
  readonly alone: readonly Tag[] = [this];
  readonly json: Uint8Array;

  constructor(tag: string) {
    const rows = / (\d{1,15})$/.exec(tag)?.[1];
    this.tag = tag;
    this.rows = rows === undefined ? undefined : Number(rows);
    this.isSelect = tag.startsWith('SELECT');
    this.json = piece(JSON.stringify(tag));
  }
}
const tags = new Interner((tag) => new Tag(tag));

/** CommandComplete. */
export const tagOf = (bytes: Uint8Array, start: number, end: number): Tag =>
  tags.of(bytes, start, endOfText(bytes, start, end));

/** NotificationResponse: who sent it, on which channel, with what. */
export function notificationOf(reader: ByteReader): {
  readonly processId: number;
  readonly channel: string;
  readonly payload: string;
} {
  return { processId: reader.i32(), channel: reader.cstring(), payload: reader.cstring() };
}

/** BackendKeyData: the process; the key that can cancel its query is a secret. */
export const processIdOf = (reader: ByteReader): number => reader.i32();

/** ParameterStatus: name and value. */
export function parameterStatusOf(reader: ByteReader): [name: string, value: string] {
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
export function authenticationOf(reader: ByteReader): string | undefined {
  const code = reader.i32();
  return code === 0 ? 'ok' : methods.get(code);
}
