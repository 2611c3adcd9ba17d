/** `kubeshark tap`: calls as they happen, from a file, an interface or a hub. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { endpoints, LiveServerMessage } from '@kubeshark/contract';
import { type Entry, type EntryRow, rowOf } from '@kubeshark/model';
import type { Command } from 'commander';
import { type CallsFile, callsOfFile } from '../calls-file.ts';
import { bpfHelp, captureEnvironment, packetCaptureOption } from '../capture-options.ts';
import { Failure } from '../failure.ts';
import { call, DEFAULT_HUB, notReachable } from '../hub-client.ts';
import { entryLine } from '../output/entry-line.ts';
import { writeLine } from '../output/stdout.ts';
import { compileQuery, inNamespaces } from '../query.ts';

interface TapOptions {
  readonly read?: string;
  readonly keys?: string;
  readonly interface?: string;
  readonly packetCapture?: string;
  readonly bpf?: string;
  readonly hub?: string;
  readonly namespace: readonly string[];
  readonly json?: boolean;
  readonly count?: number;
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

async function tapFile(file: Omit<CallsFile, 'predicate'>, query: string, printer: Printer): Promise<void> {
  const { predicate } = compileQuery(query);
  for await (const entries of callsOfFile({ ...file, predicate }))
    for (const entry of entries) if (!(await printer.entry(entry))) return;
}

/** Local capture: the agent as a child that prints entries instead of shipping them. */
async function tapInterface(options: TapOptions, query: string, printer: Printer): Promise<void> {
  const { interface: name = 'any' } = options;
  const { predicate } = compileQuery(query);
  const child = spawn(process.execPath, [fileURLToPath(import.meta.resolve('@kubeshark/agent/main'))], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      KUBESHARK_LOG_LEVEL: 'error',
      ...process.env,
      ...captureEnvironment({ ...options, interface: name }),
      KUBESHARK_OUTPUT: 'stdout',
    },
  });
  const ended = once(child, 'exit');
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => child.kill(signal));
  for await (const line of createInterface({ input: child.stdout })) {
    const entry = JSON.parse(line) as Entry;
    if (predicate(entry) && !(await printer.entry(entry))) child.kill('SIGTERM');
  }
  const [code] = (await ended) as [number | null];
  if (code !== 0 && code !== null) throw new Failure('capture', `Nothing can be captured from ${name} (see above).`);
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

const isHubThere = async (hub: string): Promise<boolean> => {
  try {
    await call(hub, endpoints.version);
    return true;
  } catch {
    // Nobody there, or somebody else: then this machine is captured.
    return false;
  }
};

async function tap(words: readonly string[], options: TapOptions): Promise<void> {
  const query = inNamespaces(words.join(' '), options.namespace);
  const printer = new Printer(options);
  const { json = false } = options;
  if (options.read !== undefined) return tapFile({ path: options.read, keyFile: options.keys }, query, printer);
  if (options.interface !== undefined) return tapInterface(options, query, printer);
  if (options.hub !== undefined) return tapHub(options.hub, query, { printer, json });
  if (await isHubThere(DEFAULT_HUB)) return tapHub(DEFAULT_HUB, query, { printer, json });
  return tapInterface(options, query, printer);
}

const positive = (text: string): number => {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) throw new Failure('usage', `${text} is no count.`);
  return count;
};

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
    .option(
      '-n, --namespace <name>',
      'only calls from or to this namespace; may be repeated',
      (name, names: string[]) => [...names, name],
      [],
    )
    .option('-c, --count <number>', 'end after so many calls', positive)
    .option('--json', 'one entry a line, as the API gives it')
    .action(tap);
}
