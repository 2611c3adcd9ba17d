/** The list with everything around it: tools above, inspector beside, counts below. */

import { ActionIcon, Button, Checkbox, Menu, Tooltip } from '@mantine/core';
import { IconColumns3, IconPlayerPause, IconPlayerPlay, IconTrash } from '@tabler/icons-react';
import { lazy, Suspense, useCallback, useMemo, useState, useSyncExternalStore } from 'react';
import { Group, Panel, Separator, useDefaultLayout } from 'react-resizable-panels';
import { useHub } from '../../api/context.ts';
import { usePreference } from '../../lib/preferences.ts';
import { useShortcuts } from '../../lib/shortcuts.ts';
import { Pane } from '../../ui/pane.tsx';
import { type PageProps, useView } from '../../ui/view.ts';
import { CountsBar } from './counts-bar.tsx';
import { acceptChoice, columns, defaultChoice } from './list/columns.tsx';
import { EntryList } from './list/entry-list.tsx';
import { rowsAt, type Sort } from './list/sorted-rows.ts';
import { ListEmpty } from './list-empty.tsx';
import classes from './traffic-page.module.css';

const Inspector = lazy(async () => ({ default: (await import('./inspector/inspector.tsx')).Inspector }));

const NONE: ReadonlySet<string> = new Set();

export function TrafficPage({ search, onSearch }: PageProps) {
  const { feed } = useHub();
  const { range } = useView();
  const snapshot = useSyncExternalStore(feed.subscribe, feed.snapshot);
  const [chosen, setChosen] = usePreference('traffic.columns', acceptChoice, defaultChoice);
  const [sort, setSort] = useState<Sort | null>(null);
  const [selected, setSelected] = useState(NONE);
  const openId = search.e ?? null;
  const live = range.kind === 'live';

  const onOpen = useCallback(
    (id: string | null) =>
      onSearch({ e: id ?? undefined, ...(id === null && { c: undefined }) }, openId !== null && id !== null),
    [onSearch, openId],
  );
  const rows = useMemo(() => rowsAt(feed.rows, snapshot.version, sort), [feed, sort, snapshot.version]);
  const togglePause = () => feed.setPaused(!snapshot.paused);
  useShortcuts([
    { keys: 'p', label: 'Pause and resume', group: 'Traffic', run: togglePause },
    { keys: 'Escape', label: 'Close the inspector', group: 'Traffic', run: () => onOpen(null) },
  ]);
  const layout = useDefaultLayout({ id: 'traffic', panelIds: openId === null ? ['list'] : ['list', 'inspector'] });
  const loadOlder = useCallback(() => feed.loadOlder(), [feed]);

  return (
    <div className={classes['page']}>
      <div className={classes['toolbar']} role="toolbar" aria-label="Traffic">
        {live && (
          <Button
            variant={snapshot.paused ? 'filled' : 'default'}
            leftSection={snapshot.paused ? <IconPlayerPlay size={14} /> : <IconPlayerPause size={14} />}
            onClick={togglePause}
            aria-pressed={snapshot.paused}
          >
            {snapshot.paused ? 'Resume' : 'Pause'}
          </Button>
        )}
        <Tooltip label="Empty the list">
          <ActionIcon aria-label="Empty the list" onClick={() => feed.clear()}>
            <IconTrash size={16} stroke={1.6} />
          </ActionIcon>
        </Tooltip>
        <span className={classes['spacer']} />
        <ColumnMenu chosen={chosen} onChoose={setChosen} />
      </div>
      <Group className={classes['split']} {...layout}>
        <Panel id="list" minSize="25%">
          <Pane name="the list">
            <EntryList
              rows={rows}
              chosen={chosen}
              onChoose={setChosen}
              sort={sort}
              onSort={setSort}
              openId={openId}
              onOpen={onOpen}
              selected={selected}
              onSelect={setSelected}
              isHighlighted={nobody}
              isMarked={nobody}
              onMark={ignore}
              onNeedOlder={loadOlder}
              follows={live && sort === null}
              isLoadingOlder={snapshot.loading === 'older'}
              empty={<ListEmpty />}
            />
          </Pane>
        </Panel>
        {openId !== null && (
          <>
            <Separator className={classes['handle']} />
            <Panel id="inspector" minSize="22%" defaultSize="44%">
              <Pane key={openId} name="the inspector">
                <Suspense>
                  <Inspector id={openId} tab={search.tab} onTab={(tab) => onSearch({ tab }, true)} onOpen={onOpen} />
                </Suspense>
              </Pane>
            </Panel>
          </>
        )}
      </Group>
      <CountsBar sort={sort} selected={selected.size} />
    </div>
  );
}

const nobody = (): boolean => false;
const ignore = (): void => undefined;

interface ColumnMenuProps {
  readonly chosen: typeof defaultChoice;
  readonly onChoose: (columns: typeof defaultChoice) => void;
}

function ColumnMenu({ chosen, onChoose }: ColumnMenuProps) {
  return (
    <Menu closeOnItemClick={false} position="bottom-end">
      <Menu.Target>
        <Button variant="subtle" color="gray" leftSection={<IconColumns3 size={15} />}>
          Columns
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {columns.map(({ id, title, width }) => {
          const isChosen = chosen.some((column) => column.id === id);
          return (
            <Menu.Item
              key={id}
              role="menuitemcheckbox"
              aria-checked={isChosen}
              leftSection={<Checkbox.Indicator size="xs" checked={isChosen} />}
              onClick={() => {
                const next = isChosen ? chosen.filter((column) => column.id !== id) : [...chosen, { id, width }];
                if (next.length > 0) onChoose(next);
              }}
            >
              {title}
            </Menu.Item>
          );
        })}
        <Menu.Divider />
        <Menu.Item onClick={() => onChoose(defaultChoice)}>As in the beginning</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
