/** Who did what, one JSON line each in the data directory; the newest are kept in memory for the API. */

import { appendFile, readFile, rename, stat } from 'node:fs/promises';
import path from 'node:path';
import { AuditEvent } from '@kubeshark/contract';

/** Half of what is kept: when the file reaches it, it becomes the older half. */
const MAX_FILE_BYTES = 10 * 1024 * 1024;
const NEWEST = 1_000;

export class AuditLog {
  readonly #file: string;
  readonly #newest: AuditEvent[];
  #size: number;
  /** Lines are written in the order of the events. */
  #work: Promise<void> = Promise.resolve();
  readonly #onError: (error: unknown) => void;

  private constructor(file: string, found: { newest: AuditEvent[]; size: number }, onError: (error: unknown) => void) {
    this.#file = file;
    this.#newest = found.newest;
    this.#size = found.size;
    this.#onError = onError;
  }

  static async open(dataDir: string, onError: (error: unknown) => void): Promise<AuditLog> {
    const file = path.join(dataDir, 'audit.jsonl');
    const text = await readFile(file, 'utf8').catch(() => '');
    const lines = text.split('\n').slice(-NEWEST - 1);
    const newest = lines.map(readLine).filter((event) => event !== undefined);
    const size = text === '' ? 0 : (await stat(file)).size;
    return new AuditLog(file, { newest, size }, onError);
  }

  /** Writes in the background; a disk that is full is told to `onError` and stops nobody's work. */
  record(event: AuditEvent): void {
    this.#newest.push(event);
    if (this.#newest.length > NEWEST) this.#newest.shift();
    const line = `${JSON.stringify(event)}\n`;
    this.#work = this.#work.then(() => this.#append(line)).catch(this.#onError);
  }

  /** Newest first. */
  list(limit: number): AuditEvent[] {
    return this.#newest.slice(-limit).toReversed();
  }

  /** Resolves when everything recorded is written. */
  settle(): Promise<void> {
    return this.#work;
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
