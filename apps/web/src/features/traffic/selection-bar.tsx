/** What can be done with the selected calls. */

import { Button, Group, Text } from '@mantine/core';
import { IconArrowsDiff, IconX } from '@tabler/icons-react';
import { formatCount } from '../../lib/format.ts';
import { ExportMenu } from './export-menu.tsx';

interface SelectionBarProps {
  readonly selected: ReadonlySet<string>;
  readonly onClear: () => void;
  readonly onCompare: (left: string, right: string) => void;
}

export function SelectionBar({ selected, onClear, onCompare }: SelectionBarProps) {
  const ids = [...selected];

  return (
    <Group gap={6} wrap="nowrap" role="group" aria-label="Selected calls">
      <Text size="sm" fw={550} className="tabular">
        {formatCount(ids.length)} selected
      </Text>
      <Button
        variant="default"
        leftSection={<IconArrowsDiff size={14} />}
        disabled={ids.length !== 2}
        onClick={() => onCompare(ids[0]!, ids[1]!)}
      >
        Compare
      </Button>
      <ExportMenu ids={ids} />
      <Button variant="subtle" color="gray" leftSection={<IconX size={14} />} onClick={onClear}>
        Clear
      </Button>
    </Group>
  );
}
