/** Files that are open beside the live traffic, and the way to open another. */

import { recordingEndpoints } from '@kubeshark/contract/recordings';
import { ActionIcon, Button, FileButton, Group, Text } from '@mantine/core';
import { IconFileSearch, IconFolderOpen, IconX } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useHub } from '../../api/context.ts';
import { formatCalls } from '../../lib/format.ts';
import { showFailure } from '../../ui/undo.tsx';
import { addressOfSource } from './opened.ts';
import classes from './recordings.module.css';
import { useOpenFile } from './use-open-file.ts';

const KEY = ['opened'];

export function OpenButton() {
  const { opening, open } = useOpenFile();
  if (opening !== null)
    return (
      <Button variant="default" onClick={opening.cancel}>
        Opening {opening.name} … Cancel
      </Button>
    );
  return (
    <FileButton onChange={(file) => file !== null && open(file)} inputProps={{ 'aria-label': 'File to open' }}>
      {(props) => (
        <Button {...props} variant="default" leftSection={<IconFolderOpen size={14} />}>
          Open a file
        </Button>
      )}
    </FileButton>
  );
}

export function OpenedList() {
  const { api } = useHub();
  const client = useQueryClient();
  const { data } = useQuery({ queryKey: KEY, queryFn: ({ signal }) => api.ask(recordingEndpoints.opened, { signal }) });
  const close = async (id: string) => {
    try {
      client.setQueryData(KEY, await api.ask(recordingEndpoints.closeFile, { params: { id } }));
    } catch (error) {
      void showFailure(error);
    }
  };
  if (data === undefined || data.files.length === 0) return null;
  return (
    <section className={classes['opened']} aria-label="Opened files">
      <span className={classes['small']}>Opened files</span>
      {data.files.map(({ id, name, entries, reason }) => (
        <Group key={id} gap={4} wrap="nowrap">
          <Button
            component="a"
            href={addressOfSource(id)}
            variant="default"
            leftSection={<IconFileSearch size={14} color="var(--mantine-color-anchor)" />}
            title={reason}
          >
            {name}
          </Button>
          <Text size="xs" c="dimmed">
            {formatCalls(entries)}
            {reason === undefined ? '' : ', damaged'}
          </Text>
          <ActionIcon aria-label={`Close ${name}`} onClick={() => void close(id)}>
            <IconX size={14} />
          </ActionIcon>
        </Group>
      ))}
    </section>
  );
}
