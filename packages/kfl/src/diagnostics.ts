/** Everything the language can say about a query, in one place: stable codes, uniform wording. */

import type { Span } from './syntax/ast.ts';

export type Severity = 'error' | 'warning' | 'info';

export interface Diagnostic extends Span {
  readonly code: DiagnosticCode;
  readonly severity: Severity;
  readonly message: string;
  /** Texts that could stand in the span's place, nearest first. */
  readonly suggestions?: readonly string[];
}

interface Row {
  readonly severity: Severity;
  readonly title: string;
  /** A query that shows it. */
  readonly example: string;
  readonly fix: string;
}

/** The catalogue: KFL1xxx syntax, KFL2xxx names and types, KFL3xxx limits, KFL4xxx pipelines. */
export const diagnosticCatalogue = {
  KFL1001: {
    severity: 'error',
    title: 'A character that means nothing here',
    example: 'http § dns',
    fix: 'Remove it, or put it inside quotes.',
  },
  KFL1002: {
    severity: 'error',
    title: 'A string that is not closed',
    example: 'request.path == "/api',
    fix: 'Close it with the quote it began with.',
  },
  KFL1003: {
    severity: 'error',
    title: 'An unknown escape in a string',
    example: String.raw`request.path == "\d+"`,
    fix: 'Double the backslash, or write the string in backticks.',
  },
  KFL1004: {
    severity: 'error',
    title: 'A number that cannot be read',
    example: 'response.latency > 5sek',
    fix: 'Use one of the units ns us ms s m h d w, B KB MB GB TB KiB MiB GiB TiB.',
  },
  KFL1005: {
    severity: 'error',
    title: 'Something is missing',
    example: 'response.status >=',
    fix: 'Write what was expected.',
  },
  KFL1006: {
    severity: 'error',
    title: 'Something unexpected',
    example: 'http dns',
    fix: 'Join conditions with `and` or `or`.',
  },
  KFL1007: {
    severity: 'error',
    title: 'A bracket that is not closed',
    example: '(http or dns',
    fix: 'Close it.',
  },
  KFL1008: {
    severity: 'error',
    title: 'Comparisons cannot be chained',
    example: '400 <= response.status < 500',
    fix: 'Write `response.status in 400..499`, or two comparisons joined with `and`.',
  },
  KFL2001: {
    severity: 'warning',
    title: 'Unknown field',
    example: 'response.staus == 200',
    fix: 'Check the spelling; the path is read from the entry as it stands.',
  },
  KFL2002: {
    severity: 'error',
    title: 'Unknown function',
    example: 'request.path.lowercase() == "/"',
    fix: 'Use one of the functions of the reference.',
  },
  KFL2003: {
    severity: 'error',
    title: 'Wrong number of arguments',
    example: 'request.path.split() == "a"',
    fix: 'Give the arguments the function asks for.',
  },
  KFL2004: {
    severity: 'warning',
    title: 'A comparison that can never be true',
    example: 'src.port == "http"',
    fix: 'Compare the field with a value of its own type.',
  },
  KFL2005: {
    severity: 'error',
    title: 'An operator that does not fit the type',
    example: 'src.port contains "80"',
    fix: 'Use an operator of the field’s type.',
  },
  KFL2006: {
    severity: 'error',
    title: 'A bad regular expression',
    example: 'request.path matches "a(b"',
    fix: 'Patterns are RE2: no back-references, no look-around.',
  },
  KFL2007: {
    severity: 'error',
    title: 'Not a point in time',
    example: 'timestamp > "yesterday"',
    fix: 'Write 2026-11-23T10:00:00Z, or count from now: `now() - 5m`.',
  },
  KFL2008: {
    severity: 'error',
    title: 'Not an address or a range of addresses',
    example: 'src.ip in "10.0.0.0/40"',
    fix: 'Write an address, or a range like 10.0.0.0/8.',
  },
  KFL2009: {
    severity: 'error',
    title: 'A constant is needed here',
    example: 'request.path matches request.method',
    fix: 'Write the value itself.',
  },
  KFL2010: {
    severity: 'warning',
    title: 'A condition that is always the same',
    example: 'http and "error"',
    fix: 'Compare a field with the value: `request.body contains "error"`.',
  },
  KFL2011: {
    severity: 'warning',
    title: 'limit(), rlimit(), leftOff() and redact() act on the whole query',
    example: 'http or limit(10)',
    fix: 'Join it to the rest with `and`.',
  },
  KFL3001: {
    severity: 'error',
    title: 'The query is too long',
    example: '',
    fix: 'Shorten it to 16,384 characters; a long list of values may fit a regular expression.',
  },
  KFL3002: {
    severity: 'error',
    title: 'The query is nested too deeply',
    example: '',
    fix: 'Remove brackets; 100 levels are allowed.',
  },
  KFL3003: {
    severity: 'error',
    title: 'The query has too many terms',
    example: '',
    fix: 'Use ranges, globs or a regular expression; 1,000 terms are allowed.',
  },
  KFL3004: {
    severity: 'info',
    title: 'More was found than is shown',
    example: '',
    fix: 'Mend the first ones: the others may follow from them.',
  },
  KFL4001: {
    severity: 'error',
    title: 'Unknown stage',
    example: 'http | grup by dst.name',
    fix: 'Stages are where, count, stats, top, timechart, sort, limit, fields, distinct.',
  },
  KFL4002: {
    severity: 'error',
    title: 'Unknown aggregate',
    example: 'http | stats median(response.latency)',
    fix: 'Aggregates are count, sum, avg, min, max, p50, p90, p95, p99, quantile, rate, errorRate, dcount.',
  },
  KFL4003: {
    severity: 'error',
    title: 'No such column',
    example: 'http | count by dst.name | sort -p95',
    fix: 'After count, stats, top, timechart, fields and distinct only their columns exist.',
  },
  KFL4004: {
    severity: 'error',
    title: 'A count that is out of range',
    example: 'http | limit 0',
    fix: 'Write a whole number from 1 to 100,000.',
  },
  KFL4005: {
    severity: 'error',
    title: 'A stage that cannot follow',
    example: 'http | count | timechart 1m count()',
    fix: 'timechart, rate() and errorRate() need entries: put them before other aggregates.',
  },
  KFL4006: {
    severity: 'error',
    title: 'An aggregate of something that is not a number',
    example: 'http | stats avg(request.path)',
    fix: 'Aggregate a number, a size or a duration; count different values with dcount().',
  },
} as const satisfies Record<string, Row>;

export type DiagnosticCode = keyof typeof diagnosticCatalogue;

function at(code: DiagnosticCode, span: Span, message: string, suggestions: readonly string[] = []): Diagnostic {
  const { severity } = diagnosticCatalogue[code];
  const { start, end } = span;
  return { code, severity, message, start, end, ...(suggestions.length > 0 && { suggestions }) };
}

const orList = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(' or ');
const didYouMean = (nearest: readonly string[]) => (nearest.length > 0 ? ` Did you mean ${orList(nearest)}?` : '');
const quoted = (text: string) => `\`${text.length > 60 ? `${text.slice(0, 60)}…` : text}\``;

export const strayCharacter = (span: Span, character: string, hint = '') =>
  at('KFL1001', span, `${quoted(character)} means nothing here.${hint}`);
export const unclosedString = (span: Span) => at('KFL1002', span, 'This string is not closed.');
export const unknownEscape = (span: Span, sequence: string) =>
  at('KFL1003', span, `${quoted(sequence)} is not an escape. A backslash itself is written \\\\.`);
export const unreadableNumber = (span: Span, text: string, nearest: readonly string[]) =>
  at('KFL1004', span, `${quoted(text)} is not a number with a unit that is known.${didYouMean(nearest)}`, nearest);
export const expected = (span: Span, what: string) => at('KFL1005', span, `Expected ${what} here.`);
export const unexpected = (span: Span, text: string, hint = 'Conditions are joined with `and` or `or`.') =>
  at('KFL1006', span, `${quoted(text)} was not expected here. ${hint}`);
export const unclosedBracket = (span: Span, bracket: string) =>
  at('KFL1007', span, `This ${quoted(bracket)} is not closed.`);
export const chainedComparison = (span: Span) =>
  at('KFL1008', span, 'A comparison cannot follow a comparison: join two with `and`, or write `x in a..b`.');

export const unknownField = (span: Span, name: string, nearest: readonly string[]) =>
  at(
    'KFL2001',
    span,
    `No field is called ${quoted(name)}; it is read from the entry as it stands.${didYouMean(nearest)}`,
    nearest,
  );
export const unknownFunction = (span: Span, name: string, nearest: readonly string[]) =>
  at('KFL2002', span, `No function is called ${quoted(name)}.${didYouMean(nearest)}`, nearest);
export const wrongArguments = (span: Span, signature: string) =>
  at('KFL2003', span, `The call does not fit ${quoted(signature)}.`);
export const neverTrue = (span: Span, left: string, right: string) =>
  at('KFL2004', span, `This can never be true: ${left} is never equal to ${right}.`);
export const wrongType = (span: Span, operator: string, type: string) =>
  at('KFL2005', span, `${quoted(operator)} does not work on ${type}.`);
export const badPattern = (span: Span, why: string) =>
  at('KFL2006', span, `This regular expression is refused: ${why}.`);
export const badTime = (span: Span, text: string) => at('KFL2007', span, `${quoted(text)} is not a point in time.`);
export const badAddress = (span: Span, text: string) =>
  at('KFL2008', span, `${quoted(text)} is neither an address nor a range of addresses.`);
export const constantNeeded = (span: Span, what: string) =>
  at('KFL2009', span, `${what} must be written out as a constant.`);
export const alwaysSame = (span: Span, value: boolean) => at('KFL2010', span, `This is always ${value}.`);
export const wholeQueryOnly = (span: Span, name: string) =>
  at('KFL2011', span, `${quoted(`${name}()`)} acts on the whole query wherever it stands.`);

export const tooLong = (length: number, limit: number) =>
  at('KFL3001', { start: limit, end: length }, `The query has ${length} characters; ${limit} are allowed.`);
export const tooDeep = (span: Span, limit: number) => at('KFL3002', span, `Nested more than ${limit} levels deep.`);
export const tooMany = (span: Span, limit: number) => at('KFL3003', span, `More than ${limit} terms.`);
export const moreDiagnostics = (span: Span, dropped: number) =>
  at('KFL3004', span, `${dropped} further findings are not shown.`);

export const unknownStage = (span: Span, name: string, nearest: readonly string[]) =>
  at('KFL4001', span, `No stage is called ${quoted(name)}.${didYouMean(nearest)}`, nearest);
export const unknownAggregate = (span: Span, name: string, nearest: readonly string[]) =>
  at('KFL4002', span, `No aggregate is called ${quoted(name)}.${didYouMean(nearest)}`, nearest);
export const noColumn = (span: Span, name: string, nearest: readonly string[]) =>
  at('KFL4003', span, `No column is called ${quoted(name)} at this point.${didYouMean(nearest)}`, nearest);
export const countOutOfRange = (span: Span, limit: number) =>
  at('KFL4004', span, `A whole number from 1 to ${limit} is needed.`);
export const cannotFollow = (span: Span, what: string) =>
  at('KFL4005', span, `${quoted(what)} needs entries, and only columns are left here.`);
export const notANumber = (span: Span, aggregate: string, type: string) =>
  at('KFL4006', span, `${quoted(`${aggregate}()`)} needs a number, and this is ${type}.`);

/** Collects findings up to a limit and says how many were dropped. */
export class DiagnosticBag {
  readonly #kept: Diagnostic[] = [];
  readonly #limit: number;
  #dropped = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(diagnostic: Diagnostic): void {
    if (this.#kept.length < this.#limit) this.#kept.push(diagnostic);
    else this.#dropped++;
  }

  /** In the order of the text. */
  list(): readonly Diagnostic[] {
    const sorted = this.#kept.toSorted((a, b) => a.start - b.start);
    const last = sorted.at(-1);
    return this.#dropped > 0 && last !== undefined ? [...sorted, moreDiagnostics(last, this.#dropped)] : sorted;
  }
}
