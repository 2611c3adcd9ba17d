/** `kubeshark tap`: calls as they happen, from a file, an interface or a hub. */

import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { endpoints, LiveServerMessage } from '@kubeshark/contract';
import { recordingEndpoints } from '@kubeshark/contract/recordings';
import type { Entry, EntryRow } from '@kubeshark/model';
import { type Command, Option } from 'commander';
import { captureHere } from '../capture-here.ts';
import { bpfHelp, type CaptureOptions, packetCaptureOption } from '../capture-options.ts';
import { DEFAULT_HUB } from '../default-hub.ts';
import { Failure } from '../failure.ts';
import { call, download, isHubThere, notReachable } from '../hub-client.ts';
import { namespaceOption, podOption, positive, setOption } from '../options.ts';
import { Printer, type TapFormat, tapFormats } from '../output/printer.ts';
import { isPlainCapture, printCaptureAsJson } from '../print-capture.ts';
import { compileQuery, inNamespaces, ofPods } from '../query.ts';
import { readTime } from '../time.ts';
import { record } from './record.ts';

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
  await captureHere(options, print);
  await printer.finish();
}

/** Ids remembered, so that nothing is printed twice: some minutes of a busy cluster. */
const MAX_PRINTED = 100_000;

interface HubTap {
  readonly printer: Printer;
  /** Begins with what was stored since then. */
  readonly since: number | undefined;
}

async function tapHub(hub: string, query: string, { printer, since }: HubTap): Promise<void> {
  compileQuery(query);
  const socket = new WebSocket(new URL('/api/live', hub.replace(/^http/, 'ws')));
  const done = Promise.withResolvers<void>();
  const printed = new Set<string>();
  const history = async (): Promise<void> => {
    if (since === undefined) return;
    for await (const entry of storedSince(hub, query, since)) {
      printed.add(entry.id);
      if (!(await printer.entry(entry))) return done.resolve();
    }
  };
  let printing = history();
  printing.catch(done.reject);
  const print = async (row: EntryRow): Promise<void> => {
    // What came between history and stream is in both; what is known better now was printed, unless it matches only now.
    if (printed.has(row.id)) return;
    printed.add(row.id);
    if (printed.size > MAX_PRINTED) printed.delete(printed.values().next().value ?? '');
    const goesOn = printer.needsEntries
      ? await printer.entry(await call(hub, endpoints.entry, { params: { id: row.id } }))
      : await printer.row(row);
    if (!goesOn) done.resolve();
  };
  socket.onopen = () => socket.send(JSON.stringify({ type: 'subscribe', query }));
  socket.onerror = () => done.reject(notReachable(hub));
  socket.onclose = () => done.reject(new Failure('address', `The hub at ${hub} has closed the stream.`));
  socket.onmessage = ({ data }) => {
    const message = LiveServerMessage.parse(JSON.parse(String(data)));
    if (message.type === 'error') done.reject(new Failure('usage', `${message.message} (${message.code})`));
    if (message.type !== 'rows' && message.type !== 'amended') return;
    for (const row of message.rows) printing = printing.then(() => print(row));
    printing.catch(done.reject);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => done.resolve());
  await done.promise;
  socket.onclose = null;
  socket.close();
  await printer.finish();
}

/** Calls the hub has stored, oldest first. */
async function* storedSince(hub: string, query: string, since: number): AsyncGenerator<Entry> {
  const { bytes } = await download(hub, recordingEndpoints.export, { query: { format: 'ndjson', q: query, since } });
  for await (const line of createInterface({ input: Readable.from(bytes) })) yield JSON.parse(line) as Entry;
}

async function tap(words: readonly string[], options: TapOptions): Promise<void> {
  if (options.set['tap.record'] === 'true') return record(words, { ...options, output: 'traffic.tar' });
  const query = ofPods(inNamespaces(words.join(' '), options.namespace), options.pod);
  const { since } = options;
  if (options.read !== undefined) return tapFile(query, options);
  const printer = printerOf(options);
  if (options.interface !== undefined) return tapInterface(options, query, printer);
  if (options.hub !== undefined) return tapHub(options.hub, query, { printer, since });
  if (await isHubThere(DEFAULT_HUB)) return tapHub(DEFAULT_HUB, query, { printer, since });
  return tapInterface(options, query, printer);
}

const formatOf = ({ json, output }: TapOptions): TapFormat => (json || output === 'ndjson' ? 'json' : output);

const printerOf = (options: TapOptions): Printer =>
  new Printer(formatOf(options), options.count ?? Number.POSITIVE_INFINITY);

export function tapCommand(program: Command): void {
  program
    .command('tap')
    .description('show calls as they happen: of the hub on this machine, else of this machine itself')
    .argument('[query...]', 'KFL query: http and response.status >= 500')
    .option('-r, --read <file>', 'read a capture, recording or HAR file instead; - is standard input')
    .option('--keys <file>', 'TLS key log (SSLKEYLOGFILE) or RSA private key to read the capture with')
    .option(
      '-i, --interface <names>',
      'capture on these interfaces of this machine, separated by commas; any is all of them',
    )
    .addOption(packetCaptureOption())
    .option('--bpf <filter>', bpfHelp)
    .option('--hub <url>', 'watch a hub')
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
  kubeshark tap --set tap.record=true     records into traffic.tar until Ctrl-C, like kubeshark record`,
    )
    .action(tap);
}
