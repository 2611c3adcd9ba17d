/** Where a recording is sent again and how. */

import { type RecordingInfo, recordingEndpoints, type StartReplayBody } from '@kubeshark/contract/recordings';
import { Button, Group, Modal, NumberInput, Select, Stack, Switch, Text, Textarea, TextInput } from '@mantine/core';
import { IconPlayerPlay } from '@tabler/icons-react';
import { useState } from 'react';
import { useChange } from './recordings-query.ts';

interface ReplayDialogProps {
  readonly recording: RecordingInfo;
  readonly onClose: () => void;
  readonly onStarted: (id: string) => void;
}

interface Choice {
  readonly target: string;
  readonly filter: string;
  readonly pace: 'recorded' | 'faster' | 'rate';
  readonly amount: number;
  readonly allowWrites: boolean;
  /** `Authorization: Bearer …`, one a line. */
  readonly headers: string;
  readonly captures: string;
  readonly ignore: string;
}

const paces = [
  { value: 'recorded', label: 'As recorded' },
  { value: 'faster', label: 'So many times as fast' },
  { value: 'rate', label: 'Calls a second' },
] as const;

/** What the hub is asked for. */
export function replayBody({
  target,
  filter,
  pace,
  amount,
  allowWrites,
  headers,
  captures,
  ignore,
}: Choice): StartReplayBody {
  const pairs = headers
    .split('\n')
    .map((line) => /^\s*([^:\s]+)\s*:\s*(.*?)\s*$/.exec(line))
    .flatMap((match) => (match === null ? [] : [[match[1] ?? '', match[2] ?? ''] as const]));
  return {
    target: target.trim(),
    filter: filter.trim(),
    speed: pace === 'faster' ? amount : 1,
    ...(pace === 'rate' && { rate: amount }),
    loops: 1,
    sample: 1,
    allowWrites,
    setHeaders: Object.fromEntries(pairs),
    captures,
    ignore,
  };
}

const first: Choice = {
  target: '',
  filter: '',
  pace: 'recorded',
  amount: 2,
  allowWrites: false,
  headers: '',
  captures: '',
  ignore: '',
};

export function ReplayDialog({ recording, onClose, onStarted }: ReplayDialogProps) {
  const change = useChange();
  const [choice, setChoice] = useState(first);
  const set = (patch: Partial<Choice>) => setChoice({ ...choice, ...patch });
  const isUsable = choice.target.trim() !== '' && choice.amount > 0;
  const start = () =>
    change(async (api) => {
      const options = { params: { id: recording.id }, body: replayBody(choice) };
      onStarted((await api.ask(recordingEndpoints.startReplay, options)).id);
    });
  return (
    <Modal
      opened
      onClose={onClose}
      title={`Replay “${recording.name}”`}
      size="lg"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (isUsable) void start();
        }}
      >
        <Stack gap="xs">
          <TextInput
            data-autofocus
            label="Target"
            description="The only server anything is sent to; redirects are not followed"
            placeholder="http://staging:8080"
            value={choice.target}
            onChange={(event) => set({ target: event.currentTarget.value })}
          />
          <TextInput
            label="Only these calls"
            placeholder="Everything"
            spellCheck={false}
            value={choice.filter}
            onChange={(event) => set({ filter: event.currentTarget.value })}
          />
          <Group gap="xs" align="flex-end" grow>
            <Select
              label="Spacing"
              allowDeselect={false}
              data={[...paces]}
              value={choice.pace}
              onChange={(value) => value !== null && set({ pace: value as Choice['pace'] })}
            />
            {choice.pace !== 'recorded' && (
              <NumberInput
                label="How many"
                min={0.1}
                value={choice.amount}
                onChange={(value) => set({ amount: Number(value) })}
              />
            )}
          </Group>
          <Switch
            label="Also send calls that may change something"
            checked={choice.allowWrites}
            onChange={(event) => set({ allowWrites: event.currentTarget.checked })}
          />
          <Textarea
            label="Headers to set"
            description="Credentials are redacted in a recording"
            placeholder="Authorization: Bearer …"
            autosize
            value={choice.headers}
            onChange={(event) => set({ headers: event.currentTarget.value })}
          />
          <Textarea
            label="Values to take from answers into later requests"
            placeholder="POST /login $.token"
            autosize
            value={choice.captures}
            onChange={(event) => set({ captures: event.currentTarget.value })}
          />
          <Textarea
            label="What may differ"
            placeholder="GET /orders/{id} $.createdAt"
            autosize
            value={choice.ignore}
            onChange={(event) => set({ ignore: event.currentTarget.value })}
          />
          <Text size="xs" c="dimmed">
            Times and ids that look alike are passed over, and the report says so. Larger loads: kubeshark replay.
          </Text>
          <Button type="submit" disabled={!isUsable} leftSection={<IconPlayerPlay size={14} />}>
            Replay
          </Button>
        </Stack>
      </form>
    </Modal>
  );
}
