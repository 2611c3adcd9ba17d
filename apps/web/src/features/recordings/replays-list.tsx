/** The latest replays. */

import { Button, Group, Text } from '@mantine/core';
import { IconReport } from '@tabler/icons-react';
import { formatCount } from '../../lib/format.ts';
import classes from './recordings.module.css';
import { useReplays } from './replays-query.ts';

export function ReplaysList({ onOpen }: { readonly onOpen: (id: string) => void }) {
  const { data } = useReplays();
  if (data === undefined || data.replays.length === 0) return null;
  return (
    <section className={classes['opened']} aria-label="Replays">
      <span className={classes['small']}>Replays</span>
      {data.replays.map(({ id, recording, target, state, wrong, sent, planned }) => (
        <Group key={id} gap={4} wrap="nowrap">
          <Button
            variant="default"
            leftSection={
              <IconReport
                size={14}
                color={`var(--mantine-color-${state === 'failed' || wrong > 0 ? 'orange' : 'green'}-text)`}
              />
            }
            title={target}
            onClick={() => onOpen(id)}
          >
            {recording}
          </Button>
          <Text size="xs" c="dimmed">
            {state === 'running'
              ? `${formatCount(sent)} of ${formatCount(planned)} sent`
              : state === 'failed'
                ? 'failed'
                : wrong === 0
                  ? 'as recorded'
                  : `${formatCount(wrong)} differ`}
          </Text>
        </Group>
      ))}
    </section>
  );
}
