/** Gathers entries into batches without their secrets: msgpack with record structures, then zstd. */

import { promisify } from 'node:util';
import { constants, zstdCompress } from 'node:zlib';
import { MAX_BATCH_BYTES } from '@kubeshark/contract';
import type { Ends } from '../enrich/process.ts';
import type { Rules } from '../redact/rules.ts';
import { EntryPacker } from './entry-packer.ts';

const compress = promisify(zstdCompress);

/** Beyond this a batch compresses no better, and the hub's answer takes longer. */
const BATCH_ENTRIES = 500;
const BATCH_BYTES = 4 * 1024 * 1024;
/** How long an entry waits for company; a person does not notice it. */
const BATCH_MILLIS = 50;
/** Batches that are being compressed and handed on. More only wait when this process has more to do than it can. */
const MAX_UNDERWAY = 64;

/** Fastest level: bodies and headers of one service compress ten to twenty times even so. */
const ZSTD = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

export class Batcher {
  readonly #onBatch: (payload: Uint8Array, entries: number) => Promise<void>;
  #packer: EntryPacker;
  #timer: NodeJS.Timeout | undefined;
  /** Batches leave in the order of their entries. */
  #work: Promise<void> = Promise.resolve();
  #underway = 0;
  /** Entries too large to ever be taken, and those given up because there were too many at once. */
  lost = 0;

  constructor(rules: Rules, onBatch: (payload: Uint8Array, entries: number) => Promise<void>) {
    this.#packer = new EntryPacker(rules);
    this.#onBatch = onBatch;
  }

  /** What is added from now on leaves without what these rules call a secret. */
  redactBy(rules: Rules): void {
    this.#seal();
    this.#packer = new EntryPacker(rules);
  }

  /** Entries not yet handed on as a batch. */
  get waiting(): number {
    return this.#packer.count;
  }

  /** Adds an entry by its JSON, which may be gone afterwards. */
  add(json: Uint8Array, ends: Ends): void {
    if (json.length > MAX_BATCH_BYTES / 2 || !this.#packer.add(json, ends)) {
      this.lost += 1;
      return;
    }
    if (this.#packer.count >= BATCH_ENTRIES || this.#packer.bytes >= BATCH_BYTES) this.#seal();
    else this.#timer ??= setTimeout(() => this.#seal(), BATCH_MILLIS);
  }

  /** Resolves when everything added so far is handed on. */
  flush(): Promise<void> {
    this.#seal();
    return this.#work;
  }

  #seal(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const entries = this.#packer.count;
    if (entries === 0) return;
    const packer = this.#packer;
    const batch = packer.take();
    if (this.#underway >= MAX_UNDERWAY) {
      this.lost += entries;
      return;
    }
    this.#underway += 1;
    const compressed = compress(batch, ZSTD).finally(() => packer.giveBack(batch));
    this.#work = this.#work.then(async () => {
      await this.#onBatch(await compressed, entries);
      this.#underway -= 1;
    });
  }
}
