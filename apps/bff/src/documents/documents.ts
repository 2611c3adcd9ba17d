/**
 * Small things the hub must remember (agent numbers, saved queries, settings): one JSON text each, in the data directory,
 * or on the database that several hubs share.
 */

import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { SharedTexts } from '@kubeshark/store';
import type { z } from 'zod';

/** One document: its name, what it must look like, and what it is as long as nobody has written it. */
export interface Kind<T> {
  readonly name: string;
  readonly schema: z.ZodType<T>;
  readonly fallback: T;
}

/** A name is a file name, so that no name can lead elsewhere. */
const validName = /^[a-z][a-z0-9-]*$/;
/** Another hub's change is seen this much later at most. */
const LOOK_EVERY_MILLIS = 2_000;
/** Two people change the same thing at the same moment now and then; nobody does so this often in a row. */
const MAX_TRIES = 20;

export class Documents {
  readonly #texts: SharedTexts;
  /** Changes happen in the order they were asked for. */
  #last: Promise<unknown> = Promise.resolve();
  readonly #listeners = new Map<string, (() => void)[]>();
  /** Versions that this hub knows of. */
  readonly #known = new Map<string, number>();

  private constructor(texts: SharedTexts) {
    this.#texts = texts;
  }

  /** Documents as files: for a hub that shares nothing. */
  static async open(dataDir: string): Promise<Documents> {
    const directory = path.join(dataDir, 'documents');
    await mkdir(directory, { recursive: true });
    return new Documents(new Files(directory));
  }

  /** Documents that other hubs read and change as well. */
  static on(texts: SharedTexts): Documents {
    return new Documents(texts);
  }

  /** The document now. Throws when it is there and is not what the schema says. */
  async read<T>({ name, schema, fallback }: Kind<T>): Promise<T> {
    const kept = await this.#textOf(name);
    return kept === undefined ? fallback : schema.parse(JSON.parse(kept.text));
  }

  /** Makes the document what `change` makes of it; asked again when another hub changed it meanwhile. */
  update<T>(kind: Kind<T>, change: (value: T) => T): Promise<T> {
    const next = this.#last.then(() => this.#update(kind, change));
    this.#last = next.catch(() => undefined);
    return next;
  }

  /** Calls `listener` after another hub has changed the document. */
  onChange(name: string, listener: () => void): void {
    this.#listeners.set(name, [...(this.#listeners.get(name) ?? []), listener]);
  }

  /** Looks for changes of other hubs until `signal` is aborted. */
  async follow(signal: AbortSignal, onError: (error: unknown) => void): Promise<void> {
    while (!signal.aborted) {
      await this.look().catch(onError);
      await setTimeout(LOOK_EVERY_MILLIS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Looks once. */
  async look(): Promise<void> {
    for (const [name, version] of await this.#texts.versions()) {
      const known = this.#known.get(name);
      this.#known.set(name, Math.max(version, known ?? 0));
      if (known !== undefined && version <= known) continue;
      for (const listener of this.#listeners.get(name) ?? []) listener();
    }
  }

  async #update<T>({ name, schema, fallback }: Kind<T>, change: (value: T) => T): Promise<T> {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const kept = await this.#textOf(name);
      const value = change(kept === undefined ? fallback : schema.parse(JSON.parse(kept.text)));
      const text = JSON.stringify(value, null, 2);
      if (text === kept?.text) return value;
      const after = kept?.version ?? 0;
      if (await this.#texts.write(name, { text, after })) {
        this.#known.set(name, after + 1);
        return value;
      }
    }
    throw new Error(`the document ${name} is changed all the time`);
  }

  #textOf(name: string) {
    if (!validName.test(name)) throw new Error(`bad document name: ${name}`);
    return this.#texts.read(name);
  }
}

/** Texts as files that nobody else writes. */
class Files implements SharedTexts {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  async read(name: string) {
    const text = await readFile(this.#fileOf(name), 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    return text === undefined ? undefined : { text, version: 0 };
  }

  /** It is never seen half written, even after a crash. */
  async write(name: string, { text }: { readonly text: string }) {
    const file = this.#fileOf(name);
    await writeFile(`${file}.new`, text, { flush: true });
    await rename(`${file}.new`, file);
    return true;
  }

  versions() {
    return Promise.resolve(new Map<string, number>());
  }

  #fileOf(name: string): string {
    return path.join(this.#directory, `${name}.json`);
  }
}
