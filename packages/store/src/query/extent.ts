/** What the table spans, as the engine's own books say: a guide for how far one statement should look, never a bound. */

import type { Driver } from '../driver/driver.ts';

export interface Extent {
  readonly entries: number;
  /** Ids; the newest may be older than what has been stored since. */
  readonly oldest: bigint;
  readonly newest: bigint;
}

/** Asked for again after this: a search that runs from page to page should not pay for it each time. */
const KEPT_MILLIS = 5_000;

/** Extent of one table; undefined as long as it is empty. */
export class ExtentReader {
  readonly #driver: Driver;
  readonly #table: string;
  #extent: Extent | undefined;
  #readAt = 0;

  constructor(driver: Driver, table: string) {
    this.#driver = driver;
    this.#table = table;
  }

  async read(): Promise<Extent | undefined> {
    const now = performance.now();
    if (this.#extent !== undefined && now - this.#readAt < KEPT_MILLIS) return this.#extent;
    // Metadata only, whatever the table holds.
    const { rows } = await this.#driver.select({ sql: `SELECT count(), min(id), max(id) FROM ${this.#table}` });
    const [entries, oldest, newest] = rows[0] ?? [];
    const isEmpty = Number(entries) === 0;
    this.#extent = isEmpty
      ? undefined
      : {
          entries: Number(entries),
          oldest: BigInt(oldest as string),
          newest: BigInt(newest as string),
        };
    this.#readAt = now;
    return this.#extent;
  }
}
