/** `kubeshark stats`: the summary of a capture file, or of what a hub holds. */

import { type Call, type CaptureSummary, Statistics } from '@kubeshark/capture';
import type { Command } from 'commander';
import { readCapture, reportOutcome } from '../capture-file.ts';
import { hubOption } from '../options.ts';
import { durationText, latencyText } from '../output/latency.ts';
import { styled, writeLine } from '../output/stdout.ts';
import { type TableColumn, tableLines } from '../output/table.ts';

interface StatsOptions {
  readonly read?: string;
  readonly keys?: string;
  readonly hub?: string;
  readonly top: number;
  readonly json?: boolean;
}

const left = (title: string): TableColumn => ({ title });
const right = (title: string): TableColumn => ({ title, align: 'right' });
/** `1,234,567`; by hand, because the languages of the world take ten milliseconds to load. */
const whole = (value: number): string => String(value).replace(/\B(?=(?:\d{3})+$)/g, ',');
const some = (count: number, noun: string): string => `${whole(count)} ${noun}${count === 1 ? '' : 's'}`;
const share = (part: number, of: number): string => (of === 0 ? '' : `${((part / of) * 100).toFixed(1)} %`);

async function table(
  title: string,
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
): Promise<void> {
  if (rows.length === 0) return;
  await writeLine(`\n${styled('cyan', title)}`);
  for (const line of tableLines(columns, rows)) await writeLine(line);
}

async function printSummary(summary: CaptureSummary, top: number): Promise<void> {
  const {
    from,
    to,
    packets,
    connections,
    calls,
    errors,
    protocols,
    endpoints: paths,
    talkers,
    problems,
    failures,
  } = summary;
  const seconds = from === null || to === null ? 0 : (to - from) / 1e6;
  await writeLine(
    `${some(packets, 'packet')}, ${some(connections, 'connection')}, ${some(calls, 'call')} in ${durationText(seconds)}, ${share(errors, calls) || '0 %'} failed`,
  );
  await table(
    'Failures',
    [right('calls'), left('protocol'), left('status'), left('server'), right('port'), left('the first of them')],
    failures
      .slice(0, top)
      .map((row) => [whole(row.calls), row.protocol, row.status, row.server, String(row.port), row.first]),
  );
  await table(
    'Protocols',
    [left('protocol'), right('calls'), right('failed'), right('bytes'), left('statuses')],
    protocols.map((row) => [
      row.protocol,
      whole(row.calls),
      share(row.errors, row.calls),
      whole(row.bytes),
      row.statuses
        .slice(0, 5)
        .map(({ status, calls: count }) => `${status}×${count}`)
        .join(' '),
    ]),
  );
  await table(
    'Endpoints',
    [left('protocol'), left('endpoint'), right('calls'), right('failed'), right('p50'), right('p95'), right('p99')],
    paths
      .slice(0, top)
      .map((row) => [
        row.protocol,
        row.endpoint,
        whole(row.calls),
        share(row.errors, row.calls),
        latencyText(row.p50),
        latencyText(row.p95),
        latencyText(row.p99),
      ]),
  );
  await table(
    'Talkers',
    [left('client'), left('server'), right('port'), right('calls'), right('bytes')],
    talkers.slice(0, top).map((row) => [row.client, row.server, String(row.port), whole(row.calls), whole(row.bytes)]),
  );
  await table(
    'What was lost, odd or not read',
    [left('problem'), right('times')],
    problems.slice(0, top).map(({ problem, count }) => [problem, whole(count)]),
  );
}

async function ofFile(path: string, { keys, top, json }: StatsOptions): Promise<void> {
  const statistics = new Statistics();
  const reader = { readsNames: false, call: (item: Call) => statistics.add(item) };
  const outcome = await readCapture({ path, keyFile: keys }, reader);
  const summary = statistics.summary(outcome.counters);
  if (json) await writeLine(JSON.stringify(summary));
  else await printSummary(summary, top);
  if (reportOutcome(path, outcome)) process.exitCode = 1;
}

/** What only a hub's statistics need: those of a file begin without it. */
const hubParts = () =>
  Promise.all([
    import('@kubeshark/contract'),
    import('../hub-client.ts'),
    import('../query.ts'),
    import('../find-hub.ts'),
  ]);

async function ofHub(query: string, { hub: asked, top, json }: StatsOptions): Promise<void> {
  const [{ endpoints }, { call }, { compileQuery }, { requireHub }] = await hubParts();
  compileQuery(query);
  const { url: hub } = await requireHub(asked);
  const [totals, busiest] = await Promise.all([
    call(hub, endpoints.totals, { query: { q: query } }),
    call(hub, endpoints.top, { query: { q: query, limit: top } }),
  ]);
  if (json) return writeLine(JSON.stringify({ totals, endpoints: busiest.rows }));
  const { count, errors, perSecond, p50, p95, p99 } = totals;
  await writeLine(
    `${whole(count)} calls, ${perSecond.toFixed(1)} a second, ${share(errors, count) || '0 %'} failed, p50 ${latencyText(p50)}, p95 ${latencyText(p95)}, p99 ${latencyText(p99)}`,
  );
  await table(
    'Endpoints',
    [left('endpoint'), right('calls'), right('failed'), right('p50'), right('p95'), right('p99')],
    busiest.rows.map((row) => [
      row.key,
      whole(row.count),
      share(row.errors, row.count),
      latencyText(row.p50),
      latencyText(row.p95),
      latencyText(row.p99),
    ]),
  );
}

export function statsCommand(program: Command): void {
  program
    .command('stats')
    .description('sum up a capture file, or what a hub holds: protocols, endpoints, latencies, errors')
    .argument('[query...]', 'KFL query; of a hub only')
    .option('-r, --read <file>', 'a capture file; - is standard input')
    .option('--keys <file>', 'TLS key log (SSLKEYLOGFILE) or RSA private key to read the capture with')
    .addOption(hubOption())
    .option('--top <number>', 'rows of each table', Number, 20)
    .option('--json', 'as one JSON document')
    .addHelpText(
      'after',
      `
Examples:
  kubeshark stats -r traffic.pcap
  kubeshark stats --top 5 'http and error'
  tcpdump -i eth0 -w - | kubeshark stats -r -`,
    )
    .action((words: readonly string[], options: StatsOptions) =>
      options.read === undefined ? ofHub(words.join(' '), options) : ofFile(options.read, options),
    );
}
