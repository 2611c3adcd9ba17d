/** `kubeshark tap`: calls as they happen, from a file, an interface or a hub. */

import type { Entry } from '@kubeshark/model';
import { type Command, Option } from 'commander';
import { bpfHelp, type CaptureOptions, isOfThisMachine, packetCaptureOption } from '../capture-options.ts';
import { tapSettings } from '../config-file.ts';
import { hubOption, namespaceOption, podOption, positive, setOption } from '../options.ts';
import { Printer, type TapFormat, tapFormats } from '../output/printer.ts';
import { isPlainCapture, printCaptureAsJson } from '../print-capture.ts';
import { compileQuery, inNamespaces, ofPods } from '../query.ts';
import { narrowed } from '../tap-settings.ts';
import { readTime } from '../time.ts';

interface TapOptions extends CaptureOptions {
  readonly read?: string;
  readonly keys?: string;
  readonly hub?: string;
  readonly namespace: readonly string[];
  readonly pod: readonly string[];
  readonly since?: number;
  readonly output: TapFormat;
  readonly json?: boolean;
  readonly count?: number;
  readonly set: Readonly<Record<string, string>>;
}

async function tapFile(query: string, options: TapOptions): Promise<void> {
  const { read: path = '-', keys: keyFile, count = Number.POSITIVE_INFINITY, since = 0 } = options;
  const { predicate: matches } = compileQuery(query);
  const predicate = (entry: Entry) => entry.timestamp >= since && matches(entry);
  if (formatOf(options) === 'json' && since === 0 && (await isPlainCapture(path))) {
    return printCaptureAsJson({ path, keyFile }, { predicate: query.trim() === '' ? null : matches, count });
  }
  const printer = printerOf(options);
  const { callsOfFile } = await import('../calls-file.ts');
  for await (const entries of callsOfFile({ path, keyFile, predicate }))
    for (const entry of entries) if (!(await printer.entry(entry))) return printer.finish();
  return printer.finish();
}

async function tapInterface(options: TapOptions, query: string, printer: Printer): Promise<void> {
  const { predicate } = compileQuery(query);
  const print = (entry: Entry) => !predicate(entry) || printer.entry(entry);
  const { captureHere } = await import('../capture-here.ts');
  await captureHere(options, print);
  await printer.finish();
  printer.sumUp();
}

async function tap(words: readonly string[], options: TapOptions): Promise<void> {
  const settings = await tapSettings(options.set);
  if (settings.record === true) {
    const { record } = await import('./record.ts');
    return record(words, { ...options, output: 'traffic.tar' });
  }
  const query = narrowed(ofPods(inNamespaces(words.join(' '), options.namespace), options.pod), settings);
  const { since } = options;
  if (options.read !== undefined) return tapFile(query, options);
  const printer = printerOf(options);
  if (isOfThisMachine(options)) return tapInterface({ ...options, settings }, query, printer);
  // A file is read without what the hub's messages need.
  const [{ tapHub }, { hubElseHere }] = await Promise.all([import('../tap-hub.ts'), import('../find-hub.ts')]);
  const hub = await hubElseHere(options.hub);
  if (hub !== undefined) return tapHub(hub.url, query, { printer, since });
  return tapInterface({ ...options, settings }, query, printer);
}

const formatOf = ({ json, output }: TapOptions): TapFormat => (json || output === 'ndjson' ? 'json' : output);

const printerOf = (options: TapOptions): Printer =>
  new Printer(formatOf(options), options.count ?? Number.POSITIVE_INFINITY);

export function tapCommand(program: Command): void {
  program
    .command('tap')
    .description('show calls as they happen: of a hub, where there is one, else of this machine')
    .argument('[query...]', 'KFL query: http and response.status >= 500')
    .option('-r, --read <file>', 'read a capture, recording or HAR file instead; - is standard input')
    .option('--keys <file>', 'TLS key log (SSLKEYLOGFILE) or RSA private key to read the capture with')
    .option(
      '-i, --interface <names>',
      'capture on these interfaces of this machine, separated by commas; any is all of them',
    )
    .addOption(packetCaptureOption())
    .option('--bpf <filter>', bpfHelp)
    .addOption(hubOption('watch a hub'))
    .addOption(namespaceOption())
    .addOption(podOption())
    .option('--since <time>', 'begin with what is stored since 15m, 2h or 2026-11-23T10:00:00Z', readTime)
    .option('-c, --count <number>', 'end after so many calls', positive)
    .addOption(
      new Option(
        '-o, --output <form>',
        'line, wide (with node and sizes), json or ndjson (whole calls, one a line), har',
      )
        .choices(tapFormats)
        .default('line'),
    )
    .option('--json', 'the same as -o json')
    .addOption(setOption())
    .addHelpText(
      'after',
      `
Examples:
  kubeshark tap -n production
  kubeshark tap 'http and response.status >= 500'
  kubeshark tap --pod cart-7f9c --since 15m -o wide
  kubeshark tap -c 20 -o har > calls.har
  kubeshark tap -r traffic.tar redis
  kubeshark tap --set tap.namespaces=shop,cart --set tap.packetCapture=libpcap
  kubeshark tap --set tap.record=true     records into traffic.tar until Ctrl-C, like kubeshark record`,
    )
    .action(tap);
}
