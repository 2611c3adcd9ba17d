/**
 * Keeps the store within its limits by dropping whole partitions, oldest first. Nothing is rewritten: a partition is
 * dropped, or its body columns are cleared, by removing files.
 */

import { statfs } from 'node:fs/promises';
import type { Driver } from '../driver/driver.ts';
import { bodyColumns } from '../schema/columns.ts';
import { type Layout, systemTable, tablesOf } from '../schema/migrations.ts';
import type { Buckets } from './buckets.ts';

export interface RetentionLimits {
  /** Partitions whose last entry was stored longer ago are dropped. */
  readonly maxAgeSeconds?: number | undefined;
  /** Disk space of all entries; the oldest go when there is more. */
  readonly maxBytes?: number | undefined;
  /** Bodies may go earlier than their entries, which then say how large they were. */
  readonly bodiesMaxAgeSeconds?: number | undefined;
  /** Space to leave free on the disk of an embedded store; default 1 GB. */
  readonly minFreeBytes?: number | undefined;
}

export interface RetentionOptions {
  readonly driver: Driver;
  readonly layout: Layout;
  readonly buckets: Buckets;
  /** Of an embedded store: where to look for free space. */
  readonly dataDirectory?: string | undefined;
  readonly limits: RetentionLimits;
  readonly now?: () => number;
}

export interface Partition {
  /** Second its span began. */
  readonly bucket: number;
  readonly rows: number;
  readonly bytes: number;
  readonly hasBodies: boolean;
}

type DropReason = 'age' | 'bytes' | 'disk';

export interface Sweep {
  readonly dropped: readonly (Partition & { readonly reason: DropReason })[];
  readonly cleared: readonly Partition[];
}

const DEFAULT_MIN_FREE_BYTES = 1_000_000_000;
/** No partition may be a larger part of the allowed space, or dropping one would lose too much. */
const LARGEST_SHARE = 1 / 16;
/** How long blocks may be on their way to a bucket that has ended. */
const STRAGGLER_SECONDS = 60;

export class Retention {
  readonly #options: RetentionOptions;
  #limits: RetentionLimits;

  constructor(options: RetentionOptions) {
    this.#options = options;
    this.#limits = options.limits;
    options.buckets.setAge(options.limits.maxAgeSeconds);
  }

  get limits(): RetentionLimits {
    return this.#limits;
  }

  setLimits(limits: RetentionLimits): void {
    this.#limits = limits;
    this.#options.buckets.setAge(limits.maxAgeSeconds);
  }

  /** Drops what is beyond the limits now. */
  async sweep(): Promise<Sweep> {
    const now = this.#options.now?.() ?? Date.now() / 1000;
    const partitions = await readPartitions(this.#options.driver, this.#options.layout);
    const ended = endedOf(partitions, this.#options.buckets.at(now));
    // What is cut now is looked at the next time.
    const free = await this.#freeBytes();
    const held = partitions.reduce((sum, { bytes }) => sum + bytes, 0);
    const room = Math.min(this.#limits.maxBytes ?? Number.POSITIVE_INFINITY, held + Math.max(free, 0));
    const newest = partitions.at(-1);
    if (newest !== undefined && newest.bytes > room * LARGEST_SHARE) this.#options.buckets.cut(now);

    const dropped = this.#choose(ended, { held, free, now });
    for (const partition of dropped) await this.#drop(partition);
    const gone = new Set(dropped.map(({ bucket }) => bucket));
    const bodiesAge = this.#limits.bodiesMaxAgeSeconds ?? Number.POSITIVE_INFINITY;
    const cleared = ended.filter(
      ({ bucket, end, hasBodies }) => hasBodies && !gone.has(bucket) && end < now - bodiesAge,
    );
    for (const { bucket } of cleared) await this.#clear(bucket);
    return { dropped, cleared };
  }

  #choose(ended: readonly Ended[], { held, free, now }: { held: number; free: number; now: number }): Sweep['dropped'] {
    const { maxAgeSeconds = Number.POSITIVE_INFINITY, maxBytes = Number.POSITIVE_INFINITY } = this.#limits;
    const chosen: (Partition & { reason: DropReason })[] = [];
    let bytes = held;
    let missing = -free;
    for (const partition of ended) {
      const isOld = partition.end < now - maxAgeSeconds;
      const reason = isOld ? 'age' : bytes > maxBytes ? 'bytes' : missing > 0 ? 'disk' : undefined;
      if (reason === undefined) break;
      chosen.push({ ...partition, reason });
      bytes -= partition.bytes;
      missing -= partition.bytes;
    }
    return chosen;
  }

  /** What the disk has beyond the space to leave free; negative when that is less. */
  async #freeBytes(): Promise<number> {
    const { dataDirectory } = this.#options;
    if (dataDirectory === undefined) return Number.POSITIVE_INFINITY;
    const { bavail, bsize } = await statfs(dataDirectory);
    return bavail * bsize - (this.#limits.minFreeBytes ?? DEFAULT_MIN_FREE_BYTES);
  }

  async #drop({ bucket, rows, bytes, reason }: Sweep['dropped'][number]): Promise<void> {
    const { driver, layout } = this.#options;
    const tables = tablesOf(layout);
    // Noted first: a drop that fails is repeated, and then noted again with what is left.
    await driver.execute({
      sql: `INSERT INTO ${tables.retired} (bucket, rows, bytes, reason) SELECT {bucket:UInt32}, {rows:UInt64}, {bytes:UInt64}, {reason:String}`,
      parameters: { bucket, rows, bytes, reason },
    });
    await driver.execute({ sql: `ALTER TABLE ${tables.localEntries} DROP PARTITION ${bucket}` });
  }

  async #clear(bucket: number): Promise<void> {
    const { driver, layout } = this.#options;
    const commands = bodyColumns.map((column) => `CLEAR COLUMN ${column} IN PARTITION ${bucket}`);
    await driver.execute({ sql: `ALTER TABLE ${tablesOf(layout).localEntries} ${commands.join(', ')}` });
  }
}

/** A partition that nothing is written to any more, and the second by which that was so. */
type Ended = Partition & { readonly end: number };

/** Nothing is stored in a bucket once the next has begun; what is being written stays whatever the limits say. */
function endedOf(partitions: readonly Partition[], current: number): readonly Ended[] {
  return partitions
    .filter(({ bucket }) => bucket < current)
    .map((partition, index) => ({
      ...partition,
      end: (partitions[index + 1]?.bucket ?? current) + STRAGGLER_SECONDS,
    }));
}

/** What is stored, oldest first, in all shards together. */
export async function readPartitions(driver: Driver, layout: Layout): Promise<readonly Partition[]> {
  const [database = '', table = ''] = tablesOf(layout).localEntries.split('.');
  const parameters = { database, table, body: bodyColumns[0] };
  const [sizes, bodies] = await Promise.all([
    driver.select({
      sql: `SELECT toUInt32(partition) AS bucket, sum(rows), sum(bytes_on_disk) FROM ${systemTable(layout, 'parts')}
WHERE active AND database = {database:String} AND table = {table:String} GROUP BY bucket ORDER BY bucket`,
      parameters,
    }),
    driver.select({
      sql: `SELECT DISTINCT toUInt32(partition) FROM ${systemTable(layout, 'parts_columns')}
WHERE active AND database = {database:String} AND table = {table:String} AND column = {body:String}`,
      parameters,
    }),
  ]);
  const withBodies = new Set(bodies.rows.map(([bucket]) => bucket));
  return sizes.rows.map(([bucket, rows, bytes]) => ({
    bucket: bucket as number,
    rows: Number(rows),
    bytes: Number(bytes),
    hasBodies: withBodies.has(bucket),
  }));
}
