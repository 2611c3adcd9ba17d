/** Statements out of UTF-16, without the passwords that procedures are given in them. */

import { standardSql } from '../../decode/sql-scanner.ts';
import { type SqlStatement, SqlStatements } from '../../decode/sql-statement.ts';
import { narrow, narrowed, utf16Text } from './text.ts';

export const REDACTED = '[REDACTED]';

const statements = new SqlStatements(standardSql, 'tds');
/** Procedures whose arguments are passwords. */
export const secretProcedure =
  /\bsp_(?:addlogin|password|addlinkedsrvlogin|setapprole|addapprole|approlepassword|change_users_login|control_dbmasterkey_password)\b/i;
/** `N'it''s'`. */
const stringLiteral = /N?'(?:[^']|'')*'/g;
export const secretName = /pass(?:word|wd|phrase)|secret/i;

export function statementOf(text: string): SqlStatement {
  const plain = secretProcedure.test(text) ? text.replaceAll(stringLiteral, `'${REDACTED}'`) : text;
  const bytes = Buffer.from(plain);
  return statements.of(bytes, 0, bytes.length);
}

/** The statement whose text is `bytes[start, end)` in UTF-16. */
export function statementIn(bytes: Uint8Array, start: number, end: number): SqlStatement {
  const length = narrowed(bytes, start, end);
  if (length < 0) return statementOf(utf16Text(bytes.subarray(start, end)));
  if (namesProcedure(length)) {
    const text = Buffer.prototype.latin1Slice.call(narrow, 0, length);
    if (secretProcedure.test(text)) return statementOf(text);
  }
  return statements.of(narrow, 0, length);
}

const UNDERSCORE = 0x5f;
const LETTER_P = 0x70;
/** Makes a capital letter small. */
const SMALL = 0x20;

/** Whether `p_` stands somewhere in the text: seldom, and then it is worth a closer look. */
function namesProcedure(length: number): boolean {
  for (let at = 1; at < length; at++)
    if (narrow[at] === UNDERSCORE && ((narrow[at - 1] ?? 0) | SMALL) === LETTER_P) return true;
  return false;
}
