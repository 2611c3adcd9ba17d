/** The embedded engine: chDB in a child process, with its data in a directory. See docs/adr/0060. */

import { type ChildProcess, fork } from 'node:child_process';
import { mkdir, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { engineError, StoreError } from '../errors.ts';
import type { Driver, Limits, Row, Rows, RunOptions, Statement } from './driver.ts';
import type { FromEngine, Lane, ToEngine } from './engine-messages.ts';
import { inlineParameters, quote } from './literal.ts';

export interface EmbeddedOptions {
  readonly dataDirectory: string;
  /** Memory the engine may take; a query that wants more fails with `memory`. Default 1.5 GB. */
  readonly memoryBytes?: number;
  /** Acknowledge only what would survive a power cut (fsync); about a third more CPU per row. Default false. */
  readonly durable?: boolean;
}

const DEFAULT_MEMORY_BYTES = 1_500_000_000;
/** ClickHouse's default of 5 GB is for servers. */
const MARK_CACHE_BYTES = 64 * 1024 * 1024;
/** A hub that was killed leaves an engine that ends a moment later; until then the directory is still held. */
const LOCK_WAIT_MS = 2_000;
const LOCK_RETRY_MS = 100;
/** Literals are part of the text here: the longest are lists of ids. */
const MAX_STATEMENT_BYTES = 1024 * 1024;
/** Queries run on libuv's pool; with the default of 4 they would starve each other and file access. */
const THREAD_POOL_SIZE = '16';
const STDERR_KEPT = 4_000;

interface Waiting {
  readonly resolve: (rows: Rows) => void;
  readonly reject: (error: Error) => void;
}

interface Engine {
  readonly child: ChildProcess;
  readonly waiting: Map<number, Waiting>;
}

export class EmbeddedDriver implements Driver {
  readonly exclusive = true;
  readonly #options: EmbeddedOptions;
  #engine: Promise<Engine> | undefined;
  #closed = false;
  #calls = 0;

  private constructor(options: EmbeddedOptions) {
    this.#options = options;
  }

  /** Opens the data directory, creating it when it is not there. Rejects with `locked` or `unavailable`. */
  static async open(options: EmbeddedOptions): Promise<EmbeddedDriver> {
    const driver = new EmbeddedDriver({ ...options, dataDirectory: path.resolve(options.dataDirectory) });
    await driver.#prepareDirectory();
    await driver.#connect();
    await driver.#removeLeftBlocks();
    return driver;
  }

  async select(statement: Statement, options: RunOptions = {}): Promise<Rows> {
    return this.#run('read', inlineParameters(statement) + settingsClause(options.limits), options.signal);
  }

  async execute(statement: Statement): Promise<void> {
    await this.#run('write', inlineParameters(statement));
  }

  async insertNative(table: string, block: readonly Uint8Array[]): Promise<void> {
    // Through a file: bytes given to the engine as text would end, and then run as SQL, at a blank line.
    const file = path.join(this.#blocks, `${++this.#calls}.native`);
    try {
      await writePieces(file, block);
      const durable = this.#options.durable === true ? ', fsync_after_insert=1' : '';
      await this.#run(
        'write',
        `INSERT INTO ${table} FROM INFILE ${quote(file)} SETTINGS async_insert=0, materialize_skip_indexes_on_insert=0${durable} FORMAT Native`,
      );
    } catch (error) {
      throw error instanceof StoreError ? error : engineError(String(error));
    } finally {
      await rm(file, { force: true });
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const engine = await this.#engine?.catch(() => undefined);
    if (engine === undefined || engine.child.exitCode !== null) return;
    const ended = new Promise((resolve) => engine.child.once('exit', resolve));
    tell(engine.child, { kind: 'close' });
    await ended;
  }

  get #blocks(): string {
    return path.join(this.#options.dataDirectory, 'blocks');
  }

  async #prepareDirectory(): Promise<void> {
    try {
      await mkdir(this.#blocks, { recursive: true });
      await writeFile(this.#configFile, configuration(this.#options));
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new StoreError('unavailable', `cannot write to the data directory: ${reason}`, { cause });
    }
  }

  get #configFile(): string {
    return path.join(this.#options.dataDirectory, 'engine.xml');
  }

  /** Blocks of inserts that a killed hub never finished: they were not acknowledged, so their entries come again. */
  async #removeLeftBlocks(): Promise<void> {
    for (const name of await readdir(this.#blocks)) await rm(path.join(this.#blocks, name), { force: true });
  }

  /** The running engine; started again when it has died. */
  #connect(): Promise<Engine> {
    if (this.#closed) return Promise.reject(new StoreError('closed', 'the store is closed'));
    this.#engine ??= this.#start().catch((error: unknown) => {
      this.#engine = undefined;
      throw error;
    });
    return this.#engine;
  }

  async #start(): Promise<Engine> {
    const deadline = performance.now() + LOCK_WAIT_MS;
    for (;;) {
      const engine = await this.#spawn();
      if (typeof engine !== 'string') return engine;
      if (performance.now() > deadline) throw await this.#refusal(engine);
      await new Promise((resolve) => setTimeout(resolve, LOCK_RETRY_MS));
    }
  }

  /** An open engine, or the reason it did not open. */
  #spawn(): Promise<Engine | string> {
    const file = fileURLToPath(new URL('./engine-process.ts', import.meta.url));
    const child = fork(file, [path.join(this.#options.dataDirectory, 'data'), this.#configFile], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: { ...process.env, UV_THREADPOOL_SIZE: THREAD_POOL_SIZE },
      execArgv: [],
    });
    const engine: Engine = { child, waiting: new Map() };
    let isOpen = false;
    let stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-STDERR_KEPT);
    });
    return new Promise((resolve, reject) => {
      child.on('message', (message: FromEngine) => {
        if (message.kind === 'open') {
          isOpen = true;
          resolve(engine);
        } else if (message.kind === 'refused') resolve(message.message);
        else settle(engine, message);
      });
      child.on('error', (cause) => reject(new StoreError('unavailable', cause.message, { cause })));
      child.once('exit', (code, signal) => {
        const reason = `the engine ended (${signal ?? `code ${code}`})${stderr === '' ? '' : `: ${stderr.trim()}`}`;
        reject(new StoreError('unavailable', reason));
        // One that never opened is still being waited for, and perhaps tried again.
        if (isOpen) this.#engine = undefined;
        for (const { reject: fail } of engine.waiting.values()) fail(new StoreError('engine-gone', reason));
        engine.waiting.clear();
      });
    });
  }

  async #refusal(message: string): Promise<StoreError> {
    const directory = this.#options.dataDirectory;
    // ClickHouse writes its process into this file and keeps a lock on it.
    const status = await readFile(path.join(directory, 'data', 'status'), 'utf8').catch(() => '');
    const holder = /PID: (\d+)/.exec(status)?.[1];
    if (holder === undefined) return new StoreError('unavailable', `cannot open ${directory}: ${message}`);
    return new StoreError('locked', `the data directory ${directory} is in use by process ${holder}`);
  }

  async #run(lane: Lane, sql: string, signal?: AbortSignal): Promise<Rows> {
    const engine = await this.#connect();
    if (signal?.aborted) throw new StoreError('cancelled', 'the query was cancelled before it began');
    const call = ++this.#calls;
    const cancel = () => tell(engine.child, { kind: 'cancel', call });
    try {
      return await new Promise<Rows>((resolve, reject) => {
        engine.waiting.set(call, { resolve, reject });
        signal?.addEventListener('abort', cancel, { once: true });
        engine.child.send({ kind: 'run', call, lane, sql } satisfies ToEngine, (error) => {
          if (error !== null) reject(new StoreError('engine-gone', error.message));
        });
      });
    } catch (error) {
      if (signal?.aborted) throw new StoreError('cancelled', 'the query was cancelled', { cause: error });
      throw error;
    } finally {
      engine.waiting.delete(call);
      signal?.removeEventListener('abort', cancel);
    }
  }
}

/** Nothing is lost when the engine has just ended: then there is nothing to cancel or close. */
function tell(child: ChildProcess, message: ToEngine): void {
  if (child.connected) child.send(message, () => undefined);
}

async function writePieces(file: string, pieces: readonly Uint8Array[]): Promise<void> {
  const handle = await open(file, 'w');
  try {
    const { bytesWritten } = await handle.writev(pieces);
    const size = pieces.reduce((sum, piece) => sum + piece.length, 0);
    // A disk that fills up in the middle writes what it can and says nothing.
    if (bytesWritten !== size)
      throw new StoreError('disk-full', `only ${bytesWritten} of ${size} bytes could be written`);
  } finally {
    await handle.close();
  }
}

function settle(engine: Engine, message: Extract<FromEngine, { readonly call: number }>): void {
  const waiting = engine.waiting.get(message.call);
  if (waiting === undefined) return;
  if (message.kind === 'failed') waiting.reject(engineError(message.message));
  else waiting.resolve({ rows: parseRows(message.text), rowsRead: message.rowsRead, bytesRead: message.bytesRead });
}

/** Reads JSONCompactEachRow: one JSON list a line, in which a raw newline can only be the end of a row. */
function parseRows(text: string): readonly Row[] {
  return text === '' ? [] : (JSON.parse(`[${text.trimEnd().replaceAll('\n', ',')}]`) as Row[]);
}

function settingsClause({ seconds, memoryBytes, rows, threads }: Limits = {}): string {
  const settings = ['output_format_json_quote_64bit_integers=1', 'use_query_condition_cache=1'];
  if (seconds !== undefined) settings.push(`max_execution_time=${seconds}`);
  if (memoryBytes !== undefined) settings.push(`max_memory_usage=${memoryBytes}`);
  if (rows !== undefined) settings.push(`max_rows_to_read=${rows}`);
  if (threads !== undefined) settings.push(`max_threads=${threads}`);
  return ` SETTINGS ${settings.join(', ')}`;
}

function configuration({ memoryBytes = DEFAULT_MEMORY_BYTES, durable = false }: EmbeddedOptions): string {
  // Without this, the parts that a merge replaced are deleted at once, before its result is known to be on the disk.
  const mergeTree = durable
    ? '<fsync_part_directory>1</fsync_part_directory><old_parts_lifetime>480</old_parts_lifetime>'
    : '';
  return `<clickhouse>
  <max_server_memory_usage>${memoryBytes}</max_server_memory_usage>
  <mark_cache_size>${MARK_CACHE_BYTES}</mark_cache_size>
  <merge_tree>${mergeTree}</merge_tree>
  <profiles><default><max_query_size>${MAX_STATEMENT_BYTES}</max_query_size></default></profiles>
</clickhouse>
`;
}
