/** All recordings: what runs with its counters, what is kept with everything that can be done with it. */

import { Button, Group, Modal, Skeleton, TextInput } from '@mantine/core';
import { IconPlayerRecord, IconSearch, IconVideo } from '@tabler/icons-react';
import { useState } from 'react';
import { formatBytes } from '../../lib/format.ts';
import { Empty } from '../../ui/empty.tsx';
import { type PageProps, useView } from '../../ui/view.ts';
import { OpenButton, OpenedList } from './opened-files.tsx';
import { RecordingRow } from './recording-row.tsx';
import classes from './recordings.module.css';
import { useRecordings } from './recordings-query.ts';
import { ReplayReportPage } from './replay-report.tsx';
import { ReplaysList } from './replays-list.tsx';
import { StartForm } from './start-form.tsx';

export function RecordingsPage({ search }: PageProps) {
  const { go } = useView();
  if (search.r === undefined) return <RecordingList onReplay={(r) => go('recordings', { r })} />;
  return <ReplayReportPage id={search.r} onClose={() => go('recordings')} />;
}

function RecordingList({ onReplay }: { readonly onReplay: (id: string) => void }) {
  const { query } = useView();
  const { data, error } = useRecordings();
  const [wanted, setWanted] = useState('');
  const [isStarting, setStarting] = useState(false);
  const record = (
    <Button color="red.9" leftSection={<IconPlayerRecord size={14} />} onClick={() => setStarting(true)}>
      Record
    </Button>
  );
  const first = (
    <>
      <Group gap="xs">
        {record}
        <OpenButton />
      </Group>
      <OpenedList />
    </>
  );
  const dialog = isStarting && (
    <Modal
      opened
      onClose={() => setStarting(false)}
      title="Start a recording"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <StartForm query={query} onStarted={() => setStarting(false)} />
    </Modal>
  );
  if (error !== null)
    return (
      <Empty icon={<IconVideo size={38} stroke={1.3} />} title="The recordings cannot be listed">
        {error.message}
      </Empty>
    );
  if (data === undefined) return <Skeleton height={200} m="md" />;
  if (data.recordings.length === 0)
    return (
      <>
        <Empty icon={<IconVideo size={38} stroke={1.3} />} title="No recordings yet" action={first}>
          A recording keeps the calls of a query in one file: to open later, to compare, to send again against another
          server. Click Record, do what you want to keep, click Stop.
        </Empty>
        {dialog}
      </>
    );
  const needle = wanted.trim().toLowerCase();
  const shown = data.recordings.filter(({ name, notes = '', query: scope }) =>
    `${name} ${notes} ${scope}`.toLowerCase().includes(needle),
  );
  const { used, bytes, days } = data.retention;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scroller must be reachable by keyboard.
    <div className={classes['page']} tabIndex={0}>
      <div className={classes['bar']}>
        <TextInput
          className={classes['grow']}
          aria-label="Find a recording"
          placeholder="Find by name, notes or query"
          leftSection={<IconSearch size={14} />}
          value={wanted}
          onChange={(event) => setWanted(event.currentTarget.value)}
        />
        <span className={classes['small']}>
          {formatBytes(used)} of {formatBytes(bytes)}; kept for {days} days
        </span>
        <OpenButton />
        {record}
      </div>
      <OpenedList />
      <ReplaysList onOpen={onReplay} />
      {shown.length === 0 ? (
        <Empty title="No recording matches">Nothing has “{wanted}” in its name, notes or query.</Empty>
      ) : (
        <table className={classes['table']} aria-label="Recordings">
          <thead>
            <tr>
              <th>Recording</th>
              <th>State</th>
              <th>Begun</th>
              <th data-number>Calls</th>
              <th data-number>Size</th>
              <th>
                <span className="dim">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((recording) => (
              <RecordingRow key={recording.id} recording={recording} onReplay={onReplay} />
            ))}
          </tbody>
        </table>
      )}
      {dialog}
    </div>
  );
}
