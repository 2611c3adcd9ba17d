/** What other hubs on the same database have stored: how the live streams of one see what another took in. */

import type { Entry, EntryId } from '@kubeshark/model';
import { entryOf, wholeEntry } from './entry-rows.ts';
import type { Bounds, Reader } from './reader.ts';

export interface Tail {
  /** Entries that other hubs stored since the last read, in the order of their ids; the first read begins now. */
  read(bounds?: Bounds): Promise<Arrivals>;
}

export interface Arrivals {
  readonly entries: readonly Entry[];
  /** Entries that were left out because there were more than can be read at once. */
  readonly skipped: number;
}

export interface TailOptions {
  readonly reader: Reader;
  /** Name of this hub, whose own entries are not told. */
  readonly hub: string;
  readonly now?: () => number;
}

/** A block carries the time it was begun; it may wait, be sent and be inserted for this long before it is seen. */
const OVERLAP_SECONDS = 30;
/** Longest span of a partition: what was stored in the overlap cannot be in an older one. */
const LONGEST_BUCKET_SECONDS = 86_400;
/** Whole entries of one read; with the usual size a few megabytes. */
const MAX_ENTRIES = 2_000;

export function openTail({ reader, hub, now = Date.now }: TailOptions): Tail {
  let begun: number | undefined;
  /** Ids told or skipped, with the time they were stored; kept for as long as the overlap reaches. */
  const seen = new Map<EntryId, number>();

  const recent = async (bounds: Bounds | undefined, from: number) => {
    const { rows } = await reader.begin(bounds).select({
      sql: `SELECT id, intDiv(stored_at, 1000000) FROM ${reader.table}
WHERE bucket >= {oldest:UInt32} AND stored_at >= {from:UInt64} AND stored_by != {hub:String} ORDER BY id`,
      parameters: { oldest: from - LONGEST_BUCKET_SECONDS, from: String(from * 1_000_000), hub },
    });
    return rows.map(([id, at]) => ({ id: id as EntryId, at: Number(at) }));
  };

  return {
    async read(bounds) {
      const second = Math.floor(now() / 1000);
      const isFirst = begun === undefined;
      begun ??= second - OVERLAP_SECONDS;
      const from = Math.max(begun, second - 2 * OVERLAP_SECONDS);
      const arrived = (await recent(bounds, from)).filter(({ id }) => !seen.has(id));
      for (const { id, at } of arrived) seen.set(id, at);
      for (const [id, at] of seen) if (at < from) seen.delete(id);
      if (isFirst || arrived.length === 0) return { entries: [], skipped: 0 };
      const told = arrived.slice(-MAX_ENTRIES);
      const { rows } = await reader.begin(bounds).select({
        sql: `SELECT ${wholeEntry} FROM ${reader.table} WHERE id IN {ids:Array(UInt64)} ORDER BY id`,
        parameters: { ids: told.map(({ id }) => id) },
      });
      return { entries: rows.map(entryOf), skipped: arrived.length - told.length };
    },
  };
}
