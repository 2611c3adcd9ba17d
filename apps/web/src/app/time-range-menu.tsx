/** Live, the last so much, or between two instants; with a way back to where one was. */

import { Button, Group, Menu, Stack, TextInput } from '@mantine/core';
import { IconArrowBackUp, IconArrowForwardUp, IconClock, IconPlayerPlayFilled } from '@tabler/icons-react';
import { useRouter } from '@tanstack/react-router';
import { useState } from 'react';
import { describeRange, LIVE, parseRange, presets, type TimeRange, windowOf } from '../lib/time-range.ts';
import { useView } from '../ui/view.ts';

/** Text of `<input type="datetime-local">` in local time, to the second. */
function localText(micros: number): string {
  const date = new Date(micros / 1000);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}

function Between({ range, onRange }: { readonly range: TimeRange; readonly onRange: (range: TimeRange) => void }) {
  const [start] = useState(() => windowOf(range, Date.now() * 1000));
  const [from, setFrom] = useState(localText(start.from));
  const [to, setTo] = useState(localText(start.to));
  const [first, last] = [Date.parse(from), Date.parse(to)];
  const usable = first < last;
  return (
    <Stack gap="xs" p="xs">
      <Group gap="xs" wrap="nowrap">
        <TextInput
          type="datetime-local"
          step={1}
          label="From"
          value={from}
          onChange={(event) => setFrom(event.currentTarget.value)}
        />
        <TextInput
          type="datetime-local"
          step={1}
          label="To"
          value={to}
          onChange={(event) => setTo(event.currentTarget.value)}
          error={usable ? undefined : 'Before its start'}
        />
      </Group>
      <Button disabled={!usable} onClick={() => onRange({ kind: 'between', from: first * 1000, to: last * 1000 })}>
        Show this time
      </Button>
    </Stack>
  );
}

export function TimeRangeMenu() {
  const { range, setRange } = useView();
  const router = useRouter();
  const [opened, setOpened] = useState(false);
  const choose = (next: TimeRange) => {
    setRange(next);
    setOpened(false);
  };
  const live = range.kind === 'live';
  return (
    <Menu opened={opened} onChange={setOpened} position="bottom-end" trapFocus={false}>
      <Menu.Target>
        <Button
          variant="default"
          leftSection={live ? <IconPlayerPlayFilled size={11} color="var(--ok)" /> : <IconClock size={14} />}
          aria-label={`Time range: ${describeRange(range)}`}
          style={{ flexShrink: 0 }}
        >
          {describeRange(range)}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconPlayerPlayFilled size={12} />} fw={live ? 600 : 400} onClick={() => choose(LIVE)}>
          Live
        </Menu.Item>
        {presets.map(({ label, text }) => (
          <Menu.Item key={text} leftSection={<IconClock size={14} />} onClick={() => choose(parseRange(text))}>
            {label}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Label>Between</Menu.Label>
        <Between key={String(opened)} range={range} onRange={choose} />
        <Menu.Divider />
        <Menu.Item leftSection={<IconArrowBackUp size={14} />} onClick={() => router.history.back()}>
          Where I was before
        </Menu.Item>
        <Menu.Item leftSection={<IconArrowForwardUp size={14} />} onClick={() => router.history.forward()}>
          Forward again
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
