/** What can be done with the selected calls. */

import { toHar } from '@kubeshark/recording/har';
import { Button, Group, Text } from '@mantine/core';
import { IconArrowsDiff, IconBraces, IconX } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useHub } from '../../api/context.ts';
import { formatCount } from '../../lib/format.ts';
import { saveText } from '../../ui/save.ts';
import { showFailure } from '../../ui/undo.tsx';
import { entryQuery } from './inspector/entry-query.ts';

interface SelectionBarProps {
  readonly selected: ReadonlySet<string>;
  readonly onClear: () => void;
  readonly onCompare: (left: string, right: string) => void;
}

export function SelectionBar({ selected, onClear, onCompare }: SelectionBarProps) {
  const { api } = useHub();
  const client = useQueryClient();
  const ids = [...selected];

  const save = async (write: 'json' | 'har') => {
    try {
      const entries = await Promise.all(ids.map((id) => client.fetchQuery(entryQuery(api, id))));
      const text = write === 'har' ? toHar(entries) : JSON.stringify(entries, null, 2);
      saveText(text, `kubeshark-${entries.length}-calls.${write}`, 'application/json');
    } catch (error) {
      void showFailure(error);
    }
  };
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
      <Button variant="default" leftSection={<IconBraces size={14} />} onClick={() => void save('json')}>
        Save JSON
      </Button>
      <Button variant="default" onClick={() => void save('har')}>
        Save HAR
      </Button>
      <Button variant="subtle" color="gray" leftSection={<IconX size={14} />} onClick={onClear}>
        Clear
      </Button>
    </Group>
  );
}
