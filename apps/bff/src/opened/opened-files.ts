/**
 * Files that somebody opened to look at: each in a store of its own, apart from what is captured, until it is closed or the
 * hub ends. Nothing of them is kept: whoever opened one has the file.
 */

import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { OpenedFile } from '@kubeshark/contract/recordings';
import type { Entry } from '@kubeshark/model';
import { RecordingError, readCalls } from '@kubeshark/recording';
import { openStore, type Store } from '@kubeshark/store';
import { HubError } from '../errors.ts';

/** Each has an engine of its own, some 200 MB; who opens another loses the one that was not looked at for longest. */
export const MAX_OPENED = 4;
/** Entries waiting for the store while the next are read. */
const MAX_WAITING = 5_000;

export interface OpenOptions {
  readonly name: string;
  /** What whoever opens it may see of traffic: others with another scope are not shown it. */
  readonly scope: string | undefined;
  readonly signal: AbortSignal;
}

interface Opened {
  info: OpenedFile;
  readonly scope: string | undefined;
  readonly directory: string;
  readonly store: Store;
  lastUsed: number;
}

export class OpenedFiles {
  readonly #directory: string;
  readonly #byId = new Map<string, Opened>();

  private constructor(directory: string) {
    this.#directory = directory;
  }

  /** Removes what an earlier run of the hub left behind. */
  static async at(directory: string): Promise<OpenedFiles> {
    await rm(directory, { recursive: true, force: true });
    return new OpenedFiles(directory);
  }

  list(scope: string | undefined): OpenedFile[] {
    return [...this.#byId.values()].filter((opened) => isSeen(opened, scope)).map(({ info }) => info);
  }

  /** The store of an opened file. Throws `KS_SOURCE_NOT_FOUND`. */
  storeOf(id: string, scope: string | undefined): Store {
    const opened = this.#get(id, scope);
    opened.lastUsed = performance.now();
    return opened.store;
  }

  /** Reads a file of any kind. Throws `KS_BAD_FILE` when nothing of it can be read. */
  async open(chunks: AsyncIterable<Uint8Array>, options: OpenOptions): Promise<OpenedFile> {
    const calls = async function* (): AsyncGenerator<readonly Entry[]> {
      for await (const part of readCalls(chunks)) if (part.kind === 'entries') yield part.entries;
    };
    return this.fill(calls(), options);
  }

  async fill(batches: AsyncIterable<readonly Entry[]>, { name, scope, signal }: OpenOptions): Promise<OpenedFile> {
    const opened = await this.#begin(name, scope);
    try {
      await this.#read(opened, batches, signal);
    } catch (error) {
      const isEmpty = opened.info.entries === 0;
      if (signal.aborted || isEmpty) await this.close(opened.info.id, scope);
      if (!(error instanceof RecordingError)) throw error;
      if (isEmpty) throw new HubError('KS_BAD_FILE', error.message, { cause: error });
      // What was read before the damage is there to be looked at.
      opened.info = { ...opened.info, state: 'damaged', reason: error.message };
    }
    if (opened.info.state === 'reading') opened.info = { ...opened.info, state: 'done' };
    return opened.info;
  }

  async close(id: string, scope: string | undefined): Promise<void> {
    const { store, directory } = this.#get(id, scope);
    this.#byId.delete(id);
    await store.close();
    await rm(directory, { recursive: true, force: true });
  }

  async closeAll(): Promise<void> {
    for (const { info, scope } of this.#byId.values()) await this.close(info.id, scope);
  }

  async #begin(name: string, scope: string | undefined): Promise<Opened> {
    while (this.#byId.size >= MAX_OPENED) {
      const [oldest] = [...this.#byId.values()]
        .filter(({ info }) => info.state !== 'reading')
        .toSorted((a, b) => a.lastUsed - b.lastUsed);
      if (oldest === undefined)
        throw new HubError('KS_CONFLICT', `${MAX_OPENED} files are being read already; wait for one of them.`);
      await this.close(oldest.info.id, oldest.scope);
    }
    const id = randomBytes(6).toString('hex');
    const directory = path.join(this.#directory, id);
    await mkdir(directory, { recursive: true });
    const store = await openStore({ dataDirectory: directory });
    const opened: Opened = {
      info: { id, name, state: 'reading', entries: 0 },
      scope,
      directory,
      store,
      lastUsed: performance.now(),
    };
    this.#byId.set(id, opened);
    return opened;
  }

  async #read(opened: Opened, batches: AsyncIterable<readonly Entry[]>, signal: AbortSignal): Promise<void> {
    let waiting: Entry[] = [];
    const insert = async (): Promise<void> => {
      const { stored } = await opened.store.insert(waiting);
      waiting = [];
      opened.info = { ...opened.info, entries: opened.info.entries + stored };
    };
    try {
      for await (const entries of batches) {
        signal.throwIfAborted();
        waiting.push(...entries);
        if (waiting.length >= MAX_WAITING) await insert();
      }
    } finally {
      if (waiting.length > 0 && !signal.aborted) await insert();
    }
  }

  #get(id: string, scope: string | undefined): Opened {
    const opened = this.#byId.get(id);
    if (opened === undefined || !isSeen(opened, scope))
      throw new HubError('KS_SOURCE_NOT_FOUND', 'This file is not open any more; open it again.');
    return opened;
  }
}

const isSeen = (opened: Opened, scope: string | undefined): boolean => scope === undefined || opened.scope === scope;
