/** SQL text as people group it: literals folded, the verb and the first table named. A scanner, not a parser. */

import { type SqlDialect, SqlScanner, type SqlTokenKind, standardSql } from './sql-scanner.ts';

/** Statements are scanned to this length; what is longer is grouped by its beginning. */
const MAX_SCANNED = 16_384;

export interface SqlShape {
  /** First word, upper case: `SELECT`; of `WITH … SELECT` the word after the list; empty when there is none. */
  readonly verb: string;
  /** Table or other object it works on, as far as one word tells. */
  readonly target: string | undefined;
  /** The statement with literals as `?`, lists of them as one, comments gone, white space folded. */
  readonly fingerprint: string;
}

const beforeTarget = new Set(
  'FROM INTO UPDATE TABLE TABLES JOIN VIEW INDEX CALL COPY TRUNCATE DATABASE SCHEMA'.split(' '),
);
const notTargets = new Set(
  'SELECT ONLY IF EXISTS NOT LOW_PRIORITY DELAYED IGNORE CONCURRENTLY TABLE INTO FROM SET LATERAL'.split(' '),
);
/** Statements that may follow a WITH list. */
const afterWith = new Set('SELECT INSERT UPDATE DELETE MERGE REPLACE'.split(' '));
/** A FROM belongs to one of these; in `EXTRACT(YEAR FROM …)` it is only a word. */
const ownersOfFrom = new Set('SELECT DELETE SHOW'.split(' '));
/** Signs after which a value begins, so that a minus is the value's own. */
const beforeValue = new Set('( , = < > + - * / % | & [ ~ ^ !'.split(' '));
/** Words with the same effect. */
const wordsBeforeValue = new Set(
  'SELECT WHERE AND OR BETWEEN WHEN THEN ELSE LIMIT OFFSET BY RETURNING LIKE'.split(' '),
);
const constants = new Set('NULL TRUE FALSE'.split(' '));

/** Finds the verb and the object while the tokens go by. */
class Finder {
  verb = '';
  target: string | undefined;
  #depth = 0;
  #ownerDepth = -1;
  #state: 'seeking' | 'expecting' | 'named' | 'dotted' | 'found' = 'seeking';

  token(kind: SqlTokenKind, text: string): void {
    if (kind === 'other') this.#sign(text);
    else if (kind === 'word') this.#word(text, text.toUpperCase());
    else if (kind === 'name') this.#name(text.slice(1, -1));
  }

  #sign(text: string): void {
    if (text === '(') this.#depth++;
    else if (text === ')') this.#depth--;
    if (this.#state === 'named') this.#state = text === '.' ? 'dotted' : 'found';
    else if (this.#state === 'expecting') this.#state = 'seeking';
  }

  #word(text: string, upper: string): void {
    if (this.verb === '' || (this.verb === 'WITH' && this.#depth === 0 && afterWith.has(upper))) this.verb = upper;
    if (this.#state !== 'seeking') {
      if (this.#state === 'expecting' && notTargets.has(upper)) return;
      this.#name(text);
      return;
    }
    if (ownersOfFrom.has(upper)) this.#ownerDepth = this.#depth;
    const isOwned = upper !== 'FROM' || this.#ownerDepth === this.#depth;
    if (this.verb !== 'WITH' && isOwned && beforeTarget.has(upper)) this.#state = 'expecting';
  }

  /** Of `schema.table` the last part. */
  #name(text: string): void {
    if (this.#state === 'expecting' || this.#state === 'dotted') {
      this.#state = 'named';
      this.target = /^[\w$\u0080-\uffff][\w$ \u0080-\uffff-]*$/.test(text) ? text : undefined;
    } else if (this.#state === 'named') this.#state = 'found';
  }
}

/** Reads the shape of a statement. Never fails: text that is not SQL has a shape too. */
export function shapeOf(statement: string, dialect: SqlDialect = standardSql): SqlShape {
  const text = statement.length > MAX_SCANNED ? statement.slice(0, MAX_SCANNED) : statement;
  const scanner = new SqlScanner(text, dialect);
  const finder = new Finder();
  let folded = '';
  let hasSpace = false;
  let before = '';
  let last = '';
  for (let kind = scanner.next(); kind !== undefined; kind = scanner.next()) {
    if (kind === 'space') {
      hasSpace = folded !== '';
      continue;
    }
    let token = kind === 'literal' ? '?' : text.slice(scanner.start, scanner.end);
    if (kind === 'word' && beforeValue.has(last) && constants.has(token.toUpperCase())) token = '?';
    else finder.token(kind, token);
    const hasSign = kind === 'literal' && !hasSpace && (last === '-' || last === '+');
    const isSigned = hasSign && (beforeValue.has(before) || wordsBeforeValue.has(before.toUpperCase()));
    if (isSigned) folded = folded.slice(0, -1);
    folded += hasSpace ? ` ${token}` : token;
    hasSpace = false;
    if (!isSigned) before = last;
    last = token;
  }
  const fingerprint = folded
    .replace(/\?(?: ?, ?\?)+/g, '?')
    .replace(/\(\?\)(?: ?, ?\(\?\))+/g, '(?)')
    .replace(/ ?;$/, '');
  return { verb: finder.verb, target: finder.target, fingerprint };
}

/** `SELECT orders`: what calls are grouped by. */
export const endpointOf = ({ verb, target }: SqlShape): string => (target === undefined ? verb : `${verb} ${target}`);
