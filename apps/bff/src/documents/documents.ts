/** Small things the hub must remember (agent numbers, saved queries, settings): one JSON file each in the data directory. */

import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { z } from 'zod';

/** A name is a file name, so that no name can lead elsewhere. */
const validName = /^[a-z][a-z0-9-]*$/;

export class Documents {
  readonly #directory: string;
  /** Writes of one document happen in the order they were asked for. */
  #last: Promise<unknown> = Promise.resolve();

  private constructor(directory: string) {
    this.#directory = directory;
  }

  static async open(dataDir: string): Promise<Documents> {
    const directory = path.join(dataDir, 'documents');
    await mkdir(directory, { recursive: true });
    return new Documents(directory);
  }

  /** The document, or `fallback` when there is none. Throws when it is there and is not what `schema` says. */
  async read<T>(name: string, schema: z.ZodType<T>, fallback: T): Promise<T> {
    const text = await readFile(this.#fileOf(name), 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    return text === undefined ? fallback : schema.parse(JSON.parse(text));
  }

  /** Replaces the document; it is never seen half written, even after a crash. */
  write(name: string, value: unknown): Promise<void> {
    const file = this.#fileOf(name);
    const next = this.#last.then(async () => {
      await writeFile(`${file}.new`, `${JSON.stringify(value, null, 2)}\n`, { flush: true });
      await rename(`${file}.new`, file);
    });
    this.#last = next.catch(() => undefined);
    return next;
  }

  #fileOf(name: string): string {
    if (!validName.test(name)) throw new Error(`bad document name: ${name}`);
    return path.join(this.#directory, `${name}.json`);
  }
}
