/** What the agents see, asked every other second while the page is open. */

import { queryOptions, useQuery } from '@tanstack/react-query';
import type { Api } from './api.ts';
import { useHub } from './context.ts';

/** As often as a person watching a number wants it; an agent reports once a second. */
const REFRESH_MILLIS = 2000;

const captureHealthQuery = (api: Api) =>
  queryOptions({
    queryKey: ['capture-health'],
    queryFn: ({ signal }) => api.call('captureHealth', { signal }),
    refetchInterval: REFRESH_MILLIS,
  });

export const useCaptureHealth = () => useQuery(captureHealthQuery(useHub().api));
