/** `kubeshark query`: asks a hub's history, with or without stages. */

import { type Column, endpoints } from '@kubeshark/contract';
import type { JsonValue } from '@kubeshark/model';
import type { Command } from 'commander';
import { requireHub } from '../find-hub.ts';
import { call } from '../hub-client.ts';
import { hubOption } from '../options.ts';
import { entryLine } from '../output/entry-line.ts';
import { writeLine } from '../output/stdout.ts';
import { tableLines } from '../output/table.ts';
import { compileQuery } from '../query.ts';
import { readTime } from '../time.ts';

interface QueryOptions {
  readonly hub?: string;
  readonly since?: number;
  readonly until?: number;
  readonly limit: number;
  readonly json?: boolean;
}

function cellText(value: JsonValue, { type, unit }: Column): string {
  if (value === null) return '';
  if (type === 'time' && typeof value === 'number') return new Date(value / 1000).toISOString();
  if (typeof value === 'number' && !Number.isInteger(value))
    return `${value.toPrecision(4)}${unit === undefined ? '' : ` ${unit}`}`;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

async function query(words: readonly string[], { hub: asked, since, until, limit, json }: QueryOptions): Promise<void> {
  const text = words.join(' ');
  compileQuery(text);
  const { url: hub } = await requireHub(asked);
  const result = await call(hub, endpoints.run, { body: { query: text, since, until, limit } });
  if (result.kind === 'entries') {
    for (const row of result.page.rows.toReversed()) {
      const entry = json ? await call(hub, endpoints.entry, { params: { id: row.id } }) : undefined;
      await writeLine(entry === undefined ? entryLine(row) : JSON.stringify(entry));
    }
    return;
  }
  const { columns, rows, truncated } = result;
  if (json) {
    for (const row of rows)
      await writeLine(JSON.stringify(Object.fromEntries(columns.map(({ name }, at) => [name, row[at]]))));
  } else {
    const header = columns.map(
      ({ name, type }) => ({ title: name, align: type === 'number' ? 'right' : 'left' }) as const,
    );
    const cells = rows.map((row) => row.map((value, at) => cellText(value, columns[at]!)));
    for (const line of tableLines(header, cells)) await writeLine(line);
  }
  if (truncated) process.stderr.write('Note: a limit cut the answer; narrow the query or the time.\n');
}

export function queryCommand(program: Command): void {
  program
    .command('query')
    .description("ask a hub's history: kubeshark query 'http | stats p95(response.latency) by endpoint'")
    .argument('<query...>', 'KFL query, stages included')
    .addOption(hubOption())
    .option('--since <time>', '15m, 2h, 7d or 2026-11-23T10:00:00Z', readTime)
    .option('--until <time>', 'the same', readTime)
    .option('--limit <number>', 'most rows of the answer', Number, 100)
    .option('--json', 'one entry or row a line')
    .addHelpText(
      'after',
      `
Examples:
  kubeshark query --since 1h 'http and response.status >= 500'
  kubeshark query 'http | stats p95(response.latency), errorRate() by endpoint'
  kubeshark query --json --limit 1000 'redis | count by redis.command'`,
    )
    .action(query);
}
