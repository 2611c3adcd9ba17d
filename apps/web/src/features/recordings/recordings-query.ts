import { type RecordingInfo, recordingEndpoints } from '@kubeshark/contract/recordings';
import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query';
import type { Api } from '../../api/api.ts';
import { useHub } from '../../api/context.ts';
import { showFailure } from '../../ui/undo.tsx';

const KEY = ['recordings'];
/** Counters move while something runs; nobody else starts recordings every second. */
const RUNNING_MILLIS = 1000;
const IDLE_MILLIS = 10_000;

const isBusy = ({ state }: RecordingInfo): boolean => state === 'recording' || state === 'sealing';

const recordingsQuery = (api: Api) =>
  queryOptions({
    queryKey: KEY,
    queryFn: ({ signal }) => api.ask(recordingEndpoints.recordings, { signal }),
    refetchInterval: ({ state }) => (state.data?.recordings.some(isBusy) ? RUNNING_MILLIS : IDLE_MILLIS),
  });

export const useRecordings = () => useQuery(recordingsQuery(useHub().api));

/** Looked at anew each time the form is opened: agents come and go. */
export function usePacketsOutlook() {
  const { api } = useHub();
  return useQuery({
    queryKey: ['packets'],
    queryFn: ({ signal }) => api.ask(recordingEndpoints.packetsOutlook, { signal }),
  });
}

/** Runs a change, shows why it failed, and looks at the list again. */
export function useChange(): (change: (api: Api) => Promise<unknown>) => Promise<boolean> {
  const { api } = useHub();
  const client = useQueryClient();
  return async (change) => {
    try {
      await change(api);
      return true;
    } catch (error) {
      void showFailure(error);
      return false;
    } finally {
      void client.invalidateQueries({ queryKey: KEY });
    }
  };
}
