/**
 * Who did what, one JSON line each in the data directory, and in the database when several hubs share one: there any of
 * them tells of all. The newest are kept in memory for the API.
 */

import { appendFile, readFile, rename, stat } from 'node:fs/promises';
import path from 'node:path';
import { AuditEvent } from '@kubeshark/contract';
import type { SharedEvents } from '@kubeshark/store';

/** Half of what is kept: when the file reaches it, it becomes the older half. */
const MAX_FILE_BYTES = 10 * 1024 * 1024;
const NEWEST = 1_000;
/** What a database that is away is told later; older ones are in the file of this hub only. */
const MAX_UNTOLD = 10_000;
const RETRY_MILLIS = 5_000;

export interface AuditLogOptions {
  readonly onError: (error: unknown) => void;
  /** Where hubs that share a database tell theirs. */
  readonly shared?: SharedEvents | undefined;
  /** Wait after a database did not answer; shorter in tests. */
  readonly retryMillis?: number;
}

export class AuditLog {
  readonly #file: string;
  readonly #newest: AuditEvent[];
  #size: number;
  /** Lines are written in the order of the events. */
  #work: Promise<void> = Promise.resolve();
  readonly #shared: SharedEvents | undefined;
  /** Events that the database does not have yet. */
  #untold: AuditEvent[] = [];
  #telling: Promise<void> | undefined;
  #retry: NodeJS.Timeout | undefined;
  readonly #retryMillis: number;
  readonly #onError: (error: unknown) => void;

  private constructor(
    file: string,
    found: { newest: AuditEvent[]; size: number },
    { onError, shared, retryMillis = RETRY_MILLIS }: AuditLogOptions,
  ) {
    this.#file = file;
    this.#newest = found.newest;
    this.#size = found.size;
    this.#shared = shared;
    this.#retryMillis = retryMillis;
    this.#onError = onError;
  }

  static async open(dataDir: string, options: AuditLogOptions): Promise<AuditLog> {
    const file = path.join(dataDir, 'audit.jsonl');
    const text = await readFile(file, 'utf8').catch(() => '');
    const lines = text.split('\n').slice(-NEWEST - 1);
    const newest = lines.map(readLine).filter((event) => event !== undefined);
    const size = text === '' ? 0 : (await stat(file)).size;
    return new AuditLog(file, { newest, size }, options);
  }

  /** Writes in the background; a disk that is full is told to `onError` and stops nobody's work. */
  record(event: AuditEvent): void {
    this.#newest.push(event);
    if (this.#newest.length > NEWEST) this.#newest.shift();
    const line = `${JSON.stringify(event)}\n`;
    this.#work = this.#work.then(() => this.#append(line)).catch(this.#onError);
    if (this.#shared === undefined) return;
    this.#untold.push(event);
    if (this.#untold.length > MAX_UNTOLD) this.#untold.shift();
    if (this.#retry === undefined) this.#tell(this.#shared);
  }

  /** Newest first: of all hubs, or of this one when the database does not answer. */
  async list(limit: number): Promise<AuditEvent[]> {
    const own = this.#newest.slice(-limit).toReversed();
    if (this.#shared === undefined) return own;
    await this.#telling;
    const lines = await this.#shared.newest(limit).catch((error: unknown) => {
      this.#onError(error);
      return undefined;
    });
    return lines?.map(readLine).filter((event) => event !== undefined) ?? own;
  }

  /** Resolves when everything recorded is written, as far as it can be. */
  async settle(): Promise<void> {
    clearTimeout(this.#retry);
    await this.#work;
    await this.#telling;
  }

  /** One insert at a time: what is recorded meanwhile goes together with the next. */
  #tell(shared: SharedEvents): void {
    this.#telling ??= this.#tellAll(shared).finally(() => {
      this.#telling = undefined;
    });
  }

  async #tellAll(shared: SharedEvents): Promise<void> {
    while (this.#untold.length > 0) {
      const events = this.#untold;
      this.#untold = [];
      try {
        await shared.add(events.map((event) => ({ at: event.at, text: JSON.stringify(event) })));
      } catch (error) {
        this.#onError(error);
        this.#untold = [...events, ...this.#untold].slice(-MAX_UNTOLD);
        this.#retry = setTimeout(() => {
          this.#retry = undefined;
          this.#tell(shared);
        }, this.#retryMillis).unref();
        return;
      }
    }
  }

  async #append(line: string): Promise<void> {
    if (this.#size > MAX_FILE_BYTES) {
      await rename(this.#file, `${this.#file}.old`);
      this.#size = 0;
    }
    await appendFile(this.#file, line, { mode: 0o600 });
    this.#size += Buffer.byteLength(line);
  }
}

function readLine(line: string): AuditEvent | undefined {
  try {
    return AuditEvent.safeParse(JSON.parse(line)).data;
  } catch {
    // Cut by a crash.
    return undefined;
  }
}
