/** The Prometheus query a chart equals: the hub exports the same numbers at /metrics. */

import { ActionIcon, Code, Popover, Text, Tooltip } from '@mantine/core';
import { IconCopy } from '@tabler/icons-react';
import { copyText } from '../../ui/value-menu.tsx';
import classes from './dashboard.module.css';

export function PromQl({ query }: { readonly query: string }) {
  return (
    <Popover position="bottom-end" width={420}>
      <Popover.Target>
        <button type="button" className={classes['promql']}>
          PromQL
        </button>
      </Popover.Target>
      <Popover.Dropdown>
        <Text size="xs" c="dimmed" mb={6}>
          The same numbers in Grafana, from the hub’s /metrics:
        </Text>
        <div className={classes['promqlText']}>
          <Code>{query}</Code>
          <Tooltip label="Copy">
            <ActionIcon aria-label="Copy the PromQL" onClick={() => void copyText(query, 'PromQL copied')}>
              <IconCopy size={14} />
            </ActionIcon>
          </Tooltip>
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}
