/** Is capture running, is the stream connected, is anything lost: one word and a colour, the numbers behind it. */

import type { CaptureCounters } from '@kubeshark/contract';
import { Divider, Group, Popover, Stack, Text, UnstyledButton } from '@mantine/core';
import { Fragment, useSyncExternalStore } from 'react';
import { useHub } from '../api/context.ts';
import { useCaptureHealth } from '../api/health-query.ts';
import { formatAge, formatBytes, formatCount, formatShare, formatShort } from '../lib/format.ts';
import { isFollowing } from '../lib/time-range.ts';
import { useView } from '../ui/view.ts';
import classes from './health-indicator.module.css';

type Tone = 'ok' | 'idle' | 'warn' | 'error';

export function HealthIndicator() {
  const { feed } = useHub();
  const { connection, paused } = useSyncExternalStore(feed.subscribe, feed.snapshot);
  const { range, source } = useView();
  const { data: health, isError } = useCaptureHealth();
  const agents = health?.agents.filter((agent) => agent.connected) ?? [];
  const packets = agents.reduce((sum, agent) => sum + agent.packetsPerSecond, 0);
  const dropped = health?.total.kernelDropped ?? 0;

  const state = ((): { readonly word: string; readonly tone: Tone } => {
    if (isError && connection !== 'open') return { word: 'Disconnected', tone: 'error' };
    if (source !== undefined) return { word: 'File', tone: 'idle' };
    if (isFollowing(range)) {
      // The query was refused: there is nothing to follow.
      if (connection === 'closed') return { word: 'Not live', tone: 'idle' };
      if (connection === 'disconnected') return { word: 'Disconnected', tone: 'error' };
      if (connection === 'reconnecting') return { word: 'Reconnecting', tone: 'warn' };
      if (connection === 'connecting') return { word: 'Connecting', tone: 'warn' };
      if (paused) return { word: 'Paused', tone: 'idle' };
      return { word: 'Live', tone: 'ok' };
    }
    return { word: 'History', tone: 'idle' };
  })();

  return (
    <Popover position="bottom-end" width={340}>
      <Popover.Target>
        <UnstyledButton className={classes['indicator']} data-tone={state.tone}>
          <span className={classes['dot']} />
          <span className={classes['hidden']}>Capture health: </span>
          <span className={classes['word']}>{state.word}</span>
          <span className={classes['numbers']}>
            {health === undefined || isError ? '' : `${formatShort(packets)} pkt/s`}
            {dropped > 0 && <span className={classes['drops']}> · {formatShort(dropped)} dropped</span>}
          </span>
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="xs">
          <Text fw={600}>Capture</Text>
          {health === undefined && <Text c="dimmed">{isError ? 'The hub does not answer.' : 'Asking the hub …'}</Text>}
          {health !== undefined && agents.length === 0 && <Text c="dimmed">No agent is connected.</Text>}
          {agents.map((agent) => (
            <Fragment key={agent.node + agent.agentNumber}>
              <Group justify="space-between" wrap="nowrap" gap="xs">
                <Text size="sm" fw={550} truncate>
                  {agent.node}
                </Text>
                <Text size="xs" c="dimmed">
                  {agent.source}
                </Text>
              </Group>
              <Numbers
                rows={[
                  ['Packets', `${formatCount(agent.counters.packets)} (${formatShort(agent.packetsPerSecond)}/s)`],
                  ['Entries', `${formatCount(agent.counters.entries)} (${formatShort(agent.entriesPerSecond)}/s)`],
                  ['Dropped by the kernel', formatCount(agent.counters.kernelDropped)],
                  ['Kernel’s buffer, fullest', formatShare(agent.counters.bufferUsed)],
                  ['Gaps', `${formatCount(agent.counters.gaps)} (${formatBytes(agent.counters.gapBytes)})`],
                  [
                    'Streams given up, bodies cut',
                    `${formatCount(agent.counters.evicted)}, ${formatCount(agent.counters.cutBodies)}`,
                  ],
                  [
                    'TLS streams, decrypted',
                    `${formatCount(agent.counters.tlsStreams)}, ${formatCount(agent.counters.tlsDecrypted)}`,
                  ],
                  ['Packets kept', kept(agent.counters)],
                ]}
              />
              {agent.notes.map((note) => (
                <Text key={note} size="xs" c="dimmed">
                  {note}
                </Text>
              ))}
            </Fragment>
          ))}
          {health !== undefined && (
            <>
              <Divider />
              <Text fw={600}>Store</Text>
              <Numbers
                rows={[
                  ['Engine', `${health.store.engine} (${health.store.state})`],
                  ['Entries', formatCount(health.store.entries)],
                  ['On disk', formatBytes(health.store.bytes)],
                ]}
              />
            </>
          )}
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}

/** The ring of raw packets: how much, how far back, what did not fit. */
function kept({ ringBytes, ringSince, ringDropped }: CaptureCounters): string {
  if (ringBytes === null) return 'none';
  const back = ringSince === null ? '' : `, ${formatAge(ringSince, Date.now() * 1000)}`;
  const missing = ringDropped === 0 ? '' : `, ${formatCount(ringDropped)} not kept`;
  return `${formatBytes(ringBytes)}${back}${missing}`;
}

function Numbers({ rows }: { readonly rows: readonly (readonly [string, string])[] }) {
  return (
    <dl className={classes['list']}>
      {rows.map(([name, value]) => (
        <Fragment key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </Fragment>
      ))}
    </dl>
  );
}
