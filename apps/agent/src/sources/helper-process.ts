/** One run of the capture helper: started, connected to, read, ended (apps/agent/helper/README.md). */

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { ANY_INTERFACE, type Refusal } from './source.ts';

type Child = ChildProcessByStdio<Writable, null, Readable>;

/** A helper that does not say that it is ready within this time never will. */
const START_MILLIS = 10_000;
/** Read in one turn of the event loop: some thousand packets, ten milliseconds of work. One buffer serves every read. */
const READ_BYTES = 256 * 1024;
/** What is kept of a helper's last words. */
const MAX_WORDS = 1000;

/** helper/exits.h */
const EXIT_PERMISSION = 3;
const EXIT_NO_INTERFACE = 4;
const EXIT_FILTER = 5;
const EXIT_MEMORY = 6;

export interface HelperArguments {
  readonly program: string;
  readonly interfaces: readonly string[];
  /** Text of a packet filter, as `tcpdump -ddd` prints it. */
  readonly filter: string;
  /** Size of the kernel's buffer in blocks of 512 KiB. */
  readonly blocks?: number | undefined;
}

function refusalOf(code: number | null, said: string, { program }: HelperArguments): Refusal {
  switch (code) {
    case EXIT_PERMISSION:
      return {
        refused: 'capturing packets is not permitted for this user',
        fix: `run as root, or: setcap cap_net_raw=ep ${program}`,
      };
    case EXIT_NO_INTERFACE:
      return { refused: `there is no interface ${said}`, fix: 'ip link lists them; `any` takes all' };
    case EXIT_FILTER:
      return { refused: said };
    case EXIT_MEMORY:
      return { refused: `no memory for captured packets: ${said}` };
    default:
      return { refused: `the capture helper does not start: ${said === '' ? `exit code ${code}` : said}` };
  }
}

export class HelperProcess {
  readonly #child: Child;
  readonly #socket: Socket;
  readonly #ended: Promise<string>;
  #take: (chunk: Uint8Array) => void = () => undefined;

  private constructor(child: Child, socketPath: string, words: () => string) {
    this.#child = child;
    const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
    const onread = {
      buffer,
      callback: (length: number) => {
        this.#take(buffer.subarray(0, length));
        // A stream that has more is read again and again before anything else is done: 32 times by libuv. Whoever waits for
        // a timer or an answer from a thread has its turn in between.
        setImmediate(() => this.#socket.resume());
        return false;
      },
    };
    this.#socket = connect({ path: socketPath, onread });
    this.#socket.pause();
    // The exit tells why; a broken connection alone ends the helper.
    this.#socket.on('error', () => child.kill());
    const drained = once(this.#socket, 'close').catch(() => undefined);
    this.#ended = once(child, 'exit').then(async (status) => {
      await drained;
      const [code, signal] = status as [number | null, NodeJS.Signals | null];
      return signal === null
        ? [`exit code ${code}`, words()].filter((part) => part !== '').join(', ')
        : `signal ${signal}`;
    });
  }

  /** Starts the helper; it captures already, into the kernel's buffer. */
  static async start(options: HelperArguments): Promise<HelperProcess | Refusal> {
    // Only this user gets into the folder, so nobody else connects.
    const folder = await mkdtemp(path.join(tmpdir(), 'kubeshark-'));
    try {
      return await HelperProcess.#startIn(folder, options);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  static async #startIn(folder: string, options: HelperArguments): Promise<HelperProcess | Refusal> {
    const { program, interfaces, filter, blocks } = options;
    const socketPath = path.join(folder, 'packets');
    const named = interfaces.includes(ANY_INTERFACE) ? [] : interfaces;
    const words = ['--listen', socketPath, ...named.flatMap((name) => ['--interface', name])];
    if (blocks !== undefined) words.push('--blocks', String(blocks));
    const child = spawn(program, words, { stdio: ['pipe', 'ignore', 'pipe'], env: {} });
    // A helper that refuses does not read its filter.
    child.stdin.on('error', () => undefined);
    child.stdin.write(filter);
    let said = '';
    const outcome = await new Promise<'ready' | 'silent' | { code: number | null }>((resolve) => {
      const timer = setTimeout(() => resolve('silent'), START_MILLIS).unref();
      child.once('error', (error) => {
        said = error.message;
        resolve({ code: null });
      });
      child.once('close', (code) => resolve({ code }));
      child.stderr.on('data', (text: Buffer) => {
        said = `${said}${text.toString()}`.slice(-MAX_WORDS);
        if (!said.startsWith('ready\n')) return;
        clearTimeout(timer);
        said = said.slice('ready\n'.length);
        resolve('ready');
      });
    });
    if (outcome === 'silent') {
      child.kill('SIGKILL');
      return { refused: 'the capture helper does not start: it says nothing' };
    }
    if (outcome !== 'ready') return refusalOf(outcome.code, said.trim(), options);
    const helper = new HelperProcess(child, socketPath, () => said.trim().split('\n').at(-1) ?? '');
    await once(helper.#socket, 'connect').catch(() => undefined);
    return helper;
  }

  /** Hands on what comes, each chunk valid only during the call; answers why it ended. Rejects when `take` throws. */
  async read(take: (chunk: Uint8Array) => void): Promise<string> {
    const failed = Promise.withResolvers<never>();
    this.#take = (chunk) => {
      try {
        take(chunk);
      } catch (error) {
        this.#take = () => undefined;
        this.#child.kill();
        failed.reject(error instanceof Error ? error : new Error(String(error)));
      }
    };
    this.#socket.resume();
    return Promise.race([this.#ended, failed.promise]);
  }

  /** Replaces the packet filter, without losing a packet that passes both. */
  filter(text: string): void {
    this.#child.stdin.write(text);
  }

  /** The helper hands over what it has and ends. */
  end(): void {
    this.#child.stdin.end();
  }

  /** The helper cannot be trusted to end by itself. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }
}
