/** Pages of entries, newest first. */

import { type Entry, type EntryId, type EntryRow, rowOf } from '@kubeshark/model';
import type { Row } from '../driver/driver.ts';
import { descend } from './descend.ts';
import { entryOf, listRow, listRowOf, wholeEntry } from './entry-rows.ts';
import type { Bounds, Reader } from './reader.ts';
import type { Scope } from './scope.ts';

export interface PageRequest extends Scope, Bounds {
  /** Entries older than this id: the `next` of the page before. */
  readonly before?: EntryId | undefined;
  /** Entries newer than this id. */
  readonly after?: EntryId | undefined;
  readonly limit: number;
}

export interface Page {
  /** Newest first. */
  readonly rows: readonly EntryRow[];
  /** `before` of the next older page; null when there is nothing older. */
  readonly next: EntryId | null;
  /** False when the allowance of time or rows ran out before the page was full: `next` goes on from there. */
  readonly complete: boolean;
  /** Entries the engine read for this page. */
  readonly scanned: number;
  readonly elapsedMillis: number;
}

/** Whole entries read at once when a filter needs them: a few megabytes at the usual size. */
const WHOLE_CHUNK = 500;

interface Plan<Item> {
  readonly select: string;
  readonly chunk: number;
  /** The item of a row; undefined when it does not match after all. */
  readonly read: (row: Row) => Item | undefined;
}

export async function readPage(reader: Reader, asked: PageRequest): Promise<Page> {
  const residual = asked.where?.residual;
  const plan: Plan<EntryRow> =
    residual === undefined
      ? { select: listRow, chunk: asked.limit, read: listRowOf }
      : { select: wholeEntry, chunk: WHOLE_CHUNK, read: (row) => matching(entryOf(row), residual, rowOf) };
  const { items, ...page } = await gather(reader, asked, plan);
  return { rows: items, ...page };
}

/** Like a page, with whole entries: for exports and replays. */
export async function readEntries(
  reader: Reader,
  asked: PageRequest,
): Promise<Omit<Page, 'rows'> & { readonly entries: readonly Entry[] }> {
  const accepts = asked.where?.residual ?? (() => true);
  const plan: Plan<Entry> = {
    select: wholeEntry,
    chunk: Math.min(asked.limit, WHOLE_CHUNK),
    read: (row) => matching(entryOf(row), accepts, (entry) => entry),
  };
  const { items, ...page } = await gather(reader, asked, plan);
  return { entries: items, ...page };
}

const matching = <Item>(entry: Entry, accepts: (entry: Entry) => boolean, as: (entry: Entry) => Item) =>
  accepts(entry) ? as(entry) : undefined;

async function gather<Item extends { readonly id: EntryId }>(reader: Reader, asked: PageRequest, plan: Plan<Item>) {
  const request = reader.begin(asked);
  const { before, after, limit } = asked;
  const items: Item[] = [];
  let next: EntryId | null = null;
  let isExhausted = false;
  const stretches = descend(reader, request, { scope: asked, before, after, select: plan.select, chunk: plan.chunk });
  while (items.length < limit) {
    const step = await stretches.next();
    if (step.done === true) {
      isExhausted = step.value;
      break;
    }
    for (const row of step.value.rows) {
      const item = plan.read(row);
      // Two hubs on one database may have stored a row at the same moment; it is merged away later.
      if (item !== undefined && item.id !== items.at(-1)?.id) items.push(item);
      if (items.length === limit) break;
    }
    next = items.length === limit ? (items.at(-1)?.id ?? null) : String(step.value.down);
  }
  return {
    items,
    next: isExhausted ? null : next,
    complete: isExhausted || items.length === limit,
    scanned: request.scanned,
    elapsedMillis: request.elapsedMillis,
  };
}
