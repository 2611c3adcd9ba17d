/** `kubeshark kfl check` and `kubeshark kfl eval`: the language by itself, without a hub. */

import { createInterface } from 'node:readline';
import {
  type Column,
  type Compiled,
  compile,
  type Diagnostic,
  explain,
  positionAt,
  redact,
  snippet,
  startRun,
} from '@kubeshark/kfl';
import { kflSchema, sqlMapping } from '@kubeshark/model';
import type { Command } from 'commander';
import { Failure } from '../failure.ts';
import { printable, writeLine } from '../output/stdout.ts';
import { tableLines } from '../output/table.ts';

interface KflOptions {
  readonly json?: boolean;
}

/** A finding as people read it: where, what, and the line with a caret. */
function findingText(query: string, { severity, code, message, start, end }: Diagnostic): string {
  const { line, column } = positionAt(query, start);
  const place = snippet(query, start, end).replaceAll('\n', '\n  ');
  return `${severity} ${code} at ${line}:${column}: ${printable(message)}\n  ${place}`;
}

function reportFindings({ text, diagnostics, isValid }: Compiled): void {
  for (const finding of diagnostics) process.stderr.write(`${findingText(text, finding)}\n`);
  if (!isValid) throw new Failure('usage', '');
}

async function check(words: readonly string[], { json }: KflOptions): Promise<void> {
  const compiled = compile(words.join(' '), kflSchema);
  const { text, diagnostics, isValid } = compiled;
  if (!json) {
    reportFindings(compiled);
    await writeLine(compiled.normal);
    return;
  }
  const places = diagnostics.map((finding) => ({ ...finding, ...positionAt(text, finding.start) }));
  const { normal, ...explanation } = explain(compiled, sqlMapping);
  await writeLine(JSON.stringify({ isValid, diagnostics: places, normal, ...explanation }));
  if (!isValid) throw new Failure('usage', '');
}

/** Digits enough to be past what a double holds exactly. */
const LONG_NUMBER = /\d{16}/;

/** A document with whole numbers past 2^53 as they are; undefined when the line is not a JSON object or list. */
function readDocument(line: string): object | undefined {
  try {
    const value: unknown = LONG_NUMBER.test(line) ? JSON.parse(line, exactNumber) : JSON.parse(line);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    // Said by the caller, with the number of the line.
    return undefined;
  }
}

/** The third argument, the number's own text, is in the language since ES2026. */
function exactNumber(this: unknown, _key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const isLong = typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value);
  return isLong && /^-?\d+$/.test(context?.source ?? '') ? BigInt(context?.source ?? '0') : value;
}

const { rawJSON } = JSON as unknown as { readonly rawJSON: (text: string) => unknown };
const jsonText = (value: unknown): string =>
  JSON.stringify(value, (_, item: unknown) => (typeof item === 'bigint' ? rawJSON(String(item)) : item));

async function evaluate(words: readonly string[], { json }: KflOptions): Promise<void> {
  const compiled = compile(words.join(' '), kflSchema);
  reportFindings(compiled);
  const written = new WeakMap<object, string>();
  const shown = (entry: object) =>
    compiled.redactions.length === 0 ? (written.get(entry) ?? jsonText(entry)) : jsonText(redact(compiled, entry));
  const ready: string[] = [];
  let matched = 0;
  const run = startRun(compiled, {
    onEntry: (entry) => {
      matched++;
      ready.push(shown(entry));
    },
  });
  let lineNumber = 0;
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
    lineNumber++;
    if (line.trim() === '') continue;
    const document = readDocument(line);
    if (document === undefined) {
      process.stderr.write(`Note: line ${lineNumber} is not a JSON document and is left out.\n`);
      continue;
    }
    written.set(document, line);
    const wantsMore = run.push(document);
    for (const text of ready.splice(0)) await writeLine(text);
    if (!wantsMore) break;
  }
  const result = run.finish();
  for (const text of ready.splice(0)) await writeLine(text);
  if (result.kind === 'entries') {
    for (const entry of result.entries) await writeLine(shown(entry));
    matched += result.entries.length;
  } else {
    await writeTable(result.columns, result.rows, json === true);
    matched += result.rows.length;
  }
  if (result.dropped > 0)
    process.stderr.write(`Note: ${result.dropped} values were left out of the result by a limit.\n`);
  if (matched === 0) throw new Failure('trouble', '');
}

async function writeTable(
  columns: readonly Column[],
  rows: readonly (readonly unknown[])[],
  json: boolean,
): Promise<void> {
  if (json) {
    for (const row of rows)
      await writeLine(jsonText(Object.fromEntries(columns.map(({ name }, at) => [name, row[at]]))));
    return;
  }
  const header = columns.map(({ name, type }) => ({ title: name, align: isNumeric(type) ? 'right' : 'left' }) as const);
  for (const line of tableLines(
    header,
    rows.map((row) => row.map((cell, at) => cellText(cell, columns[at]))),
  ))
    await writeLine(line);
}

const isNumeric = (type: Column['type']) => type === 'int' || type === 'float' || type === 'duration';

function cellText(cell: unknown, column: Column | undefined): string {
  if (cell === null || cell === undefined) return '';
  if (column?.type === 'time' && typeof cell === 'number') return new Date(cell / 1000).toISOString();
  if (typeof cell === 'number' && !Number.isInteger(cell)) return cell.toPrecision(4);
  return typeof cell === 'string' ? cell : jsonText(cell);
}

export function kflCommand(program: Command): void {
  const kfl = program.command('kfl').description('checks queries and asks them of JSON lines');
  kfl
    .command('check')
    .description('prints the query in the house spelling, or what is wrong with it; exit code 2 when it is wrong')
    .argument('<query...>', 'KFL query, stages included')
    .option('--json', 'findings, spelling, fields and SQL as one JSON object')
    .addHelpText(
      'after',
      `
Examples:
  kubeshark kfl check 'http && status_code >= 500'
  kubeshark kfl check --json 'redis | count by redis.command'`,
    )
    .action(check);
  kfl
    .command('eval')
    .description(
      'prints the lines of standard input that match; exit code 0 when some did, 1 when none, 2 for a wrong query',
    )
    .argument('<query...>', 'KFL query, stages included')
    .option('--json', 'rows of a table as JSON lines')
    .addHelpText(
      'after',
      `
Examples:
  kubeshark kfl eval 'http and error' < entries.ndjson
  kubeshark tap -r traffic.pcap --json | kubeshark kfl eval 'http | count by endpoint'`,
    )
    .action(evaluate);
}
