/** One recording and what can be done with it. */

import {
  type ExportFormatName,
  exportFormatNames,
  type RecordingInfo,
  type Repeat,
  recordingEndpoints,
} from '@kubeshark/contract/recordings';
import { ActionIcon, Button, Group, Menu, Modal, Stack, Textarea, TextInput, Tooltip } from '@mantine/core';
import {
  IconDownload,
  IconFileExport,
  IconFolderOpen,
  IconPencil,
  IconPlayerPlay,
  IconPlayerStopFilled,
  IconTrash,
} from '@tabler/icons-react';
import { useState } from 'react';
import { formatBytes, formatCount, formatSecond } from '../../lib/format.ts';
import { showUndo } from '../../ui/undo.tsx';
import { showOpened } from './opened.ts';
import classes from './recordings.module.css';
import { useChange } from './recordings-query.ts';
import { ReplayDialog } from './replay-dialog.tsx';

const states: Readonly<Record<RecordingInfo['state'], string>> = {
  scheduled: 'Scheduled',
  recording: 'Recording',
  sealing: 'Being finished',
  done: 'Done',
  failed: 'Failed',
};
const repeats: Readonly<Record<Repeat, string>> = { hour: 'every hour', day: 'every day', week: 'every week' };
const reasons: Readonly<Record<string, string>> = {
  hand: 'stopped by hand',
  time: 'its time was over',
  size: 'its size was reached',
  count: 'its number of calls was reached',
  interrupted: 'broken off',
};

/** Relative to the page's base: a proxy may serve the hub under a path. */
const exportAddress = (id: string, format: ExportFormatName): string =>
  `api/recordings/${id}/export?${new URLSearchParams({ format })}`;

interface RecordingRowProps {
  readonly recording: RecordingInfo;
  readonly onReplay: (id: string) => void;
}

export function RecordingRow({ recording, onReplay }: RecordingRowProps) {
  const { id, name, notes, query, state, startedAt, startAt, repeat, entries, bytes, fileBytes } = recording;
  const { stopReason, reason, gaps, packets } = recording;
  const change = useChange();
  const [isEditing, setEditing] = useState(false);
  const [isReplaying, setReplaying] = useState(false);
  const params = { id };
  const begun = startedAt ?? startAt;
  const open = () => change(async (api) => showOpened(await api.ask(recordingEndpoints.openRecording, { params })));
  const remove = async () => {
    if (await change((api) => api.ask(recordingEndpoints.deleteRecording, { params })))
      void showUndo(`“${name}” deleted`, () => {
        void change((api) => api.ask(recordingEndpoints.restoreRecording, { params }));
      });
  };
  return (
    <tr data-state={state}>
      <td>
        <div className={classes['name']}>{name}</div>
        <div className={classes['small']}>
          <code>{query === '' ? 'everything' : query}</code>
        </div>
        {notes !== undefined && notes !== '' && <div className={classes['small']}>{notes}</div>}
        {gaps.map((gap) => (
          <div key={gap} className={classes['gap']}>
            Not complete: {gap}
          </div>
        ))}
        {packets !== undefined && <div className={classes['small']}>{packetsText(packets)}</div>}
      </td>
      <td>
        {states[state]}
        <div className={classes['small']}>{reason ?? reasons[stopReason ?? ''] ?? ''}</div>
        {state === 'scheduled' && repeat !== undefined && <div className={classes['small']}>{repeats[repeat]}</div>}
      </td>
      <td className={classes['line']}>{begun === undefined ? '' : formatSecond(begun)}</td>
      <td data-number>{formatCount(entries)}</td>
      <td data-number>{formatBytes(fileBytes ?? bytes)}</td>
      <td>
        <Group gap={4} wrap="nowrap">
          {(state === 'recording' || state === 'scheduled') && (
            <Button
              color="red"
              variant="light"
              leftSection={<IconPlayerStopFilled size={14} />}
              onClick={() => void change((api) => api.ask(recordingEndpoints.stopRecording, { params }))}
            >
              {state === 'scheduled' ? 'Cancel' : 'Stop'}
            </Button>
          )}
          {state === 'done' && (
            <>
              <Button
                component="a"
                variant="default"
                href={`api/recordings/${id}/file`}
                download
                leftSection={<IconDownload size={14} />}
              >
                Download
              </Button>
              <Button variant="default" leftSection={<IconFolderOpen size={14} />} onClick={() => void open()}>
                Open
              </Button>
              <Button variant="default" leftSection={<IconPlayerPlay size={14} />} onClick={() => setReplaying(true)}>
                Replay
              </Button>
              <Menu position="bottom-end">
                <Menu.Target>
                  <Tooltip label="Export as …">
                    <ActionIcon aria-label={`Export ${name} as`}>
                      <IconFileExport size={16} stroke={1.6} />
                    </ActionIcon>
                  </Tooltip>
                </Menu.Target>
                <Menu.Dropdown>
                  {exportFormatNames.map((format) => (
                    <Menu.Item key={format} component="a" href={exportAddress(id, format)} download>
                      {format}
                    </Menu.Item>
                  ))}
                </Menu.Dropdown>
              </Menu>
            </>
          )}
          <Tooltip label="Name and notes">
            <ActionIcon aria-label={`Change name and notes of ${name}`} onClick={() => setEditing(true)}>
              <IconPencil size={16} stroke={1.6} />
            </ActionIcon>
          </Tooltip>
          <Tooltip label="Delete">
            <ActionIcon aria-label={`Delete ${name}`} onClick={() => void remove()}>
              <IconTrash size={16} stroke={1.6} />
            </ActionIcon>
          </Tooltip>
        </Group>
        {isReplaying && <ReplayDialog recording={recording} onClose={() => setReplaying(false)} onStarted={onReplay} />}
        {isEditing && <EditDialog recording={recording} onClose={() => setEditing(false)} />}
      </td>
    </tr>
  );
}

/** Whether Wireshark shows what was on the wire, and why not. */
function packetsText({ origin, count, rebuilt = 0, reasons: why = [] }: NonNullable<RecordingInfo['packets']>): string {
  const because = why.length === 0 ? '' : `: ${why.join('; ')}`;
  if (origin !== 'captured') return `${formatCount(count)} packets, rebuilt from the calls${because}`;
  const some = rebuilt === 0 ? '' : `, ${formatCount(rebuilt)} of them rebuilt`;
  return `${formatCount(count)} packets of the wire${some}${because}`;
}

interface EditDialogProps {
  readonly recording: RecordingInfo;
  readonly onClose: () => void;
}

function EditDialog({ recording, onClose }: EditDialogProps) {
  const change = useChange();
  const [name, setName] = useState(recording.name);
  const [notes, setNotes] = useState(recording.notes ?? '');
  const save = async () => {
    const options = { params: { id: recording.id }, body: { name: name.trim(), notes } };
    if (await change((api) => api.ask(recordingEndpoints.changeRecording, options))) onClose();
  };
  return (
    <Modal opened onClose={onClose} title="Name and notes" closeButtonProps={{ 'aria-label': 'Close' }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim() !== '') void save();
        }}
      >
        <Stack gap="xs">
          <TextInput
            data-autofocus
            label="Name"
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Textarea
            label="Notes"
            autosize
            minRows={3}
            value={notes}
            onChange={(event) => setNotes(event.currentTarget.value)}
          />
          <Button type="submit" disabled={name.trim() === ''}>
            Save
          </Button>
        </Stack>
      </form>
    </Modal>
  );
}
