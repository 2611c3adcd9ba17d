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

/** `query` with one more condition that must also hold. */
export function andTerm(query: string, term: string): string {
  const text = query.trim();
  if (text === '') return term;
  // Stages after a pipe work on what the condition lets through.
  const pipe = text.indexOf('|');
  const isStage = pipe >= 0 && text[pipe + 1] !== '|';
  const condition = isStage ? text.slice(0, pipe).trim() : text;
  const rest = isStage ? ` ${text.slice(pipe)}` : '';
  if (condition === '') return term + rest;
  return `${/\bor\b|\|\|/i.test(condition) ? `(${condition})` : condition} and ${term}${rest}`;
}
