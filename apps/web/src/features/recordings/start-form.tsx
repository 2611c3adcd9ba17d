/** What is recorded and when it ends. */

import {
  type PacketsChoice,
  type Repeat,
  recordingEndpoints,
  type StartRecordingBody,
} from '@kubeshark/contract/recordings';
import { Button, Group, NumberInput, Select, Stack, TextInput } from '@mantine/core';
import { IconPlayerRecord } from '@tabler/icons-react';
import { useState } from 'react';
import { formatClock } from '../../lib/format.ts';
import { PacketsField } from './packets-field.tsx';
import { useChange } from './recordings-query.ts';

interface StartFormProps {
  readonly query: string;
  readonly onStarted: () => void;
}

const ends = [
  { value: 'hand', label: 'When I stop it' },
  { value: 'minutes', label: 'After minutes' },
  { value: 'megabytes', label: 'At a size in MB' },
  { value: 'calls', label: 'After a number of calls' },
] as const;
type End = (typeof ends)[number]['value'];

const starts = [
  { value: 'now', label: 'Now' },
  { value: 'preroll', label: 'Now, with the last seconds' },
  { value: 'later', label: 'At a time' },
] as const;
type Start = (typeof starts)[number]['value'];

const repeats = [
  { value: 'once', label: 'Once' },
  { value: 'hour', label: 'Every hour' },
  { value: 'day', label: 'Every day' },
  { value: 'week', label: 'Every week' },
] as const;

interface Choice {
  readonly name: string;
  readonly query: string;
  readonly end: End;
  readonly amount: number;
  readonly start: Start;
  readonly seconds: number;
  /** As a `datetime-local` field has it. */
  readonly at: string;
  readonly repeat: Repeat | 'once';
  readonly packets: PacketsChoice;
}

/** What the hub is asked for. */
export function bodyOf(choice: Choice): StartRecordingBody {
  const { name, query, end, amount, start, seconds, at, repeat, packets } = choice;
  const limits = {
    ...(end === 'minutes' && { seconds: amount * 60 }),
    ...(end === 'megabytes' && { bytes: Math.round(amount * 1e6) }),
    ...(end === 'calls' && { entries: Math.round(amount) }),
  };
  const startAt = start === 'later' ? Date.parse(at) * 1000 : Number.NaN;
  return {
    name: name.trim(),
    query: query.trim(),
    limits,
    preRollSeconds: start === 'preroll' ? seconds : 0,
    packets,
    ...(Number.isFinite(startAt) && { startAt }),
    ...(start === 'later' && repeat !== 'once' && { repeat }),
  };
}

const firstChoice = (query: string): Choice => ({
  name: `Recording ${formatClock(Date.now() * 1000)}`,
  query,
  end: 'hand',
  amount: 5,
  start: 'now',
  seconds: 30,
  at: '',
  repeat: 'once',
  packets: 'captured',
});

/** One of a series ends after a time. */
const repeated = (repeat: Choice['repeat']): Partial<Choice> =>
  repeat === 'once' ? { repeat } : { repeat, end: 'minutes' };

export function StartForm({ query: given, onStarted }: StartFormProps) {
  const change = useChange();
  const [choice, setChoice] = useState(() => firstChoice(given));
  const set = (patch: Partial<Choice>) => setChoice({ ...choice, ...patch });
  const isUsable =
    choice.name.trim() !== '' &&
    choice.amount > 0 &&
    (choice.start !== 'later' || !Number.isNaN(Date.parse(choice.at))) &&
    // Each of a series must end before the next.
    (choice.start !== 'later' || choice.repeat === 'once' || choice.end === 'minutes');
  const start = async () => {
    const isStarted = await change((api) => api.ask(recordingEndpoints.startRecording, { body: bodyOf(choice) }));
    if (isStarted) onStarted();
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (isUsable) void start();
      }}
    >
      <Stack gap="xs">
        <TextInput
          data-autofocus
          label="Name"
          value={choice.name}
          onChange={(event) => set({ name: event.currentTarget.value })}
        />
        <TextInput
          label="Only these calls"
          placeholder="Everything"
          value={choice.query}
          spellCheck={false}
          onChange={(event) => set({ query: event.currentTarget.value })}
        />
        <Group gap="xs" align="flex-end" grow>
          <Select
            label="Begin"
            allowDeselect={false}
            data={[...starts]}
            value={choice.start}
            comboboxProps={{ withinPortal: false }}
            onChange={(value) => value !== null && set({ start: value as Start })}
          />
          {choice.start === 'preroll' && (
            <NumberInput
              label="Seconds before"
              min={1}
              max={3600}
              value={choice.seconds}
              onChange={(value) => set({ seconds: Number(value) })}
            />
          )}
          {choice.start === 'later' && (
            <TextInput
              type="datetime-local"
              label="Time"
              value={choice.at}
              onChange={(event) => set({ at: event.currentTarget.value })}
            />
          )}
        </Group>
        {choice.start === 'later' && (
          <Select
            label="Repeat"
            allowDeselect={false}
            data={[...repeats]}
            value={choice.repeat}
            comboboxProps={{ withinPortal: false }}
            onChange={(value) => value !== null && set(repeated(value as Choice['repeat']))}
          />
        )}
        <Group gap="xs" align="flex-end" grow>
          <Select
            label="End"
            allowDeselect={false}
            data={[...ends]}
            value={choice.end}
            comboboxProps={{ withinPortal: false }}
            onChange={(value) => value !== null && set({ end: value as End })}
          />
          {choice.end !== 'hand' && (
            <NumberInput
              label="How many"
              min={1}
              value={choice.amount}
              onChange={(value) => set({ amount: Number(value) })}
            />
          )}
        </Group>
        <PacketsField value={choice.packets} onChange={(packets) => set({ packets })} />
        <Button type="submit" color="red.9" disabled={!isUsable} leftSection={<IconPlayerRecord size={14} />}>
          {choice.start === 'later' ? 'Schedule' : 'Start recording'}
        </Button>
      </Stack>
    </form>
  );
}
