/** Gathers entries into batches and encodes them: msgpack with record structures, then zstd. */

import { promisify } from 'node:util';
import { constants, zstdCompress } from 'node:zlib';
import { MAX_BATCH_BYTES } from '@kubeshark/contract';
import type { Entry } from '@kubeshark/model';
import { Packr } from 'msgpackr';

const compress = promisify(zstdCompress);

/** Beyond this a batch compresses no better, and the hub's answer takes longer. */
const BATCH_ENTRIES = 500;
const BATCH_BYTES = 4 * 1024 * 1024;
/** How long an entry waits for company; a person does not notice it. */
const BATCH_MILLIS = 50;
const ENTRY_OVERHEAD_BYTES = 2_000;
/** Batches that are being compressed and handed on. More only wait when this process has more to do than it can. */
const MAX_UNDERWAY = 64;

/** Fastest level: bodies and headers of one service compress ten to twenty times even so. */
const ZSTD = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

function estimate({ request, response }: Entry): number {
  const body = (half: Entry['request'] | Entry['response']) =>
    (half?.body?.text?.length ?? 0) + (half?.body?.base64?.length ?? 0);
  return ENTRY_OVERHEAD_BYTES + body(request) + body(response);
}

export class Batcher {
  readonly #onBatch: (payload: Uint8Array, entries: number) => Promise<void>;
  readonly #packr = new Packr({ useRecords: true });
  #entries: Entry[] = [];
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;
  /** Batches leave in the order of their entries. */
  #work: Promise<void> = Promise.resolve();
  #underway = 0;
  /** Entries too large to ever be taken, and those given up because there were too many at once. */
  lost = 0;

  constructor(onBatch: (payload: Uint8Array, entries: number) => Promise<void>) {
    this.#onBatch = onBatch;
  }

  /** Entries not yet handed on as a batch. */
  get waiting(): number {
    return this.#entries.length;
  }

  add(entry: Entry): void {
    const bytes = estimate(entry);
    if (bytes > MAX_BATCH_BYTES / 2) {
      this.lost += 1;
      return;
    }
    this.#entries.push(entry);
    this.#bytes += bytes;
    if (this.#entries.length >= BATCH_ENTRIES || this.#bytes >= BATCH_BYTES) this.#seal();
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
    if (this.#entries.length === 0) return;
    const entries = this.#entries;
    this.#entries = [];
    this.#bytes = 0;
    if (this.#underway >= MAX_UNDERWAY) {
      this.lost += entries.length;
      return;
    }
    this.#underway += 1;
    const compressed = compress(this.#packr.pack(entries), ZSTD);
    this.#work = this.#work.then(async () => {
      await this.#onBatch(await compressed, entries.length);
      this.#underway -= 1;
    });
  }
}
