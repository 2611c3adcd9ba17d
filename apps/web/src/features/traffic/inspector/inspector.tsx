/** One call, whole. */

import type { Entry } from '@kubeshark/model';
import { ActionIcon, Button, Skeleton, Stack, Tabs, Tooltip } from '@mantine/core';
import { IconArrowRight, IconChevronDown, IconChevronUp, IconMoodEmpty, IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { ApiError } from '../../../api/api.ts';
import { useHub } from '../../../api/context.ts';
import { useMe } from '../../../api/me-query.ts';
import { treeOf } from '../../../lib/body/from-value.ts';
import { formatAddress, formatBytes, formatClock, formatMillis } from '../../../lib/format.ts';
import { Empty } from '../../../ui/empty.tsx';
import { Pane } from '../../../ui/pane.tsx';
import { ProtocolBadge } from '../../../ui/protocol-badge.tsx';
import { StatusText } from '../../../ui/status-text.tsx';
import { Value } from '../../../ui/value-menu.tsx';
import { TreeView } from '../../../ui/viewers/tree-view.tsx';
import { ConnectionTab } from './connection-tab.tsx';
import { CopyMenu } from './copy-menu.tsx';
import { entryQuery } from './entry-query.ts';
import classes from './inspector.module.css';
import { KubernetesTab } from './kubernetes-tab.tsx';
import { SectionView } from './section-view.tsx';
import { sectionsOf } from './sections.ts';
import { TimingTab } from './timing-tab.tsx';

const tabs = ['request', 'response', 'timing', 'connection', 'kubernetes', 'raw'] as const;
type Tab = (typeof tabs)[number];

interface InspectorProps {
  readonly id: string;
  readonly tab: string | undefined;
  readonly onTab: (tab: string) => void;
  readonly onOpen: (id: string | null) => void;
  /** Moves to the row before or after; absent when the list cannot. */
  readonly onStep?: (step: 1 | -1) => void;
  /** What the person wrote when marking the call. */
  readonly comment?: string | undefined;
}

export function Inspector({ id, tab, onTab, onOpen, onStep, comment }: InspectorProps) {
  const { api } = useHub();
  const { data: me } = useMe();
  const { data: entry, error } = useQuery(entryQuery(api, id));
  if (error !== null) return <Missing error={error} onClose={() => onOpen(null)} />;
  if (entry === undefined) return <Loading />;
  return (
    <aside className={classes['inspector']} aria-label="Inspector">
      <Head entry={entry} onOpen={onOpen} onStep={onStep} />
      {me !== undefined && !me.capabilities.includes('payloads') && (
        <p className={classes['comment']}>
          Headers, bodies and protocol values are not shown to your role ({me.role}).
        </p>
      )}
      {comment !== undefined && comment !== '' && <p className={classes['comment']}>{comment}</p>}
      <EntryTabs entry={entry} tab={tab} onTab={onTab} onOpen={onOpen} />
    </aside>
  );
}

function Loading() {
  return (
    <Stack p="md" gap="sm" aria-busy="true" aria-label="Loading the call">
      <Skeleton h={20} w="70%" />
      <Skeleton h={14} w="45%" />
      <Skeleton h={120} mt="md" />
      <Skeleton h={200} />
    </Stack>
  );
}

function Missing({ error, onClose }: { readonly error: Error; readonly onClose: () => void }) {
  const isGone = error instanceof ApiError && error.code === 'KS_ENTRY_NOT_FOUND';
  return (
    <Empty
      icon={<IconMoodEmpty size={36} stroke={1.3} />}
      title={isGone ? 'This call is no longer here' : 'The call could not be read'}
      action={
        <Button variant="default" onClick={onClose}>
          Close
        </Button>
      }
    >
      {isGone
        ? 'The store keeps calls until its size or age limit is reached, then drops the oldest. If you need to keep one, export it or record the time it happened in.'
        : error.message}
    </Empty>
  );
}

type HeadProps = Pick<InspectorProps, 'onOpen'> & { readonly entry: Entry; readonly onStep: InspectorProps['onStep'] };

function Head({ entry, onOpen, onStep }: HeadProps) {
  const { src, dst } = entry;
  return (
    <header className={classes['head']}>
      <div className={classes['titleLine']}>
        <ProtocolBadge protocol={entry.protocol} />
        <h2 className={`${classes['title']} ellipsis`} title={entry.summary}>
          {entry.summary}
        </h2>
        {onStep !== undefined && (
          <>
            <Tooltip label="Previous (k)">
              <ActionIcon aria-label="Previous call" onClick={() => onStep(-1)}>
                <IconChevronUp size={16} />
              </ActionIcon>
            </Tooltip>
            <Tooltip label="Next (j)">
              <ActionIcon aria-label="Next call" onClick={() => onStep(1)}>
                <IconChevronDown size={16} />
              </ActionIcon>
            </Tooltip>
          </>
        )}
        <CopyMenu entry={entry} />
        <Tooltip label="Close (Esc)">
          <ActionIcon aria-label="Close the inspector" onClick={() => onOpen(null)}>
            <IconX size={16} />
          </ActionIcon>
        </Tooltip>
      </div>
      <div className={classes['facts']}>
        <Value field="response.status" value={entry.status}>
          <StatusText status={entry.status} error={entry.error} />
        </Value>
        <span>{formatMillis(entry.latency)}</span>
        <span title="Bytes on the wire, sent and received">
          ↑ {formatBytes(entry.request?.size)} ↓ {formatBytes(entry.response?.size)}
        </span>
        <span>{formatClock(entry.timestamp)}</span>
        <span className="ellipsis" title={`${formatAddress(src)} → ${formatAddress(dst)}`}>
          <Value field={src.name === undefined ? 'src.ip' : 'src.name'} value={src.name ?? src.ip} />{' '}
          <IconArrowRight size={12} aria-label="to" style={{ verticalAlign: '-1px' }} />{' '}
          <Value field={dst.name === undefined ? 'dst.ip' : 'dst.name'} value={dst.name ?? dst.ip} />:{dst.port}
        </span>
        {entry.traceId !== undefined && (
          <span className="ellipsis">
            Trace <Value field="traceId" value={entry.traceId} className="mono" />
          </span>
        )}
      </div>
      {entry.errorText !== undefined && <div className={classes['fault']}>{entry.errorText}</div>}
    </header>
  );
}

type EntryTabsProps = Pick<InspectorProps, 'tab' | 'onTab' | 'onOpen'> & { readonly entry: Entry };

function EntryTabs({ entry, tab, onTab, onOpen }: EntryTabsProps) {
  const current: Tab = tabs.find((name) => name === tab) ?? (entry.request === null ? 'response' : 'request');
  return (
    <Tabs
      value={current}
      onChange={(next) => next !== null && onTab(next)}
      keepMounted={false}
      styles={{
        root: { display: 'flex', flexDirection: 'column', flex: 1, minHeight: 0 },
        list: { flexWrap: 'nowrap', overflowX: 'auto', overflowY: 'hidden', flexShrink: 0 },
        tab: { padding: '8px', fontSize: 12 },
      }}
    >
      <Tabs.List className={classes['tabs']} aria-label="Parts of the call">
        {tabs.map((name) => (
          <Tabs.Tab key={name} value={name}>
            {name[0]!.toUpperCase() + name.slice(1)}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      <Tabs.Panel value={current} className={classes['panel']} tabIndex={0}>
        <Pane key={`${entry.id}${current}`} name={`the ${current} tab`}>
          <TabContent entry={entry} tab={current} onOpen={onOpen} />
        </Pane>
      </Tabs.Panel>
    </Tabs>
  );
}

interface TabContentProps {
  readonly entry: Entry;
  readonly tab: Tab;
  readonly onOpen: (id: string) => void;
}

function TabContent({ entry, tab, onOpen }: TabContentProps) {
  switch (tab) {
    case 'request':
    case 'response':
      return <Half entry={entry} half={tab} />;
    case 'timing':
      return <TimingTab entry={entry} />;
    case 'connection':
      return <ConnectionTab entry={entry} onOpen={onOpen} />;
    case 'kubernetes':
      return <KubernetesTab entry={entry} />;
    case 'raw':
      return (
        <section className={classes['section']} aria-label="Raw">
          <TreeView root={treeOf(entry)} label="Entry" />
        </section>
      );
  }
}

function Half({ entry, half }: { readonly entry: Entry; readonly half: 'request' | 'response' }) {
  const sections = sectionsOf(entry, half);
  if (sections.length === 0) {
    const isMissing = entry[half] === null;
    return (
      <Empty title={isMissing ? `No ${half} was seen` : `The ${half} has no content`}>
        {isMissing && (entry.errorText ?? 'It was lost, cut off, or came before capture began.')}
      </Empty>
    );
  }
  return sections.map((section) => <SectionView key={section.title} section={section} entry={entry} />);
}
