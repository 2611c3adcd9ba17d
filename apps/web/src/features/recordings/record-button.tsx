/** Record beside the query: starts a recording of what the query matches, shows that one runs, and stops it. */

import { recordingEndpoints } from '@kubeshark/contract/recordings';
import { Button, Popover } from '@mantine/core';
import { IconPlayerRecord, IconPlayerStopFilled } from '@tabler/icons-react';
import { useState } from 'react';
import { formatCount } from '../../lib/format.ts';
import { useView } from '../../ui/view.ts';
import { useChange, useRecordings } from './recordings-query.ts';
import { StartForm } from './start-form.tsx';

const POPOVER_WIDTH = 380;

export function RecordButton() {
  const { query, go } = useView();
  const { data } = useRecordings();
  const change = useChange();
  const [isOpen, setOpen] = useState(false);
  const running = data?.recordings.filter(({ state }) => state === 'recording') ?? [];
  const [newest] = running;
  const stop = async (id: string) => {
    const isStopped = await change((api) => api.ask(recordingEndpoints.stopRecording, { params: { id } }));
    if (isStopped) go('recordings');
  };
  return (
    <>
      {newest !== undefined && (
        <Button
          color="red"
          variant="light"
          leftSection={<IconPlayerStopFilled size={14} />}
          title={`Stop “${newest.name}”`}
          onClick={() => void stop(newest.id)}
        >
          Stop ({formatCount(newest.entries)})
        </Button>
      )}
      <Popover opened={isOpen} onChange={setOpen} position="bottom-end" width={POPOVER_WIDTH} trapFocus shadow="md">
        <Popover.Target>
          <Button
            variant="default"
            leftSection={<IconPlayerRecord size={14} color="var(--mantine-color-red-6)" />}
            aria-haspopup="dialog"
            onClick={() => setOpen(!isOpen)}
          >
            Record
          </Button>
        </Popover.Target>
        <Popover.Dropdown aria-label="Start a recording">
          <StartForm key={query} query={query} onStarted={() => setOpen(false)} />
        </Popover.Dropdown>
      </Popover>
    </>
  );
}
