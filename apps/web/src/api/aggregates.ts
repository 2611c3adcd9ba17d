/** Numbers over many entries, asked for the query and time of the page and asked again while time moves on. */

import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { boundsOf, LIVE_WINDOW_SECONDS, type TimeRange } from '../lib/time-range.ts';
import type { Answer, Api, Query } from './api.ts';
import { useHub } from './context.ts';

type Aggregate = 'histogram' | 'totals' | 'series' | 'latencies' | 'top' | 'map';

/** How often charts follow a range that moves; a store of a million entries answers well within. */
const REFRESH_MILLIS = 3000;

/** Said beside an answer whose `complete` is false. */
export const INCOMPLETE = 'Not all calls could be looked at in time: the numbers are about the newest.';

export interface AggregateScope {
  readonly query: string;
  readonly range: TimeRange;
}

/** While live, charts look at the last minutes. */
const chartRange = (range: TimeRange): TimeRange =>
  range.kind === 'live' ? { kind: 'last', seconds: LIVE_WINDOW_SECONDS } : range;

const ask = <N extends Aggregate>(api: Api, name: N, query: Query<N>, signal: AbortSignal) =>
  api.call(name, { query, signal });

type More<N extends Aggregate> = Omit<NonNullable<Query<N>>, 'q' | 'since' | 'until'> | null;

export const aggregateKey = <N extends Aggregate>(name: N, { query, range }: AggregateScope, more: More<N>) =>
  ['aggregate', name, query, range, more] as const;

/** An aggregate of what the page looks at; the last answer stays until the next one is here. */
export function useAggregate<N extends Aggregate>(
  name: N,
  { query, range }: AggregateScope,
  more: More<N> = null,
  enabled = true,
) {
  const { api } = useHub();
  return useQuery<Answer<N>>({
    queryKey: aggregateKey(name, { query, range }, more),
    enabled,
    queryFn: ({ signal }) =>
      ask(api, name, { q: query, ...boundsOf(chartRange(range)), ...more } as unknown as Query<N>, signal),
    refetchInterval: range.kind === 'between' ? false : REFRESH_MILLIS,
    placeholderData: keepPreviousData,
  });
}
