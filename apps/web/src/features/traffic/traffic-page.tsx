/** The list with everything around it: tools above, inspector beside, counts below. */

import type { EntryRow } from '@kubeshark/model';
import { ActionIcon, Button, SegmentedControl, Tooltip } from '@mantine/core';
import { IconPlayerPause, IconPlayerPlay, IconTrash } from '@tabler/icons-react';
import { lazy, Suspense, useCallback, useMemo, useState } from 'react';
import { Group, Panel, Separator, useDefaultLayout } from 'react-resizable-panels';
import { useAggregate } from '../../api/aggregates.ts';
import { useHub } from '../../api/context.ts';
import { useFeed } from '../../api/use-feed.ts';
import { useLanguage } from '../../editor/use-language.ts';
import { usePreference } from '../../lib/preferences.ts';
import { groupings } from '../../lib/search.ts';
import { useShortcuts } from '../../lib/shortcuts.ts';
import { isFollowing } from '../../lib/time-range.ts';
import { Histogram } from '../../ui/histogram.tsx';
import { Pane } from '../../ui/pane.tsx';
import { showUndo } from '../../ui/undo.tsx';
import { type PageProps, useView } from '../../ui/view.ts';
import { CallList } from './call-list.tsx';
import { ColumnMenu } from './column-menu.tsx';
import { CountsBar } from './counts-bar.tsx';
import { HighlightField } from './highlight-field.tsx';
import { acceptChoice, defaultChoice } from './list/columns.ts';
import { readSort, rowsAt, type Sort, writeSort } from './list/sorted-rows.ts';
import { type Mark, useMarks } from './marks.ts';
import classes from './traffic-page.module.css';

const Inspector = lazy(async () => ({ default: (await import('./inspector/inspector.tsx')).Inspector }));
const GroupTable = lazy(async () => ({ default: (await import('./group-table.tsx')).GroupTable }));
const ResultTable = lazy(async () => ({ default: (await import('./result-table.tsx')).ResultTable }));
const SelectionBar = lazy(async () => ({ default: (await import('./selection-bar.tsx')).SelectionBar }));
const ExportMenu = lazy(async () => ({ default: (await import('./export-menu.tsx')).ExportMenu }));
const MarkDialog = lazy(async () => ({ default: (await import('./mark-dialog.tsx')).MarkDialog }));
const Compare = lazy(async () => ({ default: (await import('./inspector/compare.tsx')).Compare }));

const NONE: ReadonlySet<string> = new Set();
const nobody = (): boolean => false;
const groupNames = { endpoint: 'Endpoints', service: 'Services', status: 'Statuses' } as const;

export function TrafficPage({ search, onSearch }: PageProps) {
  const { feed } = useHub();
  const { query, range, highlight } = useView();
  const isPaused = useFeed(({ paused }) => paused);
  const [chosen, setChosen] = usePreference('traffic.columns', acceptChoice, defaultChoice);
  const sort = useMemo(() => readSort(search.sort), [search.sort]);
  const setSort = useCallback((next: Sort | null) => onSearch({ sort: writeSort(next) }, true), [onSearch]);
  const [selected, setSelected] = useState(NONE);
  const [marking, setMarking] = useState<Mark | null>(null);
  const marks = useMarks();
  const language = useLanguage(highlight !== '' || query.includes('|'));
  const isTable = useMemo(() => query.includes('|') && language?.checkQuery(query).isTable === true, [language, query]);
  const isHighlighted = useMemo(() => language?.rowPredicate(highlight) ?? nobody, [language, highlight]);
  const openId = search.e ?? null;
  const live = isFollowing(range);

  const onOpen = useCallback(
    (id: string | null) => onSearch({ e: id ?? undefined, c: undefined }, openId !== null && id !== null),
    [onSearch, openId],
  );
  const togglePause = () => feed.setPaused(!isPaused);
  useShortcuts([
    { keys: 'p', label: 'Pause and resume', group: 'Traffic', run: togglePause },
    { keys: 'Escape', label: 'Close the inspector', group: 'Traffic', run: () => onOpen(null) },
    ...listKeys,
  ]);
  const step = (by: 1 | -1) => {
    const rows = rowsAt(feed.rows, feed.snapshot().version, sort);
    for (let position = rows.start; position < rows.end; position += 1) {
      if (rows.at(position)?.id !== openId) continue;
      const next = rows.at(position + by);
      if (next !== undefined) onOpen(next.id);
      return;
    }
  };
  const mark = useCallback(
    ({ id, summary }: EntryRow) => setMarking(marks.find(id) ?? { id, summary, comment: '' }),
    [marks],
  );
  const isMarked = useCallback((id: string) => marks.find(id) !== undefined, [marks]);
  const layout = useDefaultLayout({ id: 'traffic', panelIds: openId === null ? ['list'] : ['list', 'inspector'] });

  return (
    <div className={classes['page']}>
      <div className={classes['toolbar']} role="toolbar" aria-label="Traffic">
        {live && (
          <Button
            variant={isPaused ? 'filled' : 'default'}
            leftSection={isPaused ? <IconPlayerPlay size={14} /> : <IconPlayerPause size={14} />}
            onClick={togglePause}
            aria-pressed={isPaused}
          >
            {isPaused ? 'Resume' : 'Pause'}
          </Button>
        )}
        <Tooltip label="Empty the list">
          <ActionIcon aria-label="Empty the list" onClick={() => feed.clear()}>
            <IconTrash size={16} stroke={1.6} />
          </ActionIcon>
        </Tooltip>
        <SegmentedControl
          aria-label="Group by"
          value={search.group ?? 'calls'}
          onChange={(group) => onSearch({ group: groupings.find((word) => word === group) })}
          data={[
            { value: 'calls', label: 'Calls' },
            ...groupings.map((value) => ({ value, label: groupNames[value] })),
          ]}
        />
        <span className={classes['spacer']} />
        <Suspense>
          {selected.size > 0 ? (
            <SelectionBar
              selected={selected}
              onClear={() => setSelected(NONE)}
              onCompare={(left, right) => onSearch({ e: left, c: right })}
            />
          ) : (
            search.group === undefined && (
              <>
                <HighlightField />
                <ExportMenu />
                <ColumnMenu chosen={chosen} onChoose={setChosen} />
              </>
            )
          )}
        </Suspense>
      </div>
      <RangeHistogram />
      <Group className={classes['split']} {...layout}>
        <Panel id="list" minSize="25%">
          <Pane name="the list">
            <Suspense>
              {isTable ? (
                <ResultTable />
              ) : search.group === undefined ? (
                <CallList
                  chosen={chosen}
                  onChoose={setChosen}
                  sort={sort}
                  onSort={setSort}
                  openId={openId}
                  onOpen={onOpen}
                  selected={selected}
                  onSelect={setSelected}
                  isHighlighted={isHighlighted}
                  isMarked={isMarked}
                  onMark={mark}
                  isLive={live}
                />
              ) : (
                <GroupTable key={search.group} by={search.group} onOpen={onOpen} />
              )}
            </Suspense>
          </Pane>
        </Panel>
        {openId !== null && (
          <>
            <Separator className={classes['handle']} aria-label="Width of the inspector" />
            <Panel id="inspector" minSize="22%" defaultSize="44%">
              <Pane key={openId} name="the inspector">
                <Suspense>
                  {search.c === undefined ? (
                    <Inspector
                      id={openId}
                      tab={search.tab}
                      onTab={(tab) => onSearch({ tab }, true)}
                      onOpen={onOpen}
                      onStep={step}
                      comment={marks.find(openId)?.comment}
                    />
                  ) : (
                    <Compare left={openId} right={search.c} onClose={() => onSearch({ e: undefined, c: undefined })} />
                  )}
                </Suspense>
              </Pane>
            </Panel>
          </>
        )}
      </Group>
      <CountsBar sort={sort} />
      <Suspense>
        {marking !== null && (
          <MarkDialog
            mark={marking}
            isOld={marks.find(marking.id) !== undefined}
            onClose={() => setMarking(null)}
            onSave={(next) => {
              marks.set(next);
              setMarking(null);
            }}
            onRemove={() => {
              const before = marking;
              marks.remove(before.id);
              setMarking(null);
              void showUndo('Mark removed', () => marks.set(before));
            }}
          />
        )}
      </Suspense>
    </div>
  );
}

const ignore = (): void => undefined;
/** Keys the list itself answers while it has the focus; here for the sheet. */
const listKeys = (
  [
    ['j', 'Next call'],
    ['k', 'Previous call'],
    ['Enter', 'Open the call'],
    [' ', 'Select the call'],
    ['f', 'Filter by a value of the call'],
    ['m', 'Mark the call, with a comment'],
    ['shift+g', 'To the newest call'],
  ] as const
).map(([keys, label]) => ({ keys, label, group: 'List', run: ignore }));

/** The bars above the list, from the store: the whole range, not only the rows that are loaded. */
function RangeHistogram() {
  const { query, range, setRange } = useView();
  const { data } = useAggregate('histogram', { query, range }, { buckets: 120 });
  if (data === undefined) return <div className={classes['noHistogram']} />;
  return <Histogram data={data} onBrush={(from, to) => setRange({ kind: 'between', from, to })} />;
}
