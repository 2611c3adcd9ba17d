import { recordingEndpoints } from '@kubeshark/contract/recordings';
import { useQuery } from '@tanstack/react-query';
import { useHub } from '../../api/context.ts';

const RUNNING_MILLIS = 500;
const IDLE_MILLIS = 10_000;

/** One replay, looked at again while it runs. */
export function useReplay(id: string) {
  const { api } = useHub();
  return useQuery({
    queryKey: ['replay', id],
    queryFn: ({ signal }) => api.ask(recordingEndpoints.replay, { params: { id }, signal }),
    refetchInterval: ({ state }) => (state.data?.state === 'running' ? RUNNING_MILLIS : false),
  });
}

export function useReplays() {
  const { api } = useHub();
  return useQuery({
    queryKey: ['replays'],
    queryFn: ({ signal }) => api.ask(recordingEndpoints.replays, { signal }),
    refetchInterval: ({ state }) =>
      state.data?.replays.some((replay) => replay.state === 'running') ? RUNNING_MILLIS : IDLE_MILLIS,
    // Who may not replay sees no list and no error.
    retry: false,
  });
}
