/** What a store holds, and what it has let go. */

import type { Micros } from '@kubeshark/model';
import type { Driver } from '../driver/driver.ts';
import { type Layout, tablesOf } from '../schema/migrations.ts';
import { readPartitions } from './retention.ts';

export interface Holdings {
  readonly entries: number;
  /** On disk, in all shards together. */
  readonly bytes: number;
  readonly partitions: number;
  /** When the oldest and newest calls held ended; null when there are none. */
  readonly oldest: Micros | null;
  readonly newest: Micros | null;
  /** Entries that retention has dropped since the store was made. */
  readonly retired: number;
}

/** Answered from the engine's own books: costs the same however much is stored. */
export async function readHoldings(driver: Driver, layout: Layout): Promise<Holdings> {
  const { entries, retired } = tablesOf(layout);
  const [partitions, ids, gone] = await Promise.all([
    readPartitions(driver, layout),
    driver.select({ sql: `SELECT count(), bitShiftRight(min(id), 12), bitShiftRight(max(id), 12) FROM ${entries}` }),
    driver.select({ sql: `SELECT sum(rows) FROM ${retired}` }),
  ]);
  const [count, oldest, newest] = ids.rows[0] ?? [];
  const isEmpty = Number(count) === 0;
  return {
    entries: Number(count),
    bytes: partitions.reduce((sum, { bytes }) => sum + bytes, 0),
    partitions: partitions.length,
    oldest: isEmpty ? null : Number(oldest),
    newest: isEmpty ? null : Number(newest),
    retired: Number(gone.rows[0]?.[0] ?? 0),
  };
}
