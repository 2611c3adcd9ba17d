/**
 * A page of the store, asked for in short steps: a filter that few calls match may have to look at everything, and a person
 * wants to see how far that is and to stop it.
 */

import type { EntryRow } from '@kubeshark/model';
import { boundsOf, type TimeRange } from '../lib/time-range.ts';
import { type Api, ApiError } from './api.ts';

export interface FeedScope {
  readonly query: string;
  readonly range: TimeRange;
}

/** Rows of one page from the store: ten screens. */
const PAGE_ROWS = 500;
/** Longest wait for a sign of progress. */
const STEP_SECONDS = 2;

export interface SearchStep {
  /** Oldest first. */
  readonly rows: readonly EntryRow[];
  /** Where to go on; null when nothing is older. */
  readonly next: string | null;
  /** Calls the store looked at in this step. */
  readonly scanned: number;
  /** The page is full, or there is nothing older. */
  readonly isLast: boolean;
}

export interface SearchRequest {
  readonly scope: FeedScope;
  readonly before: string | null;
  readonly now: number;
  readonly signal: AbortSignal;
}

/** Looks further and further back until a page is full or everything was looked at. */
export async function* searchPage(api: Api, { scope, before, now, signal }: SearchRequest): AsyncGenerator<SearchStep> {
  let found = 0;
  let next = before;
  for (;;) {
    const query = {
      q: scope.query,
      limit: PAGE_ROWS - found,
      ...boundsOf(scope.range, now),
      ...(next !== null && { before: next }),
    };
    const page = await api
      .call('entries', { query: { ...query, seconds: STEP_SECONDS }, signal })
      .catch((error: unknown) => {
        // Not even the first stretch was looked at in so short a time: take as long as the hub allows.
        if (error instanceof ApiError && error.code === 'KS_QUERY_TIMEOUT')
          return api.call('entries', { query, signal });
        throw error;
      });
    found += page.rows.length;
    next = page.next;
    const isLast = page.complete || next === null || found >= PAGE_ROWS;
    yield { rows: page.rows.toReversed(), next, scanned: page.scanned, isLast };
    if (isLast) return;
  }
}

/** When the call with this id was made, near enough: an id begins with the time (docs/adr/0004). */
export const micros = (id: string): number => Number(BigInt(id) >> 12n);
