/** Statements as they come off the wire: their text without passwords, and their shape, made once for each that comes again. */

import { Interner } from './interner.ts';
import { endpointOf, type SqlShape, shapeOf } from './sql.ts';
import type { SqlDialect } from './sql-scanner.ts';
import { withoutSecrets } from './sql-secrets.ts';

/** Statements remembered; an application has some hundreds. */
const CAPACITY = 2048;
/** Longer ones are seldom repeated: they carry their values in the text. */
const MAX_REMEMBERED_BYTES = 2048;
/** Characters of a statement in one line of a list. */
const MAX_SUMMARY = 200;

export interface SqlStatement extends SqlShape {
  readonly text: string;
  /** `SELECT orders`. */
  readonly endpoint: string;
  /** The text in one line, cut for a list. */
  readonly summary: string;
}

/** Statements of one dialect by their bytes. */
export class SqlStatements {
  readonly #dialect: SqlDialect;
  readonly #known: Interner<SqlStatement>;

  constructor(dialect: SqlDialect) {
    this.#dialect = dialect;
    this.#known = new Interner((latin1) => this.#make(latin1), {
      capacity: CAPACITY,
      maxLength: MAX_REMEMBERED_BYTES,
    });
  }

  /** The statement whose UTF-8 text is `bytes[start, end)`. */
  of(bytes: Uint8Array, start: number, end: number): SqlStatement {
    return this.#known.of(bytes, start, end);
  }

  #make(latin1: string): SqlStatement {
    const whole = isAscii(latin1) ? latin1 : Buffer.from(latin1, 'latin1').toString('utf8');
    const text = withoutSecrets(whole, this.#dialect);
    const shape = shapeOf(text, this.#dialect);
    return { ...shape, text, endpoint: endpointOf(shape), summary: oneLine(text) };
  }
}

const isAscii = (text: string): boolean => !/[\u0080-\u00ff]/.test(text);

/** Text in one line of a list. */
export function oneLine(text: string): string {
  // Folding white space only makes it shorter: a few times the length is enough to look at.
  const line = text
    .slice(0, MAX_SUMMARY * 8)
    .replace(/\s+/g, ' ')
    .trim();
  return line.length > MAX_SUMMARY ? `${line.slice(0, MAX_SUMMARY)}…` : line;
}
