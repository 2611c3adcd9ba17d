/** `kubeshark replay`: sends recorded calls again, and compares the answers. */

import { readFile, writeFile } from 'node:fs/promises';
import {
  captureText,
  DEFAULT_CONCURRENCY,
  DEFAULT_HEADERS,
  DEFAULT_LATENCY_FACTOR,
  DEFAULT_LATENCY_MILLIS,
  htmlReport,
  type IgnoreRule,
  junitReport,
  type Plan,
  PlanError,
  parseCapture,
  parseRules,
  planReplay,
  proposeCaptures,
  type ReplayReport,
  replay,
} from '@kubeshark/replay';
import { type Command, Option } from 'commander';
import { callsOfFile } from '../calls-file.ts';
import { Failure } from '../failure.ts';
import { positive } from '../options.ts';
import { Progress } from '../output/progress.ts';
import { printReport } from '../output/replay-report.ts';
import { printable, writeLine } from '../output/stdout.ts';
import { compileQuery } from '../query.ts';
import { readSpan } from '../time.ts';

interface ReplayCommandOptions {
  readonly target: string;
  readonly filter?: string;
  readonly speed?: number | 'max';
  readonly rate?: number;
  readonly ramp?: number;
  readonly loop?: number;
  readonly concurrency: number;
  readonly duration?: number;
  readonly timeout: number;
  readonly mapHost: Readonly<Record<string, string>>;
  readonly setHeader: Readonly<Record<string, string>>;
  readonly dropHeader: readonly string[];
  readonly authFrom?: string;
  readonly sample?: number;
  readonly methods?: readonly string[];
  readonly allowWrites?: boolean;
  readonly insecure?: boolean;
  readonly capture: readonly string[];
  readonly dryRun?: boolean;
  readonly verify: boolean;
  readonly compareHeader?: readonly string[];
  readonly ignore: readonly string[];
  readonly ignoreFile?: string;
  readonly unordered: readonly string[];
  readonly strict?: boolean;
  readonly baseline?: boolean;
  readonly latency: number;
  readonly report: readonly string[];
  readonly json?: boolean;
}

/** Lines of a dry run; the plan may be a million. */
const DRY_RUN_LINES = 50;

/** `env:NAME`, or the path of a file: whole value of the Authorization header. */
async function authorization(source: string | undefined): Promise<Record<string, string>> {
  if (source === undefined) return {};
  const [, name] = /^env:(.+)$/.exec(source) ?? [];
  const value =
    name === undefined
      ? await readFile(source, 'utf8').catch((error: unknown) => {
          throw new Failure('usage', `Cannot read ${source}: ${(error as Error).message}.`, { cause: error });
        })
      : process.env[name];
  if (value === undefined || value.trim() === '')
    throw new Failure('usage', `--auth-from ${source} gives nothing; it must hold the whole Authorization header.`);
  return { Authorization: value.trim() };
}

async function ignoreRules({ ignore, ignoreFile }: ReplayCommandOptions): Promise<readonly IgnoreRule[]> {
  const text =
    ignoreFile === undefined
      ? ''
      : await readFile(ignoreFile, 'utf8').catch((error: unknown) => {
          throw new Failure('usage', `Cannot read ${ignoreFile}: ${(error as Error).message}.`, { cause: error });
        });
  const { rules, faults } = parseRules([...ignore, text].join('\n'));
  if (faults.length > 0)
    throw new Failure('usage', `No ignore rule: ${faults.join('; ')}. Write: GET /orders/{id} $.createdAt`);
  return rules;
}

async function makePlan(file: string, options: ReplayCommandOptions): Promise<Plan> {
  const { target, mapHost, methods, allowWrites = false, sample = 1, dropHeader, setHeader, filter = '' } = options;
  const { predicate } = compileQuery(filter);
  try {
    return await planReplay(callsOfFile({ path: file }), {
      target,
      mapHost,
      filter: predicate,
      allowWrites,
      sample,
      ...(methods !== undefined && { methods }),
      setHeaders: { ...(await authorization(options.authFrom)), ...setHeader },
      dropHeaders: dropHeader,
    });
  } catch (error) {
    if (error instanceof PlanError) throw new Failure('usage', error.message, { cause: error });
    throw error;
  }
}

async function showPlan({ calls, skipped, redacted, hosts }: Plan): Promise<void> {
  for (const { method, origin, target, offset } of calls.slice(0, DRY_RUN_LINES))
    await writeLine(`${(offset / 1000).toFixed(3).padStart(10)} s  ${method.padEnd(7)} ${origin}${printable(target)}`);
  if (calls.length > DRY_RUN_LINES) await writeLine(`… and ${calls.length - DRY_RUN_LINES} more`);
  const say = (text: string) => process.stderr.write(`${text}\n`);
  say(`${calls.length} calls would be sent${hosts.size > 0 ? `, recorded for ${[...hosts.keys()].join(', ')}` : ''}.`);
  for (const [reason, count] of skipped) say(`Not sent: ${count} ${reason}.`);
  for (const [name, count] of redacted)
    say(`Without ${name}: redacted in ${count} calls. Give it with --set-header or --auth-from.`);
  const proposals = proposeCaptures(calls);
  if (proposals.length > 0) say('Values of answers that later requests carry; declare those that a server makes up:');
  for (const proposal of proposals) say(`  --capture '${printable(captureText(proposal))}'`);
}

async function writeReports(report: ReplayReport, files: readonly string[]): Promise<void> {
  for (const file of files) {
    const text = file.endsWith('.html')
      ? htmlReport(report)
      : file.endsWith('.xml')
        ? junitReport(report)
        : `${JSON.stringify(report, null, 2)}\n`;
    await writeFile(file, text).catch((error: unknown) => {
      throw new Failure('trouble', `Cannot write ${file}: ${(error as Error).message}.`, { cause: error });
    });
  }
}

async function replayFile(file: string, options: ReplayCommandOptions): Promise<void> {
  const ignore = await ignoreRules(options);
  const captures = options.capture.map((text) => {
    const capture = parseCapture(text);
    if (capture === undefined) throw new Failure('usage', `${text} is no capture; write: POST /login $.token`);
    return capture;
  });
  const plan = await makePlan(file, options);
  if (options.dryRun) return showPlan(plan);
  if (plan.calls.length === 0) {
    await showPlan(plan);
    throw new Failure('usage', 'Nothing to send.');
  }
  const stopped = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopped.abort());
  const progress = new Progress();
  const { speed, rate, ramp, loop, duration, concurrency, timeout, insecure, verify } = options;
  const total = plan.calls.length * (loop ?? 1);
  const report = await replay(plan, {
    recording: file,
    target: options.target,
    run: {
      pace: {
        ...(speed !== undefined && { speed }),
        ...(rate !== undefined && { rate }),
        ...(ramp !== undefined && { rampSeconds: ramp }),
        ...(loop !== undefined && { loops: loop }),
        ...(duration !== undefined && { durationSeconds: duration }),
      },
      concurrency,
      timeoutMillis: timeout * 1000,
      insecure: insecure ?? false,
      captures,
      signal: stopped.signal,
    },
    ...(verify && {
      verify: {
        ignore,
        sets: options.unordered,
        strict: options.strict ?? false,
        latencyMillis: options.latency * 1000,
        ...(options.compareHeader !== undefined && { headers: options.compareHeader }),
      },
    }),
    hasBaseline: options.baseline ?? false,
    onProgress: (sent, wrong) => progress.show(`${sent} of ${total} calls, ${wrong} not as recorded`, sent / total),
  });
  progress.end();
  await writeReports(report, options.report);
  if (options.json) await writeLine(JSON.stringify(report));
  else await printReport(report);
  if (report.different + report.slow + report.failed > 0) process.exitCode = 1;
}

const list = (text: string): string[] => text.split(',').map((item) => item.trim());
const more = (text: string, texts: readonly string[]): string[] => [...texts, text];

function pairOf(text: string, separator: '=' | ':', pairs: Readonly<Record<string, string>>): Record<string, string> {
  const at = text.indexOf(separator);
  if (at < 1) throw new Failure('usage', `${text} is no pair; write name${separator}value.`);
  return { ...pairs, [text.slice(0, at).trim()]: text.slice(at + 1).trim() };
}

function speedOf(text: string): number | 'max' {
  if (text === 'max') return 'max';
  const speed = Number(text.replace(/x$/, ''));
  if (!(speed > 0 && speed <= 10_000)) throw new Failure('usage', `${text} is no speed; write 0.5x, 2x or max.`);
  return speed;
}

function rateOf(text: string): number {
  const rate = Number(text.replace(/\/s$/, ''));
  if (!(rate > 0 && rate <= 1_000_000)) throw new Failure('usage', `${text} is no rate; write 100/s.`);
  return rate;
}

function shareOf(text: string): number {
  const share = text.endsWith('%') ? Number(text.slice(0, -1)) / 100 : Number(text);
  if (!(share > 0 && share <= 1)) throw new Failure('usage', `${text} is no share; write 10%.`);
  return share;
}

export function replayCommand(program: Command): void {
  program
    .command('replay')
    .description('send the calls of a recording again, and compare the answers with the recorded ones')
    .argument('<file>', 'recording, capture or HAR file; - is standard input')
    .requiredOption('-t, --target <url>', 'the only server anything is sent to: http://staging:8080')
    .option('--filter <query>', 'only these calls: a KFL query')
    .option('--methods <list>', 'only these HTTP methods: GET,HEAD', (text: string) =>
      list(text).map((method) => method.toUpperCase()),
    )
    .option('--allow-writes', 'also calls that may change something on the server')
    .option('--sample <share>', 'a part of the calls, the same each time: 10%', shareOf)
    .option('--speed <factor>', 'faster or slower than recorded: 2x, 0.5x, max', speedOf)
    .option('--rate <number>', 'so many calls a second instead of the recorded spacing: 100/s', rateOf)
    .option('--ramp <time>', 'let the rate rise for so long: 30s', readSpan)
    .option('--loop <number>', 'send everything so many times', positive)
    .option('--duration <time>', 'begin no call after so long: 5m', readSpan)
    .option('--concurrency <number>', 'calls under way at once; more are late', positive, DEFAULT_CONCURRENCY)
    .addOption(new Option('--timeout <time>', 'wait so long for an answer').argParser(readSpan).default(30, '30s'))
    .option(
      '--map-host <recorded=url>',
      'send calls for this host there; may be repeated',
      (text: string, pairs: Record<string, string>) => pairOf(text, '=', pairs),
      {},
    )
    .option(
      '--set-header <name:value>',
      'send this header; may be repeated',
      (text: string, pairs: Record<string, string>) => pairOf(text, ':', pairs),
      {},
    )
    .option(
      '--drop-header <name>',
      'do not send this header; may be repeated',
      (name: string, names: string[]) => more(name.toLowerCase(), names),
      [],
    )
    .option('--auth-from <source>', 'Authorization header from env:NAME or a file')
    .option('--insecure', "do not check the target's certificate")
    .option(
      '--capture <endpoint place>',
      "take a value from an answer into later requests: 'POST /login $.token'",
      more,
      [],
    )
    .option('--dry-run', 'show what would be sent, and captures worth declaring')
    .option('--no-verify', 'do not compare the answers')
    .option('--compare-header <list>', `headers to compare (default: ${DEFAULT_HEADERS.join(', ')})`, (text: string) =>
      list(text.toLowerCase()),
    )
    .option(
      '--ignore <rule>',
      "a place that may differ: 'GET /orders/{id} $.createdAt' or '$.traceId'; may be repeated",
      more,
      [],
    )
    .option('--ignore-file <file>', 'such rules, one a line')
    .option('--unordered <place>', 'a list whose order means nothing: $.items; may be repeated', more, [])
    .option('--strict', 'also count times and ids that look alike')
    .option('--baseline', 'send everything twice before, and pass over what differs between the two')
    .addOption(
      new Option(
        '--latency <time>',
        `how much slower an answer may be, and at most ${DEFAULT_LATENCY_FACTOR} times as slow`,
      )
        .argParser(readSpan)
        .default(DEFAULT_LATENCY_MILLIS / 1000, `${DEFAULT_LATENCY_MILLIS}ms`),
    )
    .option('--report <file>', 'write .html, .xml (JUnit) or .json; may be repeated', more, [])
    .option('--json', 'the report as JSON on standard output')
    .addHelpText(
      'after',
      `
Exit code 0: every answer is the recorded one. 1: some are not. 2: the command line or the recording does not fit.

Redirects are not followed, and recorded credentials are never sent: they are redacted in a recording.

Examples:
  kubeshark replay traffic.tar --target http://staging:8080 --dry-run
  kubeshark replay traffic.tar --target http://staging:8080 --report report.html --report junit.xml
  kubeshark replay traffic.tar --target http://staging:8080 --rate 200/s --ramp 30s --duration 5m --no-verify
  kubeshark replay traffic.tar -t https://staging --auth-from env:STAGING_AUTH --allow-writes --capture 'POST /login $.token'`,
    )
    .action(replayFile);
}
