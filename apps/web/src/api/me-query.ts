/** Who the hub takes this browser for; asked once. */

import { useQuery } from '@tanstack/react-query';
import { useHub } from './context.ts';

export function useMe() {
  const { api } = useHub();
  return useQuery({
    queryKey: ['me'],
    queryFn: ({ signal }) => api.call('me', { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
}
