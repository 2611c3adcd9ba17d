/** `kubeshark tap`: calls as they happen, from a file, an interface or a hub. */

import { endpoints, LiveServerMessage } from '@kubeshark/contract';
import { type Entry, type EntryRow, rowOf } from '@kubeshark/model';
import type { Command } from 'commander';
import { captureHere } from '../capture-here.ts';
import { bpfHelp, type CaptureOptions, packetCaptureOption } from '../capture-options.ts';
import { DEFAULT_HUB } from '../default-hub.ts';
import { Failure } from '../failure.ts';
import { call, isHubThere, notReachable } from '../hub-client.ts';
import { namespaceOption, positive, setOption } from '../options.ts';
import { entryLine } from '../output/entry-line.ts';
import { writeLine } from '../output/stdout.ts';
import { isPlainCapture, printCaptureAsJson } from '../print-capture.ts';
import { compileQuery, inNamespaces } from '../query.ts';
import { record } from './record.ts';

interface TapOptions extends CaptureOptions {
  readonly read?: string;
  readonly keys?: string;
  readonly hub?: string;
  readonly namespace: readonly string[];
  readonly json?: boolean;
  readonly count?: number;
  readonly set: Readonly<Record<string, string>>;
}

/** Prints what matches; false once as many as were asked for are printed. */
class Printer {
  readonly #asJson: boolean;
  #left: number;

  constructor({ json = false, count = Number.POSITIVE_INFINITY }: TapOptions) {
    this.#asJson = json;
    this.#left = count;
  }

  async entry(entry: Entry): Promise<boolean> {
    return this.#line(this.#asJson ? JSON.stringify(entry) : entryLine(rowOf(entry)));
  }

  async row(row: EntryRow): Promise<boolean> {
    return this.#line(entryLine(row));
  }

  async #line(line: string): Promise<boolean> {
    this.#left -= 1;
    await writeLine(line);
    return this.#left > 0;
  }
}

async function tapFile(query: string, options: TapOptions): Promise<void> {
  const { read: path = '-', keys: keyFile, json, count = Number.POSITIVE_INFINITY } = options;
  const { predicate } = compileQuery(query);
  if (json && (await isPlainCapture(path))) {
    return printCaptureAsJson({ path, keyFile }, { predicate: query.trim() === '' ? null : predicate, count });
  }
  const printer = new Printer(options);
  const { callsOfFile } = await import('../calls-file.ts');
  for await (const entries of callsOfFile({ path, keyFile, predicate }))
    for (const entry of entries) if (!(await printer.entry(entry))) return;
}

async function tapInterface(options: TapOptions, query: string, printer: Printer): Promise<void> {
  const { predicate } = compileQuery(query);
  const print = (entry: Entry) => !predicate(entry) || printer.entry(entry);
  await captureHere(options, print);
}

async function tapHub(hub: string, query: string, options: { printer: Printer; json: boolean }): Promise<void> {
  compileQuery(query);
  const socket = new WebSocket(new URL('/api/live', hub.replace(/^http/, 'ws')));
  const done = Promise.withResolvers<void>();
  let printing = Promise.resolve();
  const print = async (row: EntryRow): Promise<void> => {
    const { printer, json } = options;
    const goesOn = json
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
    if (message.type !== 'rows') return;
    for (const row of message.rows) printing = printing.then(() => print(row));
    printing.catch(done.reject);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => done.resolve());
  await done.promise;
  socket.onclose = null;
  socket.close();
}

async function tap(words: readonly string[], options: TapOptions): Promise<void> {
  if (options.set['tap.record'] === 'true') return record(words, { ...options, output: 'traffic.tar' });
  const query = inNamespaces(words.join(' '), options.namespace);
  const printer = new Printer(options);
  const { json = false } = options;
  if (options.read !== undefined) return tapFile(query, options);
  if (options.interface !== undefined) return tapInterface(options, query, printer);
  if (options.hub !== undefined) return tapHub(options.hub, query, { printer, json });
  if (await isHubThere(DEFAULT_HUB)) return tapHub(DEFAULT_HUB, query, { printer, json });
  return tapInterface(options, query, printer);
}

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
    .option('-c, --count <number>', 'end after so many calls', positive)
    .option('--json', 'one entry a line, as the API gives it')
    .addOption(setOption())
    .addHelpText(
      'after',
      `
Examples:
  kubeshark tap -n production
  kubeshark tap 'http and response.status >= 500'
  kubeshark tap -r traffic.tar redis
  kubeshark tap --set tap.record=true     records into traffic.tar until Ctrl-C, like kubeshark record`,
    )
    .action(tap);
}
