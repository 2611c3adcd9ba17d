/** What clients ask: batches, calls of procedures, logins, transactions ([MS-TDS] §2.2.6). */

import type { JsonValue } from '@kubeshark/model';
import { ByteReader } from '../../decode/byte-reader.ts';
import { printable } from '../../decode/printable.ts';
import { standardSql } from '../../decode/sql-scanner.ts';
import { type SqlStatement, SqlStatements } from '../../decode/sql-statement.ts';
import { narrowed, shortText, utf16Text } from './text.ts';
import { type Dialect, readValue, typeInfo } from './types.ts';

/** Parameters of one call: SQL Server's own limit is 2,100. */
const MAX_PARAMETERS = 2100;
const BY_NUMBER = 0xffff;
const REDACTED = '[REDACTED]';

const statements = new SqlStatements(standardSql, 'tds');
/** Procedures whose arguments are passwords. */
const secretProcedure =
  /\bsp_(?:addlogin|password|addlinkedsrvlogin|setapprole|addapprole|approlepassword|change_users_login|control_dbmasterkey_password)\b/i;
const stringLiteral = /N?'(?:[^']|'')*'/g;
const secretName = /pass(?:word|wd|phrase)|secret/i;

export function statementOf(text: string): SqlStatement {
  const plain = secretProcedure.test(text) ? text.replaceAll(stringLiteral, `'${REDACTED}'`) : text;
  const bytes = Buffer.from(plain);
  return statements.of(bytes, 0, bytes.length);
}

/** Headers that stand before a request from TDS 7.2 on, with their length before them. */
function skipHeaders(bytes: Uint8Array): number {
  const reader = new ByteReader(bytes);
  const total = reader.u32le();
  if (total < 4 || total > bytes.length || total > 4096) return 0;
  let left = total - 4;
  while (left >= 6) {
    const length = reader.u32le();
    const type = reader.u16le();
    if (length < 6 || length > left || type < 1 || type > 3) return 0;
    reader.skip(length - 6);
    left -= length;
  }
  return left === 0 ? total : 0;
}

/** The statement of a batch. */
export function batchOf(bytes: Uint8Array): SqlStatement {
  const start = skipHeaders(bytes);
  const ascii = narrowed(bytes, start, bytes.length);
  if (ascii === undefined || secretProcedure.test(Buffer.prototype.latin1Slice.call(ascii, 0, ascii.length)))
    return statementOf(utf16Text(bytes.subarray(start)));
  return statements.of(ascii, 0, ascii.length);
}

/** Names that stand for procedures by number. */
const procedures = [
  ...['', 'sp_cursor', 'sp_cursoropen', 'sp_cursorprepare', 'sp_cursorexecute', 'sp_cursorprepexec'],
  ...['sp_cursorunprepare', 'sp_cursorfetch', 'sp_cursoroption', 'sp_cursorclose', 'sp_executesql'],
  ...['sp_prepare', 'sp_execute', 'sp_prepexec', 'sp_prepexecrpc', 'sp_unprepare'],
];
/** Which argument of a procedure is a statement, and how many stand before what is bound to it. */
const statementAt: Readonly<Record<string, { readonly text: number; readonly values: number }>> = {
  sp_executesql: { text: 0, values: 2 },
  sp_prepare: { text: 2, values: 4 },
  sp_prepexec: { text: 2, values: 3 },
  sp_cursoropen: { text: 1, values: 6 },
  sp_cursorprepexec: { text: 3, values: 8 },
  sp_cursorprepare: { text: 2, values: 5 },
};
const runsHandle = new Set(['sp_execute', 'sp_cursorexecute', 'sp_unprepare', 'sp_cursorunprepare']);

export interface Parameter {
  readonly name: string;
  readonly value: JsonValue;
}

export interface ProcedureCall {
  readonly name: string;
  readonly statement: SqlStatement | undefined;
  /** The prepared statement that is run or forgotten. */
  readonly handle: number | undefined;
  readonly parameters: readonly Parameter[];
  /** Arguments could not be read to their end. */
  readonly isCut: boolean;
}

export function procedureOf(bytes: Uint8Array, dialect: Dialect): ProcedureCall {
  const reader = new ByteReader(bytes, skipHeaders(bytes));
  const length = reader.u16le();
  const number = length === BY_NUMBER ? reader.u16le() : 0;
  const name =
    length === BY_NUMBER ? (procedures[number] ?? `procedure ${number}`) : utf16Text(reader.view(2 * length));
  reader.skip(2);
  const read: Parameter[] = [];
  let isCut = false;
  while (reader.left > 0 && read.length < MAX_PARAMETERS) {
    const parameter = parameterOf(reader, dialect);
    if (parameter === undefined) {
      isCut = true;
      break;
    }
    read.push(parameter);
  }
  const short = name.slice(name.lastIndexOf('.') + 1).toLowerCase();
  const place = statementAt[short];
  const text = place === undefined ? undefined : read[place.text]?.value;
  const handle = runsHandle.has(short) ? read[0]?.value : undefined;
  const isSecret = secretProcedure.test(name);
  const shown = place === undefined ? read.slice(runsHandle.has(short) ? 1 : 0) : read.slice(place.values);
  return {
    name,
    statement: typeof text === 'string' ? statementOf(text) : undefined,
    handle: typeof handle === 'number' ? handle : undefined,
    parameters: shown.map((parameter) =>
      isSecret || secretName.test(parameter.name) ? { ...parameter, value: REDACTED } : parameter,
    ),
    isCut,
  };
}

function parameterOf(reader: ByteReader, dialect: Dialect): Parameter | undefined {
  const name = shortText(reader);
  reader.skip(1);
  const type = typeInfo(reader, dialect);
  if (type === undefined || reader.isShort) return undefined;
  const value = readValue(reader, type, false);
  return reader.isShort ? undefined : { name, value };
}

export interface LoginFields {
  readonly user: string;
  readonly host: string;
  readonly application: string;
  readonly driver: string;
  readonly server: string;
  readonly database: string;
  readonly version: number;
  readonly authentication: string;
}

/** The pairs of offset and length of LOGIN7 (§2.2.6.4); what stands at `Password` and `ChangePassword` is never read. */
export function loginOf(bytes: Uint8Array): LoginFields {
  const reader = new ByteReader(bytes, 4);
  const version = reader.u32le();
  reader.skip(16);
  reader.skip(1);
  const second = reader.u8();
  reader.skip(2 + 8);
  const at = reader.at;
  const text = (index: number): string => {
    const pair = new ByteReader(bytes, at + 4 * index);
    const [offset, length] = [pair.u16le(), pair.u16le()];
    return utf16Text(new ByteReader(bytes, offset).view(2 * length));
  };
  return {
    host: text(0),
    user: text(1),
    application: text(3),
    server: text(4),
    driver: text(6),
    database: text(8),
    version,
    authentication: (second & 0x80) === 0 ? 'sql' : 'integrated',
  };
}

/** Places of the fixed fields of a login before TDS 7: 30 bytes, and behind them how many are used. */
const OLD_HOST = 0;
const OLD_USER = 31;
const OLD_APPLICATION = 140;
const OLD_SERVER = 171;
const OLD_FIELD_BYTES = 30;
/** TDS 5.0, as versions are told by LOGINACK. */
export const TDS_5 = 0x0500_0000;

export function oldLoginOf(bytes: Uint8Array): LoginFields {
  const text = (at: number): string => {
    const length = Math.min(bytes[at + OLD_FIELD_BYTES] ?? 0, OLD_FIELD_BYTES);
    return printable(bytes.subarray(at, at + length));
  };
  return {
    host: text(OLD_HOST),
    user: text(OLD_USER),
    application: text(OLD_APPLICATION),
    server: text(OLD_SERVER),
    driver: '',
    database: '',
    version: TDS_5,
    authentication: 'sql',
  };
}

/** LANGUAGE of TDS 5: a statement in text; undefined for another token. */
export function languageOf(bytes: Uint8Array): string | undefined {
  const reader = new ByteReader(bytes);
  if (reader.u8() !== 0x21) return undefined;
  const length = reader.u32le();
  reader.skip(1);
  return printable(reader.view(Math.min(Math.max(0, length - 1), reader.left)));
}

const transactionNames: Readonly<Record<number, string>> = {
  0: 'GET DTC ADDRESS',
  1: 'PROPAGATE TRANSACTION',
  5: 'BEGIN TRANSACTION',
  6: 'PROMOTE TRANSACTION',
  7: 'COMMIT',
  8: 'ROLLBACK',
  9: 'SAVE TRANSACTION',
};

export function transactionOf(bytes: Uint8Array): string {
  const type = new ByteReader(bytes, skipHeaders(bytes)).u16le();
  return transactionNames[type] ?? `TRANSACTION REQUEST ${type}`;
}

/** DBRPC of TDS 5: the procedure's name. */
export const oldProcedureOf = (bytes: Uint8Array): string => {
  const reader = new ByteReader(bytes, 3);
  return printable(reader.view(reader.u8()));
};
