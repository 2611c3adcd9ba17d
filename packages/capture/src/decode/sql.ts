/** SQL text as people group it: literals folded, the verb and the first table named. A scanner, not a parser. */

/** Statements are scanned to this length; what is longer is grouped by its beginning. */
const MAX_SCANNED = 16_384;

/** One alternative a lexical form; the order matters. `g` and `y`: scanned from left to right, linear in the text. */
const tokens =
  /(?<space>\s+)|(?<comment>--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|#[^\n]*)|(?<string>'(?:[^'\\]|''|\\[\s\S])*(?:'|$)|\$(?<tag>[A-Za-z_]*)\$[\s\S]*?(?:\$\k<tag>\$|$))|(?<name>"(?:[^"]|"")*(?:"|$)|`[^`]*(?:`|$)|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)|(?<parameter>\$\d+|\?|:\w+|@\w+)|(?<number>\d[\w.]*(?:[eE][+-]?\d+)?)|(?<other>[\s\S])/gy;

export interface SqlShape {
  /** First word, upper case: `SELECT`; empty when there is none. */
  readonly verb: string;
  /** Table or other object it works on, as far as one word tells. */
  readonly target: string | undefined;
  /** The statement with literals as `?`, lists of them as one, comments gone, white space folded. */
  readonly fingerprint: string;
}

const beforeTarget = new Set(['FROM', 'INTO', 'UPDATE', 'TABLE', 'JOIN', 'VIEW', 'INDEX', 'CALL', 'COPY', 'TRUNCATE']);
const notTargets = new Set([
  'SELECT',
  'ONLY',
  'IF',
  'EXISTS',
  'NOT',
  'LOW_PRIORITY',
  'IGNORE',
  'TABLE',
  'INTO',
  'FROM',
  'SET',
  'LATERAL',
]);

const isLiteral = (groups: Readonly<Record<string, string | undefined>>): boolean =>
  groups['string'] !== undefined || groups['number'] !== undefined || groups['parameter'] !== undefined;

/** Reads the shape of a statement. Never fails: text that is not SQL has a shape too. */
export function shapeOf(statement: string): SqlShape {
  const words: string[] = [];
  let text = '';
  let hasSpace = false;
  for (const { 0: token, groups = {} } of statement.slice(0, MAX_SCANNED).matchAll(tokens)) {
    if (groups['space'] !== undefined || groups['comment'] !== undefined) {
      hasSpace = text !== '';
      continue;
    }
    const folded = isLiteral(groups) ? '?' : token;
    text += hasSpace ? ` ${folded}` : folded;
    hasSpace = false;
    words.push(folded);
  }
  const fingerprint = text
    .replace(/\?(?: ?, ?\?)+/g, '?')
    .replace(/\(\?\)(?: ?, ?\(\?\))+/g, '(?)')
    .replace(/ ?;$/, '');
  return { verb: /^\w+/.exec(text)?.[0].toUpperCase() ?? '', target: targetOf(words), fingerprint };
}

/** The object named after the first FROM, INTO, UPDATE, …; of `schema.table` the last part. */
function targetOf(words: readonly string[]): string | undefined {
  let at = words.findIndex((word) => beforeTarget.has(word.toUpperCase()));
  if (at < 0) return undefined;
  do at += 1;
  while (notTargets.has(words[at]?.toUpperCase() ?? ''));
  while (words[at + 1] === '.' && words[at + 2] !== undefined) at += 2;
  const name = words[at]?.replace(/^["`]|["`]$/g, '') ?? '';
  return /^[\w$\u0080-\uffff][\w$ \u0080-\uffff-]*$/.test(name) ? name : undefined;
}

/** `SELECT orders`: what calls are grouped by. */
export const endpointOf = ({ verb, target }: SqlShape): string => (target === undefined ? verb : `${verb} ${target}`);
