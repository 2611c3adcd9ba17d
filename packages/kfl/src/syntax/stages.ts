/** The pipeline after the condition: `| stats p95(response.latency) by dst.name | sort -p95`. */

import { countOutOfRange, unclosedBracket, unexpected, unknownStage } from '../diagnostics.ts';
import { MAX_ROWS } from '../limits.ts';
import { nearest } from '../values/nearest.ts';
import type { Aggregate, Expr, SortKey, Span, Stage } from './ast.ts';
import type { Cursor } from './cursor.ts';

type ReadExpr = (cursor: Cursor) => Expr;

interface StageReader {
  readonly cursor: Cursor;
  readonly readExpr: ReadExpr;
}

/** Name, how it is written, and what it does: for completion and the reference. */
export const stageDocs = {
  where: {
    usage: 'where EXPR',
    doc: 'Keeps the entries or rows for which the condition holds.',
    example: 'http | count by dst.name | where count > 10',
  },
  count: {
    usage: 'count [by F, …]',
    doc: 'Counts entries, in all or for each value.',
    example: 'http | count by response.status',
  },
  stats: {
    usage: 'stats AGG [as NAME], … [by F, …]',
    doc: 'Aggregates, in all or for each value.',
    example: 'http | stats p95(response.latency), errorRate(), count() by dst.name, endpoint | sort -p95 | limit 20',
  },
  top: {
    usage: 'top N F [by AGG]',
    doc: 'The N values with the highest aggregate (count when none is named).',
    example: 'http | top 10 endpoint by p99(response.latency)',
  },
  timechart: {
    usage: 'timechart SPAN AGG, … [by F]',
    doc: 'Aggregates per span of time.',
    example: 'http | timechart 1m count(), errorRate()',
  },
  sort: {
    usage: 'sort [-]F, …',
    doc: 'Orders; `-` puts the highest first. What is missing comes last.',
    example: 'http | sort -response.latency | limit 10',
  },
  limit: { usage: 'limit N', doc: 'Keeps the first N.', example: 'redis | limit 5' },
  fields: {
    usage: 'fields F, …',
    doc: 'Shows these values only.',
    example: 'http | fields timestamp, request.path, response.status',
  },
  distinct: { usage: 'distinct F', doc: 'Each different value once.', example: 'dns | distinct dns.rcode' },
} as const;

type StageName = keyof typeof stageDocs;
const isStageName = (name: string): name is StageName => Object.hasOwn(stageDocs, name);

export function parseStages(cursor: Cursor, text: string, readExpr: ReadExpr): readonly Stage[] {
  const stages: Stage[] = [];
  while (cursor.takeSymbol('|')) {
    const stage = parseStage({ cursor, readExpr });
    if (stage !== undefined) stages.push(stage);
    const { token } = cursor;
    if (cursor.atEnd || cursor.isSymbol('|')) continue;
    cursor.report(unexpected(token, text.slice(token.start, token.end), 'Stages are separated by `|`.'));
    while (!cursor.atEnd && !cursor.isSymbol('|')) cursor.take();
  }
  return stages;
}

function parseStage(reader: StageReader): Stage | undefined {
  const { cursor } = reader;
  const { token } = cursor;
  if (token.kind !== 'name') {
    cursor.expect('the name of a stage');
    return undefined;
  }
  cursor.take();
  const name = Object.keys(stageDocs).find((stage) => stage === token.text.toLowerCase()) ?? '';
  if (!isStageName(name)) {
    cursor.report(unknownStage(token, token.text, nearest(token.text, Object.keys(stageDocs))));
    while (!cursor.atEnd && !cursor.isSymbol('|')) cursor.take();
    return undefined;
  }
  return cursor.nested(() => readers[name](reader, token.start));
}

const readers: Readonly<Record<StageName, (reader: StageReader, start: number) => Stage>> = {
  where: ({ cursor, readExpr }, start) => ({ kind: 'where', filter: readExpr(cursor), start, end: cursor.lastEnd }),
  count: (reader, start) => ({ kind: 'count', by: parseBy(reader), start, end: reader.cursor.lastEnd }),
  stats: (reader, start) => {
    const aggregates = listOf(reader, parseAggregate);
    return { kind: 'stats', aggregates, by: parseBy(reader), start, end: reader.cursor.lastEnd };
  },
  top: (reader, start) => {
    const { cursor, readExpr } = reader;
    const count = parseCount(cursor);
    const field = readExpr(cursor);
    const aggregate = cursor.takeWord('by') ? parseAggregate(reader) : undefined;
    return { kind: 'top', count, field, ...(aggregate && { aggregate }), start, end: cursor.lastEnd };
  },
  timechart: (reader, start) => {
    const { cursor, readExpr } = reader;
    const span = readExpr(cursor);
    const aggregates = listOf(reader, parseAggregate);
    const by = cursor.takeWord('by') ? readExpr(cursor) : undefined;
    return { kind: 'timechart', span, aggregates, ...(by && { by }), start, end: cursor.lastEnd };
  },
  sort: (reader, start) => ({ kind: 'sort', keys: listOf(reader, parseSortKey), start, end: reader.cursor.lastEnd }),
  limit: ({ cursor }, start) => ({ kind: 'limit', count: parseCount(cursor), start, end: cursor.lastEnd }),
  fields: (reader, start) => ({
    kind: 'fields',
    fields: listOf(reader, ({ cursor, readExpr }) => readExpr(cursor)),
    start,
    end: reader.cursor.lastEnd,
  }),
  distinct: ({ cursor, readExpr }, start) => ({
    kind: 'distinct',
    field: readExpr(cursor),
    start,
    end: cursor.lastEnd,
  }),
};

function listOf<T>(reader: StageReader, read: (reader: StageReader) => T): readonly T[] {
  const items = [read(reader)];
  while (reader.cursor.takeSymbol(',')) {
    reader.cursor.term();
    items.push(read(reader));
  }
  return items;
}

const parseBy = (reader: StageReader): readonly Expr[] =>
  reader.cursor.takeWord('by') ? listOf(reader, ({ cursor, readExpr }) => readExpr(cursor)) : [];

/** `-F` sorts downwards; `F desc` and `F asc` are read too. */
function parseSortKey({ cursor, readExpr }: StageReader): SortKey {
  const { start } = cursor.token;
  const minus = cursor.takeSymbol('-');
  const by = readExpr(cursor);
  const descending = cursor.takeWord('desc') || (!cursor.takeWord('asc') && minus);
  return { by, descending, start, end: cursor.lastEnd };
}

function parseAggregate({ cursor, readExpr }: StageReader): Aggregate {
  const name = cursor.token;
  if (name.kind !== 'name') {
    cursor.expect('an aggregate such as `count()`');
    return { name: 'count', args: [], start: name.start, end: name.start };
  }
  cursor.take();
  const open: Span = cursor.token;
  const args: Expr[] = [];
  if (cursor.takeSymbol('(')) {
    while (!cursor.isSymbol(')') && !cursor.atEnd) {
      cursor.term();
      args.push(readExpr(cursor));
      if (!cursor.takeSymbol(',')) break;
    }
    if (!cursor.takeSymbol(')')) cursor.report(unclosedBracket(open, '('));
  } else {
    cursor.expect('`(`');
  }
  const as = parseAlias(cursor);
  return { name: name.text, args, ...(as !== undefined && { as }), start: name.start, end: cursor.lastEnd };
}

function parseAlias(cursor: Cursor): string | undefined {
  if (!cursor.takeWord('as')) return undefined;
  const { token } = cursor;
  if (token.kind !== 'name') {
    cursor.expect('a name for the column');
    return undefined;
  }
  cursor.take();
  return token.text;
}

function parseCount(cursor: Cursor): number {
  const { token } = cursor;
  if (token.kind !== 'number') {
    cursor.expect('a whole number');
    return MAX_ROWS;
  }
  cursor.take();
  const count = Number(token.value);
  if (Number.isSafeInteger(count) && count >= 1 && count <= MAX_ROWS) return count;
  cursor.report(countOutOfRange(token, MAX_ROWS));
  return MAX_ROWS;
}
