/** Takes entries in, gathers them into blocks, and answers each caller when its entries are stored. */

import type { Entry } from '@kubeshark/model';
import type { Driver } from '../driver/driver.ts';
import { StoreError } from '../errors.ts';
import { columns } from '../schema/columns.ts';
import { type EntryColumns, flatten } from '../schema/entry-columns.ts';
import type { Buckets } from './buckets.ts';
import { HighWater } from './duplicates.ts';
import { NativeBlock } from './native-block.ts';

/** Why an entry is not stored although the rest of its batch is. */
export type RefusalReason =
  /** The id is not a decimal number of 64 bits. */
  | 'bad-id'
  /** Not an entry: no time, no error flag, or not JSON. */
  | 'malformed'
  /** Larger than `MAX_ENTRY_BYTES`. */
  | 'too-large';

export interface InsertReport {
  /** Now stored, in this call. */
  readonly stored: number;
  /** Stored before, or twice in the batch: nothing was done. */
  readonly duplicates: number;
  /** Never to be stored; sending them again gives the same. */
  readonly refused: readonly { readonly id: string; readonly reason: RefusalReason }[];
}

export interface WriterStats {
  readonly stored: number;
  readonly duplicates: number;
  readonly refused: Readonly<Record<RefusalReason, number>>;
  /** Entries turned away for now, by the code of the error their sender got. */
  readonly rejected: Readonly<Record<string, number>>;
  readonly waiting: number;
  readonly waitingBytes: number;
  readonly blocks: number;
}

export interface WriterOptions {
  readonly driver: Driver;
  readonly table: string;
  /** Which hub stored a row. */
  readonly hub: string;
  /** The partition for what is stored now. */
  readonly buckets: Buckets;
  /** Longest wait of an entry for company, in milliseconds. */
  readonly blockMillis: number;
  /** The highest id in the tables now. */
  readonly highestStored: string;
  /** Ids of these that are stored already. */
  readonly lookUp: (ids: readonly string[]) => Promise<ReadonlySet<string>>;
  /** Told of every block: the error when it was not stored. */
  readonly onBlock?: (error: StoreError | undefined) => void;
}

/** An insert costs much the same for 1,000 rows and for 10,000; beyond that nothing is gained. */
const BLOCK_ROWS = 10_000;
const BLOCK_BYTES = 8 * 1024 * 1024;
/**
 * With so many an idle engine need not wait for more: at full speed an agent has 16,000 on their way, and sends no others
 * before these are stored.
 */
const ENOUGH_ROWS = 8_000;
/** What may wait in memory; beyond it senders get `busy` and keep their batch. */
const MAX_WAITING_ROWS = 100_000;
const MAX_WAITING_BYTES = 128 * 1024 * 1024;
/** Both bodies at ten times the default cut, and all else. */
const MAX_ENTRY_BYTES = 16 * 1024 * 1024;

/** 2^64 - 1: of twenty digits, which order like their numbers. */
const MAX_ID = '18446744073709551615';
const decimal = /^(0|[1-9]\d{0,19})$/;

interface Sender {
  stored: number;
  duplicates: number;
  readonly refused: { id: string; reason: RefusalReason }[];
  /** Blocks that hold entries of this call and are not stored yet. */
  blocks: number;
  readonly resolve: (report: InsertReport) => void;
  readonly reject: (error: StoreError) => void;
}

/** Columns that all rows of a block share, so that a block never spans two partitions and is stored whole or not at all. */
type Stamp = Readonly<Record<'bucket' | 'stored_at' | 'stored_by', number | bigint | string>>;

/** What one call has in a block. */
interface Part {
  readonly sender: Sender;
  rows: number;
}

interface Gathering {
  readonly block: NativeBlock;
  readonly parts: Part[];
  /** Entries that may be stored already: looked up when the block's turn has come, when all before it is visible. */
  readonly suspects: { readonly row: EntryColumns; readonly part: Part }[];
  /** Of the rows of the block. */
  readonly ids: string[];
  bytes: number;
}

export class Writer {
  readonly #options: WriterOptions;
  readonly #highWater: HighWater;
  readonly #sealed: Gathering[] = [];
  #open: Gathering | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** The open block has waited long enough, and goes as soon as the one before it is stored. */
  #isDue = false;
  #working: Promise<void> | undefined;
  #closed = false;
  #waiting = 0;
  #waitingBytes = 0;
  readonly #counts = { stored: 0, duplicates: 0, blocks: 0 };
  readonly #refused: Record<RefusalReason, number> = { 'bad-id': 0, malformed: 0, 'too-large': 0 };
  readonly #rejected: Record<string, number> = {};

  constructor(options: WriterOptions) {
    this.#options = options;
    this.#highWater = new HighWater(options.highestStored);
  }

  get stats(): WriterStats {
    return {
      ...this.#counts,
      refused: { ...this.#refused },
      rejected: { ...this.#rejected },
      waiting: this.#waiting,
      waitingBytes: this.#waitingBytes,
    };
  }

  /** Resolves when the entries are stored. Rejects when they may not be: the caller keeps them and sends them again. */
  insert(entries: readonly Entry[]): Promise<InsertReport> {
    if (this.#closed) return this.#turnAway(entries, new StoreError('closed', 'the store is closed'));
    if (this.#waiting + entries.length > MAX_WAITING_ROWS || this.#waitingBytes > MAX_WAITING_BYTES)
      return this.#turnAway(entries, new StoreError('busy', 'too many entries are waiting to be stored'));
    return new Promise((resolve, reject) => {
      const sender: Sender = { stored: 0, duplicates: 0, refused: [], blocks: 0, resolve, reject };
      for (const entry of entries) this.#take(entry, sender);
      if (sender.blocks === 0) resolve(reportOf(sender));
    });
  }

  /** Stores what waits, then takes no more. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#seal();
    await this.#working;
  }

  #turnAway(entries: readonly Entry[], error: StoreError): Promise<never> {
    this.#countRejected(error, entries.length);
    return Promise.reject(error);
  }

  #countRejected({ code }: StoreError, count: number): void {
    this.#rejected[code] = (this.#rejected[code] ?? 0) + count;
  }

  #take(entry: Entry, sender: Sender): void {
    const row = rowOf(entry);
    if (typeof row === 'string') {
      this.#refused[row]++;
      sender.refused.push({ id: String(entry?.id), reason: row });
      return;
    }
    const gathering = this.#gather();
    const part = partOf(gathering, sender);
    const bytes = sizeOf(row);
    gathering.bytes += bytes;
    this.#waiting++;
    this.#waitingBytes += bytes;
    if (this.#options.driver.exclusive && this.#highWater.take(row.id)) append(gathering, row, part);
    else gathering.suspects.push({ row, part });
    const rows = rowsOf(gathering);
    const isFull = rows >= BLOCK_ROWS || gathering.bytes >= BLOCK_BYTES;
    if (isFull || (rows >= ENOUGH_ROWS && this.#working === undefined)) this.#seal();
  }

  /** The block that is open. */
  #gather(): Gathering {
    this.#open ??= {
      block: new NativeBlock(columns, this.#stamp()),
      parts: [],
      suspects: [],
      ids: [],
      bytes: 0,
    };
    this.#timer ??= setTimeout(() => this.#ripen(), this.#options.blockMillis);
    return this.#open;
  }

  #stamp(): Stamp {
    const now = Date.now();
    const { buckets, hub } = this.#options;
    return { bucket: buckets.at(now / 1000), stored_at: BigInt(now) * 1000n, stored_by: hub };
  }

  /** While a block is being stored, the next one would only wait: a longer one costs the engine less. */
  #ripen(): void {
    if (this.#working === undefined) this.#seal();
    else this.#isDue = true;
  }

  #seal(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isDue = false;
    if (this.#open !== undefined) this.#sealed.push(this.#open);
    this.#open = undefined;
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
    });
  }

  /** One block at a time, so that a look-up sees everything taken before. */
  async #work(): Promise<void> {
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      const count = rowsOf(next);
      const error = await this.#store(next);
      this.#waiting -= count;
      this.#waitingBytes -= next.bytes;
      if (error === undefined) {
        this.#counts.blocks++;
      } else {
        this.#highWater.doubt();
        this.#countRejected(error, count);
      }
      this.#options.onBlock?.(error);
      for (const part of next.parts) this.#answer(part, error);
    }
  }

  #next(): Gathering | undefined {
    const isReady = this.#isDue || (this.#open !== undefined && rowsOf(this.#open) >= ENOUGH_ROWS);
    if (this.#sealed.length === 0 && isReady) this.#seal();
    return this.#sealed.shift();
  }

  #answer({ sender, rows }: Part, error: StoreError | undefined): void {
    if (error !== undefined) {
      sender.reject(error);
      return;
    }
    sender.stored += rows;
    this.#counts.stored += rows;
    sender.blocks--;
    if (sender.blocks === 0) sender.resolve(reportOf(sender));
  }

  async #store(gathering: Gathering): Promise<StoreError | undefined> {
    const { block, suspects, ids } = gathering;
    const { driver, table, lookUp } = this.#options;
    try {
      if (suspects.length > 0) {
        const known = new Set([...ids, ...(await lookUp(suspects.map(({ row }) => row.id)))]);
        for (const { row, part } of suspects) {
          if (known.has(row.id)) {
            part.sender.duplicates++;
            this.#counts.duplicates++;
          } else append(gathering, row, part);
          known.add(row.id);
        }
      }
      if (block.rows > 0) await driver.insertNative(table, block.finish());
      return undefined;
    } catch (error) {
      if (error instanceof StoreError) return error;
      return new StoreError('engine', `a block was not stored: ${String(error)}`, { cause: error });
    }
  }
}

/** The sender's part of the block: a call's entries come one after the other. */
function partOf({ parts }: Gathering, sender: Sender): Part {
  const last = parts.at(-1);
  if (last?.sender === sender) return last;
  const part = { sender, rows: 0 };
  parts.push(part);
  sender.blocks++;
  return part;
}

function append({ block, ids }: Gathering, row: EntryColumns, part: Part): void {
  block.append(row);
  ids.push(row.id);
  part.rows++;
}

const rowsOf = ({ block, suspects }: Gathering): number => block.rows + suspects.length;

function reportOf({ stored, duplicates, refused }: Sender): InsertReport {
  return { stored, duplicates, refused };
}

const isTooHigh = (id: string): boolean => id.length === MAX_ID.length && id > MAX_ID;

/** The columns of an entry, or why it cannot be stored. */
function rowOf(entry: Entry): EntryColumns | RefusalReason {
  if (typeof entry?.id !== 'string' || !decimal.test(entry.id) || isTooHigh(entry.id)) return 'bad-id';
  if (!Number.isFinite(entry.timestamp) || typeof entry.error !== 'boolean') return 'malformed';
  try {
    const row = flatten(entry);
    return sizeOf(row) > MAX_ENTRY_BYTES ? 'too-large' : row;
  } catch {
    // Only JSON is let in by the hub; a cycle or a BigInt would end here rather than in the middle of a block.
    return 'malformed';
  }
}

/** Characters of the columns that can be large. */
function sizeOf(row: EntryColumns): number {
  let headers = 0;
  for (const value of row.request_headers.values) headers += value.length;
  for (const value of row.response_headers.values) headers += value.length;
  return (
    row.extra.length +
    row.request_body.length +
    row.request_body_base64.length +
    row.response_body.length +
    row.response_body_base64.length +
    headers
  );
}
