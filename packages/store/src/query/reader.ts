/** What every read shares: the engine, the table and the bounds of one request. */

import type { Driver, Limits, Rows, Statement } from '../driver/driver.ts';
import { StoreError } from '../errors.ts';
import { ExtentReader } from './extent.ts';

/** Bounds of one read. */
export interface Bounds {
  /** Longest time the read may take, in seconds; default 30. */
  readonly seconds?: number | undefined;
  /** Most rows the engine may read for it; default `MAX_ROWS_READ`. */
  readonly rows?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

const DEFAULT_SECONDS = 30;
/** One read must not take the memory of all. */
const QUERY_MEMORY_BYTES = 600_000_000;
/**
 * The time limit alone would let one question about everything keep all cores of a big server busy for half a minute,
 * and again for each who asks. The default retention of 10 GB holds a tenth of this.
 */
const MAX_ROWS_READ = 500_000_000;
/** Below this an engine's own limit is not worth setting: it is checked between blocks of rows. */
const SHORTEST_SECONDS = 0.05;

export class Reader {
  readonly table: string;
  readonly extent: ExtentReader;
  readonly #driver: Driver;

  constructor(driver: Driver, table: string) {
    this.#driver = driver;
    this.table = table;
    this.extent = new ExtentReader(driver, table);
  }

  /** One request, which may take several statements but only one allowance of time and rows. */
  begin({ seconds = DEFAULT_SECONDS, rows = MAX_ROWS_READ, signal }: Bounds = {}): Request {
    return new Request(this.#driver, { seconds, rows, signal });
  }
}

export class Request {
  readonly #driver: Driver;
  readonly #signal: AbortSignal | undefined;
  readonly #started = performance.now();
  readonly #millis: number;
  readonly #rows: number;
  /** Rows the engine has read for this request so far. */
  scanned = 0;

  constructor(driver: Driver, { seconds, rows, signal }: Required<Bounds> & { seconds: number; rows: number }) {
    this.#driver = driver;
    this.#millis = seconds * 1000;
    this.#rows = rows;
    this.#signal = signal;
  }

  get elapsedMillis(): number {
    return performance.now() - this.#started;
  }

  get secondsLeft(): number {
    return (this.#millis - this.elapsedMillis) / 1000;
  }

  async select(statement: Statement): Promise<Rows> {
    const seconds = this.secondsLeft;
    if (seconds <= 0) throw new StoreError('timeout', 'the query took longer than it may');
    // 0 would mean that there is no limit.
    const rows = this.#rows - this.scanned;
    if (rows <= 0) throw new StoreError('rows', 'the query has read as many rows as it may');
    const limits: Limits = { seconds: Math.max(seconds, SHORTEST_SECONDS), memoryBytes: QUERY_MEMORY_BYTES, rows };
    const result = await this.#driver.select(statement, { limits, signal: this.#signal });
    this.scanned += result.rowsRead;
    return result;
  }
}
