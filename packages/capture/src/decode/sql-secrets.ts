/** Passwords in the text of statements: they leave as a mark. */

import { type SqlDialect, SqlScanner } from './sql-scanner.ts';

const REDACTED = "'[REDACTED]'";
/** Cheap to ask, and true of few statements. */
const secretWords = /password|identified/i;
/** Where these words are not, nothing is secret; inside of strings they mean nothing. */
export const mayHaveSecrets = (text: string): boolean => secretWords.test(text);
/** Statements about users: every string behind `PASSWORD` or `IDENTIFIED` may be one. */
const aboutUsers = new Set('CREATE ALTER SET GRANT CHANGE START'.split(' '));

/**
 * The text without passwords: in statements about users every string behind `PASSWORD` or `IDENTIFIED`, in others the one
 * that follows a name ending in `password` and `=` or `(`.
 */
export function withoutSecrets(text: string, dialect: SqlDialect): string {
  if (!mayHaveSecrets(text)) return text;
  const scanner = new SqlScanner(text, dialect);
  let result = '';
  let kept = 0;
  let verb = '';
  let isAboutUsers = false;
  let name = '';
  let sign = '';
  for (let kind = scanner.next(); kind !== undefined; kind = scanner.next()) {
    if (kind === 'space') continue;
    const { start, end } = scanner;
    if (kind === 'literal' && isString(text, start)) {
      const isCompared = /password["`]?$/i.test(name) && (sign === '=' || sign === '(');
      if (isAboutUsers || isCompared) {
        result += text.slice(kept, start) + REDACTED;
        kept = end;
      }
    }
    const token = text.slice(start, end);
    if (kind === 'other') {
      if (token === ';') {
        verb = '';
        isAboutUsers = false;
      }
      sign = token;
      continue;
    }
    const upper = kind === 'word' ? token.toUpperCase() : '';
    if (verb === '') verb = upper;
    if ((upper === 'PASSWORD' || upper === 'IDENTIFIED') && aboutUsers.has(verb)) isAboutUsers = true;
    name = kind === 'literal' ? '' : token;
    sign = '';
  }
  return result + text.slice(kept);
}

/** Numbers and parameters are literals too. */
const isString = (text: string, start: number): boolean => !/^(?:[\d.?]|\$\d)/.test(text.slice(start, start + 2));
