/** Where a recording is sent again and how. */

import { type RecordingInfo, type ReplayPlan, recordingEndpoints } from '@kubeshark/contract/recordings';
import {
  Accordion,
  Button,
  Group,
  Modal,
  NumberInput,
  Select,
  Stack,
  Switch,
  Textarea,
  TextInput,
} from '@mantine/core';
import { IconListCheck, IconPlayerPlay } from '@tabler/icons-react';
import { useState } from 'react';
import { useChange } from './recordings-query.ts';
import { firstChoice, type ReplayChoice, replayBody } from './replay-choice.ts';
import { ReplayOutline } from './replay-outline.tsx';

interface ReplayDialogProps {
  readonly recording: RecordingInfo;
  readonly onClose: () => void;
  readonly onStarted: (id: string) => void;
}

const paces = [
  { value: 'recorded', label: 'As recorded' },
  { value: 'faster', label: 'So many times as fast' },
  { value: 'max', label: 'As fast as it answers' },
  { value: 'rate', label: 'Calls a second' },
] as const;

interface PartProps {
  readonly choice: ReplayChoice;
  readonly set: (patch: Partial<ReplayChoice>) => void;
}

export function ReplayDialog({ recording, onClose, onStarted }: ReplayDialogProps) {
  const change = useChange();
  const [choice, setChoice] = useState(firstChoice);
  const [plan, setPlan] = useState<ReplayPlan>();
  const set = (patch: Partial<ReplayChoice>) => {
    setChoice({ ...choice, ...patch });
    // It was of another choice.
    setPlan(undefined);
  };
  const isUsable = choice.target.trim() !== '' && choice.amount > 0;
  const options = () => ({ params: { id: recording.id }, body: replayBody(choice) });
  const start = () => change(async (api) => onStarted((await api.ask(recordingEndpoints.startReplay, options())).id));
  const look = () => change(async (api) => setPlan(await api.ask(recordingEndpoints.outlineReplay, options())));
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
          <Pace choice={choice} set={set} />
          <Switch
            label="Also send calls that may change something"
            checked={choice.allowWrites}
            onChange={(event) => set({ allowWrites: event.currentTarget.checked })}
          />
          <Accordion variant="contained" multiple chevronPosition="left">
            <Accordion.Item value="requests">
              <Accordion.Control>Which calls, and what is changed in them</Accordion.Control>
              <Accordion.Panel>
                <Requests choice={choice} set={set} />
              </Accordion.Panel>
            </Accordion.Item>
            <Accordion.Item value="answers">
              <Accordion.Control>How answers are compared</Accordion.Control>
              <Accordion.Panel>
                <Answers choice={choice} set={set} />
              </Accordion.Panel>
            </Accordion.Item>
          </Accordion>
          {plan !== undefined && (
            <ReplayOutline
              plan={plan}
              onCapture={(line) =>
                setChoice({ ...choice, captures: [choice.captures, line].filter(Boolean).join('\n') })
              }
            />
          )}
          <Group gap="xs" grow>
            <Button
              variant="default"
              disabled={!isUsable}
              leftSection={<IconListCheck size={14} />}
              onClick={() => void look()}
            >
              What would be sent?
            </Button>
            <Button type="submit" disabled={!isUsable} leftSection={<IconPlayerPlay size={14} />}>
              Replay
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function Pace({ choice, set }: PartProps) {
  const { pace, amount, rampSeconds, loops, durationSeconds } = choice;
  const hasAmount = pace === 'faster' || pace === 'rate';
  return (
    <>
      <Group gap="xs" align="flex-end" grow>
        <Select
          label="Spacing"
          allowDeselect={false}
          data={[...paces]}
          value={pace}
          comboboxProps={{ withinPortal: false }}
          onChange={(value) => value !== null && set({ pace: value as ReplayChoice['pace'] })}
        />
        {hasAmount && (
          <NumberInput label="How many" min={0.1} value={amount} onChange={(value) => set({ amount: Number(value) })} />
        )}
        {pace === 'rate' && (
          <NumberInput
            label="Rising for seconds"
            min={0}
            value={rampSeconds}
            onChange={(value) => set({ rampSeconds: Number(value) })}
          />
        )}
      </Group>
      <Group gap="xs" align="flex-end" grow>
        <NumberInput
          label="Times"
          min={1}
          value={loops}
          onChange={(value) => set({ loops: Math.max(1, Math.round(Number(value))) })}
        />
        <NumberInput
          label="End after seconds"
          placeholder="When all is sent"
          min={0}
          value={durationSeconds === 0 ? '' : durationSeconds}
          onChange={(value) => set({ durationSeconds: Number(value) })}
        />
        <NumberInput
          label="Under way at once"
          min={1}
          max={10_000}
          value={choice.concurrency}
          onChange={(value) => set({ concurrency: Math.max(1, Math.round(Number(value))) })}
        />
      </Group>
    </>
  );
}

function Requests({ choice, set }: PartProps) {
  return (
    <Stack gap="xs">
      <Group gap="xs" align="flex-end" grow>
        <TextInput
          label="Methods"
          placeholder="All that may be sent"
          value={choice.methods}
          onChange={(event) => set({ methods: event.currentTarget.value })}
        />
        <NumberInput
          label="Part of the calls, in %"
          min={0.01}
          max={100}
          value={choice.sample}
          onChange={(value) => set({ sample: Number(value) || 100 })}
        />
      </Group>
      <Textarea
        label="Headers to set"
        description="Credentials are redacted in a recording"
        placeholder="Authorization: Bearer …"
        autosize
        value={choice.headers}
        onChange={(event) => set({ headers: event.currentTarget.value })}
      />
      <TextInput
        label="Headers to leave out"
        placeholder="X-Trace, X-Tenant"
        value={choice.dropHeaders}
        onChange={(event) => set({ dropHeaders: event.currentTarget.value })}
      />
      <Textarea
        label="Recorded hosts that go elsewhere"
        placeholder="bank.example = http://staging-bank:8080"
        autosize
        value={choice.hosts}
        onChange={(event) => set({ hosts: event.currentTarget.value })}
      />
      <Textarea
        label="Values to take from answers into later requests"
        placeholder="POST /login $.token"
        autosize
        value={choice.captures}
        onChange={(event) => set({ captures: event.currentTarget.value })}
      />
      <Switch
        label="Accept any certificate"
        checked={choice.insecure}
        onChange={(event) => set({ insecure: event.currentTarget.checked })}
      />
    </Stack>
  );
}

function Answers({ choice, set }: PartProps) {
  return (
    <Stack gap="xs">
      <Textarea
        label="What may differ"
        description="Times and ids that look alike are passed over too, and the report says so"
        placeholder="GET /orders/{id} $.createdAt"
        autosize
        value={choice.ignore}
        onChange={(event) => set({ ignore: event.currentTarget.value })}
      />
      <Textarea
        label="Lists whose order means nothing"
        placeholder="$.items"
        autosize
        value={choice.unordered}
        onChange={(event) => set({ unordered: event.currentTarget.value })}
      />
      <NumberInput
        label="Milliseconds an answer may be slower"
        min={0}
        value={choice.latencyMillis}
        onChange={(value) => set({ latencyMillis: Number(value) })}
      />
      <Switch
        label="Send everything twice before, and pass over what differs between the two"
        checked={choice.hasBaseline}
        onChange={(event) => set({ hasBaseline: event.currentTarget.checked })}
      />
      <Switch
        label="Count times and ids that look alike"
        checked={choice.strict}
        onChange={(event) => set({ strict: event.currentTarget.checked })}
      />
    </Stack>
  );
}
