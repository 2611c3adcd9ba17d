/** Files that open TLS: RSA private keys are read once, key logs are followed as programs write them. */

import { closeSync, openSync, readSync } from 'node:fs';
import { KeyStore } from '@kubeshark/capture';

/** Half of what a connection's records may wait for their key at a busy moment, and no load. */
const POLL_MILLIS = 100;
const CHUNK_BYTES = 256 * 1024;

interface Followed {
  readonly path: string;
  offset: number;
  /** The beginning of a line whose end has not come. */
  partial: string;
  /** Why it was last not read; said once. */
  trouble: string;
}

export class KeyFiles {
  readonly keys: KeyStore;
  readonly #files: readonly Followed[];
  readonly #log: { warn(message: string): void };
  readonly #onKeyLog: (lines: string) => void;
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #chunk = Buffer.alloc(CHUNK_BYTES);

  /** `onKeyLog` is told the lines that were added; private keys stay here. */
  constructor(
    paths: readonly string[],
    log: { warn(message: string): void },
    onKeyLog: (lines: string) => void = () => undefined,
  ) {
    this.#log = log;
    this.#onKeyLog = onKeyLog;
    this.#files = paths.map((path) => ({ path, offset: 0, partial: '', trouble: '' }));
    this.keys = new KeyStore({ live: paths.length > 0 });
    this.poll();
    if (paths.length > 0) this.#timer = setInterval(() => this.poll(), POLL_MILLIS).unref();
  }

  /** Reads what was added to the files since. */
  poll(): void {
    for (const file of this.#files) {
      try {
        this.#follow(file);
        file.trouble = '';
      } catch (error) {
        this.#complain(file, error instanceof Error ? error.message : 'unknown reason');
      }
    }
  }

  #follow(file: Followed): void {
    const descriptor = openSync(file.path, 'r');
    try {
      for (;;) {
        const length = readSync(descriptor, this.#chunk, 0, CHUNK_BYTES, file.offset);
        if (length === 0) return;
        file.offset += length;
        this.#take(file, file.partial + this.#chunk.toString('latin1', 0, length));
      }
    } finally {
      closeSync(descriptor);
    }
  }

  #take(file: Followed, text: string): void {
    if (text.includes('-----BEGIN ')) {
      const fault = this.keys.addPrivateKeys(text);
      if (fault !== null) this.#complain(file, fault);
      return;
    }
    const end = text.lastIndexOf('\n') + 1;
    // A line without end is no key log: its beginning would only grow.
    file.partial = text.length - end > CHUNK_BYTES ? '' : text.slice(end);
    const lines = text.slice(0, end);
    if (this.keys.addKeyLog(lines) > 0) this.#onKeyLog(lines);
  }

  #complain(file: Followed, trouble: string): void {
    if (file.trouble === trouble) return;
    file.trouble = trouble;
    this.#log.warn(`keys of ${file.path} are not read: ${trouble}`);
  }

  /** Ends the following. */
  close(): void {
    clearInterval(this.#timer);
  }
}
