/** `kubeshark serve`: hub and agent of this machine as two processes that live and end with this one. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { homedir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { type Command, Option } from 'commander';
import { bpfHelp, type CaptureOptions, captureEnvironment, packetCaptureOption } from '../capture-options.ts';
import { tapSettings } from '../config-file.ts';
import { exitCodes, Failure, type FailureKind } from '../failure.ts';
import { setOption } from '../options.ts';
import { writeLine } from '../output/stdout.ts';
import { partArguments, partEnvironment } from '../part-file.ts';
import { hubEnvironment } from '../tap-settings.ts';

interface ServeOptions extends CaptureOptions {
  readonly port: number;
  readonly host: string;
  readonly dataDir: string;
  readonly read: readonly string[];
  readonly capture: boolean;
  /** Megabytes. */
  readonly keepPackets?: number;
  readonly set: Readonly<Record<string, string>>;
}

const MEGABYTE = 1024 * 1024;
/** What the agent takes (docs/configuration.md). */
const MIN_KEPT_MEGABYTES = 16;

interface Started {
  readonly child: ChildProcess;
  readonly name: string;
}

/** chDB and zstd work on libuv's pool; its default of 4 would let four of them stop all file access. */
const THREAD_POOL_SIZE = '16';

/** A part of the product as a child process. Its own group: a Ctrl-C reaches this process only, which ends them in order. */
function start(name: 'hub' | 'agent', environment: Readonly<Record<string, string>>): Started {
  const entry = name === 'hub' ? '@kubeshark/bff/main' : '@kubeshark/agent/main';
  const child = spawn(process.execPath, [...partArguments(entry)], {
    stdio: ['inherit', 'ignore', 'pipe', 'ipc'],
    detached: true,
    env: {
      KUBESHARK_LOG_LEVEL: 'warn',
      UV_THREADPOOL_SIZE: THREAD_POOL_SIZE,
      ...partEnvironment(),
      ...process.env,
      ...environment,
    },
  });
  if (child.stderr !== null)
    createInterface({ input: child.stderr }).on('line', (line) => process.stderr.write(`${plainLine(name, line)}\n`));
  return { child, name };
}

/** Log lines are JSON for collectors; on a terminal only their message is of use. */
function plainLine(name: string, line: string): string {
  if (!line.startsWith('{')) return line;
  try {
    const { msg, err } = JSON.parse(line) as { msg?: string; err?: { message?: string } };
    return `${name}: ${msg ?? line}${err?.message === undefined ? '' : ` (${err.message})`}`;
  } catch {
    // Not a log line after all.
    return line;
  }
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess) => exitCode !== null || signalCode !== null;

async function stop({ child }: Started): Promise<void> {
  if (hasEnded(child)) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

/** The port the hub listens on; a Failure with the hub's own exit code when it cannot start. */
async function portOf({ child }: Started): Promise<number> {
  const ended = once(child, 'close').then(([code]) => {
    const [kind = 'trouble'] = Object.entries(exitCodes).find(([, value]) => value === code) ?? [];
    // The hub has said why on standard error.
    throw new Failure(kind as FailureKind, '');
  });
  const ready = await Promise.race([once(child, 'message'), ended]);
  ended.catch(() => undefined);
  return (ready as [{ port: number }])[0].port;
}

const reachable = (host: string): string => {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
};

function startAgent(url: string, options: ServeOptions): Started | undefined {
  const isCapturing = options.read.length > 0 || options.capture;
  if (!isCapturing) return undefined;
  return start('agent', {
    KUBESHARK_HUB_URL: url,
    KUBESHARK_SPOOL_DIR: path.join(options.dataDir, 'spool'),
    // Of files that are given, the directory they are relative to is this one.
    ...(options.read.length > 0 && { KUBESHARK_READ: options.read.map((file) => absolute(file)).join('\n') }),
    KUBESHARK_RING_DIR: process.env['KUBESHARK_RING_DIR'] || path.join(options.dataDir, 'ring'),
    ...captureEnvironment(options),
    ...(options.keepPackets !== undefined && { KUBESHARK_RING_BYTES: String(options.keepPackets * MEGABYTE) }),
  });
}

const absolute = (file: string): string => (file === '-' ? file : path.resolve(file));

async function serve(asked: ServeOptions): Promise<void> {
  const settings = await tapSettings(asked.set);
  const options = { ...asked, settings };
  const interrupted = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve());
  });
  const hub = start('hub', {
    KUBESHARK_PORT: String(options.port),
    KUBESHARK_HOST: options.host,
    KUBESHARK_DATA_DIR: options.dataDir,
    ...given(hubEnvironment(settings)),
  });
  const port = await Promise.race([portOf(hub), interrupted]);
  if (port === undefined) return stop(hub);
  const agent = startAgent(`http://${reachable(options.host)}:${port}`, options);
  const shown = options.host === '127.0.0.1' ? 'localhost' : reachable(options.host);
  await writeLine(`Kubeshark is ready: http://${shown}:${port}`);

  const hubEnded = once(hub.child, 'exit').then(([code]) => {
    throw new Failure('trouble', `The hub ended unexpectedly (${code}).`);
  });
  try {
    await Promise.race([interrupted, hubEnded]);
  } finally {
    hubEnded.catch(() => undefined);
    // The agent first: what it still has reaches the hub.
    if (agent !== undefined) await stop(agent);
    await stop(hub);
  }
}

const portNumber = (text: string): number => {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Failure('usage', `${text} is no port.`);
  return port;
};

/** What the environment says stays where no setting says otherwise. */
const given = (environment: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));

const keptMegabytes = (text: string): number => {
  const megabytes = Number(text);
  if (!Number.isInteger(megabytes) || megabytes < MIN_KEPT_MEGABYTES)
    throw new Failure('usage', `--keep-packets takes ${MIN_KEPT_MEGABYTES} megabytes at least.`);
  return megabytes;
};

export function serveCommand(program: Command): void {
  program
    .command('serve')
    .description('run the hub and capture on this machine; the address is printed when it is ready')
    .addOption(new Option('--port <number>', 'port of the browser application').default(8899).argParser(portNumber))
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--data-dir <directory>', 'where entries are kept', path.join(homedir(), '.kubeshark', 'data'))
    .option(
      '-r, --read <file>',
      'open a capture instead of capturing; may be repeated',
      (file, files: string[]) => [...files, file],
      [],
    )
    .option('-i, --interface <names>', 'capture on these interfaces, separated by commas (default: any)')
    .addOption(packetCaptureOption())
    .option('--bpf <filter>', bpfHelp)
    .option(
      '--keep-packets <megabytes>',
      'keep the last captured packets on disk, for recordings and exports; they are not redacted (default: none)',
      keptMegabytes,
    )
    .option('--no-capture', 'serve what is stored, capture nothing')
    .addOption(setOption())
    .addHelpText(
      'after',
      `
Examples:
  kubeshark serve
  kubeshark serve --port 9000 -i eth0 --keep-packets 512
  kubeshark serve --read traffic.pcap
  kubeshark serve --set tap.packetCapture=libpcap --set tap.maxCapturedSize=64`,
    )
    .action((options: ServeOptions) => serve({ ...options, dataDir: path.resolve(options.dataDir) }));
}
