/** Whole entries from the hub: they change only when their names come later, which the live stream tells. */

import { queryOptions } from '@tanstack/react-query';
import type { Api } from '../../../api/api.ts';

/** Kept after the inspector has moved on, for going back and forth. */
const KEEP_MILLIS = 5 * 60_000;

export const entryQuery = (api: Api, id: string) =>
  queryOptions({
    queryKey: ['entry', id],
    queryFn: ({ signal }) => api.call('entry', { params: { id }, signal }),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: KEEP_MILLIS,
  });

export const neighboursQuery = (api: Api, id: string) =>
  queryOptions({
    queryKey: ['neighbours', id],
    queryFn: ({ signal }) => api.call('neighbours', { params: { id }, signal }),
  });
