/**
 * Live capture by tcpdump as a child process: works wherever Debian's package is installed, needs nothing built.
 *
 * `-U` writes each batch of packets when libpcap hands it over (at most a second after they were seen); without it, a quiet
 * line's packets would wait in tcpdump's own buffer until 4 KiB are full (docs/adr/0003-libpcap-by-child-process.md).
 */

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import type { CaptureFault, FrameSink } from '@kubeshark/capture';
import {
  ANY_INTERFACE,
  type CaptureSource,
  DEFAULT_SNAP_LENGTH,
  type LiveOptions,
  noSourceCounters,
  type Opened,
  type Refusal,
  readCapture,
  type SourceCounters,
} from './source.ts';

/** Kernel buffer in KiB: rides out a pause of the reader at the rates of a busy node. */
const BUFFER_KIBIBYTES = 32_768;
const COUNTERS_MILLIS = 1000;
/** A child that does not say that it listens within this time never will. */
const START_MILLIS = 10_000;

type Tcpdump = ChildProcessByStdio<null, Readable, Readable>;

/** What is wanted, as one expression; undefined when that is everything. */
export function expressionOf({ filter, except = [] }: LiveOptions): string | undefined {
  const parts = except.map(
    ({ address, port }) =>
      `not (src host ${address} and tcp src port ${port}) and not (dst host ${address} and tcp dst port ${port})`,
  );
  if (filter !== undefined) parts.unshift(`(${filter})`);
  return parts.length === 0 ? undefined : parts.join(' and ');
}

const argumentsOf = (name: string, { snapLength = DEFAULT_SNAP_LENGTH }: LiveOptions, filter?: string): string[] => [
  '-i',
  name,
  '-n',
  '-U',
  '-B',
  String(BUFFER_KIBIBYTES),
  '-s',
  String(snapLength),
  '-w',
  '-',
  // As one argument: nothing in a filter can become an option.
  ...(filter === undefined ? [] : ['--', filter]),
];

/** tcpdump's own words → one line with a fix. */
export function refusalOf(message: string, interfaceName: string): Refusal {
  const text = message.replace(/^tcpdump: /gm, '').trim();
  if (/permission|not permitted/i.test(text)) {
    return {
      refused: 'capturing packets is not permitted for this user',
      fix: 'run as root, or: setcap cap_net_raw,cap_net_admin=eip $(command -v tcpdump)',
    };
  }
  if (/no such device/i.test(text)) {
    return { refused: `there is no interface ${interfaceName}`, fix: 'ip link lists them; `any` takes all' };
  }
  if (/syntax error|can't parse filter/i.test(text)) {
    return { refused: `the packet filter is wrong: ${text}`, fix: 'see man 7 pcap-filter' };
  }
  return { refused: text === '' ? 'tcpdump ended without a word' : (text.split('\n').at(-1) ?? text) };
}

class LibpcapSource implements CaptureSource {
  readonly kind = 'libpcap';
  readonly name: string;
  readonly notes: readonly string[];
  readonly #child: Tcpdump;
  readonly #timer: NodeJS.Timeout;
  #counters: SourceCounters = { ...noSourceCounters, received: 0, droppedByKernel: 0 };

  constructor(name: string, child: Tcpdump, notes: readonly string[]) {
    this.name = name;
    this.notes = notes;
    this.#child = child;
    child.stderr.on('data', (text: Buffer) => this.#readCounters(text.toString()));
    // tcpdump prints its counts when asked by this signal, and once more when it ends.
    this.#timer = setInterval(() => child.kill('SIGUSR1'), COUNTERS_MILLIS);
    this.#timer.unref();
    child.on('exit', () => clearInterval(this.#timer));
  }

  read(sink: FrameSink): Promise<CaptureFault | undefined> {
    return readCapture(this.#child.stdout, sink, (bytes) => {
      this.#counters = { ...this.#counters, bytes: this.#counters.bytes + bytes };
    });
  }

  counters(): SourceCounters {
    return this.#counters;
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGINT');
    await ended;
  }

  #readCounters(text: string): void {
    const received = /(\d+) packets? received by filter/.exec(text)?.[1];
    const dropped = /(\d+) packets? dropped by kernel/.exec(text)?.[1];
    this.#counters = {
      ...this.#counters,
      received: Number(received ?? this.#counters.received),
      droppedByKernel: Number(dropped ?? this.#counters.droppedByKernel),
    };
  }
}

/** How tcpdump is run, and what people should know when it is not their first choice. */
export interface LibpcapOptions {
  readonly program?: string;
  readonly notes?: readonly string[];
}

/** Starts capturing; answers once packets are being taken, or why they cannot be. */
export async function openLibpcap(
  options: LiveOptions,
  { program = 'tcpdump', notes = [] }: LibpcapOptions = {},
): Promise<Opened> {
  const { interfaces } = options;
  const [name = ANY_INTERFACE, ...more] = interfaces.includes(ANY_INTERFACE) ? [ANY_INTERFACE] : interfaces;
  if (more.length > 0) return { refused: 'tcpdump reads one interface or all', fix: 'name one, or `any`' };
  const child = spawn(program, argumentsOf(name, options, expressionOf(options)), {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  const outcome = await new Promise<'listening' | 'missing' | 'ended' | 'silent'>((resolve) => {
    const timer = setTimeout(() => resolve('silent'), START_MILLIS);
    timer.unref();
    child.once('error', () => resolve('missing'));
    child.once('close', () => resolve('ended'));
    child.stderr.on('data', (text: Buffer) => {
      said += text.toString();
      if (/listening on .*\n/.test(said)) resolve('listening');
    });
  });
  child.stderr.removeAllListeners('data');
  if (outcome === 'listening') return new LibpcapSource(name, child, notes);
  child.kill('SIGKILL');
  if (outcome === 'missing') {
    return { refused: 'tcpdump is not installed', fix: 'apt-get install -y --no-install-recommends tcpdump (as root)' };
  }
  return refusalOf(said, name);
}
