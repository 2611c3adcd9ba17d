import { queryOptions } from '@tanstack/react-query';
import type { Api } from './api.ts';

export const savedQueriesQuery = (api: Api) =>
  queryOptions({
    queryKey: ['saved-queries'],
    queryFn: ({ signal }) => api.call('savedQueries', { signal }),
  });
