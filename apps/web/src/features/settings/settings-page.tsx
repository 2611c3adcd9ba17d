/** What can be set, and what the hub says about itself and about you. */

import { Group, SegmentedControl, Stack, Text, useMantineColorScheme } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Fragment, type ReactNode } from 'react';
import { useHub } from '../../api/context.ts';
import { useCaptureHealth } from '../../api/health-query.ts';
import { useMe } from '../../api/me-query.ts';
import { formatBytes, formatCount, formatInstant } from '../../lib/format.ts';
import { Panel } from '../../ui/panel.tsx';
import { QueriesYaml } from '../../ui/queries-yaml.tsx';
import { Audit } from './audit.tsx';
import { Keeping } from './keeping.tsx';
import classes from './settings.module.css';
import { TargetingPanel } from './targeting.tsx';
import { Webhooks } from './webhooks.tsx';

export function SettingsPage() {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scroller must be reachable by keyboard.
    <div className={classes['page']} tabIndex={0}>
      <div className={classes['column']}>
        <Appearance />
        <Panel title="Queries" aside={<QueriesYaml />}>
          <p className={classes['text']}>
            Saved queries travel as a <code>queries.yaml</code>: import one to add its queries to yours, export to share
            them. They are used from the query bar and on the Queries page.
          </p>
        </Panel>
        <Webhooks />
        <TargetingPanel />
        <Keeping />
        <Doctor />
        <Capture />
        <Audit />
        <You />
      </div>
    </div>
  );
}

function Appearance() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <Panel title="Appearance">
      <Group px={14} pb={14} justify="space-between">
        <Text size="sm">Theme</Text>
        <SegmentedControl
          aria-label="Theme"
          value={colorScheme}
          onChange={(next) => setColorScheme(next as typeof colorScheme)}
          data={[
            { value: 'auto', label: 'As the system' },
            { value: 'light', label: 'Light' },
            { value: 'dark', label: 'Dark' },
          ]}
        />
      </Group>
    </Panel>
  );
}

/** The same checks as `kubeshark doctor`. */
function Doctor() {
  const { api } = useHub();
  const { data, error } = useQuery({
    queryKey: ['doctor', ''],
    queryFn: ({ signal }) => api.call('doctor', { query: {}, signal }),
  });
  return (
    <Panel title="Doctor">
      <Stack gap={10} px={14} pb={14}>
        {error !== null && <Text c="dimmed">{error.message}</Text>}
        {data?.checks.map(({ id, title, state, evidence, nextStep }) => (
          <Group key={id} wrap="nowrap" align="flex-start">
            <span className={classes['state']} data-state={state}>
              {state}
            </span>
            <div>
              <Text size="sm" fw={550}>
                {title}
              </Text>
              <Text size="sm" c="dimmed">
                {evidence}
              </Text>
              {nextStep !== undefined && <Text size="sm">{nextStep}</Text>}
            </div>
          </Group>
        ))}
      </Stack>
    </Panel>
  );
}

function Capture() {
  const { data } = useCaptureHealth();
  if (data === undefined) return null;
  const { total, store } = data;
  return (
    <Panel title="Capture and store">
      <Facts
        facts={[
          ['Agents', formatCount(data.agents.filter(({ connected }) => connected).length)],
          ['Packets', formatCount(total.packets)],
          ['Dropped by the kernel', formatCount(total.kernelDropped)],
          ['Streams', formatCount(total.streams)],
          ['Gaps', `${formatCount(total.gaps)} (${formatBytes(total.gapBytes)})`],
          ['TLS streams, decrypted', `${formatCount(total.tlsStreams)}, ${formatCount(total.tlsDecrypted)}`],
          ['Entries lost by agents', formatCount(total.lost)],
          ['Store', `${store.engine}, ${store.state}${store.reason === undefined ? '' : `: ${store.reason}`}`],
          ['Entries held', formatCount(store.entries)],
          ['On disk', formatBytes(store.bytes)],
          ['Oldest entry', store.oldest === null ? '–' : formatInstant(store.oldest)],
          ['Dropped by retention', formatCount(store.retired)],
        ]}
      />
    </Panel>
  );
}

const accessWords = {
  none: 'off: whoever reaches this address may do everything',
  proxy: 'on; the proxy says who you are',
  loopback: 'on; you came past the proxy, by a port-forward',
} as const;

function You() {
  const { api } = useHub();
  const { data: me, error } = useMe();
  const { data: version } = useQuery({
    queryKey: ['version'],
    queryFn: ({ signal }) => api.call('version', { signal }),
  });
  return (
    <Panel title="You and this hub">
      <Facts
        facts={[
          ['Signed in as', me === undefined ? (error?.message ?? '–') : `${me.name ?? me.user} (${me.role})`],
          ['You may', me?.capabilities.join(', ') ?? '–'],
          ['You see', me?.scope ?? 'everything'],
          ['Access control', me === undefined ? '–' : accessWords[me.source]],
          ['Version', version === undefined ? '–' : version.version],
        ]}
      />
    </Panel>
  );
}

function Facts({ facts }: { readonly facts: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl className={classes['facts']}>
      {facts.map(([name, value]) => (
        <Fragment key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </Fragment>
      ))}
    </dl>
  );
}
