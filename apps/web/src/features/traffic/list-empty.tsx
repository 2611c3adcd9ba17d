/** Why the list is empty: nothing yet, paused, the filter hides everything, or the hub cannot be asked. */

import { Button, Code, Loader, Skeleton, Stack, Text } from '@mantine/core';
import {
  IconAntennaBarsOff,
  IconFilterOff,
  IconPlayerPause,
  IconPlayerStop,
  IconPlugConnectedX,
} from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import { useHub } from '../../api/context.ts';
import type { FeedSnapshot } from '../../api/feed.ts';
import { formatClock, formatCount } from '../../lib/format.ts';
import { boundsOf } from '../../lib/time-range.ts';
import { Empty } from '../../ui/empty.tsx';
import { useView } from '../../ui/view.ts';

/** How often an empty page asks whether it still should be. */
const REFRESH_MILLIS = 3000;

/** How far a search has come, in words. */
const soFar = ({ calls, back }: NonNullable<FeedSnapshot['searched']>): string =>
  `${formatCount(calls)} calls were looked at${back === null ? '' : `, back to ${formatClock(back)}`}`;

export function ListEmpty() {
  const { api, feed } = useHub();
  const { query, range, apply } = useView();
  const { loading, error, paused, counts, searched, isStopped } = useSyncExternalStore(feed.subscribe, feed.snapshot);

  const { data: totals } = useQuery({
    queryKey: ['totals-without-filter', range],
    queryFn: ({ signal }) =>
      api.call('totals', {
        query: boundsOf(range),
        signal,
      }),
    enabled: query !== '',
    refetchInterval: REFRESH_MILLIS,
  });
  const { data: doctor } = useQuery({
    queryKey: ['doctor', query],
    queryFn: ({ signal }) => api.call('doctor', { query: { q: query }, signal }),
    refetchInterval: REFRESH_MILLIS,
  });

  if (loading !== null && searched !== null) {
    return (
      <Empty
        icon={<Loader size="sm" />}
        title="Looking for calls …"
        action={
          <Button variant="default" onClick={() => feed.stopSearch()}>
            Stop
          </Button>
        }
      >
        {soFar(searched)}, none matches <Code>{query}</Code> so far
      </Empty>
    );
  }
  if (isStopped) {
    return (
      <Empty
        icon={<IconPlayerStop size={38} stroke={1.3} />}
        title="The search was stopped"
        action={<Button onClick={() => feed.goOn()}>Go on</Button>}
      >
        {searched === null ? 'Nothing was looked at yet.' : `${soFar(searched)}; none of them matches.`}
      </Empty>
    );
  }
  if (loading === 'first') {
    return (
      <Stack gap={8} p={8} aria-busy="true" aria-label="Loading calls">
        {Array.from({ length: 18 }, (_, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: placeholders have no identity.
          <Skeleton key={index} h={18} w={`${94 - ((index * 7) % 23)}%`} />
        ))}
      </Stack>
    );
  }
  if (error !== null) {
    return (
      <Empty icon={<IconPlugConnectedX size={38} stroke={1.3} />} title="The calls could not be read">
        {error.message}
      </Empty>
    );
  }
  if (paused) {
    return (
      <Empty
        icon={<IconPlayerPause size={38} stroke={1.3} />}
        title="Paused"
        action={<Button onClick={() => feed.setPaused(false)}>Resume</Button>}
      >
        {formatCount(counts.matched)} calls matched since you came; they are listed when you resume.
      </Empty>
    );
  }
  const hidden = totals?.count ?? 0;
  if (query !== '' && hidden > 0) {
    return (
      <Empty
        icon={<IconFilterOff size={38} stroke={1.3} />}
        title="The filter hides everything"
        action={<Button onClick={() => apply('')}>Clear the filter</Button>}
      >
        <Text component="span">
          {formatCount(hidden)} calls are there, none matches <Code>{query}</Code>
        </Text>
      </Empty>
    );
  }
  const problem = doctor?.checks.find((check) => check.state === 'failed' || check.state === 'warning');
  return (
    <Empty icon={<IconAntennaBarsOff size={38} stroke={1.3} />} title="No calls yet">
      {problem === undefined ? (
        'Capture is running. The first call that crosses the network appears here by itself.'
      ) : (
        <Stack gap={4} align="center">
          <Text fw={550} c="var(--text)">
            {problem.title}
          </Text>
          <Text>{problem.evidence}</Text>
          {problem.nextStep !== undefined && <Text c="var(--text)">{problem.nextStep}</Text>}
        </Stack>
      )}
    </Empty>
  );
}
