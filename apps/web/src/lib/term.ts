/** Terms of a query made from a value on the screen. */

export interface FieldValue {
  /** KFL path: `response.status`, `request.headers["Accept"]`. */
  readonly field: string;
  readonly value: string | number | boolean | null;
}

/** `response.status == 200`, `dst.name != "web"`. */
export function termOf({ field, value }: FieldValue, operator: '==' | '!=' = '=='): string {
  return `${field} ${operator} ${value === null ? 'null' : JSON.stringify(value)}`;
}

/** Texts, patterns, names in backquotes and comments: what stands in them means nothing to the query around them. */
const OPAQUE = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`|#.*|\/\/.*/g;

/**
 * `query` with one more condition that must also hold. Made of the text alone, so that a link can be drawn before the
 * language is loaded.
 */
export function andTerm(query: string, term: string): string {
  const text = query.trim();
  const plain = text.replace(OPAQUE, (opaque) => ' '.repeat(opaque.length));
  // Stages after a pipe work on what the condition lets through.
  const pipe = /(?<!\|)\|(?!\|)/.exec(plain)?.index ?? text.length;
  const condition = text.slice(0, pipe).trim();
  const rest = pipe === text.length ? '' : ` ${text.slice(pipe)}`;
  if (plain.slice(0, pipe).trim() === '') return [condition, term].filter(Boolean).join('\n') + rest;
  // A line of its own, because what is put behind a comment is part of it.
  const closed = /#|\/\//.test(condition) ? `${condition}\n` : condition;
  return `${/\bor\b|\|\||\?/i.test(plain.slice(0, pipe)) ? `(${closed})` : closed} and ${term}${rest}`;
}
